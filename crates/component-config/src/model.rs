//! A configuration as the assembler builds it.

use alloc::string::String;
use alloc::vec::Vec;

pub mod guest;

pub use crate::{DataImage, DmaPool, FrameCap, Irq, Lock, QueueRole, Region, SlotRange, Transport};

/// Everything that an instance is told.
#[derive(Clone, Debug)]
pub struct InstanceConfig {
    /// The instance: `vm0`.
    pub name: String,
    /// Its component type.
    pub component: String,
    /// Where its output goes.
    pub console: Console,
    /// Memory for its allocator. None: the first allocation is a panic that names `heap_size`.
    pub heap: Option<Region>,
    /// Its stack, whose end is the initial stack pointer.
    pub stack: Region,
    /// The writable parts of its program.
    pub images: Vec<DataImage>,
    /// Memory for DMA.
    pub dma: Option<DmaPool>,
    /// It has an endpoint, in [`crate::slot::ENDPOINT`].
    pub endpoint: bool,
    /// It has a notification, in [`crate::slot::NOTIFICATION`].
    pub notification: bool,
    /// Empty slots for replies that are given later. With them goes a capability to the CNode in
    /// [`crate::slot::CNODE`]. A client has one call under way at most, so one slot for each
    /// client of the instance is always enough.
    pub replies: SlotRange,
    /// The interfaces, in the order of the source.
    pub interfaces: Vec<Interface>,
    /// The locks.
    pub locks: Vec<(String, Lock)>,
    /// The values of its attributes, defaults included.
    pub attributes: Vec<(String, Value)>,
    /// The values of other keys that are set on the instance, interfaces' keys included, for
    /// components that ask by name.
    pub settings: Vec<(String, Value)>,
    /// The files that it serves, a CPIO archive.
    pub archive: Option<Region>,
    /// The guest of a VM component.
    pub guest: Option<guest::Guest>,
}

impl InstanceConfig {
    /// A configuration with nothing in it.
    #[must_use]
    pub fn new(name: &str, component: &str) -> Self {
        Self {
            name: name.into(),
            component: component.into(),
            console: Console::None,
            heap: None,
            stack: Region::default(),
            images: Vec::new(),
            dma: None,
            endpoint: false,
            notification: false,
            replies: SlotRange::default(),
            interfaces: Vec::new(),
            locks: Vec::new(),
            attributes: Vec::new(),
            settings: Vec::new(),
            archive: None,
            guest: None,
        }
    }
}

/// Where output goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Console {
    /// Into a ring that the monitor empties.
    Ring(Region),
    /// To the kernel's console, where the kernel has one.
    Debug,
    /// Nowhere.
    None,
}

/// An interface of the instance.
#[derive(Clone, Debug)]
pub struct Interface {
    /// Its name.
    pub name: String,
    /// The procedure, event or data type.
    pub ty: String,
    /// The connector; empty if it is not connected.
    pub connector: String,
    /// How it is connected.
    pub kind: Kind,
    /// Anything else that the connector has to say.
    pub properties: Vec<(String, Value)>,
}

/// How an interface is connected.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Not at all.
    Unconnected,
    /// It calls a server.
    Uses(Uses),
    /// It serves.
    Provides(Provides),
    /// It sends an event.
    Emits {
        /// The notifications of those that receive it.
        notifications: Vec<u32>,
    },
    /// It receives an event.
    Consumes {
        /// The event's bit.
        bit: u8,
        /// The interrupts that it stands for, acknowledged after it was handled.
        irqs: Vec<Irq>,
    },
    /// It shares memory.
    Dataport(Dataport),
    /// A device that was found in the device tree.
    Device {
        /// The event's bit, if it has interrupts.
        bit: Option<u8>,
        /// Its interrupts.
        irqs: Vec<Irq>,
        /// Its registers, in the order of `reg`.
        registers: Vec<Dataport>,
        /// Its path in the device tree.
        path: String,
    },
    /// One of two sides of a queue.
    VirtQueue {
        /// Which side.
        role: QueueRole,
        /// The memory with the queue and its buffers.
        memory: Dataport,
        /// Its identifier.
        id: u32,
        /// How many entries the queue has.
        length: u32,
        /// The notification of the other side.
        notification: Option<u32>,
        /// The bit of the event from the other side.
        bit: Option<u8>,
    },
}

/// The client's end of a procedure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    /// The server's endpoint, badged for this client.
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
#[derive(Clone, Debug, Default)]
pub struct Provides {
    /// Its index among the interfaces that the component provides, in the order of the source.
    pub index: u32,
    /// The clients, by their index in badges.
    pub clients: Vec<Client>,
}

/// A client of a server.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// The number that the server knows it by.
    pub number: u32,
    /// Its interface: `vm0.fs`.
    pub name: String,
    /// How calls are passed.
    pub transport: Transport,
    /// Memory shared with it.
    pub buffer: Option<Region>,
    /// The notification that it waits for.
    pub notification: Option<u32>,
    /// What the connection says about it: `mac`.
    pub properties: Vec<(String, Value)>,
}

/// Shared memory, or a device's registers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dataport {
    /// Where it is.
    pub region: Region,
    /// It may be read.
    pub readable: bool,
    /// It may be written.
    pub writable: bool,
    /// Mapped cached; devices are not.
    pub cached: bool,
    /// Its identifier (`<interface>_id`).
    pub id: Option<u32>,
    /// Its physical address, if it is fixed.
    pub physical: Option<u64>,
    /// Capabilities to its frames, if the component is given them.
    pub frames: Vec<FrameCap>,
}

/// A value of an attribute or setting.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number without a fraction, or a boolean as 0 and 1.
    Integer(i128),
    /// A number with a fraction.
    Float(f64),
    /// Text.
    String(String),
    /// `[...]`
    List(Vec<Value>),
    /// `{...}`
    Dict(Vec<(String, Value)>),
}
