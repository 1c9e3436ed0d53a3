//! Where the monitor prints: to the console, or to the component that has the serial port.

use core::fmt::{self, Write};

use sel4::cap;
use sel4_root_task::console::Console;
use system_spec::log_ring::LogRing;

use crate::handover::OUTPUT;

/// The ring of a component that prints for the monitor.
#[derive(Clone, Copy)]
pub struct Server {
    /// The ring, in which the monitor writes.
    pub ring: &'static LogRing,
    /// The instance's index.
    pub instance: usize,
}

/// Where output goes.
pub struct Output {
    server: Option<Server>,
    /// The server hasn't been told of all that is in its ring.
    untold: bool,
}

impl Output {
    /// The server's ring if there is one, else the console.
    pub fn new(server: Option<Server>) -> Self {
        Self { server, untold: false }
    }

    /// How much can be written.
    pub fn room(&self) -> usize {
        self.server.map_or(usize::MAX, |server| server.ring.room())
    }

    /// Tells the server what it has to print.
    pub fn flush(&mut self) {
        if core::mem::take(&mut self.untold) {
            cap::Notification::from_bits(OUTPUT as u64).signal();
        }
    }

    /// An instance doesn't run any more. If it is the server, the console gets what it didn't print.
    pub fn is_gone(&mut self, instance: usize) {
        if let Some(server) = self.server.take_if(|server| server.instance == instance) {
            let mut buffer = [0; 256];
            loop {
                let count = server.ring.read(&mut buffer);
                let Some(part) = buffer.get(..count).filter(|part| !part.is_empty()) else {
                    break;
                };
                print(part);
            }
        }
    }

    /// Writes bytes: those that the server has no room for go to the console.
    pub fn write(&mut self, bytes: &[u8]) {
        let written = self.server.map_or(0, |server| server.ring.write(bytes));
        self.untold |= written > 0;
        print(bytes.get(written..).unwrap_or_default());
    }
}

/// Prints to the console, which takes everything.
fn print(bytes: &[u8]) {
    for chunk in bytes.utf8_chunks() {
        let _ = Console.write_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            let _ = Console.write_char('?');
        }
    }
}

impl Write for Output {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.write(text.as_bytes());
        Ok(())
    }
}

/// Writes a line of the monitor's own, which can't fail.
macro_rules! say {
    ($output:expr, $($arg:tt)*) => {{
        let _ = core::fmt::Write::write_fmt(
            &mut $output,
            core::format_args!("{}\n", core::format_args!($($arg)*)),
        );
    }};
}

pub(crate) use say;
