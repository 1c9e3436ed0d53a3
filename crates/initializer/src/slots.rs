//! Slots of the root CNode. They are given out once, and none comes back: the whole CNode is left
//! behind in the end.

use core::ops::Range;

use sel4::init_thread::{Slot, slot};
use sel4::{AbsoluteCPtr, CapType, cap_type};

use crate::failure::{Cause, Failure};

/// The empty slots.
pub struct Slots {
    next: usize,
    end: usize,
    count: usize,
}

impl Slots {
    /// The slots that the kernel has left empty.
    pub fn new(empty: Range<usize>, cnode_bits: usize) -> Self {
        Self { next: empty.start, end: empty.end, count: 1 << cnode_bits }
    }

    /// Slots of the whole CNode.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Takes `count` slots in a row; returns the first.
    pub fn take<'a>(&mut self, count: usize) -> Result<usize, Failure<'a>> {
        let full = Failure::general(Cause::Slots { count: self.count });
        let end = self.next.checked_add(count).filter(|end| *end <= self.end).ok_or(full)?;
        Ok(core::mem::replace(&mut self.next, end))
    }
}

/// The path to a slot of the root CNode, for invocations of CNodes.
pub fn path(index: usize) -> AbsoluteCPtr {
    slot::CNODE.cap().absolute_cptr(Slot::<cap_type::Null>::from_index(index).cptr())
}

/// The capability in a slot of the root CNode.
pub fn cap<T: CapType>(index: usize) -> sel4::Cap<T> {
    Slot::from_index(index).cap()
}
