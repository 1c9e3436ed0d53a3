//! The guest while it runs, as its modules see it.

use guest_memory::Regions;
use serial_client::Report;
use vmm_sel4::mapped::Mapped;

use crate::guest::Machine;
use crate::report;

/// The guest, for a module that is told of an event.
pub struct Running<'a> {
    machine: &'a Machine,
    start: u64,
    wish: Wish,
}

/// What is to become of the guest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Wish {
    /// It goes on.
    #[default]
    GoOn,
    /// It starts again.
    Restart,
    /// It is stopped.
    Stop,
}

impl<'a> Running<'a> {
    /// A guest of a component that was started when the counter was at `start`.
    pub(crate) const fn new(machine: &'a Machine, start: u64) -> Self {
        Self { machine, start, wish: Wish::GoOn }
    }

    pub(crate) const fn wish(&self) -> Wish {
        self.wish
    }

    /// Its memory.
    #[must_use]
    pub fn memory(&self) -> &Regions<Mapped> {
        self.machine.memory()
    }

    /// Has it started again from its files when the module returns.
    pub const fn restart(&mut self) {
        self.wish = Wish::Restart;
    }

    /// Has it stopped for good when the module returns, as if it had powered itself off.
    pub const fn stop(&mut self) {
        self.wish = Wish::Stop;
    }

    /// What it is doing, for a person.
    #[must_use]
    pub fn report(&self) -> Report {
        report::of(self.machine.cpus(), self.start)
    }
}
