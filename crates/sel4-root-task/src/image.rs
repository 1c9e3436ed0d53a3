//! The frames that the kernel has mapped the root task's image with.
//!
//! A static variable of its own page is the easiest memory for another thread's IPC buffer:
//! [`slot`] has the frame for it.

use sel4::init_thread::Slot;
use sel4::{BootInfoPtr, FrameObjectType, cap_type};

/// Bytes of a frame of the image.
pub const PAGE_SIZE: usize = 4096;

const _: () = assert!(FrameObjectType::GRANULE.bytes() == PAGE_SIZE);

unsafe extern "C" {
    /// First byte of the image, from the linker.
    static __executable_start: u8;
}

/// The slot of the frame at address `vaddr` of the image.
///
/// # Panics
///
/// If the address isn't one of the image.
pub fn slot(bootinfo: &BootInfoPtr, vaddr: usize) -> Slot<cap_type::Granule> {
    // The kernel maps whole pages, from the one with the image's first byte on.
    let start = (&raw const __executable_start).addr() / PAGE_SIZE;
    let frames = bootinfo.user_image_frames();
    match (vaddr / PAGE_SIZE).checked_sub(start) {
        Some(index) if index < frames.len() => frames.index(index),
        _ => panic!("{vaddr:#x} isn't an address of the image"),
    }
}
