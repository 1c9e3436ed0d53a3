//! A blob, read in place.

use dtoolkit::fdt::{Fdt, FdtNode};
use dtoolkit::{Node, Property};

use crate::guest::Guest;
use crate::value::{Dict, ValueRef};
use crate::{DataImage, DmaPool, Lock, Region, SlotRange};

mod interface;
mod memory;

pub use interface::{Client, Clients, Device, Interface, Kind, Provides, Uses, VirtQueue};
pub use memory::{Frames, Irqs, Memory, Slots};

/// Why a blob is no configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// It is no device tree blob, or a damaged one.
    NoBlob,
    /// A property is missing or not what it should be.
    Property(&'static str),
}

impl core::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::NoBlob => f.write_str("the configuration is no device tree blob"),
            Self::Property(name) => write!(f, "the configuration's {name:?} is missing or damaged"),
        }
    }
}

impl core::error::Error for ConfigError {}

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

/// The configuration of an instance.
#[derive(Clone, Copy, Debug)]
pub struct Config<'a> {
    root: FdtNode<'a>,
    name: &'a str,
    component: &'a str,
    stack: Region,
}

impl<'a> Config<'a> {
    /// Reads a blob.
    ///
    /// # Errors
    /// It is none, or is not a configuration.
    pub fn new(blob: &'a [u8]) -> Result<Self, ConfigError> {
        let root = Fdt::new(blob).map_err(|_| ConfigError::NoBlob)?.root();
        let missing = ConfigError::Property;
        Ok(Self {
            root,
            name: text(&root, "instance").ok_or(missing("instance"))?,
            component: text(&root, "component").ok_or(missing("component"))?,
            stack: region(&root, "stack").ok_or(missing("stack"))?,
        })
    }

    /// The instance's name.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// Its component type.
    #[must_use]
    pub fn component(&self) -> &'a str {
        self.component
    }

    /// Where its output goes.
    #[must_use]
    pub fn console(&self) -> Console {
        match text(&self.root, "console") {
            Some("ring") => region(&self.root, "console-ring").map_or(Console::None, Console::Ring),
            Some("debug") => Console::Debug,
            _ => Console::None,
        }
    }

    /// Memory for its allocator.
    #[must_use]
    pub fn heap(&self) -> Option<Region> {
        region(&self.root, "heap")
    }

    /// Its stack.
    #[must_use]
    pub fn stack(&self) -> Region {
        self.stack
    }

    /// The writable parts of its program.
    pub fn images(&self) -> impl Iterator<Item = DataImage> + use<'a> {
        value(&self.root, "images").as_chunks::<32>().0.iter().map(|record| {
            let mut words = u64s(record);
            let mut next = || words.next().unwrap_or_default();
            DataImage { source: next(), target: next(), file_size: next(), memory_size: next() }
        })
    }

    /// Memory for DMA.
    #[must_use]
    pub fn dma(&self) -> Option<DmaPool> {
        let mut words = u64s(value(&self.root, "dma"));
        let region = Region { address: words.next()?, size: words.next()? };
        let cached = flag(&self.root, "dma-cached");
        Some(DmaPool { region, physical: words.next()?, cached })
    }

    /// Whether it has an endpoint.
    #[must_use]
    pub fn has_endpoint(&self) -> bool {
        flag(&self.root, "endpoint")
    }

    /// Whether it has a notification.
    #[must_use]
    pub fn has_notification(&self) -> bool {
        flag(&self.root, "notification")
    }

    /// Empty slots for saved replies.
    #[must_use]
    pub fn replies(&self) -> SlotRange {
        let mut cells = cells(value(&self.root, "replies"));
        match (cells.next(), cells.next()) {
            (Some(first), Some(count)) => SlotRange { first, count },
            _ => SlotRange::default(),
        }
    }

    /// The files that it serves.
    #[must_use]
    pub fn archive(&self) -> Option<Region> {
        region(&self.root, "archive")
    }

    /// The value of an attribute.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<ValueRef<'a>> {
        self.attributes().get(name)
    }

    /// All attributes that have a value.
    #[must_use]
    pub fn attributes(&self) -> Dict<'a> {
        dict(&self.root, "attributes")
    }

    /// The value of another key.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<ValueRef<'a>> {
        self.settings().get(name)
    }

    /// All other keys that are set.
    #[must_use]
    pub fn settings(&self) -> Dict<'a> {
        dict(&self.root, "settings")
    }

    /// The lock of that name.
    #[must_use]
    pub fn lock(&self, name: &str) -> Option<Lock> {
        self.locks().find(|(lock, _)| *lock == name).map(|(_, lock)| lock)
    }

    /// The locks.
    pub fn locks(&self) -> impl Iterator<Item = (&'a str, Lock)> + use<'a> {
        children(&self.root, "lock").filter_map(|node| {
            let value = cell(&node, "value")?;
            let lock = match text(&node, "kind")? {
                "mutex" => Lock::Mutex,
                "semaphore" => Lock::Semaphore { value },
                "binary-semaphore" => Lock::BinarySemaphore { free: value != 0 },
                _ => return None,
            };
            Some((text(&node, "name")?, lock))
        })
    }

    /// The interface of that name.
    #[must_use]
    pub fn interface(&self, name: &str) -> Option<Interface<'a>> {
        self.interfaces().find(|interface| interface.name == name)
    }

    /// The interfaces, in the order of the source.
    pub fn interfaces(&self) -> impl Iterator<Item = Interface<'a>> + use<'a> {
        children(&self.root, "interface").filter_map(|node| Interface::read(&node))
    }

    /// The guest of a VM component.
    #[must_use]
    pub fn guest(&self) -> Option<Guest<'a>> {
        self.root.children().find(|node| node.name() == "guest").map(Guest::new)
    }
}

