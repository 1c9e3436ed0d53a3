//! Device registers in the kernel's device window.

use super::memory_map::{DEVICE_BASE, PAGE_SIZE, to_usize};
use crate::platform::KERNEL_DEVICES;

/// The register page of one of the platform's kernel devices.
///
/// Using it before [`super::boot::init`] has mapped the device window faults.
#[derive(Clone, Copy)]
pub struct DevicePage(u64);

impl DevicePage {
    /// The page of `KERNEL_DEVICES[index]`.
    pub const fn new(index: usize) -> Self {
        assert!(index < KERNEL_DEVICES.len());
        Self(DEVICE_BASE + index as u64 * PAGE_SIZE)
    }

    fn register(self, offset: u64) -> *mut u32 {
        assert!(offset < PAGE_SIZE && offset.is_multiple_of(4));
        core::ptr::with_exposed_provenance_mut(to_usize(self.0 + offset))
    }

    /// Reads the 32-bit register at byte `offset`.
    #[inline(always)]
    pub fn read(self, offset: u64) -> u32 {
        // SAFETY: the address is aligned and within a page that the kernel maps as
        // Device memory and that no Rust object lives in.
        unsafe { self.register(offset).read_volatile() }
    }

    /// Writes the 32-bit register at byte `offset`.
    #[inline(always)]
    pub fn write(self, offset: u64, value: u32) {
        // SAFETY: as for `read`. The kernel's devices (GIC, UART) do no DMA, so no
        // value written here changes memory.
        unsafe { self.register(offset).write_volatile(value) };
    }
}
