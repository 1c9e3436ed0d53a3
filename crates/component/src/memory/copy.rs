//! Copying between memory that others see and the program's own.
//!
//! Every access is aligned, so that it can be made to a device's memory, and is one that the
//! compiler neither removes nor repeats. Long copies go by pairs of registers: a seventh of an
//! instruction for each byte where both sides are aligned alike to eight bytes, less than a third
//! for four.

/// Copies `length` bytes.
///
/// # Safety
///
/// The source must be readable and the target writable. What others write meanwhile may be copied
/// in parts.
#[inline]
pub(super) unsafe fn copy(source: *const u8, target: *mut u8, length: usize) {
    let difference = source.addr() ^ target.addr();
    // SAFETY: the caller's promise is the same.
    unsafe {
        if difference & 7 == 0 {
            copy_words::<u64>(source, target, length);
        } else if difference & 3 == 0 {
            copy_words::<u32>(source, target, length);
        } else {
            copy_bytes(source, target, length);
        }
    }
}

/// A register's worth of bytes.
trait Unit: Copy {
    /// Copies blocks of 64 bytes.
    ///
    /// # Safety
    ///
    /// As for [`copy`]; both pointers are aligned.
    unsafe fn copy_blocks(source: *const Self, target: *mut Self, blocks: usize);
}

/// # Safety
///
/// As for [`copy`]; the addresses differ by a multiple of the unit.
unsafe fn copy_words<T: Unit>(source: *const u8, target: *mut u8, length: usize) {
    const BLOCK: usize = 64;
    let size = size_of::<T>();
    let head = source.addr().wrapping_neg() % size;
    let head = head.min(length);
    let blocks = (length - head) / BLOCK;
    let after = head + blocks * BLOCK;
    let words = (length - after) / size;
    // SAFETY: all offsets are at most `length`; after `head` bytes both pointers are aligned.
    unsafe {
        copy_bytes(source, target, head);
        if blocks > 0 {
            T::copy_blocks(source.add(head).cast(), target.add(head).cast(), blocks);
        }
        for index in 0..words {
            let word = source.add(after).cast::<T>().add(index).read_volatile();
            target.add(after).cast::<T>().add(index).write_volatile(word);
        }
        let end = after + words * size;
        copy_bytes(source.add(end), target.add(end), length - end);
    }
}

/// # Safety
///
/// As for [`copy`].
unsafe fn copy_bytes(source: *const u8, target: *mut u8, length: usize) {
    for index in 0..length {
        // SAFETY: inside of both ranges.
        unsafe { target.add(index).write_volatile(source.add(index).read_volatile()) };
    }
}

#[cfg(target_arch = "aarch64")]
macro_rules! unit {
    ($ty:ty, $width:literal, $step:literal, $rounds:literal) => {
        impl Unit for $ty {
            #[inline]
            unsafe fn copy_blocks(source: *const Self, target: *mut Self, blocks: usize) {
                // SAFETY: reads and writes the ranges that the caller allows, all of it aligned.
                unsafe {
                    core::arch::asm!(
                        // Four blocks at once as long as there are as many.
                        "subs {blocks}, {blocks}, #4",
                        "b.lo 3f",
                        "2:",
                        concat!(".rept 4 * ", $rounds),
                        concat!("ldp {a:", $width, "}, {b:", $width, "}, [{source}], #", $step),
                        concat!("ldp {c:", $width, "}, {d:", $width, "}, [{source}], #", $step),
                        concat!("stp {a:", $width, "}, {b:", $width, "}, [{target}], #", $step),
                        concat!("stp {c:", $width, "}, {d:", $width, "}, [{target}], #", $step),
                        ".endr",
                        "subs {blocks}, {blocks}, #4",
                        "b.hs 2b",
                        "3:",
                        "adds {blocks}, {blocks}, #4",
                        "b.eq 5f",
                        "4:",
                        concat!(".rept ", $rounds),
                        concat!("ldp {a:", $width, "}, {b:", $width, "}, [{source}], #", $step),
                        concat!("ldp {c:", $width, "}, {d:", $width, "}, [{source}], #", $step),
                        concat!("stp {a:", $width, "}, {b:", $width, "}, [{target}], #", $step),
                        concat!("stp {c:", $width, "}, {d:", $width, "}, [{target}], #", $step),
                        ".endr",
                        "subs {blocks}, {blocks}, #1",
                        "b.ne 4b",
                        "5:",
                        source = inout(reg) source => _,
                        target = inout(reg) target => _,
                        blocks = inout(reg) blocks => _,
                        a = out(reg) _,
                        b = out(reg) _,
                        c = out(reg) _,
                        d = out(reg) _,
                        options(nostack),
                    );
                }
            }
        }
    };
}

#[cfg(target_arch = "aarch64")]
unit!(u64, "x", 16, 2);
#[cfg(target_arch = "aarch64")]
unit!(u32, "w", 8, 4);

#[cfg(not(target_arch = "aarch64"))]
macro_rules! unit {
    ($ty:ty) => {
        impl Unit for $ty {
            unsafe fn copy_blocks(source: *const Self, target: *mut Self, blocks: usize) {
                for index in 0..blocks * (64 / size_of::<Self>()) {
                    // SAFETY: inside of the ranges that the caller allows, and aligned.
                    unsafe { target.add(index).write_volatile(source.add(index).read_volatile()) };
                }
            }
        }
    };
}

#[cfg(not(target_arch = "aarch64"))]
unit!(u64);
#[cfg(not(target_arch = "aarch64"))]
unit!(u32);
