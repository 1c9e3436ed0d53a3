//! What is known of a component instance while its system is made.

use camkes_lang::model;
use system_spec::model::{ContentId, InstanceId, ObjectId};

use crate::builder::{AddressSpace, CSpace, MemoryId};

/// Mapped memory of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapped {
    /// What it is.
    pub memory: MemoryId,
    /// The first address.
    pub address: u64,
    /// Its bytes: what was asked for, not the whole pages that are mapped.
    pub size: u64,
    /// Whether it can be written.
    pub writable: bool,
}

/// How the arguments of a call travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// In the message.
    Message,
    /// In the memory that client and server share.
    Memory,
}

/// A used procedure.
#[derive(Clone, Debug)]
pub struct Client {
    /// Index of the interface.
    pub interface: usize,
    /// The server's endpoint.
    pub endpoint: u32,
    /// The number that the server knows this client by.
    pub number: u64,
    /// How arguments travel.
    pub transport: Transport,
    /// Memory that is shared with the server.
    pub buffer: Option<Mapped>,
    /// The event that the server raises for this client.
    pub event: Option<u32>,
    /// The server's event that says that there is something in the buffer.
    pub doorbell: Option<u32>,
    /// The server's files, to be read without it.
    pub archive: Option<Mapped>,
}

/// A client of a provided procedure.
#[derive(Clone, Debug)]
pub struct Served {
    /// Index of the interface.
    pub interface: usize,
    /// Which client of that interface, from 0; in the badge.
    pub index: u32,
    /// The number that handlers see.
    pub number: u64,
    /// The client's end, for people.
    pub name: String,
    /// How arguments travel.
    pub transport: Transport,
    /// Memory that is shared with the client.
    pub buffer: Option<Mapped>,
    /// The client's event.
    pub signal: Option<u32>,
    /// The event that says that there is something in the buffer.
    pub doorbell: Option<u32>,
    /// What the assembly says about this client, by the settings' suffix.
    pub settings: Vec<(String, camkes_lang::Value)>,
}

/// A consumed event.
#[derive(Clone, Copy, Debug)]
pub struct Consumed {
    /// Index of the interface.
    pub interface: usize,
    /// Bit of the badge.
    pub bit: u32,
}

/// An emitted event.
#[derive(Clone, Copy, Debug)]
pub struct Emitted {
    /// Index of the interface.
    pub interface: usize,
    /// The receiver's notification. An interface with several receivers is here several times.
    pub slot: u32,
}

/// An interrupt that the component handles.
#[derive(Clone, Copy, Debug)]
pub struct Handled {
    /// Index of the interface; none for those of the key `irqs`.
    pub interface: Option<usize>,
    /// The handler.
    pub slot: u32,
    /// Bit of the badge, which all interrupts of an interface share.
    pub bit: u32,
    /// The kernel's number.
    pub number: u32,
}

/// What a dataport is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Memory shared with others.
    Shared,
    /// Memory that devices reach as well.
    Dma,
    /// Registers of a device.
    Registers,
    /// A queue of messages of this many bytes.
    Queue {
        /// Bytes of a message.
        message: u64,
        /// How many there can be.
        length: u64,
    },
}

/// A dataport.
#[derive(Clone, Debug)]
pub struct Dataport {
    /// Index of the interface.
    pub interface: usize,
    /// The memory.
    pub mapped: Mapped,
    /// Its physical address, if it is known.
    pub paddr: Option<u64>,
    /// Whether it is mapped cached.
    pub cached: bool,
    /// What it is for.
    pub purpose: Purpose,
    /// `<interface>_id`.
    pub id: Option<u64>,
}

/// Registers of a device from the device tree, or of the key `mmios`.
#[derive(Clone, Debug)]
pub struct Registers {
    /// Index of the interface; none for those of the key `mmios`.
    pub interface: Option<usize>,
    /// The memory: exactly the device's registers, although whole pages are mapped.
    pub mapped: Mapped,
    /// Their physical address.
    pub paddr: u64,
    /// Whether they are mapped cached.
    pub cached: bool,
}

