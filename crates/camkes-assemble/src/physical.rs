//! Physical memory whose address components are told, and nobody else chooses.
//!
//! A driver hands addresses of its DMA pool to a device, so it must know them, and buffers that are
//! longer than a page must be in one piece. Both are settled when the system is made: pools get
//! ranges at the end of the board's largest range of memory, below what the kernel takes there
//! for the first thread. The initializer makes objects with an address first, so nothing else can
//! be there.

use camkes_lang::Model;

use crate::geometry::{PAGE, pages};
use crate::kernel::Kernel;

/// The kernel sizes its first objects at boot. What differs from the tool's sum is less than this.
const MARGIN: u64 = 1 << 20;

/// Memory that is left for pools.
#[derive(Clone, Debug)]
pub struct Physical {
    start: u64,
    /// Ranges are given out downwards from here.
    next: u64,
    /// First and last addresses of what the description itself names.
    taken: Vec<(u64, u64)>,
}

impl Physical {
    /// What is left of the board's memory.
    #[must_use]
    pub fn new(kernel: &Kernel, model: &Model) -> Self {
        let memory = kernel.regions.as_ref().map(|map| map.memory.as_slice()).unwrap_or_default();
        let largest = memory.iter().max_by_key(|region| region.size());
        let (start, end) = largest.map_or((0, 0), |region| (region.start, region.end));
        let (bytes, alignment) = kernel.boot_needs;
        let end = end.saturating_sub(bytes + MARGIN) / alignment.max(1) * alignment.max(1);
        let ports = camkes_check::RegionKind::Ports;
        let taken = camkes_check::regions(model)
            .into_iter()
            .filter(|region| region.kind != ports)
            .map(|region| (region.start, region.last))
            .collect();
        Self { start, next: end, taken }
    }

    /// Says that somebody has named a range.
    pub fn take(&mut self, start: u64, size: u64) {
        self.taken.push((start, start.saturating_add(size.saturating_sub(1))));
    }

    /// A range of whole pages in one piece, aligned to 2^`alignment_bits` bytes.
    pub fn reserve(&mut self, size: u64, alignment_bits: u8) -> Option<u64> {
        let size = pages(size).max(PAGE);
        let alignment = 1 << alignment_bits;
        let mut end = self.next;
        loop {
            let start = end.checked_sub(size)? / alignment * alignment;
            if start < self.start {
                return None;
            }
            let last = start + size - 1;
            match self.taken.iter().find(|(first, end)| *first <= last && start <= *end) {
                // Below the lowest of them, whole pages.
                Some((first, _)) => end = *first / PAGE * PAGE,
                None => {
                    self.next = start;
                    return Some(start);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_apart_aligned_and_avoid_what_is_taken() {
        let mut memory = Physical { start: 0x1000_0000, next: 0x2000_0000, taken: Vec::new() };
        memory.take(0x1fff_d800, 0x100);
        assert_eq!(memory.reserve(1, 12), Some(0x1fff_f000));
        assert_eq!(memory.reserve(0x2000, 12), Some(0x1fff_b000));
        assert_eq!(memory.reserve(0x20_0000, 21), Some(0x1fc0_0000));
        assert_eq!(memory.reserve(0x1000_0000, 12), None);
    }

    #[test]
    fn without_memory_there_is_nothing() {
        let mut memory = Physical { start: 0, next: 0, taken: Vec::new() };
        assert_eq!(memory.reserve(1, 12), None);
    }
}
