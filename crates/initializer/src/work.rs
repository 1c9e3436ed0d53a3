//! Tables whose size depends on the system, in the memory that the packer has attached.

use system_spec::flat::Spec;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::failure::{Cause, Failure};
use crate::make::untyped::Region;

/// Pieces of memory that can be kept track of. More are left unused.
const REGIONS: usize = 1024;

/// What is known of an instance at run time.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct Watched {
    /// Slot of its first thread in the monitor's CNode.
    pub first_thread: u32,
    /// How often it was restarted.
    pub restarts: u32,
    /// One of the states in `monitor`.
    pub state: u32,
    /// Page of its ring in the monitor's window, plus one; 0 if it has none.
    pub log: u32,
}

/// The tables.
pub struct Work {
    /// Slot of each object's capability in the root CNode, and one for the serial port.
    pub slots: &'static mut [u32],
    /// Objects in the order in which they are made.
    pub order: &'static mut [u32],
    /// Flags of each object.
    pub flags: &'static mut [u8],
    /// What is known of each instance.
    pub watched: &'static mut [Watched],
    /// Memory.
    pub regions: &'static mut [Region],
}

/// Cuts a table off the memory.
fn cut<T: FromBytes + IntoBytes + KnownLayout>(
    memory: &'static mut [u8], count: usize,
) -> Option<(&'static mut [T], &'static mut [u8])> {
    let skip = memory.as_ptr().align_offset(align_of::<T>());
    let memory = memory.get_mut(skip..)?;
    <[T]>::mut_from_prefix_with_elems(memory, count).ok()
}

impl Work {
    /// Makes the tables for a system.
    pub fn new<'a>(spec: &Spec<'_>, memory: &'static mut [u8]) -> Result<Self, Failure<'a>> {
        Self::divide(spec.objects().len(), spec.instances().len(), memory)
            .ok_or(Failure::general(Cause::Unsupported("its image has too little work memory")))
    }

    fn divide(objects: usize, instances: usize, memory: &'static mut [u8]) -> Option<Self> {
        let (regions, memory) = cut(memory, REGIONS)?;
        let (watched, memory) = cut(memory, instances)?;
        let (slots, memory) = cut(memory, objects.checked_add(1)?)?;
        let (order, memory) = cut(memory, objects.checked_add(1)?)?;
        let (flags, _) = cut(memory, objects)?;
        Some(Self { slots, order, flags, watched, regions })
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;

    #[test]
    fn the_promised_size_is_enough() {
        for (objects, instances) in [(0, 0), (1, 1), (2, 3), (3000, 40), (4097, 1)] {
            let size = system_spec::attached::work_size(objects, instances);
            let memory = std::vec![0; size].leak();
            let work = Work::divide(objects, instances, memory).unwrap();
            assert_eq!(work.slots.len(), objects + 1);
            assert_eq!(work.flags.len(), objects);
            let short = std::vec![0; size - size / 2].leak();
            assert!(Work::divide(objects, instances, short).is_none());
        }
    }
}
