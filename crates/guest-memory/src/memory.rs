//! Regions put together to a guest's memory.

use alloc::vec::Vec;

use crate::address::{GuestAddress, GuestRange};
use crate::backing::Backing;
use crate::error::{MemoryError, Name, NamedRange};
use crate::width::Width;

/// Checked access to a guest's memory.
///
/// An access is done wholly or, if any byte of it has no memory behind it, not at all.
pub trait GuestMemory {
    /// Copies guest memory from `address` on into `buffer`.
    ///
    /// # Errors
    /// The whole of the access isn't memory.
    fn read(&self, address: GuestAddress, buffer: &mut [u8]) -> Result<(), MemoryError>;

    /// Copies `bytes` into guest memory at `address`.
    ///
    /// # Errors
    /// The whole of the access isn't memory.
    fn write(&self, address: GuestAddress, bytes: &[u8]) -> Result<(), MemoryError>;

    /// Reads a little-endian value by a single access. This is the way to read what the guest may
    /// be writing, such as an index of a queue.
    ///
    /// # Errors
    /// It isn't memory, or not aligned to the width.
    fn load(&self, address: GuestAddress, width: Width) -> Result<u64, MemoryError>;

    /// Writes the low bytes of `value`, little-endian, by a single access.
    ///
    /// # Errors
    /// It isn't memory, or not aligned to the width.
    fn store(&self, address: GuestAddress, width: Width, value: u64) -> Result<(), MemoryError>;

    /// Sets `size` bytes from `address` on to zero.
    ///
    /// # Errors
    /// The whole of the access isn't memory.
    fn clear(&self, address: GuestAddress, size: u64) -> Result<(), MemoryError>;
}

/// A contiguous piece of a guest's memory.
#[derive(Debug)]
pub struct Region<B> {
    name: Name,
    range: GuestRange,
    backing: B,
}

impl<B: Backing> Region<B> {
    /// The whole of `backing`, seen by the guest from `start` on.
    ///
    /// # Errors
    /// The backing is empty, or goes past the end of the address space.
    pub fn new(
        name: impl Into<Name>, start: GuestAddress, backing: B,
    ) -> Result<Self, MemoryError> {
        let name = name.into();
        let size = backing.size();
        if size == 0 {
            return Err(MemoryError::EmptyRegion { name, start });
        }
        let range =
            GuestRange::new(start, size).ok_or(MemoryError::Wraps { address: start, len: size })?;
        Ok(Self { name, range, backing })
    }

    /// The name in messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the guest sees it.
    pub fn range(&self) -> GuestRange {
        self.range
    }

    /// Its bytes.
    pub fn backing(&self) -> &B {
        &self.backing
    }

    fn named(&self) -> NamedRange {
        NamedRange { name: self.name.clone(), range: self.range }
    }
}

/// Any number of regions, none of which overlap. An access may run from one into another that
/// follows without a gap.
#[derive(Debug)]
pub struct Regions<B> {
    /// By ascending address.
    regions: Vec<Region<B>>,
}

impl<B> Default for Regions<B> {
    fn default() -> Self {
        Self { regions: Vec::new() }
    }
}

impl<B: Backing> Regions<B> {
    /// No memory yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a region.
    ///
    /// # Errors
    /// It overlaps another one; both are named.
    pub fn add(&mut self, region: Region<B>) -> Result<(), MemoryError> {
        if let Some(there) = self.regions.iter().find(|r| r.range.overlaps(region.range)) {
            return Err(MemoryError::Overlap { first: there.named(), second: region.named() });
        }
        let at = self.regions.partition_point(|r| r.range.start() < region.range.start());
        self.regions.insert(at, region);
        Ok(())
    }

    /// The regions by ascending address.
    pub fn iter(&self) -> impl Iterator<Item = &Region<B>> {
        self.regions.iter()
    }

    /// The region that holds `address`.
    #[must_use]
    pub fn find(&self, address: GuestAddress) -> Option<&Region<B>> {
        self.regions.get(self.position(address)?)
    }

