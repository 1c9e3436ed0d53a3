//! A SerialServer's line, which the guest has together with others.

use alloc::format;
use alloc::rc::Rc;
use alloc::string::ToString;
use core::cell::RefCell;

use component::log;
use devices::pl011::ByteSink;
use serial_client::{Input, Output};

use super::Found;
use crate::{Error, Setup, Watch};

/// So many exits without output in a row mean that the guest has said what it had to say: between
/// two characters it looks once whether there is room.
const QUIET: u32 = 2;

/// The way out. The server is told of lines, and of what the guest leaves unfinished: not of each
/// character.
struct Way {
    output: Output,
    /// Exits since the last character; none if the server knows all of them.
    quiet: Option<u32>,
    /// Set when the server is to be told of something after an exit.
    watch: Watch,
}

/// The way out, which two have: who sends, and who looks whether the guest has finished.
#[derive(Clone)]
pub struct Port(Rc<RefCell<Way>>);

impl ByteSink for Port {
    fn put(&mut self, byte: u8) -> bool {
        let mut way = self.0.borrow_mut();
        let Ok(count) = way.output.put(&[byte]) else {
            // The server is out of its mind; the guest may go on without a console.
            return true;
        };
        if byte == b'\n' {
            way.flush();
        } else if count > 0 {
            way.quiet = Some(0);
            way.watch.set(true);
        }
        count > 0
    }
}

impl Way {
    fn flush(&mut self) {
        self.quiet = None;
        self.output.flush();
    }
}

impl Port {
    /// The guest has stopped for something.
    pub fn after_exit(&self) {
        let mut way = self.0.borrow_mut();
        match &mut way.quiet {
            None => (),
            // The exit that the last character came with counts as one.
            Some(quiet) if *quiet < QUIET => *quiet += 1,
            Some(_) => way.flush(),
        }
    }

    /// Whether there is something that the server hasn't been told of.
    pub fn is_unfinished(&self) -> bool {
        self.0.borrow().quiet.is_some()
    }

    /// Something else happened.
    pub fn flush(&self) {
        self.0.borrow_mut().flush();
    }
}

/// Fills a buffer with input. Whether there is more.
pub fn receive(input: &mut Option<Input>, buffer: &mut [u8]) -> (usize, bool) {
    let Some(ring) = input else {
        return (0, false);
    };
    match ring.read(buffer).and_then(|count| Ok((count, ring.available()? > 0))) {
        Ok(received) => received,
        Err(error) => {
            log::error!("serial_getchar: {error}; there is no input any more");
            *input = None;
            (0, false)
        }
    }
}

/// Finds the connections `batch`, or else `guest_putchar`, and `serial_getchar`. None if there is
/// no output.
///
/// # Errors
/// There is nonsense in the shared memory, or the board has no serial port.
pub fn find(setup: &mut Setup<'_>) -> Result<Option<Found>, Error> {
    let runtime = setup.runtime;
    let connection = |name| Some((name, runtime.connection(name)?));
    let Some((name, output)) = connection("batch").or_else(|| connection("guest_putchar")) else {
        return Ok(None);
    };
    let output = Output::new(output).map_err(|error| format!("{name}: {error}"))?;
    let input = runtime.connection("serial_getchar").map(Input::new).transpose();
    let input = input.map_err(|error| format!("serial_getchar: {error}"))?;
    let place = setup.board_place(|tree| tree.stdout().map_err(|error| error.to_string()));
    let place = place.map_err(|error| format!("the console: {}", error.text()))?;
    let room = setup.listen(name);
    setup.listen("serial_getchar");
    let way = Way { output, quiet: None, watch: setup.watch() };
    let port = super::Port::Server(Port(Rc::new(RefCell::new(way))));
    Ok(Some(Found { port, place, input, room }))
}
