//! What the task under test has in its slots, as far as the supervisor knows.
//!
//! It is a guess, since what a call has changed is noted after other calls were made up, and not
//! every change is known. So most calls get capabilities of the right type, and others don't.

use sel4::Word;

use crate::random::Random;

/// Bits of the task's CSpace.
pub const ROOT_BITS: usize = 7;
/// Bits of the CNodes in it.
pub const NODE_BITS: usize = 4;
/// Slots of the task's CSpace.
pub const SLOTS: usize = 1 << ROOT_BITS;
/// The slot with a capability to the CSpace itself.
pub const SELF: usize = 4;

/// Types of capabilities.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// None.
    Empty,
    /// Untyped memory.
    Untyped,
    /// A thread.
    Tcb,
    /// An endpoint.
    Endpoint,
    /// A notification.
    Notification,
    /// The root of the CSpace.
    Root,
    /// Another CNode.
    CNode,
    /// The root of an address space.
    VSpace,
    /// A frame of any size.
    Frame,
    /// A page table.
    PageTable,
    /// A virtual processor.
    Vcpu,
    /// A pool of address space identifiers.
    AsidPool,
    /// The right to make such pools.
    AsidControl,
    /// An interrupt's handler.
    IrqHandler,
    /// A software generated interrupt.
    Sgi,
    /// The right to set domains.
    Domain,
    /// The right to answer a caller.
    Reply,
}

/// The guess.
pub struct Slots([Kind; SLOTS]);

impl Slots {
    /// Nothing yet.
    pub const fn new() -> Self {
        Self([Kind::Empty; SLOTS])
    }

    /// Notes what is in a slot.
    pub fn set(&mut self, slot: usize, kind: Kind) {
        if let Some(it) = self.0.get_mut(slot) {
            *it = kind;
        }
    }

    /// What is in a slot.
    pub fn kind(&self, slot: Word) -> Kind {
        let index = usize::try_from(slot).unwrap_or(usize::MAX);
        self.0.get(index).copied().unwrap_or(Kind::Empty)
    }

    /// Notes what a call has changed.
    pub fn apply(&mut self, (first, count, kind): (Word, Word, Kind)) {
        for slot in first..first.saturating_add(count).min(SLOTS as Word) {
            self.set(usize::try_from(slot).unwrap_or(usize::MAX), kind);
        }
    }

    /// A slot with such a capability, or now and then any slot.
    pub fn find(&self, random: &mut Random, kind: Kind) -> Word {
        let start = random.index(SLOTS);
        if random.chance(93) {
            let slots = (start..SLOTS).chain(0..start);
            if let Some(slot) = { slots }.find(|slot| self.0[*slot] == kind) {
                return slot as Word;
            }
        }
        if random.chance(98) { start as Word } else { random.word() }
    }
}
