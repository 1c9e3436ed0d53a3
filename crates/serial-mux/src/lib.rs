//! One serial line for many guests.
//!
//! | module | subject |
//! |---|---|
//! | [`SerialMux`] | the multiplexer: output of all clients, input for the chosen ones |
//! | [`server`] | the multiplexer with rings and a port, all of a server but system calls |
//! | [`config`] | who is on the line, and how it behaves |
//! | [`ring`] | one-way rings of bytes in shared memory |
//! | [`status`] | what guests and components are doing |
//! | [`report`] | what they say of themselves, in shared memory |
//!
//! It knows neither seL4 nor a serial port: a component [writes](SerialMux::write) what clients
//! send, [pulls](SerialMux::pull) what goes to the line as fast as the line takes it, passes on
//! what was [typed](SerialMux::receive), and comes back at the [deadline](SerialMux::deadline).
//! Time is in nanoseconds and never goes back.
//!
//! Nothing is lost: a stream without room takes nothing, so that the client's ring fills up and
//! the client waits. Clients take turns by deficit round robin (Shreedhar and Varghese, 1995), in
//! whole lines where there are lines, and none gets far ahead of others who print as well. A colour
//! never comes into the middle of a UTF-8 character or of a control sequence.
//!
//! ```
//! use serial_mux::config::{Client, ClientConfig, Config, Kind};
//! use serial_mux::{Host, SerialMux};
//!
//! /// What a component implements with rings and notifications.
//! struct Guests(Vec<u8>);
//! impl Host for Guests {
//!     fn input_room(&mut self, _: Client) -> usize {
//!         usize::MAX
//!     }
//!     fn input(&mut self, _: Client, bytes: &[u8]) {
//!         self.0.extend_from_slice(bytes);
//!     }
//! }
//!
//! let clients = [ClientConfig { name: "vm0", badge: 1, input: true }];
//! let mut mux = SerialMux::new(&Config::new(&clients), 0)?;
//! let vm0 = mux.client(1).unwrap();
//! assert_eq!(mux.write(vm0, Kind::Processed, b"hello\n", 0), 6);
//! let mut line = [0; 64];
//! let count = mux.pull(&mut line, 0);
//! assert_eq!(&line[..count], b"\x1b[0;31mhello\r\n");
//!
//! let mut guests = Guests(Vec::new());
//! assert_eq!(mux.receive(b"@@home\r", &mut guests, 0), 7);
//! assert_eq!(guests.0, b"@home\r");
//! # Ok::<(), serial_mux::config::ConfigError>(())
//! ```

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod coalesce;
mod colour;
pub mod config;
mod escape;
mod help;
mod input;
mod messages;
mod mux;
mod output;
mod query;
pub mod report;
pub mod ring;
mod scan;
mod schedule;
pub mod server;
mod shares;
pub mod status;
mod stream;
mod talk;

pub use input::{Host, INPUT_BYTES};
pub use mux::SerialMux;
pub use stream::STREAM_BYTES;
