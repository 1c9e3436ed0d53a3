//! CNodes in CNodes, in threads, and in circles, against a naive model.
//!
//! The deletion of one capability can take many others along, and an interrupt
//! can come between any two of its steps; the model's deletion is one step. After
//! every operation the same capabilities are left, wherever they are.

use std::collections::{BTreeMap, BTreeSet};
use std::vec::Vec;

use proptest::prelude::*;
use sel4_abi::{Error, InvocationLabel as Label, ObjectType, slot};

use crate::derivation;
use crate::object::{Slot, Tcb, TcbSlot};
use crate::testing::{Outcome, System};
use crate::word::{PhysAddr, Word, bit};

/// Slots that are worked on, in the root CNode from here on. The memory that
/// everything is made of is in the one behind them.
const FIRST: Word = 700;
const SLOTS: Word = 6;
const MEMORY: Word = FIRST + SLOTS;
const MEMORY_BITS: Word = 14;
/// log2 of the slots of each other CNode.
const RADIX: Word = 2;
/// Object types with the size argument.
const KINDS: [(ObjectType, Word); 3] =
    [(ObjectType::Endpoint, 0), (ObjectType::CapTable, RADIX), (ObjectType::Tcb, 0)];

/// How a slot is named: by a slot of the root CNode, or one in the CNode there.
#[derive(Clone, Copy, Debug)]
struct Name {
    through: Option<Word>,
    index: Word,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Make { kind: usize, to: Word },
    Copy { from: Name, to: Name },
    Move { from: Name, to: Name },
    Delete(Name),
    Revoke(Name),
    SetSpace { thread: Word, cnode: Word },
    RevokeMemory,
}

fn name() -> impl Strategy<Value = Name> {
    prop_oneof![
        (0..SLOTS).prop_map(|index| Name { through: None, index }),
        (0..SLOTS, 0..bit(2)).prop_map(|(cnode, index)| Name { through: Some(cnode), index }),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..KINDS.len(), 0..SLOTS).prop_map(|(kind, to)| Step::Make { kind, to }),
        4 => (name(), name()).prop_map(|(from, to)| Step::Copy { from, to }),
        8 => (name(), name()).prop_map(|(from, to)| Step::Move { from, to }),
        4 => name().prop_map(Step::Delete),
        1 => name().prop_map(Step::Revoke),
        2 => (0..SLOTS, 0..SLOTS).prop_map(|(thread, cnode)| Step::SetSpace { thread, cnode }),
        1 => Just(Step::RevokeMemory),
    ]
}

/// A slot: in which object, none for the root CNode, and which one there.
type Place = (Option<usize>, Word);

/// What a slot holds.
#[derive(Clone, Copy, Debug)]
struct Held {
    object: usize,
    /// Whether it is the capability that the object was made with.
    original: bool,
}

struct World {
    system: System,
    caps: BTreeMap<Place, Held>,
    /// Type and address of every object, those that are gone as well.
    objects: Vec<(ObjectType, PhysAddr)>,
    /// Interrupts that come during the operations of one step.
    interrupts: usize,
}

impl World {
    fn new() -> Self {
        let mut system = System::boot();
        let memory = system.create(ObjectType::Untyped, MEMORY_BITS);
        assert_eq!(system.cnode(Label::CNodeMove, &[MEMORY, 64, memory, 64]).0, 0);
        Self { system, caps: BTreeMap::new(), objects: Vec::new(), interrupts: 0 }
    }

    /// The type of the object behind a slot of the root CNode, and its number.
    fn held(&self, index: Word) -> Option<(ObjectType, usize)> {
        let held = self.caps.get(&(None, index))?;
        Some((self.objects[held.object].0, held.object))
    }

    /// Where a name leads to: the place, and how it is said to the kernel, as
    /// the CNode's capability, the index and its bits.
    fn resolve(&self, name: Name) -> Option<(Place, [Word; 3])> {
        let Some(through) = name.through else {
            let words = [slot::INIT_THREAD_CNODE, FIRST + name.index, 64];
            return Some(((None, name.index), words));
        };
        let (kind, object) = self.held(through)?;
        let words = [FIRST + through, name.index, RADIX];
        (kind == ObjectType::CapTable).then_some(((Some(object), name.index), words))
    }

