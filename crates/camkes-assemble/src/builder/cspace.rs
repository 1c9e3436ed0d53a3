//! Capability spaces: one CNode each, whose guard makes slot numbers addresses.

use system_spec::model::{Cap, Guard, ObjectId, Rights};

/// The capabilities of one thread or component.
#[derive(Debug)]
pub struct CSpace {
    root: ObjectId,
    slots: Vec<(u32, Cap)>,
    next: u32,
    /// Capabilities to the CNode itself, whose guard is known at the end.
    own: Vec<u32>,
}

impl CSpace {
    pub(super) fn new(root: ObjectId) -> Self {
        Self { root, slots: Vec::new(), next: 1, own: Vec::new() }
    }

    /// Keeps the slots below `first` for [`Self::put`].
    pub fn start_at(&mut self, first: u32) {
        self.next = self.next.max(first);
    }

    /// Puts a capability into a slot that has been kept free for it.
    pub fn put(&mut self, slot: u32, cap: Cap) {
        self.slots.push((slot, cap));
    }

    /// Puts a capability into the next free slot.
    pub fn add(&mut self, cap: Cap) -> u32 {
        let slot = self.reserve(1);
        self.slots.push((slot, cap));
        slot
    }

    /// Keeps `count` slots empty, and gives the first.
    pub fn reserve(&mut self, count: u32) -> u32 {
        let slot = self.next;
        self.next += count;
        slot
    }

    /// Puts a capability to this CNode itself into a slot that has been kept free for it.
    pub fn put_own(&mut self, slot: u32) {
        self.own.push(slot);
    }

    /// How large the CNode is, as a power of two.
    #[must_use]
    pub fn size_bits(&self) -> u8 {
        // Retyping makes CNodes of at least two slots.
        let bits = self.next.max(2).next_power_of_two().trailing_zeros();
        u8::try_from(bits).unwrap_or(u8::MAX)
    }

    /// The capability to the CNode with which slot numbers are addresses of 64 bits.
    #[must_use]
    pub fn cap(&self) -> Cap {
        let guard = Guard { value: 0, size: 64 - self.size_bits() };
        Cap { guard, ..super::cap(self.root, Rights::ALL) }
    }

    pub(super) fn into_parts(mut self) -> (ObjectId, u8, Vec<(u32, Cap)>) {
        let cap = self.cap();
        self.slots.extend(self.own.iter().map(|slot| (*slot, cap)));
        self.slots.sort_by_key(|(slot, _)| *slot);
        (self.root, self.size_bits(), self.slots)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cnode_is_as_large_as_it_has_to_be() {
        let mut space = CSpace::new(ObjectId(7));
        space.start_at(6);
        assert_eq!(space.size_bits(), 3);
        assert_eq!(space.add(super::super::cap(ObjectId(1), Rights::READ)), 6);
        assert_eq!(space.reserve(3), 7);
        assert_eq!(space.size_bits(), 4);
        space.put_own(5);
        let (root, bits, slots) = space.into_parts();
        assert_eq!((root, bits), (ObjectId(7), 4));
        assert_eq!(slots.iter().map(|(slot, _)| *slot).collect::<Vec<_>>(), [5, 6]);
        assert_eq!(slots[0].1.guard, Guard { value: 0, size: 60 });
    }
}
