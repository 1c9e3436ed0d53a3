//! A SerialServer's line, which the guest has together with others.

use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use core::cell::RefCell;

use component::{Runtime, log};
use devices::pl011::ByteSink;
use guest_memory::GuestRange;
use serial_client::{Input, Output};
use vmm::interrupt::Spi;

use crate::place::{Place, board};

/// So many exits without output in a row mean that the guest has said what it had to say: between
/// two characters it looks once whether there is room.
const QUIET: u32 = 2;

/// The way out. The server is told of lines, and of what the guest leaves unfinished: not of each
/// character.
struct Way {
    output: Output,
    /// Exits since the last character; none if the server knows all of them.
    quiet: Option<u32>,
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

    /// Something else happened.
    pub fn flush(&self) {
        self.0.borrow_mut().flush();
    }
}

/// The line with what belongs to it.
pub struct Line {
    pub port: Port,
    pub input: Option<Input>,
    /// Where the guest sees its port: where the board has one.
    pub range: GuestRange,
    /// Its interrupt.
    pub spi: Spi,
}

impl Line {
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
}

/// Finds the connections `batch`, or else `guest_putchar`, and `serial_getchar`. None if there is
/// no output.
///
/// # Errors
/// There is nonsense in the shared memory, or the board has no serial port; in a sentence.
pub fn find(runtime: Runtime) -> Result<Option<Line>, String> {
    let connection = |name| Some((name, runtime.connection(name)?));
    let Some((name, output)) = connection("batch").or_else(|| connection("guest_putchar")) else {
        return Ok(None);
    };
    let output = Output::new(output).map_err(|error| format!("{name}: {error}"))?;
    let input = runtime.connection("serial_getchar").map(Input::new).transpose();
    let input = input.map_err(|error| format!("serial_getchar: {error}"))?;
    let place = board(runtime, |tree| tree.stdout().map_err(|error| error.to_string()));
    let Place { range, spi } = place.map_err(|error| format!("the console: {error}"))?;
    let port = Port(Rc::new(RefCell::new(Way { output, quiet: None })));
    Ok(Some(Line { port, input, range, spi }))
}