    fn position(&self, address: GuestAddress) -> Option<usize> {
        let after = self.regions.partition_point(|r| r.range.start() <= address);
        let at = after.checked_sub(1)?;
        self.regions[at].range.contains(address).then_some(at)
    }

    /// Checks the whole access, then calls `each` with the pieces of it: the region's backing, the
    /// offset there, the position in the access, and the length.
    fn pieces(
        &self, address: GuestAddress, len: u64, mut each: impl FnMut(&B, u64, u64, u64),
    ) -> Result<(), MemoryError> {
        let Some(first) = self.position(address) else {
            return Err(MemoryError::NoMemory { address, len });
        };
        let Some(range) = GuestRange::new(address, len) else {
            return if len == 0 { Ok(()) } else { Err(MemoryError::Wraps { address, len }) };
        };
        let mut end = first;
        while !self.regions[end].range.contains(range.last()) {
            let region = &self.regions[end];
            // It isn't the last address of all, since a later one belongs to the access.
            let next = GuestAddress(region.range.last().0 + 1);
            match self.regions.get(end + 1) {
                Some(following) if following.range.start() == next => end += 1,
                _ => {
                    let region = region.named();
                    return Err(MemoryError::LeavesRegion { address, len, missing: next, region });
                }
            }
        }
        for region in &self.regions[first..=end] {
            let start = region.range.start().max(address);
            let last = region.range.last().min(range.last());
            let offset = start.0 - region.range.start().0;
            each(&region.backing, offset, start.0 - address.0, last.0 - start.0 + 1);
        }
        Ok(())
    }

    /// The backing and the offset in it of one aligned value, which no region's end can split as
    /// long as regions are made of pages.
    fn single(&self, address: GuestAddress, width: Width) -> Result<(&B, u64), MemoryError> {
        if !address.is_aligned(width.bytes()) {
            return Err(MemoryError::Unaligned { address, width });
        }
        let len = width.bytes();
        let region = self.find(address).ok_or(MemoryError::NoMemory { address, len })?;
        let offset = address.0 - region.range.start().0;
        if region.range.last().0 - address.0 < len - 1 {
            let region = region.named();
            return Err(MemoryError::Split { address, width, region });
        }
        // Single accesses need alignment in the backing as well.
        if !offset.is_multiple_of(len) {
            return Err(MemoryError::Unaligned { address, width });
        }
        Ok((&region.backing, offset))
    }
}

/// The part of a buffer that a piece of an access concerns.
fn part(at: u64, len: u64) -> core::ops::Range<usize> {
    let start = usize::try_from(at).expect("a position in a buffer fits a usize");
    let len = usize::try_from(len).expect("a length of a buffer fits a usize");
    start..start + len
}

impl<B: Backing> GuestMemory for Regions<B> {
    fn read(&self, address: GuestAddress, buffer: &mut [u8]) -> Result<(), MemoryError> {
        self.pieces(address, buffer.len() as u64, |backing, offset, at, len| {
            backing.read(offset, &mut buffer[part(at, len)]);
        })
    }

    fn write(&self, address: GuestAddress, bytes: &[u8]) -> Result<(), MemoryError> {
        self.pieces(address, bytes.len() as u64, |backing, offset, at, len| {
            backing.write(offset, &bytes[part(at, len)]);
        })
    }

    fn load(&self, address: GuestAddress, width: Width) -> Result<u64, MemoryError> {
        let (backing, offset) = self.single(address, width)?;
        Ok(backing.load(offset, width))
    }

    fn store(&self, address: GuestAddress, width: Width, value: u64) -> Result<(), MemoryError> {
        let (backing, offset) = self.single(address, width)?;
        backing.store(offset, width, value);
        Ok(())
    }

    fn clear(&self, address: GuestAddress, size: u64) -> Result<(), MemoryError> {
        self.pieces(address, size, |backing, offset, _, len| backing.clear(offset, len))
    }
}

#[cfg(test)]
mod test;
