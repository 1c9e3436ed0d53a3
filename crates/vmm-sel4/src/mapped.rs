//! Guest memory in frames that are mapped into the monitor's own address space.

// Mapped frames are reached by address, and caches by instructions.
#![allow(unsafe_code)]

use core::ptr::NonNull;

use guest_memory::{Backing, Width};

/// Frames that are mapped one behind the other, and that the guest has too.
///
/// No reference to the bytes is ever made. Single values are volatile; copies go through
/// [`copy`](mod@self), which the compiler doesn't look into.
#[derive(Debug)]
pub struct Mapped {
    start: NonNull<u8>,
    size: usize,
}

impl Mapped {
    /// The `size` bytes from `start` on.
    ///
    /// # Safety
    /// They are mapped, readable and writable, for as long as the value lives, and nothing of
    /// Rust's is in them: no variable, no heap, no stack.
    ///
    /// # Panics
    /// The address is zero or isn't one of a page, or the range wraps.
    #[must_use]
    pub unsafe fn new(start: usize, size: usize) -> Self {
        assert!(start.is_multiple_of(4096) && start.checked_add(size).is_some());
        let start = NonNull::new(core::ptr::with_exposed_provenance_mut(start));
        Self { start: start.expect("frames aren't mapped at address 0"), size }
    }

    /// The address of a piece, which has to be inside.
    fn at(&self, offset: u64, len: u64) -> *mut u8 {
        let inside = offset.checked_add(len).is_some_and(|end| end <= self.size as u64);
        assert!(inside, "{len} bytes at {offset:#x} of {:#x} bytes of guest memory", self.size);
        let offset = usize::try_from(offset).unwrap_or(self.size);
        // SAFETY: the piece is inside, as was just checked, and the size is below `isize::MAX`
        // since user addresses are.
        unsafe { self.start.as_ptr().add(offset) }
    }

    /// Cleans a piece to the point of coherency, so that a guest that starts with its caches off
    /// sees what was written, and forgets instructions that were cached of it.
    pub fn publish(&self, offset: u64, len: u64) {
        let start = self.at(offset, len);
        // SAFETY: the piece is mapped; maintenance by address changes no contents.
        unsafe { publish(start, len) }
    }
}

impl Backing for Mapped {
    fn size(&self) -> u64 {
        self.size as u64
    }

    fn read(&self, offset: u64, buffer: &mut [u8]) {
        let from = self.at(offset, buffer.len() as u64);
        // SAFETY: both are mapped and that long, and don't overlap: nothing of Rust's is in guest
        // memory.
        unsafe { copy(buffer.as_mut_ptr(), from, buffer.len()) }
    }

    fn write(&self, offset: u64, bytes: &[u8]) {
        let to = self.at(offset, bytes.len() as u64);
        // SAFETY: as in `read`.
        unsafe { copy(to, bytes.as_ptr(), bytes.len()) }
    }

    fn load(&self, offset: u64, width: Width) -> u64 {
        let at = self.at(offset, width.bytes());
        assert!(offset.is_multiple_of(width.bytes()));
        // SAFETY: the value is mapped and, since the start is a page, aligned.
        unsafe {
            match width {
                Width::One => at.read_volatile().into(),
                Width::Two => u16::from_le(at.cast::<u16>().read_volatile()).into(),
                Width::Four => u32::from_le(at.cast::<u32>().read_volatile()).into(),
                Width::Eight => u64::from_le(at.cast::<u64>().read_volatile()),
            }
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "that is what a narrow store is")]
    fn store(&self, offset: u64, width: Width, value: u64) {
        let at = self.at(offset, width.bytes());
        assert!(offset.is_multiple_of(width.bytes()));
        // SAFETY: as in `load`.
        unsafe {
            match width {
                Width::One => at.write_volatile(value as u8),
                Width::Two => at.cast::<u16>().write_volatile((value as u16).to_le()),
                Width::Four => at.cast::<u32>().write_volatile((value as u32).to_le()),
                Width::Eight => at.cast::<u64>().write_volatile(value.to_le()),
            }
        }
    }
}

