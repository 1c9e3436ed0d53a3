//! What a module is added to.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use core::cell::Cell;

use component::Runtime;
use component::config::guest::{Guest, Interrupt};
use fdt::tree::{Place as Node, Tree};
use guest_memory::{GuestRange, Name};
use vmm::interrupt::Spi;
use vmm_sel4::builder::{self, BuildError, Builder};
use vmm_sel4::mapped::Mapped;

use crate::Error;
use crate::listeners::{Listeners, Signal};
use crate::modules::shared_memory;
use crate::place::{self, Place};
use crate::processors::Handler;

/// Modules of which one can be told of another by a bit.
pub(crate) const MODULES: usize = 64;

/// Interfaces whose events the component needs itself: the alarm, and who has the guest restarted.
const OWN: [&str; 2] = ["timer", "restart_event"];

/// A guest's machine in the making, and the component's surroundings.
pub struct Setup<'a> {
    /// The machine. Ready-made parts of one are in [`vmm_sel4::modules`]; see [`add`](Self::add).
    pub builder: &'a mut Builder<Mapped>,
    /// The component's interfaces and attributes, by name.
    pub runtime: Runtime,
    /// What the assembly has made for the guest.
    pub described: Guest<'static>,
    pub(crate) listeners: &'a mut Listeners,
    pub(crate) watches: Rc<Cell<u64>>,
    /// The place in the list of the module that is added.
    pub(crate) module: usize,
}

impl Setup<'_> {
    /// Adds a ready-made part to the machine.
    ///
    /// # Errors
    /// It contradicts what is there.
    pub fn add(&mut self, part: impl builder::Module<Mapped> + 'static) -> Result<(), BuildError> {
        Box::new(part).init(self.builder)
    }

    /// Has the module told of what comes on an interface, whatever its kind: another component's
    /// event, a device's interrupt, something new in a dataport, a queue or a connection. None if
    /// nothing can come, and for `timer` and `restart_event`, which are the component's own.
    pub fn listen(&mut self, interface: &str) -> Option<Signal> {
        if OWN.contains(&interface) {
            return None;
        }
        let event = self.runtime.event(interface)?;
        event.is_connected().then(|| self.listeners.add(event.bit(), self.module))
    }

    /// Gives an interrupt of the board to the guest, which the assembly has for it. Interrupts that
    /// can't be a guest's are left out.
    ///
    /// # Errors
    /// Somebody has it, or the guest's interrupt controller lacks it.
    pub fn pass_interrupt(
        &mut self, name: impl Into<Name>, interrupt: &Interrupt,
    ) -> Result<(), BuildError> {
        let Some(spi) = Spi::from_intid(interrupt.irq.number) else {
            return Ok(());
        };
        self.builder.add_line(name, spi, Box::new(Handler::new(interrupt)))?;
        self.listeners.add_interrupt(interrupt.bit, spi);
        Ok(())
    }

    /// Where the guest has the memory of a dataport, if it has it (`<interface>_guest_address`).
    #[must_use]
    pub fn guest_place(&self, dataport: &str) -> Option<GuestRange> {
        shared_memory::place(&self.runtime.interface(dataport)?)
    }

    /// The place of the node that `find` chooses in the board's device tree: a device model of the
    /// same kind has the same place.
    ///
    /// # Errors
    /// There is no such node, or it has no registers or shared interrupt.
    pub fn board_place(
        &self, find: impl for<'t, 'b> FnOnce(&'t Tree<'b>) -> Result<Node<'t, 'b>, String>,
    ) -> Result<Place, Error> {
        Ok(place::board(self.runtime, find)?)
    }

    /// The module's watch.
    #[must_use]
    pub fn watch(&self) -> Watch {
        Watch { all: Rc::clone(&self.watches), bit: 1 << self.module }
    }
}

/// Says whether a module is told of each of the guest's exits. It costs nothing while no module's is
/// set.
#[derive(Clone, Debug)]
pub struct Watch {
    all: Rc<Cell<u64>>,
    bit: u64,
}

impl Watch {
    /// Sets it, or takes it back.
    pub fn set(&self, on: bool) {
        let others = self.all.get() & !self.bit;
        self.all.set(if on { others | self.bit } else { others });
    }
}
