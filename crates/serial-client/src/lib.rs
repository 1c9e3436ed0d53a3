//! Output and input by way of a SerialServer, for components.
//!
//! Both are rings in memory that is shared with the server, and nobody waits for the server unless
//! he wants to: [`Output::write`] writes what fits, [`Input::read`] reads what there is.
//!
//! ```no_run
//! # fn run() -> Result<(), serial_client::RingError> {
//! use core::fmt::Write;
//!
//! // The interfaces `uses Batch batch` and `uses GetChar serial_getchar`.
//! let runtime = component::Runtime::new();
//! let batch = runtime.connection("batch").expect("batch is connected");
//! let getchar = runtime.connection("serial_getchar").expect("serial_getchar is connected");
//! let mut output = serial_client::Output::new(batch)?;
//! let mut input = serial_client::Input::new(getchar)?;
//! output.write_all(b"Your name: ")?;
//! let mut name = [0; 80];
//! let count = input.wait(&mut name)?;
//! output.write_all(&name[..count])?;
//! # Ok(())
//! # }
//! ```

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod memory;

use alloc::vec::Vec;

use component::{Connection, Event, counter};
pub use memory::{SharedRing, StateMemory};
pub use serial_mux::report::Report;
pub use serial_mux::ring::RingError;
use serial_mux::ring::{RingReader, RingWriter};
pub use serial_mux::status::State;

/// Output: an interface `uses Batch` or `uses PutChar` that is connected to a SerialServer.
#[derive(Debug)]
pub struct Output {
    connection: Connection,
    ring: RingWriter<SharedRing>,
    /// The server doesn't know yet what is in the ring.
    untold: bool,
}

impl Output {
    /// The output by way of a connection. It goes on where it was when the component is started
    /// again.
    ///
    /// # Errors
    /// The connection has no memory for a ring, or nonsense is in it.
    pub fn new(connection: Connection) -> Result<Self, RingError> {
        let ring = RingWriter::new(SharedRing::of(connection.buffer()))?;
        Ok(Self { connection, ring, untold: false })
    }

    /// Writes as many bytes as there is room for, and returns how many that was. If it isn't all,
    /// the server sends the connection's [event](Self::event) when there is room again.
    ///
    /// # Errors
    /// The server has written nonsense into the ring.
    pub fn write(&mut self, bytes: &[u8]) -> Result<usize, RingError> {
        let count = self.put(bytes)?;
        self.flush();
        Ok(count)
    }

    /// As [`write`](Self::write), but the server isn't told of it until [`flush`](Self::flush) or
    /// the lack of room: for those who have few bytes at a time.
    ///
    /// # Errors
    /// The server has written nonsense into the ring.
    pub fn put(&mut self, bytes: &[u8]) -> Result<usize, RingError> {
        let written = self.ring.write(bytes)?;
        self.untold |= written.notify;
        if written.count < bytes.len() {
            // The server may be asleep all the same, if it took bytes out just now.
            self.untold = true;
            self.flush();
        }
        Ok(written.count)
    }

    /// Tells the server what it doesn't know yet.
    pub fn flush(&mut self) {
        if core::mem::take(&mut self.untold) {
            self.connection.notify();
        }
    }

    /// Writes all bytes, and waits for room if need be. Only this event is served meanwhile.
    ///
    /// # Errors
    /// The server has written nonsense into the ring.
    ///
    /// # Panics
    /// The connection has no event.
    pub fn write_all(&mut self, mut bytes: &[u8]) -> Result<(), RingError> {
        loop {
            let count = self.write(bytes)?;
            bytes = bytes.get(count..).unwrap_or_default();
            if bytes.is_empty() {
                return Ok(());
            }
            self.event().wait();
        }
    }

    /// How many bytes fit at the moment.
    ///
    /// # Errors
    /// The server has written nonsense into the ring.
    pub fn room(&self) -> Result<usize, RingError> {
        self.ring.room()
    }

    /// The event that says that there is room.
    #[must_use]
    pub fn event(&self) -> Event {
        self.connection.event().unwrap_or_default()
    }
}

impl core::fmt::Write for Output {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        self.write_all(text.as_bytes()).map_err(|_| core::fmt::Error)
    }
}

/// Input: an interface `uses GetChar` that is connected to a SerialServer.
#[derive(Debug)]
pub struct Input {
    connection: Connection,
    ring: RingReader<SharedRing>,
    state: Option<StateMemory>,
    /// When the input was made, and for how long somebody has waited for it since.
    start: u64,
    idle: u64,
}

impl Input {
    /// The input by way of a connection.
    ///
    /// # Errors
    /// The connection has no memory for a ring, or nonsense is in it.
    pub fn new(connection: Connection) -> Result<Self, RingError> {
        let memory = connection.buffer();
        let (ring, state) = (RingReader::new(SharedRing::of(memory))?, StateMemory::of(memory));
        Ok(Self { connection, ring, state, start: counter(), idle: 0 })
    }

    /// Says what the component is doing, for the person who asks at the terminal. Then this
    /// connection's event comes without input; [`wait`](Self::wait) answers by itself.
    pub fn report(&self, report: &Report) {
        if let Some(state) = &self.state {
            state.write(report);
        }
    }

    fn report_waiting(&self) {
        let heap = component::Runtime::new().config().heap();
        let used = u64::try_from(component::heap_used()).unwrap_or(0);
        let all = counter().saturating_sub(self.start);
        self.report(&Report {
            state: State::Idle,
            exits: Vec::new(),
            interrupts: None,
            time: Some((self.idle, all)),
            memory: heap.map(|heap| (used, heap.size)),
        });
    }

    /// Reads as many bytes as there are and fit, and returns how many that was.
    ///
    /// # Errors
    /// The server has written nonsense into the ring.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize, RingError> {
        self.ring.read(buffer)
    }

    /// Waits until there is something to read, and reads it. Only this event is served meanwhile.
    ///
    /// # Errors
    /// The server has written nonsense into the ring.
    ///
    /// # Panics
    /// The connection has no event.
    pub fn wait(&mut self, buffer: &mut [u8]) -> Result<usize, RingError> {
        loop {
            let count = self.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                if let Some(state) = &self.state {
                    state.is_running();
                }
                return Ok(count);
            }
            let before = counter();
            self.report_waiting();
            self.event().wait();
            self.idle = self.idle.saturating_add(counter().saturating_sub(before));
        }
    }

    /// How many bytes there are.
    ///
    /// # Errors
    /// The server has written nonsense into the ring.
    pub fn available(&self) -> Result<usize, RingError> {
        self.ring.available()
    }

    /// The event that says that there is something to read.
    #[must_use]
    pub fn event(&self) -> Event {
        self.connection.event().unwrap_or_default()
    }
}
