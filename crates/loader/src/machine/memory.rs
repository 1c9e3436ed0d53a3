//! Zeroing, copying and cleaning of physical memory, which is mapped one to one.

use core::arch::asm;

use loader::Range;

use super::cpu;

/// Zeroes whole pages and cleans them to the point of coherency.
///
/// # Safety
///
/// The MMU is on, and `range` is page-aligned, normal memory that nothing lives
/// in.
pub unsafe fn zero_pages(range: Range) {
    let mut address = range.start;
    match cpu::zero_block() {
        Some(block) => {
            while address < range.end {
                // SAFETY: the block lies inside the range: its size is a power of
                // two of at most 2 KiB, and the range is page-aligned.
                unsafe { asm!("dc zva, {}", in(reg) address, options(nostack)) }
                address += block;
            }
        }
        None => {
            while address < range.end {
                // SAFETY: 16 aligned bytes inside the range.
                unsafe { asm!("stp xzr, xzr, [{}]", in(reg) address, options(nostack)) }
                address += 16;
            }
        }
    }
    // SAFETY: cleaning changes no contents.
    unsafe { clean(range) }
}

/// Writes dirty cache lines back to the point of coherency, and drops them.
///
/// # Safety
///
/// Only stale lines of memory outside the range may be lost by it: none are,
/// since lines are cleaned before they are dropped. The range must be memory.
pub unsafe fn clean(range: Range) {
    let line = cpu::cache_line();
    let mut address = range.start & !(line - 1);
    while address < range.end {
        // SAFETY: maintenance by address of memory.
        unsafe { asm!("dc civac, {}", in(reg) address, options(nostack)) }
        address += line;
    }
    // SAFETY: a barrier.
    unsafe { asm!("dsb sy", options(nostack)) }
}

/// Reads 8 bytes.
///
/// # Safety
///
/// `address` is a multiple of 8 in readable memory.
pub unsafe fn read(address: u64) -> u64 {
    // SAFETY: by the caller's promise.
    unsafe { core::ptr::read_volatile(address as *const u64) }
}

/// Copies at least `bytes` bytes, in units of 8, with the MMU off.
///
/// # Safety
///
/// Both addresses are multiples of 8 in memory, the ranges don't overlap, and
/// nothing lives in the destination.
pub unsafe fn copy(from: u64, to: u64, bytes: u64) {
    let room = Range::new(to, to + bytes.next_multiple_of(8));
    // SAFETY: lines that were dirty before must not be written back later.
    unsafe { clean(room) }
    for offset in (0..bytes).step_by(8) {
        // SAFETY: by the caller's promise.
        unsafe { core::ptr::write_volatile((to + offset) as *mut u64, read(from + offset)) }
    }
}
