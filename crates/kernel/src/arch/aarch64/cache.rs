//! Cache maintenance by address.
//!
//! Ranges are physical: the kernel maintains user memory through its physical
//! window. A range outside the window, which is device memory, isn't cached, and
//! nothing is done for it.

use super::{
    memory_map::{in_window, phys_to_virt},
    sysreg::{dsb, isb, read_sysreg},
};
use crate::platform::PhysRange;

/// Size in bytes of the smallest data cache line (CTR_EL0.DminLine, in words).
fn data_line_size() -> u64 {
    4 << (read_sysreg!("ctr_el0") >> 16 & 0xf)
}

/// The lines of a range: the virtual address of the first, their size, and how many.
/// None where the window doesn't map the range.
fn lines(range: PhysRange) -> (u64, u64, u64) {
    let line = data_line_size();
    if range.is_empty() || !in_window(&range) {
        return (0, line, 0);
    }
    let start = phys_to_virt(range.start) & !(line - 1);
    (start, line, (phys_to_virt(range.end) - start).div_ceil(line))
}

/// Repeats an instruction for each of `$count` steps from `$at` on, which grows by
/// `$step`. Eight at a time, since the way around the loop costs more than the step.
macro_rules! for_each_step {
    ($instruction:literal, $at:expr, $step:expr, $count:expr) => {
        core::arch::asm!(
            "b       3f",
            "2:",
            ".rept   8",
            concat!($instruction, ", {at}"),
            "add     {at}, {at}, {step}",
            ".endr",
            "3:",
            "subs    {count}, {count}, #8",
            "b.ge    2b",
            "adds    {count}, {count}, #8",
            "b.eq    5f",
            "4:",
            concat!($instruction, ", {at}"),
            "add     {at}, {at}, {step}",
            "subs    {count}, {count}, #1",
            "b.ne    4b",
            "5:",
            at = inout(reg) $at => _,
            step = in(reg) $step,
            count = inout(reg) $count => _,
            options(nostack)
        )
    };
}

/// A cache maintenance instruction on all lines of a range.
macro_rules! line_operation {
    ($name:ident, $instruction:literal) => {
        fn $name(range: PhysRange) {
            let (start, line, count) = lines(range);
            // SAFETY: cleaning writes back what the cache holds, which is what memory
            // should contain; the lines are mapped.
            unsafe { for_each_step!($instruction, start, line, count) };
        }
    };
}

line_operation!(clean_lines_to_coherency, "dc cvac");
line_operation!(clean_lines_to_unification, "dc cvau");
line_operation!(clean_invalidate_lines, "dc civac");

/// Writes the line of a virtual address, which must be mapped, back to the point of
/// unification.
pub fn clean_line_to_unification(vaddr: u64) {
    // SAFETY: as for whole ranges.
    unsafe { core::arch::asm!("dc cvau, {}", in(reg) vaddr, options(nostack, preserves_flags)) };
    dsb();
}

/// Writes dirty lines back to memory (point of coherency).
pub fn clean(range: PhysRange) {
    clean_lines_to_coherency(range);
    dsb();
}

/// Writes dirty lines back to the point of unification, where instruction fetches
/// and table walks look.
pub fn clean_to_unification(range: PhysRange) {
    clean_lines_to_unification(range);
    dsb();
}

/// Writes dirty lines back to memory, and drops all lines.
pub fn clean_invalidate(range: PhysRange) {
    clean_invalidate_lines(range);
    dsb();
}

/// Drops all lines; dirty data may be lost. Lines that lie only partly in the range
/// are written back first.
///
/// # Safety
///
/// The range must be memory that no Rust object lives in: user frames only.
pub unsafe fn invalidate(range: PhysRange) {
    let line = data_line_size();
    for edge in [range.start, range.end] {
        if !edge.is_multiple_of(line) {
            let start = edge & !(line - 1);
            clean(start..start + line);
        }
    }
    let (start, line, count) = lines(range);
    // SAFETY: only lines of the caller's range lose data; they are mapped.
    unsafe { for_each_step!("dc ivac", start, line, count) };
    dsb();
}

/// Makes instructions that were written to the range visible to instruction
/// fetches.
///
/// All of the instruction cache is dropped: where it is indexed by virtual address,
/// lines can't be found through the kernel's alias of the memory.
pub fn unify_instructions(range: PhysRange) {
    clean_to_unification(range);
    // SAFETY: dropping cached instructions costs time only.
    unsafe { core::arch::asm!("ic iallu", options(nostack, preserves_flags)) };
    dsb();
    isb();
}

/// Drops all instructions that were fetched before.
pub fn forget_instructions() {
    dsb();
    // SAFETY: instructions are fetched again; nothing else changes.
    unsafe { core::arch::asm!("ic iallu", options(nostack, preserves_flags)) };
    dsb();
    isb();
}

/// Clears memory, whole blocks at a time where the range has some (DC ZVA).
///
/// # Safety
///
/// The range must be writable Normal memory in which no Rust object lives.
pub unsafe fn zero(start: *mut u8, bytes: usize) {
    let block = zeroing_block();
    let unaligned = start.align_offset(block).min(bytes);
    let blocks = (bytes - unaligned) / block;
    // SAFETY: all three parts are within the caller's range.
    unsafe {
        start.write_bytes(0, unaligned);
        let at = start.add(unaligned);
        for_each_step!("dc zva", at, block, blocks);
        at.add(blocks * block).write_bytes(0, bytes - unaligned - blocks * block);
    }
}

/// Bytes that DC ZVA clears (DCZID_EL0.BS, in words).
fn zeroing_block() -> usize {
    4 << (read_sysreg!("dczid_el0") & 0xf)
}
