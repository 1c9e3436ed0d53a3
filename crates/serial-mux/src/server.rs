//! A serial server but for its system calls: the multiplexer between clients' rings and a port.
//!
//! A component makes one of these, and calls [`run`](SerialServer::run) after each event: an
//! interrupt of the port, a client's `batch()`, the alarm.

use alloc::vec::Vec;

use crate::SerialMux;
use crate::config::{Client, Config, ConfigError, Kind};
use crate::input::Host;
use crate::ring::{RingError, RingMemory, RingReader, RingWriter};
use crate::status::Status;

/// Bytes that are taken from the multiplexer at a time.
const OUTPUT: usize = 512;
/// How often a call goes around before others get a chance.
const ROUNDS: usize = 256;

/// A serial port.
pub trait Port {
    /// Takes characters that came in, as many as fit. If some are left, the port doesn't interrupt
    /// because of them until this is called again.
    fn receive(&mut self, buffer: &mut [u8]) -> usize;

    /// Sends as many characters as fit. If some are left, the port interrupts when there is room.
    fn send(&mut self, bytes: &[u8]) -> usize;
}

/// What a server needs of the system.
pub trait System {
    /// The time, in nanoseconds.
    fn time(&mut self) -> u64;

    /// Calls the server at a time, at once if it has passed. Replaces the call before; `None` only
    /// takes that back.
    fn alarm(&mut self, time: Option<u64>);

    /// Tells a client that there is input.
    fn notify(&mut self, client: Client);

    /// Tells a client that one of its rings for output, by its place in [`Rings::output`], has
    /// room again: it may wait for that.
    fn room(&mut self, client: Client, ring: usize);

    /// A client's ring is nonsense; it isn't used any more.
    fn broken(&mut self, client: Client, error: RingError);

    /// See [`Host::ask_status`].
    fn ask_status(&mut self) {}

    /// See [`Host::status`].
    fn status(&mut self, _show: &mut dyn FnMut(&Status<'_>)) {}

    /// See [`Host::dump_scheduler`].
    fn dump_scheduler(&mut self) -> bool {
        false
    }
}

/// A client's rings; any of them may be missing.
#[derive(Debug)]
pub struct Rings<M> {
    /// `getchar`.
    pub input: Option<M>,
    /// `processed_putchar` and `processed_batch`, `raw_putchar` and `raw_batch`.
    pub output: Vec<(Kind, M)>,
}

impl<M> Default for Rings<M> {
    fn default() -> Self {
        Self { input: None, output: Vec::new() }
    }
}

/// A ring for output.
#[derive(Debug)]
struct Output<M> {
    client: Client,
    /// Its place among the client's.
    place: usize,
    kind: Kind,
    ring: RingReader<M>,
}

impl<M: RingMemory> Output<M> {
    /// Takes out what the multiplexer has room for. Says how much that was, and whether the client
    /// may have seen the ring full: it looks at an index that may be old, but calls once more when
    /// it finds no room. So at least half of the ring is either there at the beginning of a drain,
    /// or taken out by it.
    fn drain(&mut self, mux: &mut SerialMux, now: u64) -> Result<(usize, bool), RingError> {
        let before = self.ring.available()?;
        if before == 0 {
            return Ok((0, false));
        }
        let half = self.ring.size() / 2;
        let count = mux.drain(self.client, self.kind, &mut self.ring, now)?;
        Ok((count, count > 0 && before.max(count) >= half))
    }
}

/// A call that can't be done: no client has this badge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a call with badge {0}, which no client has")]
pub struct NoSuchClient(pub u64);

/// A serial server.
#[derive(Debug)]
pub struct SerialServer<P, M> {
    mux: SerialMux,
    port: P,
    inputs: Vec<Option<RingWriter<M>>>,
    outputs: Vec<Output<M>>,
    /// What the multiplexer gave and the port didn't take yet.
    output: [u8; OUTPUT],
    unsent: core::ops::Range<usize>,
}

/// The clients' side of the multiplexer.
struct Clients<'a, M, S> {
    inputs: &'a mut [Option<RingWriter<M>>],
    system: &'a mut S,
}

impl<M: RingMemory, S: System> Clients<'_, M, S> {
    /// The result of an operation on a client's input ring, which is given up if it's nonsense.
    fn try_input<T>(
        &mut self, client: Client,
        operation: impl FnOnce(&mut RingWriter<M>) -> Result<T, RingError>,
    ) -> Option<T> {
        let place = self.inputs.get_mut(client.index())?;
        match operation(place.as_mut()?) {
            Ok(value) => Some(value),
            Err(error) => {
                *place = None;
                self.system.broken(client, error);
                None
            }
        }
    }
}

