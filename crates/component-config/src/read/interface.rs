//! Interfaces.

use dtoolkit::fdt::FdtNode;

use super::memory::{Irqs, Memory, Slots};
use super::{cell, children, dict, region, text, value};
use crate::value::Dict;
use crate::{QueueRole, Region, Transport, badge};

/// An interface of the instance.
#[derive(Clone, Copy, Debug)]
pub struct Interface<'a> {
    /// Its name.
    pub name: &'a str,
    /// The procedure, event or data type.
    pub ty: &'a str,
    /// The connector; empty if it is not connected.
    pub connector: &'a str,
    /// How it is connected.
    pub kind: Kind<'a>,
    /// Anything else that the connector has to say.
    pub properties: Dict<'a>,
}

/// How an interface is connected.
#[derive(Clone, Copy, Debug)]
pub enum Kind<'a> {
    /// Not at all.
    Unconnected,
    /// It calls a server.
    Uses(Uses),
    /// It serves.
    Provides(Provides<'a>),
    /// It sends an event, to these notifications.
    Emits(Slots<'a>),
    /// It receives an event.
    Consumes {
        /// The event's bit.
        bit: u8,
        /// The interrupts that it stands for.
        irqs: Irqs<'a>,
    },
    /// It shares memory.
    Dataport(Memory<'a>),
    /// A device that was found in the device tree.
    Device(Device<'a>),
    /// One of two sides of a queue.
    VirtQueue(VirtQueue<'a>),
}

impl<'a> Interface<'a> {
    /// None if it is damaged.
    pub(super) fn read(node: &FdtNode<'a>) -> Option<Self> {
        let kind = match text(node, "kind")? {
            "unconnected" => Kind::Unconnected,
            "uses" => Kind::Uses(Uses {
                endpoint: cell(node, "endpoint")?,
                client: cell(node, "client")?,
                transport: transport(cell(node, "transport")?)?,
                buffer: region(node, "buffer"),
                event: event(node),
            }),
            "provides" => Kind::Provides(Provides {
                index: cell(node, "index")?,
                clients: Clients { records: value(node, "clients").as_chunks().0 },
                node: *node,
            }),
            "emits" => Kind::Emits(Slots(value(node, "notifications"))),
            "consumes" => Kind::Consumes { bit: event(node)?, irqs: Irqs(value(node, "irqs")) },
            "dataport" => Kind::Dataport(memories(node).next()?),
            "device" => Kind::Device(Device {
                bit: event(node),
                irqs: Irqs(value(node, "irqs")),
                path: text(node, "path")?,
                node: *node,
            }),
            "virtqueue" => Kind::VirtQueue(VirtQueue {
                role: match text(node, "role")? {
                    "driver" => QueueRole::Driver,
                    "device" => QueueRole::Device,
                    _ => return None,
                },
                memory: memories(node).next()?,
                id: cell(node, "id")?,
                length: cell(node, "length")?,
                notification: Slots(value(node, "notifications")).next(),
                bit: event(node),
            }),
            _ => return None,
        };
        Some(Self {
            name: text(node, "name")?,
            ty: text(node, "type")?,
            connector: text(node, "connector")?,
            kind,
            properties: dict(node, "properties"),
        })
    }
}

fn event(node: &FdtNode<'_>) -> Option<u8> {
    cell(node, "event").and_then(|bit| u8::try_from(bit).ok()).filter(|bit| *bit < badge::EVENTS)
}

fn memories<'a>(node: &FdtNode<'a>) -> impl Iterator<Item = Memory<'a>> + use<'a> {
    children(node, "memory").filter_map(|node| Memory::read(&node))
}

fn transport(number: u32) -> Option<Transport> {
    match number {
        0 => Some(Transport::Message),
        1 => Some(Transport::SharedMemory),
        _ => None,
    }
}

/// The client's end of a procedure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uses {
    /// The server's endpoint.
    pub endpoint: u32,
    /// The number that the server knows this client by.
    pub client: u32,
    /// How calls are passed.
    pub transport: Transport,
    /// Memory shared with the server.
    pub buffer: Option<Region>,
    /// The bit of the event from the server.
    pub event: Option<u8>,
}

/// The server's end of a procedure.
#[derive(Clone, Copy, Debug)]
pub struct Provides<'a> {
    /// Its index among the interfaces that the component provides.
    pub index: u32,
    /// The clients.
    pub clients: Clients<'a>,
    node: FdtNode<'a>,
}

impl<'a> Provides<'a> {
    /// A client's interface, such as `vm0.fs`, and what the connection says about it. The blob is
    /// searched for it.
    #[must_use]
    pub fn describe(&self, client: usize) -> Option<(&'a str, Dict<'a>)> {
        let node = children(&self.node, "client").nth(client)?;
        Some((text(&node, "name")?, dict(&node, "properties")))
    }
}

/// The clients of an interface, by their index in badges.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clients<'a> {
    records: &'a [[u8; 32]],
}

impl<'a> Clients<'a> {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// One of them; at the same cost for each.
    #[must_use]
    #[inline]
    pub fn get(&self, index: usize) -> Option<Client<'a>> {
        self.records.get(index).map(Client)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = Client<'a>> + use<'a> {
        self.records.iter().map(Client)
    }
}

/// A client of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client<'a>(&'a [u8; 32]);

impl Client<'_> {
    /// The number that the server knows it by.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.cell(0)
    }

    /// The notification that it waits for.
    #[must_use]
    pub fn notification(&self) -> Option<u32> {
        Some(self.cell(1)).filter(|slot| *slot != 0)
    }

    /// How calls are passed.
    #[must_use]
    #[inline]
    pub fn transport(&self) -> Transport {
        // The lowest byte of the third cell: one access, in every call.
        match self.0[11] {
            1 => Transport::SharedMemory,
            _ => Transport::Message,
        }
    }

    /// Memory shared with it.
    #[must_use]
    pub fn buffer(&self) -> Option<Region> {
        let buffer = Region { address: self.long(4), size: self.long(6) };
        Some(buffer).filter(|buffer| buffer.size != 0)
    }

    #[inline]
    fn cell(&self, index: usize) -> u32 {
        self.0.as_chunks().0.get(index).map_or(0, |bytes| u32::from_be_bytes(*bytes))
    }

    fn long(&self, index: usize) -> u64 {
        u64::from(self.cell(index)) << 32 | u64::from(self.cell(index + 1))
    }
}

/// A device that was found in the device tree.
#[derive(Clone, Copy, Debug)]
pub struct Device<'a> {
    /// The event's bit, if it has interrupts.
    pub bit: Option<u8>,
    /// Its interrupts.
    pub irqs: Irqs<'a>,
    /// Its path in the device tree.
    pub path: &'a str,
    node: FdtNode<'a>,
}

impl<'a> Device<'a> {
    /// Its registers, in the order of `reg`.
    pub fn registers(&self) -> impl Iterator<Item = Memory<'a>> + use<'a> {
        memories(&self.node)
    }
}

/// One of two sides of a queue.
#[derive(Clone, Copy, Debug)]
pub struct VirtQueue<'a> {
    /// Which side.
    pub role: QueueRole,
    /// The memory with the queue and its buffers.
    pub memory: Memory<'a>,
    /// Its identifier.
    pub id: u32,
    /// How many entries the queue has.
    pub length: u32,
    /// The notification of the other side.
    pub notification: Option<u32>,
    /// The bit of the event from the other side.
    pub bit: Option<u8>,
}