    fn address(&self, (object, index): Place) -> Slot {
        let Some(object) = object else {
            return self.system.root_slot(FIRST + index);
        };
        match self.objects[object] {
            (ObjectType::Tcb, at) => Tcb::at(at).slot(TcbSlot::CSpace),
            (_, at) => Slot::at(at).offset(index),
        }
    }

    /// Whether the capability that a name leads through goes when the place that it
    /// leads to is revoked.
    fn is_own_branch(&self, name: Name, place: Place) -> bool {
        let through = name.through.and_then(|index| self.caps.get(&(None, index)));
        let object = self.caps.get(&place).map(|held| held.object);
        through.is_some_and(|through| Some(through.object) == object)
    }

    /// Makes a system call, and makes it again as often as it is interrupted.
    fn call(&mut self, cap: Word, label: Label, caps: &[Word], words: &[Word]) -> Outcome {
        loop {
            let interrupted = self.interrupts > 0;
            if interrupted {
                self.interrupts -= 1;
                self.system.kernel.machine.pending.push(99);
            }
            let outcome = self.system.call(cap, label, caps, words);
            let pending = &mut self.system.kernel.machine.pending;
            let again = interrupted && pending.is_empty();
            pending.clear();
            self.list();
            if !again {
                return outcome;
            }
        }
    }

    fn apply(&mut self, step: Step) -> Option<()> {
        match step {
            Step::Make { kind, to } => self.make(kind, to),
            Step::Copy { from, to } => self.transfer(Label::CNodeCopy, from, to)?,
            Step::Move { from, to } => self.transfer(Label::CNodeMove, from, to)?,
            Step::Delete(name) => {
                let (place, [cnode, index, bits]) = self.resolve(name)?;
                assert_eq!(self.call(cnode, Label::CNodeDelete, &[], &[index, bits]).0, 0);
                self.delete(place);
            }
            Step::Revoke(name) => {
                let (place, [cnode, index, bits]) = self.resolve(name)?;
                if self.is_own_branch(name, place) {
                    // The call couldn't be made again.
                    self.interrupts = 0;
                }
                assert_eq!(self.call(cnode, Label::CNodeRevoke, &[], &[index, bits]).0, 0);
                if let Some(Held { object, original: true }) = self.caps.get(&place).copied() {
                    self.caps.retain(|other, held| *other == place || held.object != object);
                }
            }
            Step::SetSpace { thread, cnode } => self.set_space(thread, cnode)?,
            Step::RevokeMemory => {
                let root = slot::INIT_THREAD_CNODE;
                assert_eq!(self.call(root, Label::CNodeRevoke, &[], &[MEMORY, 64]).0, 0);
                self.caps.clear();
            }
        }
        Some(())
    }

    fn make(&mut self, kind: usize, to: Word) {
        let (object, size) = KINDS[kind];
        let words = [object.as_word(), size, 0, 0, FIRST + to, 1];
        let caps = [slot::INIT_THREAD_CNODE];
        let (label, _) = self.call(MEMORY, Label::UntypedRetype, &caps, &words);
        if self.caps.contains_key(&(None, to)) {
            assert_eq!(label, Error::DeleteFirst.as_word());
        } else if label != 0 {
            assert_eq!(label, Error::NotEnoughMemory.as_word());
            assert!(!self.caps.is_empty(), "memory that nothing is in isn't used again");
        } else {
            let (base, _) = self.system.cap(FIRST + to).region().expect("an object");
            self.caps.insert((None, to), Held { object: self.objects.len(), original: true });
            self.objects.push((object, base));
        }
    }

    fn transfer(&mut self, label: Label, from: Name, to: Name) -> Option<()> {
        let (source, [from_cnode, from, from_bits]) = self.resolve(from)?;
        let (target, [to_cnode, to, to_bits]) = self.resolve(to)?;
        let words = [to, to_bits, from, from_bits, 15];
        let done = self.call(to_cnode, label, &[from_cnode], &words).0 == 0;
        let held = self.caps.get(&source).copied();
        assert_eq!(done, held.is_some() && !self.caps.contains_key(&target));
        let held = held.filter(|_| done)?;
        if label == Label::CNodeMove {
            self.caps.remove(&source);
            self.caps.insert(target, held);
        } else {
            self.caps.insert(target, Held { original: false, ..held });
        }
        Some(())
    }

