//! Random operations on capabilities by system calls, against a naive model:
//! which slots are occupied, by what, and what each was made from. After every
//! operation
//!
//! - no capability is lost and none is left over,
//! - no two objects share memory, and each lies in its untyped memory's part
//!   that counts as used,
//! - the list of all capabilities goes both ways, and
//! - a new object's memory is zero, whatever was there before.

use std::collections::BTreeMap;
use std::vec::Vec;

use proptest::prelude::*;
use sel4_abi::{Error, InvocationLabel as Label, ObjectType, slot};

use crate::cap::Cap;
use crate::memory::Memory;
use crate::object::Slot;
use crate::testing::System;
use crate::word::{WORD_BYTES, Word, bit};

/// Slots that are worked on: in the root CNode, from here on.
const FIRST: Word = 700;
const SLOTS: Word = 12;
/// With those behind that an operation on the last ones fills.
const ALL: Word = SLOTS + 3;
/// The memory that everything is made of: 16 KiB.
const MEMORY_BITS: Word = 14;

#[derive(Clone, Copy, Debug)]
enum Step {
    Retype { untyped: Word, kind: usize, to: Word, count: Word },
    Copy { from: Word, to: Word },
    Mint { from: Word, to: Word, badge: Word },
    Move { from: Word, to: Word },
    Rotate { target: Word, pivot: Word, source: Word },
    Delete(Word),
    Revoke(Word),
}

/// Object types with the size argument.
const KINDS: [(ObjectType, Word); 6] = [
    (ObjectType::Untyped, 9),
    (ObjectType::Untyped, 12),
    (ObjectType::Endpoint, 0),
    (ObjectType::CapTable, 3),
    (ObjectType::SmallPage, 0),
    (ObjectType::Tcb, 0),
];

fn step() -> impl Strategy<Value = Step> {
    let s = 0..SLOTS;
    let two = || (0..SLOTS, 0..SLOTS);
    prop_oneof![
        4 => (s.clone(), 0..KINDS.len(), s.clone(), 1_usize..4)
            .prop_map(|(untyped, kind, to, count)| Step::Retype { untyped, kind, to, count }),
        3 => two().prop_map(|(from, to)| Step::Copy { from, to }),
        2 => (two(), 1_usize..4).prop_map(|((from, to), badge)| Step::Mint { from, to, badge }),
        2 => two().prop_map(|(from, to)| Step::Move { from, to }),
        1 => (two(), s.clone())
            .prop_map(|((target, pivot), source)| Step::Rotate { target, pivot, source }),
        2 => s.clone().prop_map(Step::Delete),
        1 => s.prop_map(Step::Revoke),
    ]
}

/// An occupied slot of the model: the object's number, and the slot that it was
/// made from.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Known {
    object: usize,
    parent: Option<Word>,
}

struct World {
    system: System,
    model: BTreeMap<Word, Known>,
    objects: usize,
}

impl World {
    fn new() -> Self {
        let mut system = System::boot();
        let memory = system.create(ObjectType::Untyped, MEMORY_BITS);
        let words = [FIRST, 64, memory, 64];
        assert_eq!(system.cnode(Label::CNodeMove, &words).0, 0);
        let model = BTreeMap::from([(0, Known { object: 0, parent: None })]);
        Self { system, model, objects: 0 }
    }

    fn cap(&self, index: Word) -> Cap {
        self.system.cap(FIRST + index)
    }

    fn slot(&self, index: Word) -> Slot {
        self.system.root_slot(FIRST + index)
    }

    /// Whether anything in the model was made from the slot.
    fn has_children(&self, index: Word) -> bool {
        self.model.values().any(|known| known.parent == Some(index))
    }

    fn descends(&self, mut index: Word, ancestor: Word) -> bool {
        while let Some(parent) = self.model.get(&index).and_then(|known| known.parent) {
            if parent == ancestor {
                return true;
            }
            index = parent;
        }
        false
    }

    fn cnode(&mut self, label: Label, words: &[Word]) -> bool {
        self.system.cnode(label, words).0 == 0
    }

    fn apply(&mut self, step: Step) {
        let at = |index: Word| FIRST + index;
        match step {
            Step::Retype { untyped, kind, to, count } => self.retype(untyped, kind, to, count),
            Step::Copy { from, to } => {
                let words = [at(to), 64, at(from), 64, 15];
                let done = self.cnode(Label::CNodeCopy, &words);
                self.copied(from, to, done);
            }
            Step::Mint { from, to, badge } => {
                let words = [at(to), 64, at(from), 64, 15, badge];
                // Only an endpoint takes a badge, and a CNode such a guard.
                let done = self.cnode(Label::CNodeMint, &words);
                self.copied(from, to, done);
            }
            Step::Move { from, to } => {
                let done = self.cnode(Label::CNodeMove, &[at(to), 64, at(from), 64]);
                let may = self.model.contains_key(&from) && !self.model.contains_key(&to);
                assert_eq!(done, may, "move {from} to {to}");
                if done {
                    self.rename(&[(from, to)]);
                }
            }
            Step::Rotate { target, pivot, source } => {
                let words = [at(target), 64, 0, at(pivot), 64, 0, at(source), 64];
                let cnode = slot::INIT_THREAD_CNODE;
                let label = Label::CNodeRotate;
                let done = self.system.call(cnode, label, &[cnode, cnode], &words).0 == 0;
                if done && source == target {
                    self.rename(&[(source, pivot), (pivot, source)]);
                } else if done {
                    self.rename(&[(pivot, target), (source, pivot)]);
                }
            }
            Step::Delete(index) => {
                assert_eq!(self.system.delete(at(index)).0, 0);
                self.forget(index);
            }
            Step::Revoke(index) => {
                assert_eq!(self.system.revoke(at(index)).0, 0);
                let gone: Vec<Word> =
                    (0..ALL).filter(|other| self.descends(*other, index)).collect();
                for other in &gone {
                    assert!(self.cap(*other).is_null(), "{other} survives {index}");
                }
                let vanished = |index: &Word| self.cap(*index).is_null();
                let left: Vec<Word> = self.model.keys().copied().filter(vanished).collect();
                for other in left {
                    assert!(gone.contains(&other), "{other} goes with {index}");
                    self.forget(other);
                }
            }
        }
    }

