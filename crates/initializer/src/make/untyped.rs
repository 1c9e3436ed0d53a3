//! Memory: which piece becomes which object.
//!
//! Objects with fixed addresses come first, in the order of their addresses; what lies between
//! them becomes untypeds again. Then come all others, the largest first: sizes are powers of two,
//! so every next object is aligned where the last one ended, and nothing is lost.

use sel4::ObjectBlueprint;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::failure::Cause;
use crate::size::Bytes;

/// An untyped.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct Region {
    /// Physical address.
    pub paddr: u64,
    /// Bytes from its begin that objects were made of.
    pub used: u64,
    /// Where its capability is.
    pub slot: u32,
    /// Size, as a power of two.
    pub size_bits: u32,
    /// Whether it is a device's memory, of which only objects with fixed addresses are made.
    pub device: u64,
}

impl Region {
    fn size(&self) -> u64 {
        1_u64.checked_shl(self.size_bits).unwrap_or(u64::MAX)
    }

    fn left(&self) -> u64 {
        self.size().saturating_sub(self.used)
    }

    fn contains(&self, paddr: u64) -> bool {
        paddr.wrapping_sub(self.paddr) < self.size()
    }
}

/// What the pool needs from outside: the kernel, and empty slots.
pub trait Outside {
    /// Makes objects of an untyped, with capabilities in slots from `slot` on.
    fn retype(
        &mut self, untyped: usize, blueprint: &ObjectBlueprint, slot: usize, count: usize,
    ) -> sel4::Result<()>;

    /// Takes slots in a row.
    fn slots(&mut self, count: usize) -> Option<usize>;

    /// Objects that one call may make.
    fn fan_out(&self) -> usize;
}

/// The smallest untyped (seL4 manual, 2.4).
const MIN_BITS: u32 = 4;

/// Why an object can't be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// There is too little memory.
    Memory {
        /// Bytes in all pieces.
        left: u64,
        /// Bytes of the largest piece.
        largest: u64,
    },
    /// No untyped has that physical memory.
    NoUntyped,
    /// The object before is at that physical address.
    Taken,
    /// The kernel refused.
    Kernel(sel4::Error),
    /// There are no empty slots.
    Slots,
}

/// All untypeds.
pub struct Pool<'p, O> {
    regions: &'p mut [Region],
    count: usize,
    /// The region that the last fixed object was in.
    cursor: usize,
    outside: O,
}

impl<'p, O: Outside> Pool<'p, O> {
    /// Takes untypeds; `regions` has room for them and for their pieces.
    pub fn new(
        regions: &'p mut [Region], untypeds: impl Iterator<Item = Region>, outside: O,
    ) -> Self {
        let mut count = 0;
        for (place, untyped) in regions.iter_mut().zip(untypeds) {
            *place = untyped;
            count += 1;
        }
        if let Some(list) = regions.get_mut(..count) {
            list.sort_unstable_by_key(|region| region.paddr);
        }
        Self { regions, count, cursor: 0, outside }
    }

    /// What was given to [`new`](Self::new).
    pub fn outside(&mut self) -> &mut O {
        &mut self.outside
    }

    fn list(&mut self) -> &mut [Region] {
        self.regions.get_mut(..self.count).unwrap_or_default()
    }

    /// Makes at most `count` objects that follow each other from `paddr` on, as many as one call
    /// takes; returns their slots. To be called with ascending addresses, before
    /// [`divide`](Self::divide).
    pub fn make_at(
        &mut self, blueprint: &ObjectBlueprint, paddr: u64, count: usize,
    ) -> Result<(usize, usize), Error> {
        let size = Bytes::from_bits(blueprint.physical_size_bits()).0;
        while self.regions.get(self.cursor).is_some_and(|region| {
            self.cursor < self.count && paddr >= region.paddr && !region.contains(paddr)
        }) {
            self.cursor += 1;
        }
        let list = self.regions.get_mut(..self.count).unwrap_or_default();
        let region = list.get_mut(self.cursor).ok_or(Error::NoUntyped)?;
        if !region.contains(paddr) || size > region.size() {
            return Err(Error::NoUntyped);
        }
        let offset = paddr - region.paddr;
        if offset < region.used {
            return Err(Error::Taken);
        }
        let mut region = *region;
        self.fill(&mut region, offset)?;

        let room = usize::try_from(region.left() / size).unwrap_or(usize::MAX);
        let count = count.min(room).min(self.outside.fan_out());
        if count == 0 {
            // Aligned and in the untyped, but larger than what is left.
            return Err(Error::NoUntyped);
        }
        let slot = self.outside.slots(count).ok_or(Error::Slots)?;
        let untyped = usize::try_from(region.slot).unwrap_or(0);
        self.outside.retype(untyped, blueprint, slot, count).map_err(Error::Kernel)?;
        region.used = offset + size * u64::try_from(count).unwrap_or(1);
        let cursor = self.cursor;
        if let Some(place) = self.list().get_mut(cursor) {
            *place = region;
        }
        Ok((slot, count))
    }

