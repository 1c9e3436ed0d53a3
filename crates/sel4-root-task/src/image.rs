//! The frames that the kernel has mapped the root task's image with.

use sel4::init_thread::Slot;
use sel4::{BootInfoPtr, FrameObjectType, cap_type};

/// Bytes of a frame of the image.
pub(crate) const PAGE_SIZE: usize = 4096;

const _: () = assert!(FrameObjectType::GRANULE.bytes() == PAGE_SIZE);

unsafe extern "C" {
    /// First byte of the image, from the linker.
    static __executable_start: u8;
}

/// Position of the frame at address `vaddr` of the image in the bootinfo's list.
fn index(vaddr: usize) -> usize {
    let start = (&raw const __executable_start).addr() / PAGE_SIZE;
    vaddr / PAGE_SIZE - start
}

/// The slot of the frame at address `vaddr` of the image.
///
/// # Panics
///
/// If the image doesn't reach that far.
pub(crate) fn slot(bootinfo: &BootInfoPtr, vaddr: usize) -> Slot<cap_type::Granule> {
    bootinfo.user_image_frames().index(index(vaddr))
}
