//! The guest's emulated console.

mod board;
mod server;

use alloc::rc::Rc;
use core::cell::OnceCell;

use devices::pl011::ByteSink;
use serial_client::Input;
use vmm_sel4::modules::{self, Serial};

use crate::place::Place;
use crate::{Error, Module, Occasion, Running, Setup, Signal, Watch};

/// An emulated serial port.
///
/// It is on a SerialServer's line if the interfaces `batch` (or `guest_putchar`) and
/// `serial_getchar` are connected. Or an application gives the board's serial port to the component
/// with two interfaces of its own: `dataport Buf(0x1000) console_registers` and
/// `consumes .. console_interrupt`. Otherwise the guest has no emulated console.
#[derive(Default)]
pub struct Console(Option<Connected>);

/// Where the guest's output goes.
#[derive(Clone)]
enum Port {
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
struct Found {
    port: Port,
    /// Where the guest sees its port: where the board has it.
    place: Place,
    input: Option<Input>,
    /// What tells of room for output.
    room: Option<Signal>,
}

/// A console that is there.
struct Connected {
    port: Port,
    input: Option<Input>,
    room: Option<Signal>,
    /// The guest's.
    uart: Serial<Port>,
    /// There is input that the guest had no room for. Nobody tells of it again.
    waiting: bool,
    watch: Watch,
}

impl Module for Console {
    fn name(&self) -> &'static str {
        "console"
    }

    fn init(&mut self, setup: &mut Setup<'_>) -> Result<(), Error> {
        let found = match board::find(setup)? {
            Some(found) => Some(found),
            None => server::find(setup)?,
        };
        let Some(Found { port, place: Place { range, spi }, input, room }) = found else {
            return Ok(());
        };
        let uart = Rc::new(OnceCell::new());
        let (sink, own) = (port.clone(), Rc::clone(&uart));
        setup.add(modules::Console { range, spi, sink, port: own })?;
        let uart = uart.get().cloned().ok_or("it has no serial port")?;
        // There may be something that was typed before.
        let (waiting, watch) = (input.is_some(), setup.watch());
        watch.set(waiting);
        self.0 = Some(Connected { port, input, room, uart, waiting, watch });
        Ok(())
    }

    fn event(&mut self, signal: Signal, guest: &mut Running<'_>) {
        let Some(console) = &mut self.0 else {
            return;
        };
        if console.room == Some(signal) {
            console.uart.get().drain();
            return;
        }
        console.receive();
        if let Some(input) = &console.input {
            input.report(&guest.report());
        }
        console.renew_watch();
    }

    fn watched(&mut self, occasion: Occasion) -> bool {
        let Some(console) = &mut self.0 else {
            return false;
        };
        if let Port::Server(port) = &console.port {
            match occasion {
                Occasion::Exit => port.after_exit(),
                Occasion::Interrupt => port.flush(),
            }
        }
        // The guest may have made room for more input.
        let received = occasion == Occasion::Exit && console.waiting && console.receive();
        console.renew_watch();
        received
    }
}

impl Connected {
    /// Gives input to the guest, as much as it has room for. Whether that was any.
    fn receive(&mut self) -> bool {
        let mut buffer = [0; 32];
        let room = self.uart.get().room().min(buffer.len());
        let (count, more) = match &self.port {
            Port::Board(port) => port.receive(&mut buffer[..room]),
            Port::Server(_) => server::receive(&mut self.input, &mut buffer[..room]),
        };
        self.waiting = more;
        self.uart.get().receive(&buffer[..count]) > 0
    }

    fn renew_watch(&self) {
        let unfinished = matches!(&self.port, Port::Server(port) if port.is_unfinished());
        self.watch.set(self.waiting || unfinished);
    }
}
