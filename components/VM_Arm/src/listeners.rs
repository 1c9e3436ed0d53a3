//! Who wants to be told of which event.

use alloc::vec::Vec;

use vmm::interrupt::Spi;

/// An event that a module listens to, to tell it from its others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signal(u8);

impl Signal {
    /// The event with a bit of the component's badges.
    pub(crate) const fn new(bit: u8) -> Self {
        Self(bit)
    }
}

/// Who gets an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Listener {
    /// The guest, as an interrupt.
    Guest(Spi),
    /// A module, by its place in the list.
    Module(usize),
}

/// The events of the component that mean something to its guest.
#[derive(Debug, Default)]
pub struct Listeners(Vec<(u8, Listener)>);

impl Listeners {
    /// A module wants to be told of an event.
    pub fn add(&mut self, bit: u8, module: usize) -> Signal {
        let listener = (bit, Listener::Module(module));
        if !self.0.contains(&listener) {
            self.0.push(listener);
        }
        Signal(bit)
    }

    /// The guest gets an event as an interrupt.
    pub fn add_interrupt(&mut self, bit: u8, spi: Spi) {
        self.0.push((bit, Listener::Guest(spi)));
    }

    /// The guest's interrupt that an event is.
    pub fn interrupt(&self, bit: u8) -> Option<Spi> {
        self.0.iter().find_map(|(of, listener)| match listener {
            Listener::Guest(spi) if *of == bit => Some(*spi),
            _ => None,
        })
    }

    /// The modules that listen to an event, in the order of their list.
    pub fn modules(&self, bit: u8) -> impl Iterator<Item = usize> {
        self.0.iter().filter_map(move |(of, listener)| match listener {
            Listener::Module(module) if *of == bit => Some(*module),
            _ => None,
        })
    }
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn all_who_listen_are_told_once() {
        let mut listeners = Listeners::default();
        let spi = Spi::new(1).unwrap();
        listeners.add_interrupt(3, spi);
        for (bit, module) in [(5, 2), (5, 4), (5, 2), (6, 2)] {
            assert_eq!(listeners.add(bit, module), Signal(bit));
        }
        let of = |bit| listeners.modules(bit).collect::<Vec<_>>();
        assert_eq!((of(5), of(6), of(3), of(7)), (vec![2, 4], vec![2], vec![], vec![]));
        assert_eq!((listeners.interrupt(3), listeners.interrupt(5)), (Some(spi), None));
    }
}
