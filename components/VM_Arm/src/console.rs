//! The guest's emulated console.
//!
//! It is on a SerialServer's line if the interfaces `batch` (or `guest_putchar`) and
//! `serial_getchar` are connected. Or an application gives the board's serial port to the component
//! with two interfaces of its own: `dataport Buf(0x1000) console_registers` and
//! `consumes .. console_interrupt`. Otherwise the guest has no emulated console.

mod board;
mod server;

use alloc::string::String;

use component::{Event, Runtime};
use devices::pl011::ByteSink;
use guest_memory::GuestRange;
use serial_client::{Input, Report};
use vmm::interrupt::Spi;

/// Where the guest's output goes.
#[derive(Clone)]
pub enum Port {
    /// To the board's port.
    Board(board::Port),
    /// To a SerialServer.
    Server(server::Port),
}

impl ByteSink for Port {
    fn put(&mut self, byte: u8) -> bool {
        match self {
            Self::Board(port) => port.put(byte),
            Self::Server(port) => port.put(byte),
        }
    }
}

/// What the component has for a console.
pub struct Console {
    /// Where output goes.
    pub port: Port,
    /// Where the guest sees its port: where the board has it.
    pub range: GuestRange,
    /// The interrupt of it.
    pub spi: Spi,
    /// There is input that the guest had no room for. Nobody tells of it again.
    pub waiting: bool,
    /// The event of the board's port.
    event: Option<Event>,
    input: Option<Input>,
}

impl Console {
    /// Finds the interfaces. None if none of them is connected.
    ///
    /// # Errors
    /// One is missing, or is something else; in a sentence.
    pub fn find(runtime: Runtime) -> Result<Option<Self>, String> {
        if let Some(board) = board::find(runtime)? {
            let board::Board { port, event, range, spi } = board;
            let (port, event) = (Port::Board(port), Some(event));
            return Ok(Some(Self { port, range, spi, waiting: false, event, input: None }));
        }
        let line = server::find(runtime)?;
        Ok(line.map(|server::Line { port, input, range, spi }| {
            let port = Port::Server(port);
            // There may be something that was typed before.
            Self { port, range, spi, waiting: true, event: None, input }
        }))
    }

    /// Whether an event is the board's port's.
    pub fn is_event(&self, event: Event) -> bool {
        self.event.is_some_and(|own| own.bit() == event.bit())
    }

    /// Gives input to `take`, at most `room` bytes of it.
    pub fn receive(&mut self, room: usize, take: impl FnOnce(&[u8])) {
        let mut buffer = [0; 32];
        let limit = room.min(buffer.len());
        let (count, more) = match &self.port {
            Port::Board(port) => port.receive(&mut buffer[..limit]),
            Port::Server(_) => server::Line::receive(&mut self.input, &mut buffer[..limit]),
        };
        self.waiting = more;
        take(&buffer[..count]);
    }

    /// Says what the guest is doing.
    pub fn report(&self, report: &Report) {
        if let Some(input) = &self.input {
            input.report(report);
        }
    }

    /// The guest has stopped for something, which has been done.
    pub fn after_exit(&self) {
        if let Port::Server(port) = &self.port {
            port.after_exit();
        }
    }

    /// Something else has happened.
    pub fn flush(&self) {
        if let Port::Server(port) = &self.port {
            port.flush();
        }
    }
}
