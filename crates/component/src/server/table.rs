//! What can come: clients by interface, events by bit.

use component_config::badge;
use component_config::read::{Clients, Irqs};

use crate::caller::Caller;
use crate::event::Event;
use crate::logging::instance;

/// How many interfaces an instance can provide.
const PROVIDED: usize = 32;
const EVENTS: usize = badge::EVENTS as usize;

/// The numbers of the component type's interfaces, by what badges say.
#[derive(Debug)]
pub(crate) struct Table {
    provided: [Served; PROVIDED],
    events: [Expected; EVENTS],
}

#[derive(Clone, Copy, Debug)]
struct Served {
    /// None: the component type doesn't have it.
    number: Option<u16>,
    name: &'static str,
    clients: Clients<'static>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Expected {
    connected: bool,
    /// None: the component type doesn't have it.
    number: Option<u16>,
    irqs: Irqs<'static>,
}

impl Default for Table {
    fn default() -> Self {
        let nobody = Served { number: None, name: "", clients: Clients::default() };
        Self { provided: [nobody; PROVIDED], events: [Expected::default(); EVENTS] }
    }
}

impl Table {
    pub(crate) fn add_clients(
        &mut self, index: u32, number: Option<usize>, name: &'static str, clients: Clients<'static>,
    ) {
        let place = usize::try_from(index).ok().and_then(|index| self.provided.get_mut(index));
        let Some(place) = place else {
            panic!("{} provides more than {PROVIDED} interfaces", instance());
        };
        *place = Served { number: narrow(number), name, clients };
    }

    pub(crate) fn add_event(&mut self, number: Option<usize>, event: Event) {
        if let Some(place) = self.events.get_mut(usize::from(event.bit())) {
            *place = Expected { connected: true, number: narrow(number), irqs: event.irqs() };
        }
    }

    /// The client of a badge, and the number of its interface; none if there is no such client.
    #[inline]
    pub(crate) fn caller(&self, interface: u16, client: u32) -> Option<(Option<usize>, Caller)> {
        let served = self.provided.get(usize::from(interface))?;
        let record = served.clients.get(usize::try_from(client).ok()?)?;
        Some((served.number.map(usize::from), Caller::new(record, interface.into(), client)))
    }

    /// The name of an interface.
    pub(crate) fn name(&self, interface: u16) -> &'static str {
        self.provided.get(usize::from(interface)).map_or("", |served| served.name)
    }

    /// The event of a bit, and the number of its interface; none if there is no such event.
    pub(crate) fn event(&self, bit: u8) -> Option<(Option<usize>, Event)> {
        let expected = self.events.get(usize::from(bit)).filter(|expected| expected.connected)?;
        Some((expected.number.map(usize::from), Event::new(bit, expected.irqs)))
    }
}

/// A component type has less than 2^16 interfaces.
fn narrow(number: Option<usize>) -> Option<u16> {
    number.and_then(|number| u16::try_from(number).ok())
}
