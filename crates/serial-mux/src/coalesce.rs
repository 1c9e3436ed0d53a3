//! The same output of several guests, shown once.
//!
//! While input goes to several clients, their streams of a kind are a group. Its members wait for
//! each other; what they have in common is shown once, without a colour. Where they differ, those
//! lines are shown of one after the other in its colour, and then the group tries again. A member that says
//! nothing while others wait is left out until it says something.

use core::fmt::Write;

use crate::config::{KINDS, client_of};
use crate::mux::{Debugging, SerialMux};
use crate::output::{Source, Turn};
use alloc::vec;
use alloc::vec::Vec;

/// How a stream stands to its group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Membership {
    /// It has none.
    Free,
    /// Its output waits for that of the others.
    Held,
    /// It differs, and shows so many bytes by itself.
    Apart(usize),
}

/// What is known of streams as members.
#[derive(Debug)]
pub(crate) struct Groups {
    /// The place up to which each stream shows its output by itself.
    apart: Vec<usize>,
    /// Streams that nobody waits for, as bits.
    absent: u32,
    /// The last turn was a group's.
    pub had_turn: bool,
}

impl Groups {
    pub fn new(clients: usize) -> Self {
        Self { apart: vec![0; clients * KINDS.len()], absent: 0, had_turn: false }
    }

    pub fn has_written(&mut self, stream: usize) {
        self.absent &= !(1 << stream);
    }
}

impl SerialMux {
    pub(crate) fn membership(&self, stream: usize) -> Membership {
        if !self.several || self.chosen >> client_of(stream) & 1 == 0 {
            return Membership::Free;
        }
        match self.groups.apart[stream].saturating_sub(self.streams[stream].place()) {
            0 => Membership::Held,
            bytes => Membership::Apart(bytes),
        }
    }

    /// The turn of a group: of all members that have the same to say, or of one after the other.
    pub(crate) fn group_turn(&mut self, now: u64) -> Option<Turn> {
        if !self.several {
            return None;
        }
        (0..KINDS.len()).find_map(|kind| self.turn_in(kind, now))
    }

    fn turn_in(&mut self, kind: usize, now: u64) -> Option<Turn> {
        let members = || {
            (0..self.clients.len())
                .filter(|client| self.chosen >> client & 1 != 0)
                .map(|client| client * KINDS.len() + kind)
        };
        if let Some(apart) = members().find(|&member| self.membership(member) != Membership::Held) {
            return self.turn_apart(apart, now);
        }
        let (mut present, mut expected) = (0_u32, 0_u32);
        let (mut oldest, mut shortest) = (u64::MAX, usize::MAX);
        for index in members() {
            let stream = &self.streams[index];
            if stream.waiting() > 0 {
                present |= 1 << index;
                oldest = oldest.min(stream.oldest);
                shortest = shortest.min(stream.waiting());
            } else if stream.has_written() && self.groups.absent >> index & 1 == 0 {
                expected |= 1 << index;
            }
        }
        if present == 0 {
            return None;
        }
        if expected != 0 {
            if now < oldest.saturating_add(self.holds.coalesce) {
                return None;
            }
            self.groups.absent |= expected;
        }
        let bytes = if present.is_power_of_two() { 0 } else { self.common(present, shortest) };
        if bytes == 0 {
            self.set_apart(present);
            // An explanation comes before what it explains.
            let first = present.trailing_zeros() as usize;
            let explained = self.messages.len() > 0;
            return if explained { None } else { self.turn_apart(first, now) };
        }
        let first = &self.streams[present.trailing_zeros() as usize];
        let left = self.cut_to_quantum(bytes, first);
        Some(Turn { source: Source::Together, streams: present, left })
    }

    /// What streams have in common: all of the shortest, or else whole lines.
    fn common(&self, present: u32, shortest: usize) -> usize {
        let first = &self.streams[present.trailing_zeros() as usize];
        let others = members_of(present, self.streams.len()).skip(1);
        let common = others.map(|other| first.common(&self.streams[other], shortest)).min();
        match common {
            Some(common) if common < shortest => first.lines_within(common),
            _ => shortest,
        }
    }

    fn set_apart(&mut self, present: u32) {
        let count = self.streams.len();
        for index in members_of(present, count) {
            let stream = &self.streams[index];
            self.groups.apart[index] = stream.place() + stream.waiting();
        }
        if self.debugging == Debugging::Coalescing && !present.is_power_of_two() {
            self.messages.fresh_line();
            let _ = self.messages.write_str("[different output:");
            for index in members_of(present, count) {
                let (first, _) = self.streams[index].parts(SHOWN);
                let name = &self.clients[client_of(index)].name;
                let _ = write!(self.messages, " {name} \"{}\"", first.escape_ascii());
            }
            let _ = self.messages.write_str("]\r\n");
        }
    }
}

/// Bytes of each stream that a message about a difference shows.
const SHOWN: usize = 16;

fn members_of(bits: u32, count: usize) -> impl Iterator<Item = usize> {
    (0..count).filter(move |index| bits >> index & 1 != 0)
}
