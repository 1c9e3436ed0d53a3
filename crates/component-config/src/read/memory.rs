//! Shared memory, registers, frames, interrupts.

use dtoolkit::fdt::FdtNode;

use super::{cell, find, flag, region, u64s, value};
use crate::{FrameCap, Irq, Region};

/// Shared memory, or a device's registers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory<'a> {
    /// Where it is.
    pub region: Region,
    /// It may be read.
    pub readable: bool,
    /// It may be written.
    pub writable: bool,
    /// Mapped cached.
    pub cached: bool,
    /// Its identifier.
    pub id: Option<u32>,
    /// Its physical address, if it is fixed.
    pub physical: Option<u64>,
    /// Capabilities to its frames.
    pub frames: Frames<'a>,
}

impl<'a> Memory<'a> {
    pub(super) fn read(node: &FdtNode<'a>) -> Option<Self> {
        Some(Self {
            region: region(node, "region")?,
            readable: flag(node, "readable"),
            writable: flag(node, "writable"),
            cached: flag(node, "cached"),
            id: cell(node, "id"),
            physical: find(node, "physical").and_then(|bytes| u64s(bytes).next()),
            frames: Frames(value(node, "frames")),
        })
    }
}

/// Two cells a record.
fn pair(bytes: &mut &[u8]) -> Option<[u32; 2]> {
    let (record, rest) = bytes.split_first_chunk::<8>()?;
    *bytes = rest;
    let word = u64::from_be_bytes(*record);
    // The halves of the word.
    #[allow(clippy::cast_possible_truncation)]
    Some([(word >> 32) as u32, word as u32])
}

/// Capabilities to frames, in the order of the memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Frames<'a>(&'a [u8]);

impl Iterator for Frames<'_> {
    type Item = FrameCap;

    fn next(&mut self) -> Option<FrameCap> {
        let [slot, size_bits] = pair(&mut self.0)?;
        Some(FrameCap { slot, size_bits: u8::try_from(size_bits).ok()? })
    }
}

/// The interrupts of an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Irqs<'a>(pub(super) &'a [u8]);

impl Iterator for Irqs<'_> {
    type Item = Irq;

    fn next(&mut self) -> Option<Irq> {
        let [number, handler] = pair(&mut self.0)?;
        Some(Irq { number, handler })
    }
}

/// Slots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slots<'a>(pub(super) &'a [u8]);

impl Iterator for Slots<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let (slot, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*slot))
    }
}
