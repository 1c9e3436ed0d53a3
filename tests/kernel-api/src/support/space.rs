//! Address spaces.

use sel4::init_thread::slot;
use sel4::{Cap, CapRights, CapTypeForFrameObject, Error, Result, VmAttributes, cap, cap_type};

use super::Env;
use super::image::{self, PAGE};
use super::thread::is_guard;

/// An address that the image is far away from: it shares no page table with it.
pub const WINDOW: usize = 0x80_0000_0000;

impl Env {
    /// Makes an address space that knows its identifier.
    pub fn vspace(self) -> Result<cap::VSpace> {
        let vspace = self.make()?;
        slot::ASID_POOL.cap().asid_pool_assign(vspace)?;
        Ok(vspace)
    }

    /// Makes an address space that shares the image, so that threads can run in it.
    pub fn vspace_with_image(self) -> Result<cap::VSpace> {
        let vspace = self.vspace()?;
        self.share_image(vspace)?;
        Ok(vspace)
    }

    /// Maps the image into another address space.
    pub fn share_image(self, vspace: cap::VSpace) -> Result<()> {
        for address in image::addresses().step_by(PAGE).filter(|it| !is_guard(*it)) {
            let frame = self.copy(image::frame(address), CapRights::all())?;
            self.map(frame, vspace, address, CapRights::all(), VmAttributes::DEFAULT)?;
        }
        Ok(())
    }

    /// Maps a frame, with the page tables that are missing.
    pub fn map<T: CapTypeForFrameObject>(
        self, frame: Cap<T>, vspace: cap::VSpace, address: usize, rights: CapRights,
        attributes: VmAttributes,
    ) -> Result<()> {
        loop {
            match frame.frame_map(vspace, address, rights, attributes) {
                Err(Error::FailedLookup { .. }) => {
                    self.make::<cap_type::PT>()?.pt_map(vspace, address, VmAttributes::DEFAULT)?;
                }
                result => return result,
            }
        }
    }

    /// Maps a frame at [`WINDOW`] in the test's own address space.
    pub fn map_here<T: CapTypeForFrameObject>(
        self, frame: Cap<T>, rights: CapRights,
    ) -> Result<()> {
        self.map(frame, slot::VSPACE.cap(), WINDOW, rights, VmAttributes::DEFAULT)
    }
}

/// Reads a word.
///
/// If there is nothing mapped the thread faults, which is well defined.
pub fn read(address: usize) -> u64 {
    // SAFETY: volatile, of a frame that Rust has no other way to reach, or it faults.
    unsafe { core::ptr::with_exposed_provenance::<u64>(address).read_volatile() }
}

/// Writes a word.
///
/// If there is nothing mapped the thread faults, which is well defined.
pub fn write(address: usize, value: u64) {
    // SAFETY: volatile, to a frame that Rust has no other way to reach, or it faults.
    unsafe { core::ptr::with_exposed_provenance_mut::<u64>(address).write_volatile(value) }
}
