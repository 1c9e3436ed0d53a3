//! Dividing physical memory.

use super::{BootError, BootParameters, PAGE_BITS, page_up};
use crate::machine::PhysRange;
use crate::word::{PhysAddr, Word, align_down, align_up, bit, mask};

/// Most pieces of memory that the boot code keeps track of.
pub const MAX_RANGES: usize = 32;

/// Ascending ranges that do not overlap.
#[derive(Clone, Copy, Debug)]
pub struct Ranges {
    ranges: [PhysRange; MAX_RANGES],
    count: usize,
}

impl Ranges {
    const fn new() -> Self {
        Self { ranges: [PhysRange::new(0, 0); MAX_RANGES], count: 0 }
    }

    /// The ranges, ascending.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = PhysRange> + '_ {
        self.ranges[..self.count].iter().copied()
    }

    fn push(&mut self, range: PhysRange) -> Result<(), BootError> {
        if range.is_empty() {
            return Ok(());
        }
        let slot = self.ranges.get_mut(self.count).ok_or(BootError::TooManyRanges)?;
        *slot = range;
        self.count += 1;
        Ok(())
    }

    /// The ranges without `hole`.
    fn without(&self, hole: PhysRange) -> Result<Self, BootError> {
        let mut rest = Self::new();
        for range in self.iter() {
            let before = PhysRange { start: range.start, end: range.end.min(hole.start) };
            let after = PhysRange { start: range.start.max(hole.end), end: range.end };
            if range.start < hole.end && hole.start < range.end {
                rest.push(before)?;
                rest.push(after)?;
            } else {
                rest.push(range)?;
            }
        }
        Ok(rest)
    }

    fn contains(&self, part: PhysRange) -> bool {
        self.iter().any(|range| range.start <= part.start && part.end <= range.end)
    }
}

/// Memory that nobody has yet.
#[derive(Debug)]
pub(super) struct Divider {
    free: Ranges,
}

impl Divider {
    /// All memory but for the kernel, the root task's image and the device
    /// tree, each of which must be in memory that the others leave.
    pub(super) fn new(parameters: &BootParameters<'_>) -> Result<Self, BootError> {
        let mut free = Ranges::new();
        for range in parameters.memory {
            free.push(*range)?;
        }
        let mut take = |part: &'static str, range: PhysRange| -> Result<(), BootError> {
            if range.is_empty() || range.start.0 & mask(PAGE_BITS) != 0 || !free.contains(range) {
                return Err(BootError::Misplaced { part, range });
            }
            free = free.without(range)?;
            Ok(())
        };
        let whole_pages = |range: PhysRange| PhysRange::new(range.start.0, page_up(range.end.0));
        take("kernel image", whole_pages(parameters.kernel))?;
        take("root task's image", parameters.image)?;
        if let Some(tree) = parameters.device_tree {
            // The tree may share its first and last page with nothing else.
            let start = align_down(tree.start.0, PAGE_BITS);
            take("device tree", PhysRange::new(start, page_up(tree.end.0)))?;
        }
        Ok(Self { free })
    }

    /// Takes an aligned block of 2^`bits` bytes from the lowest memory.
    pub(super) fn take_low(&mut self, bits: u32) -> Result<PhysAddr, BootError> {
        let fit = self.free.iter().find_map(|range| {
            let start = align_up(range.start.0, bits);
            (start + bit(bits) <= range.end.0).then_some(start)
        });
        let start = fit.ok_or(BootError::NoRoom { size: bit(bits), align_bits: bits })?;
        self.free = self.free.without(PhysRange::new(start, start + bit(bits)))?;
        Ok(PhysAddr(start))
    }

    /// Takes `size` bytes with an aligned start from the highest memory.
    pub(super) fn take_high(&mut self, size: Word, align_bits: u32) -> Result<PhysAddr, BootError> {
        let fit = self.free.iter().rev().find_map(|range| {
            let start = align_down(range.end.0.checked_sub(size)?, align_bits);
            (start >= range.start.0).then_some(start)
        });
        let start = fit.ok_or(BootError::NoRoom { size, align_bits })?;
        self.free = self.free.without(PhysRange::new(start, start + size))?;
        Ok(PhysAddr(start))
    }

    /// What is left.
    pub(super) fn free(&self) -> Ranges {
        self.free
    }
}

/// Divides a range into the largest aligned blocks, as start and size in bits.
pub(super) fn blocks(range: PhysRange) -> impl Iterator<Item = (PhysAddr, u32)> {
    use sel4_abi::object::{MAX_UNTYPED_BITS, MIN_UNTYPED_BITS};
    let mut start = range.start.0;
    core::iter::from_fn(move || {
        let left = range.end.0.checked_sub(start)?;
        let size = left.checked_ilog2()?.min(MAX_UNTYPED_BITS).min(start.trailing_zeros());
        let block = (PhysAddr(start), size);
        start += bit(size);
        Some(block)
    })
    .filter(|(_, size)| *size >= MIN_UNTYPED_BITS)
}
