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

/// Calls `operation` with the virtual address of each data cache line of `range`.
fn for_each_line(range: PhysRange, operation: impl Fn(u64)) {
    if range.is_empty() || !in_window(&range) {
        return;
    }
    let line = data_line_size();
    let mut address = phys_to_virt(range.start) & !(line - 1);
    let end = phys_to_virt(range.end);
    while address < end {
        operation(address);
        address += line;
    }
}

/// Size in bytes of the smallest data cache line (CTR_EL0.DminLine, in words).
fn data_line_size() -> u64 {
    4 << (read_sysreg!("ctr_el0") >> 16 & 0xf)
}

/// A cache maintenance instruction on the line of a virtual address.
macro_rules! line_operation {
    ($name:ident, $instruction:literal) => {
        fn $name(vaddr: u64) {
            // SAFETY: cleaning writes back what the cache holds, which is what memory
            // should contain; addresses come from `for_each_line` and are mapped.
            unsafe {
                core::arch::asm!(
                    concat!($instruction, ", {}"),
                    in(reg) vaddr,
                    options(nostack, preserves_flags)
                )
            }
        }
    };
}

line_operation!(clean_line_to_coherency, "dc cvac");
line_operation!(clean_line_to_unification, "dc cvau");
line_operation!(clean_invalidate_line, "dc civac");

/// Writes dirty lines back to memory (point of coherency).
pub fn clean(range: PhysRange) {
    for_each_line(range, clean_line_to_coherency);
    dsb();
}

/// Writes dirty lines back to the point of unification, where instruction fetches
/// and table walks look.
pub fn clean_to_unification(range: PhysRange) {
    for_each_line(range, clean_line_to_unification);
    dsb();
}

/// Writes dirty lines back to memory, and drops all lines.
pub fn clean_invalidate(range: PhysRange) {
    for_each_line(range, clean_invalidate_line);
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
    for_each_line(range, |vaddr| {
        // SAFETY: only lines of the caller's range lose data; the address is mapped.
        unsafe { core::arch::asm!("dc ivac, {}", in(reg) vaddr, options(nostack, preserves_flags)) }
    });
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
        let mut at = start.add(unaligned);
        for _ in 0..blocks {
            core::arch::asm!("dc zva, {}", in(reg) at, options(nostack, preserves_flags));
            at = at.add(block);
        }
        at.write_bytes(0, bytes - unaligned - blocks * block);
    }
}

/// Bytes that DC ZVA clears (DCZID_EL0.BS, in words).
fn zeroing_block() -> usize {
    4 << (read_sysreg!("dczid_el0") & 0xf)
}
