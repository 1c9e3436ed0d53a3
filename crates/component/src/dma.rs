//! Memory for DMA: the pool of the key `dma_pool`, given away in pieces.

use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use component_config::DmaPool;

use crate::SharedMemory;
use crate::local::state;

/// Memory whose physical address is known. It goes back to the pool when it is dropped: devices
/// have to be told before.
#[derive(Debug)]
pub struct DmaBuffer {
    memory: SharedMemory,
    physical: u64,
    cached: bool,
    extent: Extent,
}

impl DmaBuffer {
    /// The memory.
    #[must_use]
    pub const fn memory(&self) -> &SharedMemory {
        &self.memory
    }

    /// Where it is for devices.
    #[must_use]
    pub const fn physical(&self) -> u64 {
        self.physical
    }

    /// Whether it is mapped cached, so that the driver has to care for coherence.
    #[must_use]
    pub const fn is_cached(&self) -> bool {
        self.cached
    }
}

impl Drop for DmaBuffer {
    fn drop(&mut self) {
        state().dma.extents.borrow_mut().free(self.extent);
    }
}

/// The pool of the instance.
#[derive(Debug)]
pub(crate) struct Pool {
    known: Cell<bool>,
    extents: RefCell<Extents>,
}

impl Pool {
    pub(crate) const fn new() -> Self {
        Self { known: Cell::new(false), extents: RefCell::new(Extents(Vec::new())) }
    }

    /// Takes `size` bytes out of the pool, whose physical address is a multiple of `alignment`, a
    /// power of two. They are zero.
    pub(crate) fn allocate(
        &self, pool: &DmaPool, size: usize, alignment: usize,
    ) -> Option<DmaBuffer> {
        let memory = SharedMemory::of_region(pool.region, true, true)?;
        if !self.known.replace(true) {
            self.extents.borrow_mut().free(Extent { start: 0, size: memory.len() });
        }
        let extent = self.extents.borrow_mut().allocate(size, alignment, pool.physical)?;
        let memory = memory.part(extent.start, size).ok()?;
        memory.clear(0, size).ok()?;
        let physical = pool.physical.checked_add(u64::try_from(extent.start).ok()?)?;
        Some(DmaBuffer { memory, physical, cached: pool.cached, extent })
    }
}

/// A part of the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Extent {
    start: usize,
    size: usize,
}

/// The free parts, ascending; no two of them touch.
#[derive(Debug, Default)]
struct Extents(Vec<Extent>);

impl Extents {
    /// The first place that fits. `base` is added to the start before it is aligned.
    fn allocate(&mut self, size: usize, alignment: usize, base: u64) -> Option<Extent> {
        let size = size.max(1);
        let alignment = u64::try_from(alignment).ok()?;
        for index in 0..self.0.len() {
            let free = self.0[index];
            let address = base.checked_add(u64::try_from(free.start).ok()?)?;
            let gap = address.checked_next_multiple_of(alignment.max(1))? - address;
            let gap = usize::try_from(gap).ok()?;
            let Some(after) = free.size.checked_sub(gap).and_then(|rest| rest.checked_sub(size))
            else {
                continue;
            };
            let taken = Extent { start: free.start + gap, size };
            self.0.remove(index);
            for part in [
                Extent { start: taken.start + size, size: after },
                Extent { start: free.start, size: gap },
            ] {
                if part.size > 0 {
                    self.0.insert(index, part);
                }
            }
            return Some(taken);
        }
        None
    }

    fn free(&mut self, extent: Extent) {
        let index = self.0.partition_point(|other| other.start < extent.start);
        self.0.insert(index, extent);
        self.join(index);
        if let Some(before) = index.checked_sub(1) {
            self.join(before);
        }
    }

    /// Makes one of two that touch.
    fn join(&mut self, index: usize) {
        if let [first, second, ..] = self.0[index..]
            && first.start + first.size == second.start
        {
            self.0[index].size += second.size;
            self.0.remove(index + 1);
        }
    }
}

#[cfg(test)]
mod test {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn alignment_is_that_of_the_physical_address() {
        let mut extents = Extents::default();
        extents.free(Extent { start: 0, size: 0x3000 });
        let taken = extents.allocate(0x1000, 0x1000, 0x8000_0800).unwrap();
        assert_eq!(taken.start, 0x800);
        assert_eq!(extents.allocate(0x1000, 0x1000, 0x8000_0800).unwrap().start, 0x1800);
        assert_eq!(extents.allocate(0x1000, 1, 0), None);
        extents.free(taken);
        assert_eq!(extents.0.len(), 2, "0 to 0x1800, and the rest");
    }

    proptest! {
        #[test]
        fn nothing_is_given_twice_or_lost(
            steps in proptest::collection::vec((any::<bool>(), 1_usize..600, 0_u32..8), 1..80),
        ) {
            let mut extents = Extents::default();
            extents.free(Extent { start: 0, size: 4096 });
            let mut taken: Vec<Extent> = Vec::new();
            for (give, size, bits) in steps {
                if give && !taken.is_empty() {
                    extents.free(taken.swap_remove(size % taken.len()));
                } else if let Some(extent) = extents.allocate(size, 1 << bits, 0x1004) {
                    prop_assert_eq!((extent.start + 0x1004) % (1 << bits), 0);
                    taken.push(extent);
                }
                let mut all: Vec<Extent> = taken.iter().chain(&extents.0).copied().collect();
                all.sort_by_key(|extent| extent.start);
                let mut end = 0;
                for extent in all {
                    prop_assert_eq!(extent.start, end);
                    end += extent.size;
                }
                prop_assert_eq!(end, 4096);
            }
            taken.drain(..).for_each(|extent| extents.free(extent));
            prop_assert_eq!(&extents.0, &[Extent { start: 0, size: 4096 }]);
        }
    }
}
