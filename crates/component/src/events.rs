//! Which events have come.
//!
//! An event that arrives is first offered to the component's handler. If the handler keeps it, as
//! the one does that a component gets without writing any, it stays for whoever asks or waits.

use core::cell::Cell;

/// The events of an instance, by their bits.
#[derive(Debug)]
pub(crate) struct Events {
    /// Not handled yet.
    arrived: Cell<u64>,
    /// Handled, and kept.
    kept: Cell<u64>,
    /// The handler that runs wants its event kept.
    keep: Cell<bool>,
}

impl Events {
    pub(crate) const fn new() -> Self {
        Self { arrived: Cell::new(0), kept: Cell::new(0), keep: Cell::new(false) }
    }

    /// Notes events that have come, as a mask of bits.
    #[inline]
    pub(crate) fn add(&self, mask: u64) {
        self.arrived.set(self.arrived.get() | mask);
    }

    /// Whether an event waits for its handler.
    #[inline]
    pub(crate) fn any(&self) -> bool {
        self.arrived.get() != 0
    }

    /// Takes an event if it has come, handled or not.
    pub(crate) fn take(&self, bit: u8) -> bool {
        let mask = mask(bit);
        let came = (self.arrived.get() | self.kept.get()) & mask != 0;
        self.arrived.set(self.arrived.get() & !mask);
        self.kept.set(self.kept.get() & !mask);
        came
    }

    /// Has an event handled that waits for it, the one of the lowest bit. Whether it is done with
    /// then, and was not kept.
    pub(crate) fn handle(&self, handler: impl FnOnce(u8)) -> Option<(u8, bool)> {
        let bit = u8::try_from(self.arrived.get().trailing_zeros()).ok().filter(|bit| *bit < 64)?;
        self.arrived.set(self.arrived.get() & !mask(bit));
        self.keep.set(false);
        handler(bit);
        if self.keep.take() {
            self.kept.set(self.kept.get() | mask(bit));
            return Some((bit, false));
        }
        Some((bit, true))
    }

    /// Keeps the event that is being handled.
    pub(crate) fn keep(&self) {
        self.keep.set(true);
    }
}

/// No bit for a number that is none.
fn mask(bit: u8) -> u64 {
    1_u64.checked_shl(bit.into()).unwrap_or(0)
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn handled_events_are_gone() {
        let events = Events::new();
        events.add(0b101);
        assert_eq!(events.handle(|bit| assert_eq!(bit, 0)), Some((0, true)));
        assert!(!events.take(0));
        assert!(events.take(2), "not handled yet");
        assert!(!events.any());
        assert_eq!(events.handle(|_| unreachable!()), None);
    }

    #[test]
    fn kept_events_are_there_once() {
        let events = Events::new();
        events.add(1 << 61);
        assert_eq!(events.handle(|_| events.keep()), Some((61, false)));
        assert!(!events.any());
        assert!(events.take(61));
        assert!(!events.take(61));
        assert!(!events.take(200));
    }

    #[test]
    fn keeping_outside_of_a_handler_changes_nothing() {
        let events = Events::new();
        events.keep();
        events.add(1);
        assert_eq!(events.handle(|_| ()), Some((0, true)));
        assert!(!events.take(0));
    }
}
