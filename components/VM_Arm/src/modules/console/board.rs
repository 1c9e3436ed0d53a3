//! The board's serial port.

use alloc::rc::Rc;
use core::cell::RefCell;

use component::Dataport;
use component::config::read::Kind;
use devices::pl011::ByteSink;
use guest_memory::{GuestAddress, GuestRange};
use pl011_driver::{Config, NotAPl011, Pl011};
use vmm::interrupt::Spi;

use super::Found;
use crate::place::Place;
use crate::{Error, Setup};

/// The port, which two have: who sends, and who waits for input.
#[derive(Clone)]
pub struct Port(Rc<RefCell<Pl011<Dataport>>>);

impl ByteSink for Port {
    fn put(&mut self, byte: u8) -> bool {
        // The guest waits for the line, as on a real port: nothing is lost.
        while self.0.borrow_mut().send(&[byte]) == 0 {}
        true
    }
}

impl Port {
    /// Fills a buffer with input. Whether there is more.
    pub fn receive(&self, buffer: &mut [u8]) -> (usize, bool) {
        let mut port = self.0.borrow_mut();
        let _ = port.interrupt();
        let received = port.receive(buffer);
        (received.count, received.more)
    }
}

/// Finds the interfaces. None if the application has none of them.
///
/// # Errors
/// One is missing, or the device is something else.
pub fn find(setup: &mut Setup<'_>) -> Result<Option<Found>, Error> {
    let Some(registers) = setup.runtime.dataport("console_registers") else {
        return Ok(None);
    };
    let interrupt = setup.listen("console_interrupt");
    interrupt.ok_or("console_registers is connected, and console_interrupt is not")?;
    let Some(Kind::Consumes { mut irqs, .. }) =
        setup.runtime.interface("console_interrupt").map(|interface| interface.kind)
    else {
        return Err("console_interrupt is no interrupt".into());
    };
    let spi = irqs.next().and_then(|irq| Spi::from_intid(irq.number));
    let spi = spi.ok_or("console_interrupt comes from no shared interrupt")?;
    let base = registers.physical().ok_or("console_registers has no physical address")?;
    let range = GuestRange::new(GuestAddress(base), 0x1000);
    let range = range.ok_or("console_registers is at no address")?;
    let port = Pl011::new(registers, &Config::default());
    let port = port.map_err(|NotAPl011 { .. }| "console_registers belongs to no PL011")?;
    let port = super::Port::Board(Port(Rc::new(RefCell::new(port))));
    Ok(Some(Found { port, place: Place { range, spi }, input: None, room: None }))
}