    /// Gives a thread a capability space, in place of the one that it has.
    fn set_space(&mut self, thread: Word, cnode: Word) -> Option<()> {
        let (ObjectType::Tcb, tcb) = self.held(thread)? else { return None };
        let (ObjectType::CapTable, object) = self.held(cnode)? else { return None };
        let caps = [FIRST + cnode, slot::INIT_THREAD_VSPACE];
        let (label, _) = self.call(FIRST + thread, Label::TCBSetSpace, &caps, &[0, 0, 0]);
        let place = (Some(tcb), 0);
        let old = self.caps.get(&place).map(|held| held.object);
        // A space that would be deleted with that has to be deleted first.
        if old.is_some_and(|old| self.count(old) == 1) {
            assert_eq!(label, Error::IllegalOperation.as_word());
            return None;
        }
        assert_eq!(label, 0);
        self.caps.insert(place, Held { object, original: false });
        Some(())
    }

    fn count(&self, object: usize) -> usize {
        self.caps.values().filter(|held| held.object == object).count()
    }

    /// Deletes a capability, and with the last one to an object what is in it.
    fn delete(&mut self, place: Place) {
        let Some(Held { object, .. }) = self.caps.remove(&place) else {
            return;
        };
        if self.count(object) > 0 {
            return;
        }
        for index in (0..bit(2)).rev() {
            self.delete_contained((Some(object), index));
        }
    }

    /// Deletes what is in an object that goes away. An object found there that
    /// holds capabilities itself doesn't go away as well, but nobody can reach it
    /// any more: its last capability takes the place of the first one in it, and
    /// that one is deleted instead (seL4 manual, section 3.2 "Deletion and Revocation").
    fn delete_contained(&mut self, place: Place) {
        while let Some(held) = self.caps.remove(&place) {
            let is_container = self.objects[held.object].0 != ObjectType::Endpoint;
            if !is_container || self.count(held.object) > 0 {
                return;
            }
            let first = (Some(held.object), 0);
            if let Some(instead) = self.caps.insert(first, held) {
                self.caps.insert(place, instead);
            }
        }
    }

    /// The slots that follow the memory's in the list, as long as they were
    /// derived from it. The list goes both ways.
    fn list(&self) -> BTreeSet<PhysAddr> {
        let m = &self.system.kernel.machine;
        let memory = self.system.root_slot(MEMORY);
        let (mut found, mut at) = (BTreeSet::new(), memory);
        while let Some(next) = at.next(m) {
            assert_eq!(next.previous(m), Some(at));
            if !derivation::is_parent(m, memory, next) {
                break;
            }
            assert!(found.insert(next.address()), "the list has a circle");
            at = next;
        }
        found
    }

    fn check(&self) {
        let m = &self.system.kernel.machine;
        for (place, held) in &self.caps {
            let (base, _) = self.address(*place).cap(m).region().expect("it was lost");
            assert_eq!(base, self.objects[held.object].1, "{place:?}");
        }
        // No slot is left over, least of all in memory that is free.
        let expected: BTreeSet<_> =
            self.caps.keys().map(|place| self.address(*place).address()).collect();
        assert_eq!(self.list(), expected);
        let holders = self.caps.values().map(|held| held.object);
        let cnodes = holders.filter(|object| self.objects[*object].0 == ObjectType::CapTable);
        for place in cnodes.flat_map(|cnode| (0..bit(2)).map(move |index| (Some(cnode), index))) {
            let is_empty = self.address(place).is_empty(m);
            assert_eq!(is_empty, !self.caps.contains_key(&place), "{place:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn nested_capabilities_match_the_model(
        steps in prop::collection::vec((step(), 0_usize..6), 1..120)
    ) {
        let mut world = World::new();
        for (step, interrupts) in steps {
            world.interrupts = interrupts;
            // Most steps need a capability that is there only sometimes.
            let _ = world.apply(step);
            world.check();
        }
    }
}