/// The children `name@...`.
pub(crate) fn children<'a>(
    node: &FdtNode<'a>, name: &'static str,
) -> impl Iterator<Item = FdtNode<'a>> + use<'a> {
    node.children().filter(move |child| child.name_without_address() == name)
}

pub(crate) fn value<'a>(node: &FdtNode<'a>, name: &str) -> &'a [u8] {
    find(node, name).unwrap_or_default()
}

pub(crate) fn find<'a>(node: &FdtNode<'a>, name: &str) -> Option<&'a [u8]> {
    let property = node.properties().find(|property| property.name() == name)?;
    property.value_as().ok()
}

pub(crate) fn flag(node: &FdtNode<'_>, name: &str) -> bool {
    find(node, name).is_some()
}

pub(crate) fn text<'a>(node: &FdtNode<'a>, name: &str) -> Option<&'a str> {
    core::str::from_utf8(find(node, name)?.strip_suffix(&[0])?).ok()
}

fn dict<'a>(node: &FdtNode<'a>, name: &str) -> Dict<'a> {
    ValueRef::new(value(node, name)).and_then(|value| value.as_dict()).unwrap_or_default()
}

pub(crate) fn cell(node: &FdtNode<'_>, name: &str) -> Option<u32> {
    Some(u32::from_be_bytes(find(node, name)?.try_into().ok()?))
}

fn cells(bytes: &[u8]) -> impl Iterator<Item = u32> {
    bytes.as_chunks().0.iter().map(|chunk| u32::from_be_bytes(*chunk))
}

pub(crate) fn u64s(bytes: &[u8]) -> impl Iterator<Item = u64> {
    bytes.as_chunks().0.iter().map(|chunk| u64::from_be_bytes(*chunk))
}

pub(crate) fn region(node: &FdtNode<'_>, name: &str) -> Option<Region> {
    let mut words = u64s(find(node, name)?);
    Some(Region { address: words.next()?, size: words.next()? })
}
