//! The way to the line.

use alloc::string::String;
use core::fmt::Write;

use crate::colour;
use crate::config::client_of;
use crate::mux::SerialMux;

/// Whose output the line has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Server,
    Stream(usize),
    /// The same output of several streams.
    Together,
}

/// A turn: bytes that go to the line without anybody between them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turn {
    pub source: Source,
    /// The streams that it's from, as bits.
    pub streams: u32,
    pub left: usize,
}

impl Turn {
    pub const fn of(stream: usize, left: usize) -> Self {
        Self { source: Source::Stream(stream), streams: 1 << stream, left }
    }
}

/// What the terminal shows.
#[derive(Debug)]
pub(crate) struct Line {
    /// Colours, prefixes and line ends that come before the turn.
    staged: String,
    staged_read: usize,
    turn: Turn,
    pub last: Source,
    /// The stream whose colour is set; `None` for the terminal's own.
    colour: Option<usize>,
    pub at_start: bool,
    /// When output of a client went out last.
    pub time: u64,
}

impl Line {
    pub fn new() -> Self {
        Self {
            staged: String::with_capacity(256),
            staged_read: 0,
            turn: Turn { source: Source::Server, streams: 0, left: 0 },
            last: Source::Server,
            colour: None,
            at_start: true,
            time: 0,
        }
    }

    pub fn stage(&mut self, text: &str) {
        self.staged.push_str(text);
    }

    fn take_staged(&mut self, out: &mut [u8]) -> usize {
        let staged = &self.staged.as_bytes()[self.staged_read..];
        let count = staged.len().min(out.len());
        out[..count].copy_from_slice(&staged[..count]);
        self.staged_read += count;
        if self.staged_read == self.staged.len() {
            self.staged.clear();
            self.staged_read = 0;
        }
        count
    }

    fn went_out(&mut self, bytes: &[u8]) {
        self.at_start = match bytes {
            [.., b'\n'] | [.., b'\n', b'\r'] => true,
            [b'\r'] => self.at_start,
            [] => return,
            _ => false,
        };
    }
}

impl SerialMux {
    /// The next bytes for the line: as many as there are and fit. If they don't fill the buffer,
    /// there is nothing more until something happens, or the [deadline](Self::deadline) passes.
    pub fn pull(&mut self, out: &mut [u8], now: u64) -> usize {
        let mut done = 0;
        while done < out.len() {
            let free = &mut out[done..];
            let staged = self.line.take_staged(free);
            if staged > 0 {
                done += staged;
                continue;
            }
            let count = self.line.turn.left.min(free.len());
            if count > 0 {
                self.emit(&mut free[..count], now);
                done += count;
            } else if let Some(turn) = self.next_turn(now) {
                self.begin(turn, now);
            } else {
                break;
            }
        }
        done
    }

    fn emit(&mut self, out: &mut [u8], now: u64) {
        let Turn { source, streams, .. } = self.line.turn;
        if source == Source::Server {
            self.messages.take(out);
        } else {
            let mut bits = (0..self.streams.len()).filter(|stream| streams >> stream & 1 != 0);
            if let Some(first) = bits.next() {
                self.streams[first].take(out);
            }
            bits.for_each(|stream| self.streams[stream].skip(out.len()));
            self.line.time = now;
        }
        self.line.turn.left -= out.len();
        self.line.went_out(out);
    }

    /// Makes the line ready for a turn.
    fn begin(&mut self, turn: Turn, now: u64) {
        let Turn { source, streams, .. } = turn;
        let line = &mut self.line;
        let colour = match source {
            Source::Stream(stream) if self.colours => Some(stream),
            _ => None,
        };
        if source != line.last && !line.at_start {
            // The line end belongs to nobody, so it has nobody's colour.
            if line.colour.take().is_some() {
                line.stage(colour::RESET);
            }
            line.stage("\r\n");
            line.at_start = true;
        }
        if colour != line.colour {
            line.colour = colour;
            // Writing to a string can't fail.
            let _ = match colour {
                Some(stream) if self.system == Some(client_of(stream)) => {
                    line.staged.write_str(colour::SYSTEM)
                }
                Some(stream) => colour::write(&mut line.staged, stream),
                None => line.staged.write_str(colour::RESET),
            };
        }
        if self.prefix && line.at_start && source != Source::Server {
            let (seconds, milliseconds) = (now / 1_000_000_000, now / 1_000_000 % 1000);
            let _ = write!(line.staged, "[{seconds:>5}.{milliseconds:03}");
            let mut clients = (0..self.clients.len() * 2)
                .filter(|&stream| streams >> stream & 1 != 0)
                .map(|stream| &self.clients[client_of(stream)].name);
            if let Some(first) = clients.next() {
                let _ = write!(line.staged, " {first:.16}");
            }
            for name in clients {
                let _ = write!(line.staged, ",{name:.16}");
            }
            line.stage("] ");
        }
        if source != Source::Server {
            self.messages.interrupted();
        }
        line.last = source;
        line.turn = turn;
    }
}
