//! All derivation trees that a few operations on a few slots can make.
//!
//! Random tests find what is likely; this finds what takes an unlikely order
//! of few steps.

use std::vec::Vec;

use crate::cap::{Cap, EndpointCap, EndpointRights, UntypedCap};
use crate::derivation::{insert, insert_new, is_final, is_parent, relocate, swap, unlink};
use crate::memory::Memory;
use crate::object::{Endpoint, Slot};
use crate::word::{PhysAddr, WORD_BYTES, Word};

/// Slot 0 holds untyped memory; the others are worked on.
const SLOTS: usize = 5;
/// Operations in a row.
const DEPTH: usize = 5;
const BASE: Word = 0x1000;
const OBJECTS: Word = 0x1_0000;

/// Memory for the slots alone.
#[derive(Clone, Copy)]
struct Slots([Word; SLOTS * Slot::WORDS]);

impl Memory for Slots {
    fn load(&self, at: PhysAddr) -> Word {
        self.0[(at.0 - BASE) / WORD_BYTES]
    }
    fn store(&mut self, at: PhysAddr, value: Word) {
        self.0[(at.0 - BASE) / WORD_BYTES] = value;
    }
    fn zero(&mut self, _start: PhysAddr, _bytes: Word) {
        unreachable!("slots are cleared word by word");
    }
}

fn slot(index: usize) -> Slot {
    Slot::at(PhysAddr(BASE)).offset(index)
}

fn endpoint(number: Word, badge: Word) -> Cap {
    let endpoint = Endpoint::at(PhysAddr(OBJECTS + number * 16));
    Cap::Endpoint(EndpointCap { endpoint, badge, rights: EndpointRights::ALL })
}

/// What the model knows of an occupied slot: its object, and the slots whose
/// revocation must delete it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Known {
    object: Word,
    badge: Word,
    /// A bit for each slot that it was derived from, directly or not.
    ancestors: u8,
}

type Model = [Option<Known>; SLOTS];

#[derive(Clone, Copy)]
struct State {
    slots: Slots,
    model: Model,
    objects: Word,
}

/// All states that one operation leads to.
fn successors(state: &State) -> Vec<State> {
    let mut found = Vec::new();
    for to in 1..SLOTS {
        for from in 0..SLOTS {
            found.extend(derived(state, from, to, None));
            found.extend(derived(state, from, to, Some(7)));
            found.extend(moved(state, from, to));
        }
        found.extend(deleted(state, to));
    }
    found
}

/// A new object from slot 0, or a copy of another capability.
fn derived(state: &State, from: usize, to: usize, badge: Option<Word>) -> Option<State> {
    let mut next = *state;
    let source = state.model[from]?;
    if state.model[to].is_some() || from == to || (from == 0 && badge.is_some()) {
        return None;
    }
    if from == 0 {
        next.objects += 1;
        insert_new(&mut next.slots, endpoint(next.objects, 0).encode(), slot(0), slot(to));
        next.model[to] = Some(Known { object: next.objects, badge: 0, ancestors: 1 });
        return Some(next);
    }
    if badge.is_some() && source.badge != 0 {
        return None;
    }
    let new_badge = badge.unwrap_or(source.badge);
    insert(&mut next.slots, endpoint(source.object, new_badge), slot(from), slot(to));
    // A capability that descendants can be revoked of is a parent; another
    // one's copy is its sibling.
    let is_parent = slot(from).is_revocable(&next.slots);
    let own = if is_parent { 1 << from } else { 0 };
    let ancestors = source.ancestors | own;
    next.model[to] = Some(Known { object: source.object, badge: new_badge, ancestors });
    Some(next)
}

fn moved(state: &State, from: usize, to: usize) -> Option<State> {
    let mut next = *state;
    state.model[from]?;
    if from == 0 || from == to {
        return None;
    }
    let cap = slot(from).cap(&next.slots);
    if state.model[to].is_some() {
        let other = slot(to).cap(&next.slots);
        swap(&mut next.slots, cap, slot(from), other, slot(to));
    } else {
        relocate(&mut next.slots, cap, slot(from), slot(to));
    }
    next.model.swap(from, to);
    for known in next.model.iter_mut().flatten() {
        let bit = |index: usize| known.ancestors >> index & 1;
        let (a, b) = (bit(from), bit(to));
        known.ancestors &= !(1 << from | 1 << to);
        known.ancestors |= a << to | b << from;
    }
    Some(next)
}

fn deleted(state: &State, at: usize) -> Option<State> {
    let mut next = *state;
    next.model[at].take()?;
    unlink(&mut next.slots, slot(at));
    for known in next.model.iter_mut().flatten() {
        known.ancestors &= !(1 << at);
    }
    Some(next)
}

/// The list has each occupied slot once, the last capabilities are known, and
/// exactly those that were derived from a slot follow it without a gap.
fn check(state: &State) {
    let memory = &state.slots;
    let mut order = Vec::new();
    let mut at = Some(slot(0));
    while let Some(here) = at {
        let next = here.next(memory);
        assert!(order.len() < SLOTS, "the list has a circle");
        assert!(next.is_none_or(|next| next.previous(memory) == Some(here)));
        order.push((here.address().0 - BASE) / (Slot::WORDS * WORD_BYTES));
        at = next;
    }
    let occupied = state.model.iter().filter(|known| known.is_some()).count();
    assert_eq!(order.len(), occupied, "{:?}", state.model);
    for (position, index) in order.iter().enumerate() {
        let known = state.model[*index].expect("the list has occupied slots");
        if *index != 0 {
            let count = |other: &&Option<Known>| other.is_some_and(|o| o.object == known.object);
            let is_last = state.model[1..].iter().filter(count).count() == 1;
            assert_eq!(is_final(memory, slot(*index)), is_last, "{:?}", state.model);
        }
        let followers = order[position + 1..]
            .iter()
            .take_while(|next| is_parent(memory, slot(*index), slot(**next)))
            .count();
        for (later, other) in order.iter().enumerate() {
            let derived = state.model[*other].is_some_and(|o| o.ancestors >> index & 1 != 0);
            let would_go = later > position && later <= position + followers;
            assert!(would_go || !derived, "{other} survives {index}: {:?}", state.model);
            assert!(derived || !would_go, "{index} takes {other} along: {:?}", state.model);
        }
    }
}

#[test]
fn all_small_trees_are_well_formed() {
    let mut slots = Slots([0; SLOTS * Slot::WORDS]);
    let base = PhysAddr(OBJECTS);
    let untyped = UntypedCap { base, size_bits: 16, device: false, used: 0 };
    slot(0).write_root(&mut slots, Cap::Untyped(untyped));
    let mut model = [None; SLOTS];
    model[0] = Some(Known { object: 0, badge: 0, ancestors: 0 });
    let mut states = std::vec![State { slots, model, objects: 0 }];
    let mut checked = 0_usize;
    for _ in 0..DEPTH {
        states = states.iter().flat_map(successors).collect();
        // Many orders of steps lead to the same state.
        states.sort_by_key(|state| state.slots.0);
        states.dedup_by(|a, b| a.slots.0 == b.slots.0 && a.model == b.model);
        states.iter().for_each(check);
        checked += states.len();
    }
    assert!(checked > 4_000, "only {checked} states were reached");
}
