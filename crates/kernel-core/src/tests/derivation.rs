//! The derivation tree against a naive model: random operations on slots keep
//! the list, the parents and the last capabilities right.

use std::vec;
use std::vec::Vec;

use proptest::prelude::*;

use crate::cap::{Cap, EndpointCap, EndpointRights, UntypedCap};
use crate::derivation::{
    has_children, insert, insert_new, is_final, is_parent, relocate, swap, unlink,
};
use crate::memory::Memory;
use crate::object::{Endpoint, Slot};
use crate::queue::{Queue, Waiting};
use crate::testing::{BASE, TestMachine};
use crate::word::{PhysAddr, Word};

const SLOTS: usize = 12;

fn slot(index: usize) -> Slot {
    Slot::at(PhysAddr(BASE)).offset(index)
}

fn untyped() -> Cap {
    let base = PhysAddr(BASE + 0x1_0000);
    Cap::Untyped(UntypedCap { base, size_bits: 16, device: false, used: 0 })
}

fn endpoint(number: Word, badge: Word) -> Cap {
    let endpoint = Endpoint::at(PhysAddr(BASE + 0x1_0000 + number * 16));
    Cap::Endpoint(EndpointCap { endpoint, badge, rights: EndpointRights::ALL })
}

/// A capability of the model: where it is, what it is about, who made it.
#[derive(Clone, Debug)]
struct Node {
    slot: usize,
    object: Word,
    badge: Word,
    parent: Option<usize>,
}

/// The capabilities in the order of the list; slot 0 holds the untyped memory.
#[derive(Debug, Default)]
struct Model {
    nodes: Vec<Node>,
    objects: Word,
}

impl Model {
    fn at(&self, slot: usize) -> Option<usize> {
        self.nodes.iter().position(|node| node.slot == slot)
    }