    /// Makes untypeds of a region up to `offset`; those of normal memory are kept.
    fn fill(&mut self, region: &mut Region, offset: u64) -> Result<(), Error> {
        while region.used < offset {
            let gap = offset - region.used;
            // The largest piece that is aligned there and fits.
            let aligned = if region.used == 0 { u32::MAX } else { region.used.trailing_zeros() };
            let size_bits = aligned.min(gap.ilog2());
            if size_bits < MIN_BITS {
                region.used = offset;
                break;
            }
            self.piece(region, size_bits)?;
        }
        Ok(())
    }

    /// Makes the next 2^`size_bits` bytes of a region an untyped.
    fn piece(&mut self, region: &mut Region, size_bits: u32) -> Result<(), Error> {
        let slot = self.outside.slots(1).ok_or(Error::Slots)?;
        let bits = usize::try_from(size_bits).unwrap_or(0);
        let untyped = usize::try_from(region.slot).unwrap_or(0);
        let blueprint = ObjectBlueprint::Untyped { size_bits: bits };
        self.outside.retype(untyped, &blueprint, slot, 1).map_err(Error::Kernel)?;
        let piece = Region {
            paddr: region.paddr + region.used,
            used: 0,
            slot: u32::try_from(slot).unwrap_or(0),
            size_bits,
            device: 0,
        };
        region.used += piece.size();
        // Without room in the list the piece stays unused.
        if region.device == 0
            && let Some(place) = self.regions.get_mut(self.count)
        {
            *place = piece;
            self.count += 1;
        }
        Ok(())
    }

    /// After all objects with fixed addresses: divides what is left of their untypeds, so that
    /// each piece can be used from its begin, and puts the smallest first, so that large ones stay
    /// whole.
    pub fn divide(&mut self) -> Result<(), Error> {
        for index in 0..self.count {
            let Some(mut region) = self.list().get(index).copied() else {
                break;
            };
            if region.device == 0 && region.used != 0 {
                let size = region.size();
                self.fill(&mut region, size)?;
                if let Some(place) = self.list().get_mut(index) {
                    *place = region;
                }
            }
        }
        self.list().sort_unstable_by_key(|region| (region.size_bits, region.paddr));
        Ok(())
    }

    /// Makes `count` objects, the largest kinds of all first. `made` is told the first slot and
    /// the number of those that were made together.
    pub fn make(
        &mut self, blueprint: &ObjectBlueprint, count: usize, mut made: impl FnMut(usize, usize),
    ) -> Result<(), Error> {
        let size = Bytes::from_bits(blueprint.physical_size_bits()).0;
        let fan_out = self.outside.fan_out();
        let mut rest = count;
        for index in 0..self.count {
            while rest > 0 {
                let Some(region) = self.regions.get_mut(index) else {
                    break;
                };
                let start = region.used.next_multiple_of(size);
                let room = region.size().saturating_sub(start) / size;
                if region.device != 0 || room == 0 {
                    break;
                }
                let batch = rest.min(fan_out).min(usize::try_from(room).unwrap_or(usize::MAX));
                region.used = start + size * u64::try_from(batch).unwrap_or(1);
                let untyped = usize::try_from(region.slot).unwrap_or(0);
                let slot = self.outside.slots(batch).ok_or(Error::Slots)?;
                self.outside.retype(untyped, blueprint, slot, batch).map_err(Error::Kernel)?;
                made(slot, batch);
                rest -= batch;
            }
        }
        if rest == 0 { Ok(()) } else { Err(self.memory_error()) }
    }

    fn memory_error(&mut self) -> Error {
        let left = |regions: &[Region]| -> (u64, u64) {
            let left = regions.iter().filter(|region| region.device == 0).map(Region::left);
            (left.clone().sum(), left.max().unwrap_or(0))
        };
        let (left, largest) = left(self.list());
        Error::Memory { left, largest: if largest == 0 { 0 } else { 1 << largest.ilog2() } }
    }
}

impl Error {
    /// The cause, for messages about an object of 2^`size_bits` bytes.
    pub fn cause<'a>(
        self, size_bits: usize, paddr: Option<u64>, before: &'a str, slots: usize,
    ) -> Cause<'a> {
        let size = Bytes::from_bits(size_bits);
        let paddr = paddr.unwrap_or(0);
        match self {
            Self::Memory { left, largest } => {
                Cause::Memory { needed: size, left: Bytes(left), largest: Bytes(largest) }
            }
            Self::NoUntyped => Cause::NoUntyped { paddr, size },
            Self::Taken => Cause::Taken { paddr, by: before },
            Self::Kernel(error) => Cause::Kernel { action: "making objects", error },
            Self::Slots => Cause::Slots { count: slots },
        }
    }
}

#[cfg(test)]
#[path = "untyped_test.rs"]
mod tests;
