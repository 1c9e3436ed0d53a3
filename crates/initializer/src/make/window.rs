//! Windows: addresses of this program's own space at which other memory is mapped for a while, or
//! for good.
//!
//! They lie behind the image, each kind in a part that large pages divide evenly.

use sel4::init_thread::slot;
use sel4::{
    BootInfoPtr, CapRights, Error, FrameObjectType, VmAttributes, cap, cap_type, vspace_levels,
};

use super::objects::Memory;
use crate::arch;
use crate::failure::{Cause, Failure};
use crate::slots;

/// Where the windows are.
#[derive(Clone, Copy, Debug)]
pub struct Windows {
    start: usize,
}

/// Bytes of each part: those of the largest page.
const PART: usize = FrameObjectType::HugePage.bytes();

/// What a window is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// Small pages that stay: the serial port, then rings of output.
    Lasting = 0,
    /// One small page.
    Small = 1,
    /// One large page.
    Large = 2,
    /// One page of the largest size.
    Huge = 3,
}

impl Windows {
    /// Windows behind the image and what the kernel has mapped there.
    pub fn new(bootinfo: &BootInfoPtr) -> Self {
        let end = bootinfo.ptr().addr() + bootinfo.footprint_size();
        let end = end.max(bootinfo.ipc_buffer().addr());
        Self { start: end.next_multiple_of(PART) }
    }

    fn address(self, part: Part) -> usize {
        self.start + PART * part as usize
    }

    /// The address of ring number `index`.
    pub fn ring(self, index: usize) -> usize {
        self.address(Part::Lasting) + FrameObjectType::GRANULE.bytes() * (1 + index)
    }

    /// Maps a frame of a size for a while; returns its address.
    pub fn map_frame<'a>(
        self, memory: &mut Memory<'_>, frame: cap::UnspecifiedPage, size_bits: usize,
    ) -> Result<usize, Failure<'a>> {
        let part = match FrameObjectType::from_bits(size_bits) {
            Some(FrameObjectType::HugePage) => Part::Huge,
            Some(FrameObjectType::LargePage) => Part::Large,
            _ => Part::Small,
        };
        let address = self.address(part);
        map(memory, frame, address, arch::NORMAL_MEMORY)?;
        Ok(address)
    }

    /// Maps ring number `index` for good.
    pub fn map_ring<'a>(
        self, memory: &mut Memory<'_>, frame: cap::UnspecifiedPage, index: usize,
    ) -> Result<(), Failure<'a>> {
        map(memory, frame, self.ring(index), arch::NORMAL_MEMORY)
    }

    /// Maps the serial port for good.
    pub fn map_port<'a>(self, memory: &mut Memory<'_>, slot: u32) -> Result<*mut u8, Failure<'a>> {
        let address = self.address(Part::Lasting);
        let frame = slots::cap(usize::try_from(slot).unwrap_or(0));
        map(memory, frame, address, arch::DEVICE_MEMORY)?;
        Ok(core::ptr::with_exposed_provenance_mut(address))
    }
}

/// Maps a frame in this program's space, with the tables that it takes.
fn map<'a>(
    memory: &mut Memory<'_>, frame: cap::UnspecifiedPage, address: usize, attributes: VmAttributes,
) -> Result<(), Failure<'a>> {
    let refused = |action| move |error| Failure::general(Cause::Kernel { action, error });
    let space = slot::VSPACE.cap();
    // At most one table is missing on each level below the root.
    for _ in 1..vspace_levels::NUM_LEVELS {
        match frame.frame_map(space, address, CapRights::read_write(), attributes) {
            Err(Error::FailedLookup { .. }) => {}
            other => return other.map_err(refused("mapping a frame in a window")),
        }
        let table = sel4::TranslationTableObjectType::PT;
        let slot = memory.take(&table.blueprint())?;
        slots::cap::<cap_type::UnspecifiedIntermediateTranslationTable>(slot)
            .generic_intermediate_translation_table_map(
                table,
                space,
                address,
                VmAttributes::DEFAULT,
            )
            .map_err(refused("mapping a table for a window"))?;
    }
    frame
        .frame_map(space, address, CapRights::read_write(), attributes)
        .map_err(refused("mapping a frame in a window"))
}