/// A device tree node behind an interface.
#[derive(Clone, Debug)]
pub struct Node {
    /// Index of the interface.
    pub interface: usize,
    /// The node's path.
    pub path: String,
    /// What drivers are chosen by.
    pub compatible: Vec<String>,
}

/// An end of a virtqueue.
#[derive(Clone, Debug)]
pub struct Queue {
    /// Index of the interface.
    pub interface: usize,
    /// The number that the component knows it by.
    pub id: u64,
    /// Whether this end offers buffers; else it takes them.
    pub driver: bool,
    /// Descriptors.
    pub length: u64,
    /// The queue and its buffers. None while the queue has no other end.
    pub memory: Option<Mapped>,
    /// The other end's notification.
    pub signal: Option<u32>,
    /// This end's event.
    pub event: u32,
    /// The other end, for people.
    pub peer: Option<String>,
}

/// A component instance.
#[derive(Debug)]
pub struct Plan<'m> {
    /// Its name.
    pub name: &'m str,
    /// In the resolved model.
    pub model: model::InstanceId,
    /// In the system.
    pub id: InstanceId,
    /// Its type.
    pub component: &'m model::Component,
    /// Its settings.
    pub instance: &'m model::Instance,
    /// Its capabilities.
    pub cspace: CSpace,
    /// Its memory.
    pub space: AddressSpace,
    /// Its endpoint, if somebody calls it.
    pub endpoint: Option<ObjectId>,
    /// Its notification, if it has events.
    pub notification: Option<ObjectId>,
    /// How many events it has.
    pub events: u32,
    /// Used procedures.
    pub clients: Vec<Client>,
    /// Clients of provided procedures.
    pub served: Vec<Served>,
    /// Consumed events.
    pub consumed: Vec<Consumed>,
    /// Emitted events.
    pub emitted: Vec<Emitted>,
    /// Interrupts.
    pub interrupts: Vec<Handled>,
    /// Dataports.
    pub dataports: Vec<Dataport>,
    /// Registers.
    pub registers: Vec<Registers>,
    /// Device tree nodes.
    pub nodes: Vec<Node>,
    /// Virtqueues.
    pub queues: Vec<Queue>,
    /// Slots for saved replies: the first, and how many.
    pub replies: (u32, u32),
    /// The guest of a VM component.
    pub guest: Option<component_config::model::guest::Guest>,
    /// Memory that every component has.
    pub own: crate::image::Own,
    /// Functions of its program, to name addresses with.
    pub symbols: Option<ContentId>,
}

impl Plan<'_> {
    /// The number of a provided procedure among all provided procedures of the component, which
    /// badges have.
    #[must_use]
    pub fn provided_index(&self, interface: usize) -> u32 {
        let provided = self
            .component
            .interfaces
            .iter()
            .take(interface)
            .filter(|interface| interface.kind == camkes_lang::ast::InterfaceKind::Provides);
        crate::builder::index(provided.count())
    }

    /// The setting of an interface: `<interface>_<suffix>` on the instance, or `suffix` on the
    /// interface itself.
    #[must_use]
    pub fn setting(&self, interface: usize, suffix: &str) -> Option<&model::Setting> {
        interface_setting(self.instance, self.component, interface, suffix)
    }
}

/// The setting of an interface of any instance, those without code too.
#[must_use]
pub fn interface_setting<'m>(
    instance: &'m model::Instance, component: &model::Component, interface: usize, suffix: &str,
) -> Option<&'m model::Setting> {
    let name = &component.interfaces.get(interface)?.name;
    let own = instance.settings.get(&format!("{name}_{suffix}"));
    own.or_else(|| instance.interface_settings.get(&interface)?.get(suffix))
}