impl<M: RingMemory, S: System> Host for Clients<'_, M, S> {
    fn input_room(&mut self, client: Client) -> usize {
        self.try_input(client, |ring| ring.room()).unwrap_or(0)
    }

    fn input(&mut self, client: Client, bytes: &[u8]) {
        if self.try_input(client, |ring| ring.write(bytes)).is_some_and(|written| written.notify) {
            self.system.notify(client);
        }
    }

    fn ask_status(&mut self) {
        self.system.ask_status();
    }

    fn status(&mut self, show: &mut dyn FnMut(&Status<'_>)) {
        self.system.status(show);
    }

    fn dump_scheduler(&mut self) -> bool {
        self.system.dump_scheduler()
    }
}

impl<P: Port, M: RingMemory> SerialServer<P, M> {
    /// A server. `rings` has those of each client, in the order of the configuration, and of the
    /// system; one whose ring is nonsense from the start goes without it.
    ///
    /// # Errors
    /// The configuration can't be.
    pub fn new(
        config: &Config<'_>, port: P, rings: impl IntoIterator<Item = Rings<M>>,
        system: &mut impl System,
    ) -> Result<Self, ConfigError> {
        let mux = SerialMux::new(config, system.time())?;
        let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
        for (client, rings) in mux.clients().chain(mux.system()).zip(rings) {
            let mut broken = |error| system.broken(client, error);
            let input =
                rings.input.and_then(|ring| RingWriter::new(ring).map_err(&mut broken).ok());
            inputs.push(input);
            for (place, (kind, ring)) in rings.output.into_iter().enumerate() {
                if let Ok(ring) = RingReader::new(ring).map_err(&mut broken) {
                    outputs.push(Output { client, place, kind, ring });
                }
            }
        }
        Ok(Self { mux, port, inputs, outputs, output: [0; OUTPUT], unsent: 0..0 })
    }

    /// `putchar()`. False if there is no room: then the caller gets its reply later, after this
    /// was called again, when a [`run`](Self::run) has made some.
    ///
    /// # Errors
    /// No client has this badge.
    pub fn putchar(
        &mut self, badge: u64, kind: Kind, byte: u8, system: &mut impl System,
    ) -> Result<bool, NoSuchClient> {
        let client = self.mux.client(badge).ok_or(NoSuchClient(badge))?;
        let now = system.time();
        Ok(self.mux.write(client, kind, &[byte], now) > 0)
    }

    /// Does all that can be done now.
    pub fn run(&mut self, system: &mut impl System) {
        let now = system.time();
        let mut clients = Clients { inputs: &mut self.inputs, system };
        self.mux.poll(&mut clients, now);
        let mut typed = [0; 64];
        for round in 1..=ROUNDS {
            let mut busy = false;
            let room = self.mux.input_room().min(typed.len());
            // Without room as well, so that the port stops interrupting. There is room for what came.
            let count = self.port.receive(&mut typed[..room]);
            self.mux.receive(&typed[..count], &mut clients, now);
            busy |= count > 0;
            self.outputs.retain_mut(|output| match output.drain(&mut self.mux, now) {
                Ok((count, room)) => {
                    busy |= count > 0;
                    if room {
                        clients.system.room(output.client, output.place);
                    }
                    true
                }
                Err(error) => {
                    clients.system.broken(output.client, error);
                    false
                }
            });
            if self.unsent.is_empty() {
                self.unsent = 0..self.mux.pull(&mut self.output, now);
            }
            let sent = self.port.send(&self.output[self.unsent.clone()]);
            self.unsent.start += sent;
            busy |= sent > 0;
            if !busy {
                break;
            }
            if round == ROUNDS {
                // Others first; then on at once.
                clients.system.alarm(Some(now));
                return;
            }
        }
        clients.system.alarm(self.mux.deadline(now));
    }

    /// The port.
    pub const fn port_mut(&mut self) -> &mut P {
        &mut self.port
    }

    /// The multiplexer.
    pub const fn mux(&self) -> &SerialMux {
        &self.mux
    }
}
