//! Who is on the line: the instances that are connected to any of the interfaces.

use alloc::vec::Vec;

use component::{Caller, Provided};
use serial_client::{SharedRing, StateMemory};
use serial_mux::config::{ClientConfig, Kind};
use serial_mux::server::Rings;

use crate::Interfaces;

/// An instance, with all of its connections.
#[derive(Debug)]
pub struct Client {
    /// Its name.
    pub name: &'static str,
    /// Its connection for input.
    pub input: Option<Caller>,
    /// Its connections for output.
    pub output: Vec<(Kind, Caller)>,
    /// How long it was idle, and of what time, when somebody asked last.
    pub time: Option<(u64, u64)>,
}

/// The instance that an interface belongs to.
pub fn instance(caller: &Caller) -> &'static str {
    let name = caller.name();
    name.rsplit_once('.').map_or(name, |(instance, _)| instance)
}

/// All clients: those with input first, in the order of their numbers, which is that of the
/// characters that choose them.
pub fn find(interfaces: &Interfaces) -> Vec<Client> {
    let mut readers: Vec<Caller> = interfaces.getchar.clients().collect();
    readers.sort_by_key(Caller::number);
    let mut clients: Vec<Client> = Vec::new();
    for caller in readers {
        of(&mut clients, &caller).input = Some(caller);
    }
    let outputs: [(Kind, Provided); 4] = [
        (Kind::Processed, interfaces.processed_putchar),
        (Kind::Processed, interfaces.processed_batch),
        (Kind::Raw, interfaces.raw_putchar),
        (Kind::Raw, interfaces.raw_batch),
    ];
    for (kind, provided) in outputs {
        for caller in provided.clients() {
            of(&mut clients, &caller).output.push((kind, caller));
        }
    }
    clients
}

/// The client that a connection belongs to.
fn of<'a>(clients: &'a mut Vec<Client>, caller: &Caller) -> &'a mut Client {
    let name = instance(caller);
    let place = clients.iter().position(|client| client.name == name).unwrap_or_else(|| {
        clients.push(Client { name, input: None, output: Vec::new(), time: None });
        clients.len() - 1
    });
    &mut clients[place]
}

impl Client {
    /// What the multiplexer is told. Badges are places.
    pub fn config(&self, place: usize) -> ClientConfig<'static> {
        ClientConfig { name: self.name, badge: place as u64, input: self.input.is_some() }
    }

    /// Where it says what it is doing.
    pub fn state(&self) -> Option<StateMemory> {
        StateMemory::of(self.input.as_ref()?.buffer())
    }

    /// The rings in the memory of its connections.
    pub fn rings(&self) -> Rings<SharedRing> {
        let ring = |caller: &Caller| SharedRing::of(caller.buffer());
        Rings {
            input: self.input.as_ref().map(ring),
            output: self.output.iter().map(|(kind, caller)| (*kind, ring(caller))).collect(),
        }
    }
}
