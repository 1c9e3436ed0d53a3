//! The same output of several guests, shown once.
//!
//! While input goes to several clients, their streams of a kind are a group. Its members wait for
//! each other; what they have in common is shown once, without a colour. Where they differ, a line
//! of each is shown in its colour, and then the group tries again. A member that says nothing while
//! others wait is left out until it says something; then it catches up with what they said.

use core::fmt::Write;

use crate::config::{KINDS, client_of};
use crate::mux::{Debugging, SerialMux};
use crate::output::{Source, Turn};
use crate::talk::Talk;
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
    /// Streams that have shown a part of a line by themselves, as bits.
    within: u32,
    /// What was said in the group of each kind.
    talks: [Talk; KINDS.len()],
    /// The last turn was a group's.
    pub had_turn: bool,
}

impl Groups {
    pub fn new(clients: usize) -> Self {
        Self {
            apart: vec![0; clients * KINDS.len()],
            absent: 0,
            within: 0,
            talks: KINDS.map(|_| Talk::new(clients)),
            had_turn: false,
        }
    }

    pub fn has_written(&mut self, stream: usize) {
        self.absent &= !(1 << stream);
    }

    /// Other clients are chosen: all of them are waited for.
    pub fn start(&mut self) {
        self.absent = 0;
        self.in_step();
    }

    fn in_step(&mut self) {
        self.within = 0;
        self.talks.iter_mut().for_each(Talk::clear);
    }
}

/// Members of a group, as bits, that have something to say, and what is to know about them.
#[derive(Clone, Copy, Debug)]
struct Present {
    streams: u32,
    /// How long one of them has waited.
    oldest: u64,
    /// The fewest bytes that one of them has.
    shortest: usize,
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

    /// The group gets input. If nobody is in the middle of something, answers are new.
    pub(crate) fn group_is_asked(&mut self, now: u64) {
        let quiet = self.streams.iter().all(|stream| stream.waiting() == 0);
        let complete =
            self.groups.absent == 0 || now >= self.line.time.saturating_add(self.holds.coalesce);
        if self.several && quiet && complete {
            self.groups.in_step();
        }
    }

    /// The turn of a group: of all members that have the same to say, or of one after the other.
    pub(crate) fn group_turn(&mut self, now: u64) -> Option<Turn> {
        if !self.several {
            return None;
        }
        (0..KINDS.len()).find_map(|kind| self.turn_in(kind, now))
    }