    /// The nodes derived from the one at `index`, directly or not.
    fn descends(&self, mut index: usize, ancestor_slot: usize) -> bool {
        while let Some(parent) = self.nodes[index].parent {
            if parent == ancestor_slot {
                return true;
            }
            index = self.at(parent).expect("parents are there");
        }
        false
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    New(usize),
    Copy(usize, usize),
    Mint(usize, usize, Word),
    Move(usize, usize),
    Swap(usize, usize),
    Delete(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let s = 1..SLOTS;
    prop_oneof![
        s.clone().prop_map(Step::New),
        (s.clone(), s.clone()).prop_map(|(a, b)| Step::Copy(a, b)),
        (s.clone(), s.clone(), 1_usize..4).prop_map(|(a, b, badge)| Step::Mint(a, b, badge)),
        (s.clone(), s.clone()).prop_map(|(a, b)| Step::Move(a, b)),
        (s.clone(), s.clone()).prop_map(|(a, b)| Step::Swap(a, b)),
        s.prop_map(Step::Delete),
    ]
}

fn apply(machine: &mut TestMachine, model: &mut Model, step: Step) {
    let empty = |slot: usize| model.at(slot).is_none();
    match step {
        Step::New(to) if empty(to) => {
            model.objects += 1;
            insert_new(machine, endpoint(model.objects, 0).encode(), slot(0), slot(to));
            let object = model.objects;
            model.nodes.insert(1, Node { slot: to, object, badge: 0, parent: Some(0) });
        }
        Step::Copy(from, to) if empty(to) && !empty(from) => {
            derive(machine, model, from, to, None);
        }
        Step::Mint(from, to, badge) if empty(to) && !empty(from) => {
            let source = model.at(from).expect("it is there");
            if model.nodes[source].badge == 0 {
                derive(machine, model, from, to, Some(badge));
            }
        }
        Step::Move(from, to) if empty(to) && !empty(from) => {
            let cap = slot(from).cap(machine);
            relocate(machine, cap, slot(from), slot(to));
            rename(model, from, to);
        }
        Step::Swap(a, b) if a != b && !empty(a) && !empty(b) => {
            let (cap_a, cap_b) = (slot(a).cap(machine), slot(b).cap(machine));
            swap(machine, cap_a, slot(a), cap_b, slot(b));
            rename(model, a, SLOTS);
            rename(model, b, a);
            rename(model, SLOTS, b);
        }
        Step::Delete(at) if !empty(at) => {
            unlink(machine, slot(at));
            let index = model.at(at).expect("it is there");
            let gone = model.nodes.remove(index);
            for node in &mut model.nodes {
                if node.parent == Some(at) {
                    node.parent = gone.parent;
                }
            }
        }
        _ => {}
    }
}

/// A copy follows its source. It is a child of a capability that starts a
/// subtree, and a sibling of any other; a badge starts a subtree.
fn derive(
    machine: &mut TestMachine, model: &mut Model, from: usize, to: usize, badge: Option<Word>,
) {
    let index = model.at(from).expect("it is there");
    let source = model.nodes[index].clone();
    let cap = endpoint(source.object, badge.unwrap_or(source.badge));
    insert(machine, cap, slot(from), slot(to));
    let revocable = slot(from).is_revocable(machine);
    let parent = if revocable { Some(from) } else { source.parent };
    let badge = badge.unwrap_or(source.badge);
    model.nodes.insert(index + 1, Node { slot: to, object: source.object, badge, parent });
}

fn rename(model: &mut Model, from: usize, to: usize) {
    for node in &mut model.nodes {
        if node.slot == from {
            node.slot = to;
        }
        if node.parent == Some(from) {
            node.parent = Some(to);
        }
    }
}

fn list(machine: &TestMachine) -> Vec<usize> {
    let number = |slot: Slot| (slot.address().0 - BASE) / 32;
    let mut found = vec![0];
    let mut at = slot(0);
    while let Some(next) = at.next(machine) {
        assert_eq!(next.previous(machine), Some(at), "the list goes both ways");
        found.push(number(next));
        at = next;
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_tree_matches_the_model(steps in prop::collection::vec(step(), 1..60)) {
        let mut machine = TestMachine::new();
        slot(0).write_root(&mut machine, untyped());
        let mut model = Model::default();
        model.nodes.push(Node { slot: 0, object: 0, badge: 0, parent: None });
        for step in steps {
            apply(&mut machine, &mut model, step);
            let expected: Vec<usize> = model.nodes.iter().map(|node| node.slot).collect();
            prop_assert_eq!(list(&machine), expected);
            for (index, node) in model.nodes.iter().enumerate().skip(1) {
                let shared = model.nodes.iter().filter(|n| n.object == node.object).count() > 1;
                prop_assert_eq!(is_final(&machine, slot(node.slot)), !shared);
                prop_assert!(is_parent(&machine, slot(0), slot(node.slot)));
                // Revoking deletes what directly follows as long as it is a
                // descendant; so the descendants must be exactly that.
                let followers = model.nodes[index + 1..]
                    .iter()
                    .take_while(|next| is_parent(&machine, slot(node.slot), slot(next.slot)))
                    .count();
                let descendants = (index + 1..model.nodes.len())
                    .filter(|next| model.descends(*next, node.slot))
                    .count();
                prop_assert_eq!(followers, descendants, "{:?}: {:?}", model, node);
                prop_assert_eq!(has_children(&machine, slot(node.slot)), followers > 0);
            }
        }
    }

    /// A queue does what a vector does.
    #[test]
    fn queues_match_vectors(steps in prop::collection::vec((0..3, 0_usize..8), 1..80)) {
        let mut machine = TestMachine::new();
        let tcb = |number: usize| crate::object::Tcb::at(PhysAddr(BASE + 0x8000 + (number << 11)));
        let mut queue = Queue::<Waiting>::EMPTY;
        let mut model: Vec<usize> = Vec::new();
        for (kind, number) in steps {
            match (kind, model.iter().position(|other| *other == number)) {
                (0, None) => {
                    queue.push_back(&mut machine, tcb(number));
                    model.push(number);
                }
                (1, None) => {
                    queue.push_front(&mut machine, tcb(number));
                    model.insert(0, number);
                }
                (2, Some(index)) => {
                    queue.remove(&mut machine, tcb(number));
                    model.remove(index);
                }
                _ => {}
            }
            prop_assert_eq!(queue.head, model.first().map(|n| tcb(*n)));
            prop_assert_eq!(queue.tail, model.last().map(|n| tcb(*n)));
            let mut walked = Vec::new();
            let mut at = queue.head;
            while let Some(thread) = at {
                walked.push(thread);
                at = thread.wait_next(&machine);
            }
            prop_assert_eq!(walked, model.iter().map(|n| tcb(*n)).collect::<Vec<_>>());
        }
    }
}

/// A full copy of untyped memory leaves nothing to retype in the original.
#[test]
fn copied_untyped_memory_is_used_up() {
    let mut machine = TestMachine::new();
    slot(0).write_root(&mut machine, untyped());
    insert(&mut machine, untyped(), slot(0), slot(1));
    let Cap::Untyped(source) = slot(0).cap(&machine) else { panic!("untyped") };
    assert_eq!(source.used, 1 << 16);
    assert!(machine.load(PhysAddr(BASE)) != 0);
}
