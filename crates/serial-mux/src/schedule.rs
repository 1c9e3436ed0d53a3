//! Whose turn it is.

use alloc::vec;
use alloc::vec::Vec;
use core::fmt::Write;

use crate::coalesce::Membership;
use crate::config::{KINDS, client_of};
use crate::mux::{Debugging, SerialMux};
use crate::output::{Source, Turn};
use crate::stream::Stream;

/// Deficit round robin among clients.
#[derive(Debug)]
pub(crate) struct RoundRobin {
    /// Bytes that each client may still send in this round.
    deficits: Vec<usize>,
    quantum: usize,
    /// The client whose turn it is.
    client: usize,
    /// It has got its quantum.
    visited: bool,
    /// The kind that each client sends first; both have their turn.
    first: Vec<usize>,
}

impl RoundRobin {
    pub fn new(clients: usize, quantum: usize) -> Self {
        Self {
            deficits: vec![0; clients],
            quantum,
            client: 0,
            visited: false,
            first: vec![0; clients],
        }
    }

    fn visit(&mut self) {
        if !self.visited {
            self.visited = true;
            self.deficits[self.client] += self.quantum;
            let first = &mut self.first[self.client];
            *first = (*first + 1) % KINDS.len();
        }
    }

    fn leave(&mut self) {
        self.visited = false;
        self.client = (self.client + 1) % self.deficits.len();
    }
}

/// What a stream could send.
#[derive(Clone, Copy, Debug)]
struct Ready {
    bytes: usize,
    /// They are lines, and can be cut between them.
    lines: bool,
}

impl SerialMux {
    pub(crate) fn next_turn(&mut self, now: u64) -> Option<Turn> {
        if let Some(turn) = self.server() {
            return Some(turn);
        }
        // Groups, and each client by itself, take turns.
        let mut turn = None;
        if core::mem::take(&mut self.groups.had_turn) {
            turn = self.round_robin(now);
        }
        if turn.is_none() {
            turn = self.group_turn(now);
            self.groups.had_turn = turn.is_some();
        }
        // A group may have had something to explain.
        turn.or_else(|| self.server())
            .or_else(|| self.round_robin(now))
            .or_else(|| self.unfinished(now))
    }

    fn server(&self) -> Option<Turn> {
        let left = self.messages.len();
        (left > 0).then_some(Turn { source: Source::Server, streams: 0, left })
    }

    fn round_robin(&mut self, now: u64) -> Option<Turn> {
        let mut idle = 0;
        // Ends: a client that has something but may not send it yet may send more in each round,
        // up to all that a stream holds.
        while idle < self.clients.len() {
            self.round_robin.visit();
            let RoundRobin { client, deficits, first, .. } = &self.round_robin;
            let (client, deficit, first) = (*client, deficits[*client], first[*client]);
            let mut wants = false;
            for kind in 0..KINDS.len() {
                let stream = client * KINDS.len() + (first + kind) % KINDS.len();
                if self.membership(stream) != Membership::Free {
                    continue;
                }
                let Some(ready) = self.ready(stream, now) else {
                    continue;
                };
                wants = true;
                let bytes = self.cut(stream, ready, deficit);
                if bytes > 0 {
                    self.round_robin.deficits[client] -= bytes;
                    self.trace_turn(stream, bytes, ready.lines);
                    return Some(Turn::of(stream, bytes));
                }
            }
            if wants {
                idle = 0;
            } else {
                idle += 1;
                self.round_robin.deficits[client] = 0;
            }
            self.round_robin.leave();
        }
        None
    }

    /// The turn of a member that shows its output by itself.
    pub(crate) fn turn_apart(&mut self, stream: usize, now: u64) -> Option<Turn> {
        let ready = self.ready(stream, now)?;
        let bytes = match self.cut(stream, ready, self.round_robin.quantum) {
            0 => ready.bytes,
            bytes => bytes,
        };
        self.trace_turn(stream, bytes, ready.lines);
        Some(Turn::of(stream, bytes))
    }