/// Copies bytes that the guest may be changing.
///
/// # Safety
/// Both are mapped, the target writable, `len` bytes long, and don't overlap.
#[cfg(target_arch = "aarch64")]
unsafe fn copy(to: *mut u8, from: *const u8, len: usize) {
    // SAFETY: the loops copy `len` bytes upwards and touch nothing else. What the guest does to
    // them meanwhile can only change the bytes.
    unsafe {
        core::arch::asm!(
            "subs {rest}, {rest}, #64",
            "b.lo 3f",
            "2: ldp {a}, {b}, [{from}]",
            "ldp {c}, {d}, [{from}, #16]",
            "stp {a}, {b}, [{to}]",
            "stp {c}, {d}, [{to}, #16]",
            "ldp {a}, {b}, [{from}, #32]",
            "ldp {c}, {d}, [{from}, #48]",
            "add {from}, {from}, #64",
            "stp {a}, {b}, [{to}, #32]",
            "stp {c}, {d}, [{to}, #48]",
            "add {to}, {to}, #64",
            "subs {rest}, {rest}, #64",
            "b.hs 2b",
            "3: adds {rest}, {rest}, #64",
            "b.eq 5f",
            "4: ldrb {a:w}, [{from}], #1",
            "strb {a:w}, [{to}], #1",
            "subs {rest}, {rest}, #1",
            "b.ne 4b",
            "5:",
            to = inout(reg) to => _,
            from = inout(reg) from => _,
            rest = inout(reg) len => _,
            a = out(reg) _,
            b = out(reg) _,
            c = out(reg) _,
            d = out(reg) _,
            options(nostack),
        );
    }
}

/// # Safety
/// As on the target.
#[cfg(not(target_arch = "aarch64"))]
unsafe fn copy(to: *mut u8, from: *const u8, len: usize) {
    for at in 0..len {
        // SAFETY: both have `len` bytes.
        unsafe { to.add(at).write_volatile(from.add(at).read_volatile()) }
    }
}

/// # Safety
/// The bytes are mapped.
#[cfg(target_arch = "aarch64")]
unsafe fn publish(start: *const u8, len: u64) {
    const LINE: u64 = 1 << sel4::sel4_cfg_usize!(L1_CACHE_LINE_SIZE_BITS);
    let end = start.addr() as u64 + len;
    let mut at = start.addr() as u64 & !(LINE - 1);
    while at < end {
        // SAFETY: the line is in a mapped page, since lines don't cross pages; seL4 lets user
        // level do this (`KernelAArch64UserCacheEnable`).
        unsafe {
            core::arch::asm!("dc cvac, {0}", "ic ivau, {0}", in(reg) at,
                options(nostack, preserves_flags));
        }
        at += LINE;
    }
    // SAFETY: a barrier.
    unsafe { core::arch::asm!("dsb sy", "isb", options(nostack, preserves_flags)) }
}

/// # Safety
/// As on the target.
#[cfg(not(target_arch = "aarch64"))]
unsafe fn publish(_start: *const u8, _len: u64) {}

#[cfg(test)]
mod test {
    use super::*;

    #[repr(align(4096))]
    struct Page(core::cell::UnsafeCell<[u8; 4096]>);

    #[test]
    fn bytes_arrive_and_ends_are_kept() {
        let page = std::boxed::Box::new(Page(core::cell::UnsafeCell::new([0; 4096])));
        // SAFETY: the page lives to the end of the test and nothing else uses it.
        let memory = unsafe { Mapped::new(page.0.get().addr(), 4096) };
        memory.write(3, b"caravan");
        let mut bytes = [0; 7];
        memory.read(3, &mut bytes);
        assert_eq!(&bytes, b"caravan");
        memory.store(4088, Width::Eight, 0x1122_3344_5566_7788);
        assert_eq!(memory.load(4094, Width::Two), 0x1122);
        memory.clear(0, 4096);
        assert_eq!(memory.load(8, Width::Four), 0);
        memory.publish(0, 4096);
        let outside = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            memory.write(4090, b"caravan");
        }));
        assert!(outside.is_err());
    }
}
