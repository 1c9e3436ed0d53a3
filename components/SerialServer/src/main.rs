//! The server of the serial line: what its clients write goes to the board's port, each in a colour
//! of its own, and what is typed to the clients that were chosen.
//!
//! All of the work is done by the crate `serial-mux`, whenever something happens: an interrupt of
//! the port, a client's doorbell, the timer. No client ever waits for another one: each has rings of
//! its own, and only waits when its own ring is full.

#![cfg_attr(target_os = "none", no_std, no_main)]

extern crate alloc;

mod line;
mod port;
mod system;

use alloc::vec;
use alloc::vec::Vec;

use component::{Caller, Reply, SavedReply};
use serial_client::SharedRing;
use serial_mux::config::{Colours, Config, Kind};
use serial_mux::server;

use port::Port;
use system::System;

component::include_interfaces!();

/// A character of a client that waits for room.
struct Character {
    place: u64,
    kind: Kind,
    byte: u8,
    reply: SavedReply<()>,
}

struct SerialServer {
    server: server::SerialServer<Port, SharedRing>,
    system: System,
    waiting: Vec<Character>,
}

impl Component for SerialServer {
    fn new(interfaces: Interfaces) -> Self {
        let (runtime, attributes) = (interfaces.runtime, interfaces.attributes);
        let clients = line::find(&interfaces);
        let configs: Vec<_> = (0..).zip(&clients).map(|(place, it)| it.config(place)).collect();
        let mut rings: Vec<_> = clients.iter().map(line::Client::rings).collect();
        let monitor = interfaces.monitor_output.map(|memory| SharedRing::of_monitor(Some(*memory)));
        let name = monitor.map(|ring| {
            rings.push(server::Rings { input: None, output: vec![(Kind::Processed, ring)] });
            "monitor"
        });
        let mut system = System::new(clients, interfaces.timeout);
        let colours = match attributes.colours {
            "on" => Colours::On,
            "off" => Colours::Off,
            "ask" => Colours::Ask,
            other => panic!("{}.colours is {other:?}, not on, off or ask", runtime.name()),
        };
        let prefix = attributes.prefix != 0;
        let usual = Config { colours, prefix, ..Config::new(&configs) };
        let usual = if system.has_clock() { usual } else { usual.untimed() };
        let config = Config { system: name, ..usual };
        let port = Port::new(runtime, "serial_dev");
        let server = server::SerialServer::new(&config, port, rings, &mut system);
        let server = server.unwrap_or_else(|error| panic!("{}: {error}", runtime.name()));
        Self { server, system, waiting: Vec::new() }
    }

    /// What was there before the server.
    fn run(&mut self) {
        self.serve();
    }

    fn processed_putchar_putchar(&mut self, caller: Caller, reply: Reply<'_, ()>, c: i32) {
        self.put(caller, Kind::Processed, reply, c);
    }

    fn raw_putchar_putchar(&mut self, caller: Caller, reply: Reply<'_, ()>, c: i32) {
        self.put(caller, Kind::Raw, reply, c);
    }

    fn processed_batch_batch(&mut self, _: Caller) {
        self.serve();
    }

    fn raw_batch_batch(&mut self, _: Caller) {
        self.serve();
    }

    /// Nobody calls it: the characters are in the ring.
    fn getchar_foo(&mut self, _: Caller) {}

    fn processed_putchar_notified(&mut self) {
        self.serve();
    }

    fn raw_putchar_notified(&mut self) {
        self.serve();
    }

    fn processed_batch_notified(&mut self) {
        self.serve();
    }

    fn raw_batch_notified(&mut self) {
        self.serve();
    }

    fn monitor_wrote_handle(&mut self) {
        self.serve();
    }

    fn serial_dev_handle(&mut self) {
        self.server.port_mut().interrupt();
        self.serve();
    }

    fn timeout_notified(&mut self) {
        self.system.rang();
        self.serve();
    }
}

impl SerialServer {
    fn serve(&mut self) {
        self.run_server();
        if self.waiting.is_empty() {
            return;
        }
        for waiting in core::mem::take(&mut self.waiting) {
            self.offer(waiting);
        }
        self.run_server();
    }

    fn run_server(&mut self) {
        self.server.run(&mut self.system);
        while self.system.take_again() {
            self.server.run(&mut self.system);
        }
    }

    fn put(&mut self, caller: Caller, kind: Kind, reply: Reply<'_, ()>, c: i32) {
        let Some(place) = self.system.place(&caller) else {
            return;
        };
        let byte = c.to_le_bytes()[0];
        match self.server.putchar(place, kind, byte, &mut self.system) {
            Ok(true) => reply.send(()),
            // The client gets its answer when there is room.
            Ok(false) => self.waiting.push(Character { place, kind, byte, reply: reply.save() }),
            Err(_) => drop(reply),
        }
        self.serve();
    }

    /// Tries again.
    fn offer(&mut self, waiting: Character) {
        let Character { place, kind, byte, .. } = waiting;
        match self.server.putchar(place, kind, byte, &mut self.system) {
            Ok(false) => self.waiting.push(waiting),
            Ok(true) | Err(_) => waiting.reply.send(()),
        }
    }
}

component::main!(SerialServer);
