//! The multiplexer's state, and what doesn't belong to one direction.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;

use crate::coalesce::Groups;
use crate::config::{Client, Colours, Config, ConfigError, KINDS, Kind, stream};
use crate::escape::Escapes;
use crate::input::INPUT_BYTES;
use crate::messages::Messages;
use crate::output::Line;
use crate::query::{Query, REQUEST};
use crate::ring::{RingError, RingMemory, RingReader};
use crate::schedule::RoundRobin;
use crate::shares::Shares;
use crate::stream::Stream;

/// Bytes that are taken out of a ring at a time.
const PIECE: usize = 256;

#[derive(Debug)]
pub(crate) struct Named {
    pub name: Box<str>,
    badge: u64,
}

/// Times, in nanoseconds.
#[derive(Debug)]
pub(crate) struct Holds {
    pub line: u64,
    pub coalesce: u64,
    pub input: u64,
    pub status: u64,
}

/// What `@d` switches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Debugging {
    Off,
    Coalescing,
    Turns,
}

/// One serial line for many clients.
#[derive(Debug)]
pub struct SerialMux {
    pub(crate) clients: Vec<Named>,
    /// The place of the system, behind the clients.
    pub(crate) system: Option<usize>,
    /// Clients that can be chosen for input.
    pub(crate) inputs: Vec<usize>,
    pub(crate) streams: Vec<Stream>,
    pub(crate) holds: Holds,
    pub(crate) colours: bool,
    pub(crate) prefix: bool,
    pub(crate) debugging: Debugging,
    pub(crate) query: Option<Query>,
    pub(crate) messages: Messages,
    // Output.
    pub(crate) line: Line,
    pub(crate) round_robin: RoundRobin,
    pub(crate) shares: Shares,
    pub(crate) groups: Groups,
    // Input.
    pub(crate) escapes: Escapes,
    pub(crate) typed: VecDeque<u8>,
    /// Clients that input goes to, as bits.
    pub(crate) chosen: u16,
    /// They are chosen by `@m`.
    pub(crate) several: bool,
    pub(crate) stalled: Option<u64>,
    pub(crate) retry: Option<u64>,
    /// When states are to be shown.
    pub(crate) show_status: Option<u64>,
    /// Clients that don't read their input, as bits.
    pub(crate) stuck: u16,
}

impl SerialMux {
    /// A line without output. Input goes to the first client that takes some.
    ///
    /// # Errors
    /// The configuration can't be.
    pub fn new(config: &Config<'_>, now: u64) -> Result<Self, ConfigError> {
        config.check()?;
        let clients = config.clients.iter();
        let named = clients.clone().map(|client| Named {
            name: String::from(client.name).into_boxed_str(),
            badge: client.badge,
        });
        let inputs: Vec<usize> =
            clients.enumerate().filter(|(_, client)| client.input).map(|(n, _)| n).collect();
        let system = config.system.map(|name| Named { name: name.into(), badge: u64::MAX });
        let count = config.clients.len() + usize::from(system.is_some());
        let mut line = Line::new();
        let query = (config.colours == Colours::Ask).then(|| {
            line.stage(REQUEST);
            Query::new(now)
        });
        Ok(Self {
            system: system.as_ref().map(|_| config.clients.len()),
            clients: named.chain(system).collect(),
            chosen: inputs.first().map_or(0, |&first| 1 << first),
            escapes: Escapes::new(inputs.len()),
            inputs,
            streams: (0..count * KINDS.len()).map(|_| Stream::new()).collect(),
            holds: Holds {
                line: config.line_hold,
                coalesce: config.coalesce_hold,
                input: config.input_patience,
                status: config.status_hold,
            },
            colours: config.colours == Colours::On,
            prefix: config.prefix,
            debugging: Debugging::Off,
            query,
            messages: Messages::new(),
            line,
            round_robin: RoundRobin::new(count, config.quantum),
            shares: Shares::new(count, config.line_hold / 10),
            groups: Groups::new(count),
            typed: VecDeque::with_capacity(INPUT_BYTES),
            several: false,
            stalled: None,
            retry: None,
            show_status: None,
            stuck: 0,
        })
    }

    /// The client with a badge.
    #[must_use]
    pub fn client(&self, badge: u64) -> Option<Client> {
        let mut clients = self.clients.iter().take(self.system.unwrap_or(self.clients.len()));
        clients.position(|client| client.badge == badge).map(Client)
    }

    /// All clients, in the order of the configuration.
    pub fn clients(&self) -> impl Iterator<Item = Client> + use<> {
        (0..self.system.unwrap_or(self.clients.len())).map(Client)
    }

    /// The system, if it writes to the line.
    #[must_use]
    pub fn system(&self) -> Option<Client> {
        self.system.map(Client)
    }

    /// Output of a client. Returns how many bytes were taken; the rest is to be offered again
    /// after some output has been [pulled](Self::pull).
    pub fn write(&mut self, client: Client, kind: Kind, bytes: &[u8], now: u64) -> usize {
        let index = stream(client.0, kind);
        let Some(stream) = self.streams.get_mut(index) else {
            return 0;
        };
        self.groups.has_written(index);
        match kind {
            Kind::Processed => stream.write_processed(bytes, now),
            Kind::Raw => stream.write(bytes, now),
        }
    }

    /// Takes output of a client out of a ring, as much as there is room for, and returns how many
    /// bytes that was. A client that is far ahead of others who print waits for them, for a moment.
    ///
    /// # Errors
    /// The client has written nonsense into its ring.
    pub fn drain(
        &mut self, client: Client, kind: Kind, ring: &mut RingReader<impl RingMemory>, now: u64,
    ) -> Result<usize, RingError> {
        self.shares.renew(now);
        let mut piece = [0; PIECE];
        let mut done = 0;
        loop {
            let Some(stream) = self.streams.get(stream(client.0, kind)) else {
                return Ok(done);
            };
            // What is taken out has to fit, with a carriage return for each byte.
            let room = match kind {
                Kind::Processed => stream.room() / 2,
                Kind::Raw => stream.room(),
            };
            let left = match self.shares.left(client.0) {
                // Whoever has had its share ends its line: it would have to be broken for others.
                0 if stream.is_in_line() && self.shares.may_end_line(client.0) => 1,
                left => left,
            };
            let room = room.min(left);
            // No more than the ring has, even if the client goes on writing: room bounds it.
            let count = ring.read(&mut piece[..room.min(PIECE)])?;
            if count == 0 {
                self.shares.looked_at(client.0, done >= ring.size() / 2, now);
                return Ok(done);
            }
            self.shares.took(client.0, count, now);
            done += self.write(client, kind, &piece[..count], now);
        }
    }

    /// When [`pull`](Self::pull) may give something, or [`poll`](Self::poll) has something to do,
    /// although nothing happens until then and both were called at `now`. `None`: never.
    #[must_use]
    pub fn deadline(&self, now: u64) -> Option<u64> {
        let streams = (0..self.streams.len()).flat_map(|stream| self.due(stream)).flatten();
        let query = self.query.as_ref().map(|query| query.until);
        // What was due before now waits for something else, which has a time of its own.
        streams
            .chain(self.retry)
            .chain(self.show_status)
            .chain(self.shares.due())
            .chain(query)
            .filter(|&time| time > now)
            .min()
    }
}
