//! The capability derivation tree: who was made from whom.
//!
//! seL4 manual, section 3.1.4 "Capability Derivation Tree". The tree is the
//! list of its pre-order walk; see [`Slot`].

use crate::cap::{Cap, ReplyCap};
use crate::error::{Checked, SyscallError};
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::memory::Memory;
use crate::object::{Slot, Tcb, TcbSlot};
use crate::word::{Word, mask};

/// Puts `cap`, derived from the capability in `source`, into the empty slot
/// `target`, as a child or sibling of `source`.
pub fn insert(memory: &mut impl Memory, cap: Cap, source: Slot, target: Slot) {
    let source_cap = source.cap(memory);
    let next = source.next(memory);
    target.set_cap(memory, cap);
    target.set_links(memory, Some(source), next, cap.starts_subtree(source_cap));
    if let (Cap::Untyped(old), Cap::Untyped(new)) = (source_cap, cap)
        && old.base == new.base
        && old.size_bits == new.size_bits
    {
        let full = crate::cap::UntypedCap { used: mask(old.size_bits) + 1, ..old };
        source.set_cap(memory, Cap::Untyped(full));
    }
    source.set_next(memory, Some(target));
    if let Some(next) = next {
        next.set_previous(memory, Some(target));
    }
}

/// Puts a reply capability into the empty slot `target`, as a child of `master`.
#[inline(always)]
pub fn insert_reply(memory: &mut impl Memory, cap: ReplyCap, master: Slot, target: Slot) {
    let next = master.next(memory);
    target.set_cap(memory, Cap::Reply(cap));
    target.set_links(memory, Some(master), next, false);
    master.set_next(memory, Some(target));
    if let Some(next) = next {
        next.set_previous(memory, Some(target));
    }
}

/// Puts the packed capability of a new object into the empty slot `target`, as
/// a child of the untyped memory in `parent`.
#[inline(always)]
pub fn insert_new(memory: &mut impl Memory, cap: [Word; 2], parent: Slot, target: Slot) {
    let next = parent.next(memory);
    target.set_words(memory, cap);
    target.set_links(memory, Some(parent), next, true);
    if let Some(next) = next {
        next.set_previous(memory, Some(target));
    }
    parent.set_next(memory, Some(target));
}

/// Moves the capability of `source`, which becomes `cap`, to the empty slot
/// `target`; its relatives stay the same.
pub fn relocate(memory: &mut impl Memory, cap: Cap, source: Slot, target: Slot) {
    let links = Links::of(memory, source);
    source.clear(memory);
    target.set_cap(memory, cap);
    links.write(memory, target);
}

/// Exchanges two slots, whose capabilities become `cap_a` and `cap_b`.
pub fn swap(memory: &mut impl Memory, cap_a: Cap, a: Slot, cap_b: Cap, b: Slot) {
    a.set_cap(memory, cap_b);
    b.set_cap(memory, cap_a);
    // One after the other, so that it also works for neighbours.
    let links_a = Links::of(memory, a);
    links_a.attach_neighbours(memory, b);
    let links_b = Links::of(memory, b);
    links_b.write_own(memory, a);
    links_a.write_own(memory, b);
    links_b.attach_neighbours(memory, a);
}

/// Takes a slot out of the list and empties it.
#[inline]
pub fn unlink(memory: &mut impl Memory, slot: Slot) {
    let previous = slot.previous(memory);
    let next = slot.next(memory);
    if let Some(previous) = previous {
        previous.set_next(memory, next);
    }
    if let Some(next) = next {
        next.set_previous(memory, previous);
        if slot.starts_subtree(memory) {
            next.mark_subtree(memory);
        }
    }
    slot.clear(memory);
}

/// Whether the capability in `parent` is an ancestor of the one in `child`,
/// for a `child` that follows it in the list.
pub fn is_parent(memory: &impl Memory, parent: Slot, child: Slot) -> bool {
    parent.is_revocable(memory)
        && parent.cap(memory).is_parent_of(child.cap(memory), child.starts_subtree(memory))
}

/// Whether anything was derived from the capability.
pub fn has_children(memory: &impl Memory, slot: Slot) -> bool {
    slot.next(memory).is_some_and(|next| is_parent(memory, slot, next))
}

/// Whether the capability is the last one to its object. Capabilities to one
/// object are neighbours in the list.
pub fn is_final(memory: &impl Memory, slot: Slot) -> bool {
    let cap = slot.cap(memory);
    let shares = |neighbour: Option<Slot>, cap_first: bool| {
        neighbour.is_some_and(|neighbour| {
            let other = neighbour.cap(memory);
            if cap_first { cap.same_object(other) } else { other.same_object(cap) }
        })
    };
    !shares(slot.previous(memory), false) && !shares(slot.next(memory), true)
}

/// The links of a slot, read before they are moved.
#[derive(Clone, Copy)]
struct Links {
    next_word: crate::word::Word,
    next: Option<Slot>,
    previous: Option<Slot>,
}

impl Links {
    fn of(memory: &impl Memory, slot: Slot) -> Self {
        Self {
            next_word: slot.next_word(memory),
            next: slot.next(memory),
            previous: slot.previous(memory),
        }
    }

    fn write_own(self, memory: &mut impl Memory, slot: Slot) {
        slot.set_next_word(memory, self.next_word);
        slot.set_previous(memory, self.previous);
    }

    fn attach_neighbours(self, memory: &mut impl Memory, slot: Slot) {
        if let Some(previous) = self.previous {
            previous.set_next(memory, Some(slot));
        }
        if let Some(next) = self.next {
            next.set_previous(memory, Some(slot));
        }
    }

    fn write(self, memory: &mut impl Memory, slot: Slot) {
        self.write_own(memory, slot);
        self.attach_neighbours(memory, slot);
    }
}

impl<M: Machine> Kernel<M> {
    /// See [`insert`].
    pub(crate) fn insert_cap(&mut self, cap: Cap, source: Slot, target: Slot) {
        insert(&mut self.machine, cap, source, target);
    }

    /// Checks that nothing was derived from a capability.
    pub(crate) fn require_childless(&self, slot: Slot) -> Checked<()> {
        if has_children(&self.machine, slot) { Err(SyscallError::RevokeFirst) } else { Ok(()) }
    }

    /// What a copy of the capability in `slot` would be, given `cap` as what
    /// it holds. [`Cap::Null`] when it can't be copied.
    pub(crate) fn derive(&self, slot: Slot, cap: Cap) -> Checked<Cap> {
        match cap {
            Cap::Zombie(_) | Cap::IrqControl | Cap::Reply(_) => Ok(Cap::Null),
            Cap::Untyped(_) => self.require_childless(slot).map(|()| cap),
            Cap::Arch(cap) => cap.derive().map(Cap::Arch),
            cap => Ok(cap),
        }
    }

    /// Gives a thread the capability that all replies to it descend from.
    pub(crate) fn set_up_reply_master(&mut self, tcb: Tcb) {
        let slot = tcb.slot(TcbSlot::Reply);
        if slot.is_empty(&self.machine) {
            let cap = Cap::Reply(ReplyCap { caller: tcb, master: true, grant: true });
            slot.write_root(&mut self.machine, cap);
        }
    }
}
