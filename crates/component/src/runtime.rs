//! What an instance can ask for by name.

use component_config::Config;
use component_config::read::{Interface, Irqs, Kind};

use crate::SharedMemory;
use crate::attribute::Value;
use crate::caller::Provided;
use crate::client::Connection;
use crate::device::{Dataport, Device, VirtQueue};
use crate::dma::DmaBuffer;
use crate::event::{Emitter, Event};
use crate::local::state;
use crate::logging::instance;

/// The instance's surroundings. Interfaces of the component type are fields of the generated
/// `Interfaces`; those that an application adds to it are found here by name.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Runtime;

impl Runtime {
    /// The one of this instance.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }

    /// The configuration.
    ///
    /// # Panics
    /// If the program was not started as a component.
    #[must_use]
    pub fn config(self) -> Config<'static> {
        *state().config.get().expect("a component is started with a configuration")
    }

    /// The instance's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        instance()
    }

    /// An interface, as the configuration has it.
    #[must_use]
    pub fn interface(self, name: &str) -> Option<Interface<'static>> {
        self.config().interface(name)
    }

    /// An attribute's value.
    #[must_use]
    pub fn attribute(self, name: &str) -> Option<Value> {
        self.config().attribute(name)
    }

    /// The value of another key that is set on the instance.
    #[must_use]
    pub fn setting(self, name: &str) -> Option<Value> {
        self.config().setting(name)
    }

    /// The server that a `uses` interface is connected to.
    #[must_use]
    pub fn connection(self, name: &str) -> Option<Connection> {
        let interface = self.interface(name)?;
        match interface.kind {
            Kind::Uses(uses) => Some(Connection::new(&interface, uses)),
            _ => None,
        }
    }

    /// The clients of a `provides` interface; none if it is not connected.
    #[must_use]
    pub fn provided(self, name: &str) -> Provided {
        self.interface(name).map(|interface| Provided::new(&interface)).unwrap_or_default()
    }

    /// An `emits` interface that is connected.
    #[must_use]
    pub fn emitter(self, name: &str) -> Option<Emitter> {
        match self.interface(name)?.kind {
            Kind::Emits(notifications) => Some(Emitter::new(notifications)),
            _ => None,
        }
    }

    /// The event that comes on an interface: that of a `consumes` interface, of a device's
    /// interrupts, or what a connection, a dataport or a queue tells of something new with.
    #[must_use]
    pub fn event(self, name: &str) -> Option<Event> {
        Event::of(&self.interface(name)?)
    }

    /// A dataport that is connected.
    #[must_use]
    pub fn dataport(self, name: &str) -> Option<Dataport> {
        let interface = self.interface(name)?;
        match interface.kind {
            Kind::Dataport(memory) => {
                let bit = interface.properties.get("event").and_then(|bit| bit.as_integer());
                Dataport::new(&memory, bit.map(|bit| Event::new(bit, Irqs::default())))
            }
            _ => None,
        }
    }

    /// A device that an interface stands for.
    #[must_use]
    pub fn device(self, name: &str) -> Option<Device> {
        match self.interface(name)?.kind {
            Kind::Device(device) => Some(Device::new(device)),
            _ => None,
        }
    }

    /// A side of a virtqueue.
    #[must_use]
    pub fn virtqueue(self, name: &str) -> Option<VirtQueue> {
        match self.interface(name)?.kind {
            Kind::VirtQueue(queue) => Some(VirtQueue::new(queue)),
            _ => None,
        }
    }

    /// The files that a FileServer serves.
    #[must_use]
    pub fn archive(self) -> Option<&'static [u8]> {
        archive(self.config().archive()?)
    }

    /// The board's device tree, which a VM component has.
    #[must_use]
    pub fn board_tree(self) -> Option<&'static [u8]> {
        // As the archive: filled by the initializer, and mapped read-only.
        archive(self.config().guest()?.board_tree()?)
    }

    /// Takes memory out of the DMA pool (the key `dma_pool`). It is zero, and its physical address
    /// is a multiple of `alignment`, a power of two. None if there is no room.
    #[must_use]
    pub fn dma(self, size: usize, alignment: usize) -> Option<DmaBuffer> {
        let pool = self.config().dma()?;
        state().dma.allocate(&pool, size, alignment)
    }

    /// Stops the program because an interface is not connected that has to be.
    #[doc(hidden)]
    pub fn unconnected(self, name: &str) -> ! {
        panic!("{}.{name} is not connected; only one that is declared `maybe` may be", instance())
    }
}

/// The bytes of an archive of files, or of another one that the image was built with.
pub(crate) fn archive(region: component_config::Region) -> Option<&'static [u8]> {
    let memory = SharedMemory::of_region(region, true, false)?;
    // SAFETY: the frames of the archive hold what the image was built with, and everybody who has
    // them mapped has them read-only.
    Some(unsafe { core::slice::from_raw_parts(memory.address() as *const u8, memory.len()) })
}
