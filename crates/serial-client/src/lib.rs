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

mod memory;

use component::{Connection, Event};
pub use memory::SharedRing;
pub use serial_mux::ring::RingError;
use serial_mux::ring::{RingReader, RingWriter};

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
}

impl Input {
    /// The input by way of a connection.
    ///
    /// # Errors
    /// The connection has no memory for a ring, or nonsense is in it.
    pub fn new(connection: Connection) -> Result<Self, RingError> {
        Ok(Self { connection, ring: RingReader::new(SharedRing::of(connection.buffer()))? })
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
                return Ok(count);
            }
            self.event().wait();
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
