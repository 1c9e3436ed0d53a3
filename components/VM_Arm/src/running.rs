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

/// What is to become of the guest. If several modules are told of one event, the greatest counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
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

    /// Has it started again from its files when all modules that are told of the event have
    /// returned, unless one of them stops it.
    pub fn restart(&mut self) {
        self.wish = self.wish.max(Wish::Restart);
    }

    /// Has it stopped when all modules that are told of the event have returned, as if it had
    /// powered itself off. Then `restart_event`, or a module at a later event, starts it again.
    pub fn stop(&mut self) {
        self.wish = self.wish.max(Wish::Stop);
    }

    /// What it is doing, for a person.
    #[must_use]
    pub fn report(&self) -> Report {
        report::of(self.machine.cpus(), self.start)
    }
}

#[cfg(test)]
mod test {
    use super::Wish;

    #[test]
    fn to_stop_outranks_to_restart_and_that_to_go_on() {
        assert_eq!(Wish::default(), Wish::GoOn);
        assert!(Wish::GoOn < Wish::Restart && Wish::Restart < Wish::Stop);
    }
}