    /// A group's streams, but for those that never say anything because their clients use their
    /// other stream.
    fn members(&self, kind: usize) -> impl Iterator<Item = usize> + use<'_> {
        (0..self.clients.len())
            .filter(|client| self.chosen >> client & 1 != 0)
            .map(move |client| client * KINDS.len() + kind)
            .filter(|&index| {
                let other = index ^ 1;
                self.streams[index].has_written() || !self.streams[other].has_written()
            })
    }

    fn member_apart(&self, kind: usize) -> Option<usize> {
        self.members(kind).find(|&member| self.membership(member) != Membership::Held)
    }

    fn turn_in(&mut self, kind: usize, now: u64) -> Option<Turn> {
        if let Some(apart) = self.member_apart(kind) {
            return self.turn_apart(apart, now);
        }
        let mut present = Present { streams: 0, oldest: u64::MAX, shortest: usize::MAX };
        let mut expected = 0_u32;
        for index in self.members(kind) {
            let stream = &self.streams[index];
            if stream.waiting() > 0 {
                present.streams |= 1 << index;
                present.oldest = present.oldest.min(stream.oldest);
                present.shortest = present.shortest.min(stream.waiting());
            } else if self.groups.absent >> index & 1 == 0 {
                expected |= 1 << index;
            }
        }
        if present.streams == 0 {
            return None;
        }
        let common = self.common(present);
        if common == 0
            && let Some(member) = self.repetition(present)
        {
            return self.turn_apart(member, now);
        }
        if expected != 0 {
            if now < present.oldest.saturating_add(self.holds.coalesce) {
                return None;
            }
            self.groups.absent |= expected;
        }
        if common > 0 {
            return Some(self.turn_together(present, kind, common));
        }
        if !self.may_differ(present, now) {
            return None;
        }
        self.set_apart(present);
        // An explanation comes before what it explains.
        if self.messages.len() > 0 {
            return None;
        }
        self.member_apart(kind).and_then(|apart| self.turn_apart(apart, now))
    }

    /// A member that is behind the others, and shows what they said before by itself.
    fn repetition(&mut self, present: Present) -> Option<usize> {
        let (member, found) =
            members_of(present.streams, self.streams.len()).find_map(|index| {
                let stream = &self.streams[index];
                let parts = stream.parts(stream.waiting());
                let talk = &self.groups.talks[index % KINDS.len()];
                let found =
                    talk.repeated(client_of(index), parts, |limit| stream.lines_within(limit));
                found.map(|found| (index, found))
            })?;
        self.show_apart(member, found.bytes);
        let kind = member % KINDS.len();
        let all: Vec<usize> = self.members(kind).map(client_of).collect();
        self.groups.talks[kind].has_repeated(client_of(member), found.at, &all);
        Some(member)
    }

    fn show_apart(&mut self, index: usize, bytes: usize) {
        let stream = &self.streams[index];
        self.groups.apart[index] = stream.place() + bytes;
        let within = !ends_line(stream.parts(bytes));
        self.groups.within = self.groups.within & !(1 << index) | u32::from(within) << index;
    }

    fn turn_together(&mut self, present: Present, kind: usize, common: usize) -> Turn {
        let streams = present.streams;
        let first = &self.streams[streams.trailing_zeros() as usize];
        let left = self.cut_to_quantum(common, first);
        let all = self.members(kind).all(|member| streams >> member & 1 != 0);
        let talk = &mut self.groups.talks[kind];
        self.groups.within &= !streams;
        if all {
            talk.clear();
        } else {
            let parts = first.parts(left);
            if !ends_line(parts) {
                self.groups.within |= streams;
            }
            talk.add(parts);
            members_of(streams, self.streams.len()).for_each(|it| talk.is_at_end(client_of(it)));
        }
        Turn { source: Source::Together, streams, left }
    }

    /// What streams have in common: all of the shortest, or else whole lines. One by itself has
    /// nothing in common with anybody, nor has the end of a line with the start of another one.
    fn common(&self, present: Present) -> usize {
        let Present { streams, shortest, .. } = present;
        if ![0, streams].contains(&(self.groups.within & streams)) {
            return 0;
        }
        let first = &self.streams[streams.trailing_zeros() as usize];
        let others = members_of(streams, self.streams.len()).skip(1);
        match others.map(|other| first.common(&self.streams[other], shortest)).min() {
            None => 0,
            Some(common) if common < shortest => first.lines_within(common),
            Some(common) => common,
        }
    }

    /// Unfinished lines are compared when nothing has come for a moment: they may come in pieces.
    fn may_differ(&self, present: Present, now: u64) -> bool {
        let settled = |index: usize| {
            let stream = &self.streams[index];
            stream.first_line(stream.waiting()) > 0
                || now >= stream.newest.saturating_add(self.holds.line)
        };
        present.streams.is_power_of_two()
            || now >= present.oldest.saturating_add(self.holds.coalesce)
            || members_of(present.streams, self.streams.len()).all(settled)
    }

    /// A line of each is shown by itself; of one whom the others don't follow, everything. Those in
    /// the middle of a line end it first if others are at the start of theirs.
    fn set_apart(&mut self, mut present: Present) {
        let alone = present.streams.is_power_of_two();
        let within = present.streams & self.groups.within;
        if within != 0 {
            present.streams = within;
        }
        let count = self.streams.len();
        for index in members_of(present.streams, count) {
            let stream = &self.streams[index];
            let bytes = match stream.first_line(stream.waiting()) {
                line @ 1.. if !alone => line,
                _ => stream.waiting(),
            };
            self.show_apart(index, bytes);
            let stream = &self.streams[index];
            let talk = &mut self.groups.talks[index % KINDS.len()];
            talk.add(stream.parts(bytes));
            talk.is_at_end(client_of(index));
        }
        if self.debugging == Debugging::Coalescing && !alone {
            self.messages.fresh_line();
            let _ = self.messages.write_str("[different output:");
            for index in members_of(present.streams, count) {
                let (first, _) = self.streams[index].parts(SHOWN);
                let name = &self.clients[client_of(index)].name;
                let _ = write!(self.messages, " {name} \"{}\"", first.escape_ascii());
            }
            let _ = self.messages.write_str("]\r\n");
        }
    }
}

fn ends_line((first, second): (&[u8], &[u8])) -> bool {
    matches!(second.last().or(first.last()), Some(b'\r' | b'\n'))
}

/// Bytes of each stream that a message about a difference shows.
const SHOWN: usize = 16;

fn members_of(bits: u32, count: usize) -> impl Iterator<Item = usize> {
    (0..count).filter(move |index| bits >> index & 1 != 0)
}
