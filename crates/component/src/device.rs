//! Devices and queues, as interfaces.

use component_config::QueueRole;
use component_config::read::{Device as Described, Memory, VirtQueue as DescribedQueue};

use crate::SharedMemory;
use crate::event::{Event, signal};

/// A device that was found in the device tree.
#[derive(Clone, Copy, Debug)]
pub struct Device {
    described: Described<'static>,
}

impl Device {
    pub(crate) const fn new(described: Described<'static>) -> Self {
        Self { described }
    }

    /// Its path in the device tree.
    #[must_use]
    pub const fn path(&self) -> &'static str {
        self.described.path
    }

    /// The event that is all of its interrupts.
    #[must_use]
    pub fn event(&self) -> Option<Event> {
        self.described.bit.map(|bit| Event::new(bit, self.described.irqs))
    }

    /// One of its ranges of registers, in the order of `reg`.
    #[must_use]
    pub fn registers(&self, index: usize) -> Option<Dataport> {
        self.described.registers().nth(index).and_then(|memory| Dataport::new(&memory, None))
    }
}

/// One of two sides of a virtqueue.
#[derive(Clone, Copy, Debug)]
pub struct VirtQueue {
    described: DescribedQueue<'static>,
}

impl VirtQueue {
    pub(crate) const fn new(described: DescribedQueue<'static>) -> Self {
        Self { described }
    }

    /// Which side.
    #[must_use]
    pub const fn role(&self) -> QueueRole {
        self.described.role
    }

    /// The memory with the queue and its buffers.
    #[must_use]
    pub fn memory(&self) -> Option<SharedMemory> {
        SharedMemory::described(&self.described.memory)
    }

    /// Its identifier.
    #[must_use]
    pub const fn id(&self) -> u32 {
        self.described.id
    }

    /// How many entries the queue has.
    #[must_use]
    pub const fn length(&self) -> u32 {
        self.described.length
    }

    /// Tells the other side that there is something to do. Whether the connection has a way to.
    pub fn notify(&self) -> bool {
        self.described.notification.inspect(|slot| signal(*slot)).is_some()
    }

    /// The event from the other side.
    #[must_use]
    pub fn event(&self) -> Option<Event> {
        self.described.bit.map(|bit| Event::new(bit, component_config::read::Irqs::default()))
    }
}

/// Memory that is shared with other components, or a device's registers. All methods of
/// [`SharedMemory`] can be called.
#[derive(Clone, Copy, Debug)]
pub struct Dataport {
    memory: SharedMemory,
    description: Memory<'static>,
    event: Option<Event>,
}

impl Dataport {
    pub(crate) fn new(description: &Memory<'static>, event: Option<Event>) -> Option<Self> {
        let memory = SharedMemory::described(description)?;
        Some(Self { memory, description: *description, event })
    }

    /// Its identifier, if it has one.
    #[must_use]
    pub const fn id(&self) -> Option<u32> {
        self.description.id
    }

    /// Its physical address, if that is fixed.
    #[must_use]
    pub const fn physical(&self) -> Option<u64> {
        self.description.physical
    }

    /// Whether it is mapped cached.
    #[must_use]
    pub const fn is_cached(&self) -> bool {
        self.description.cached
    }

    /// Capabilities to its frames, if the component has them.
    pub fn frames(&self) -> impl Iterator<Item = component_config::FrameCap> + use<> {
        self.description.frames
    }

    /// The event that tells of something new in it, if the connector has one.
    #[must_use]
    pub const fn event(&self) -> Option<Event> {
        self.event
    }
}

impl core::ops::Deref for Dataport {
    type Target = SharedMemory;

    fn deref(&self) -> &SharedMemory {
        &self.memory
    }
}