    fn retype(&mut self, untyped: Word, kind: usize, to: Word, count: Word) {
        let (object, size) = KINDS[kind];
        let before = self.cap(untyped);
        if matches!(before, Cap::Endpoint(_)) {
            // That would be a message.
            return;
        }
        let outcome = self.system.retype(FIRST + untyped, object, size, FIRST + to, count);
        let Cap::Untyped(memory) = before else {
            assert_ne!(outcome.0, 0, "no untyped memory, but {object:?} was made");
            return;
        };
        let empty = (to..to + count).all(|index| !self.model.contains_key(&index));
        if !empty {
            assert_eq!(outcome.0, Error::DeleteFirst.as_word());
            return;
        }
        let bits = object.bits(
            crate::word::small(size),
            sel4_abi::aarch64::PaSize::from_bits(40).expect("40 bits"),
        );
        // Without anything made of it, the memory is used from its start.
        let used = if self.has_children(untyped) { memory.used } else { 0 };
        if outcome.0 != 0 {
            assert!((bit(memory.size_bits) - used) >> bits < count, "{memory:?} has room");
            return;
        }
        let start = crate::word::align_up(memory.base.0 + used, bits);
        for index in 0..count {
            self.objects += 1;
            let known = Known { object: self.objects, parent: Some(untyped) };
            self.model.insert(to + index, known);
            let (base, found_bits) = self.cap(to + index).region().expect("an object");
            assert_eq!((base.0, found_bits), (start + (index << bits), bits));
            if object == ObjectType::Tcb {
                continue;
            }
            let mut words = (0..bit(bits) / WORD_BYTES).map(|word| base.word(word));
            let machine = &mut self.system.kernel.machine;
            assert!(words.all(|word| machine.load(word) == 0), "{object:?} isn't zero");
            // What a user would write.
            if object == ObjectType::SmallPage {
                for word in 0..bit(bits) / WORD_BYTES {
                    machine.store(base.word(word), 0x5a5a);
                }
            }
        }
    }

    fn copied(&mut self, from: Word, to: Word, done: bool) {
        if !done {
            return;
        }
        let source = *self.model.get(&from).expect("an empty slot was copied");
        assert!(!self.model.contains_key(&to), "{to} was occupied");
        // A copy of a capability that can have children is its child.
        let parent = if self.slot(from).is_revocable(&self.system.kernel.machine) {
            Some(from)
        } else {
            source.parent
        };
        self.model.insert(to, Known { object: source.object, parent });
    }

    fn rename(&mut self, names: &[(Word, Word)]) {
        let new = |index: Word| {
            names.iter().find(|(old, _)| *old == index).map_or(index, |(_, new)| *new)
        };
        let renamed = self
            .model
            .iter()
            .map(|(index, known)| (new(*index), Known { parent: known.parent.map(new), ..*known }));
        self.model = renamed.collect();
    }

    fn forget(&mut self, index: Word) {
        let Some(gone) = self.model.remove(&index) else {
            return;
        };
        for known in self.model.values_mut() {
            if known.parent == Some(index) {
                known.parent = gone.parent;
            }
        }
    }

    fn check(&self) {
        let m = &self.system.kernel.machine;
        let mut objects: BTreeMap<usize, (Cap, Word, Word)> = BTreeMap::new();
        for index in 0..ALL {
            let (cap, known) = (self.cap(index), self.model.get(&index));
            assert_eq!(cap.is_null(), known.is_none(), "slot {index}: {cap:?}, {known:?}");
            let here = self.slot(index);
            if let Some(next) = here.next(m) {
                assert_eq!(next.previous(m), Some(here));
            }
            if let Some(previous) = here.previous(m) {
                assert_eq!(previous.next(m), Some(here));
            }
            let Some(known) = known else { continue };
            let (base, bits) = cap.region().expect("an object with memory");
            let (start, end) = (base.0, base.0 + bit(bits));
            if let Some((_, first_start, _)) = objects.insert(known.object, (cap, start, end)) {
                assert_eq!(first_start, start, "slot {index} has another object");
            }
            if let Some(Cap::Untyped(parent)) = known.parent.map(|parent| self.cap(parent)) {
                assert!(parent.base.0 <= start && end <= parent.base.0 + parent.used.max(1));
            }
        }
        let list: Vec<_> = objects.values().collect();
        for (position, (a, a_start, a_end)) in list.iter().enumerate() {
            for (b, b_start, b_end) in &list[position + 1..] {
                let apart = a_end <= b_start || b_end <= a_start;
                let within = |cap: &Cap| matches!(cap, Cap::Untyped(_));
                assert!(apart || within(a) || within(b), "{a:?} and {b:?} share memory");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn capabilities_match_the_model(steps in prop::collection::vec(step(), 1..80)) {
        let mut world = World::new();
        for step in steps {
            world.apply(step);
            world.check();
        }
    }
}