    /// Lines of no more than a quantum, or else all.
    pub(crate) fn cut_to_quantum(&self, bytes: usize, stream: &Stream) -> usize {
        let lines = stream.lines_within(bytes.min(self.round_robin.quantum));
        self.cut_for_prefix(if lines > 0 { lines } else { bytes }, stream)
    }

    fn cut(&self, stream: usize, ready: Ready, deficit: usize) -> usize {
        let stream = &self.streams[stream];
        let bytes = match ready {
            Ready { bytes, .. } if bytes <= deficit => bytes,
            Ready { lines: true, .. } => stream.lines_within(deficit),
            Ready { lines: false, .. } => 0,
        };
        self.cut_for_prefix(bytes, stream)
    }

    /// With prefixes, each line is a turn.
    fn cut_for_prefix(&self, bytes: usize, stream: &Stream) -> usize {
        match self.prefix.then(|| stream.first_line(bytes)) {
            None | Some(0) => bytes,
            Some(line) => line,
        }
    }

    /// What a stream may send now. For a while, lines that somebody is in the middle of are not
    /// broken, and unfinished ones don't get between others. As in the original, a full stream
    /// doesn't wait: its client would have to.
    fn ready(&self, index: usize, now: u64) -> Option<Ready> {
        let stream = &self.streams[index];
        let limit = match self.membership(index) {
            Membership::Held => return None,
            Membership::Apart(bytes) => bytes,
            Membership::Free => usize::MAX,
        };
        let waiting = stream.waiting().min(limit);
        if waiting == 0 {
            return None;
        }
        let lines = stream.lines_within(waiting);
        let mine = self.line.last == Source::Stream(index);
        let waited = now >= stream.oldest.saturating_add(self.holds.line) || stream.is_full();
        if lines > 0 {
            let quiet = now >= self.line.time.saturating_add(self.holds.line);
            let may = mine || self.line.at_start || quiet || waited;
            may.then_some(Ready { bytes: lines, lines: true })
        } else {
            // The rest of its own line, but not the start of another one behind its last.
            let goes_on = mine && (!self.line.at_start || limit != usize::MAX);
            (goes_on || waited).then_some(Ready { bytes: waiting, lines: false })
        }
    }

    /// With nothing else to send, an unfinished line can start at once, unless its rest is on the way.
    fn unfinished(&mut self, now: u64) -> Option<Turn> {
        if !self.line.at_start {
            return None;
        }
        let waiting = |stream: &usize| {
            self.membership(*stream) == Membership::Free
                && self.streams[*stream].waiting() > 0
                && !self.shares.goes_on(client_of(*stream), self.holds.line, now)
        };
        let oldest = (0..self.streams.len())
            .filter(waiting)
            .min_by_key(|&stream| self.streams[stream].oldest)?;
        let bytes = self.streams[oldest].waiting();
        self.trace_turn(oldest, bytes, false);
        Some(Turn::of(oldest, bytes))
    }

    /// When a stream that waits would be served although nothing else happens: at one of these.
    pub(crate) fn due(&self, index: usize) -> [Option<u64>; 2] {
        let stream = &self.streams[index];
        if stream.waiting() == 0 {
            return [None; 2];
        }
        let hold = self.holds.line;
        match self.membership(index) {
            Membership::Held => [
                Some(stream.oldest.saturating_add(self.holds.coalesce)),
                Some(stream.newest.saturating_add(hold)),
            ],
            Membership::Apart(_) | Membership::Free => {
                let lines = stream.lines_within(stream.waiting()) > 0;
                let since = if lines { stream.oldest.min(self.line.time) } else { stream.oldest };
                [Some(since.saturating_add(hold)), None]
            }
        }
    }

    fn trace_turn(&mut self, stream: usize, bytes: usize, lines: bool) {
        if self.debugging == Debugging::Turns {
            let name = &self.clients[client_of(stream)].name;
            let what = if lines { "whole lines" } else { "an unfinished line" };
            self.messages.fresh_line();
            let _ = write!(self.messages, "[{name}: {bytes} bytes, {what}]\r\n");
        }
    }
}
