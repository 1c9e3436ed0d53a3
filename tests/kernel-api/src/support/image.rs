//! The root task's own image: its addresses and the frames behind them.

use core::ops::Range;
use core::sync::atomic::{AtomicPtr, Ordering};

use sel4::init_thread::Slot;
use sel4::{BootInfo, BootInfoPtr, cap, cap_type};

use super::{Failure, Outcome};

/// Bytes of the frames that the image is mapped with.
pub const PAGE: usize = 4096;

unsafe extern "C" {
    /// First byte of the image, from the linker.
    static __executable_start: u8;
}

static BOOTINFO: AtomicPtr<BootInfo> = AtomicPtr::new(core::ptr::null_mut());

/// Remembers where the bootinfo is.
pub fn set_bootinfo(bootinfo: &BootInfoPtr) {
    BOOTINFO.store(bootinfo.ptr().cast_mut(), Ordering::SeqCst);
}

/// The bootinfo.
pub fn bootinfo() -> BootInfoPtr {
    // SAFETY: `set_bootinfo` got the address from a value that had to keep the same promise.
    unsafe { BootInfoPtr::new(BOOTINFO.load(Ordering::SeqCst)) }
}

/// Addresses of the image.
pub fn addresses() -> Range<usize> {
    let start = (&raw const __executable_start).addr() / PAGE * PAGE;
    start..start + bootinfo().user_image_frames().len() * PAGE
}

/// The slot of the frame at address `vaddr` of the image.
pub fn frame_slot(vaddr: usize) -> Slot<cap_type::Granule> {
    bootinfo().user_image_frames().index((vaddr - addresses().start) / PAGE)
}

/// The frame at address `vaddr` of the image.
pub fn frame(vaddr: usize) -> cap::Granule {
    frame_slot(vaddr).cap()
}

/// The first device untyped that begins at this address.
pub fn device(address: usize) -> Outcome<cap::Untyped> {
    let bootinfo = bootinfo();
    let list = bootinfo.untyped_list();
    let index = list.iter().position(|it| it.is_device() && it.paddr() == address);
    match index {
        Some(index) => Ok(bootinfo.untyped().index(index).cap()),
        None => Err(Failure::Skipped("no device memory at the address that this needs")),
    }
}
