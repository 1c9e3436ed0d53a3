//! What an instance of a component is told at start, and the constants that both sides of its
//! protocols have to agree on.
//!
//! The assembler builds a [`model::InstanceConfig`] for each instance and writes it as a device
//! tree blob with [`write`](fn@write) (feature `write`). The blob is mapped read-only into the
//! instance, and its runtime reads it in place with [`Config`], without a heap.
//!
//! ```
//! use component_config::model::{Console, InstanceConfig, Region};
//!
//! let mut config = InstanceConfig::new("fserv", "FileServer");
//! config.stack = Region { address: 0x7f_0000, size: 0x4000 };
//! config.console = Console::Debug;
//! let blob = component_config::write(&config).unwrap();
//!
//! let config = component_config::Config::new(&blob).unwrap();
//! assert_eq!(config.name(), "fserv");
//! ```
//!
//! What a blob says is checked where it is read: a damaged one gives an error or an absent value,
//! never a panic.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(feature = "write")]
extern crate alloc;

pub mod badge;
pub mod guest;
pub mod label;
#[cfg(feature = "write")]
pub mod model;
pub mod read;
pub mod slot;
pub mod start;
pub mod value;
#[cfg(feature = "write")]
mod writer;

pub use read::{Config, ConfigError};
pub use value::ValueRef;
#[cfg(feature = "write")]
pub use writer::{WriteError, write};

#[cfg(test)]
mod test;

/// An address range of the instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Region {
    /// Its first byte, as the component sees it.
    pub address: u64,
    /// Bytes.
    pub size: u64,
}

impl Region {
    /// Whether they share a byte.
    #[must_use]
    pub const fn overlaps(self, other: Self) -> bool {
        // Without sums, which may be beyond 64 bits.
        if self.address <= other.address {
            other.size > 0 && other.address - self.address < self.size
        } else {
            self.size > 0 && self.address - other.address < other.size
        }
    }
}

/// Consecutive capability slots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SlotRange {
    /// The first one.
    pub first: u32,
    /// How many.
    pub count: u32,
}

/// A part of the program's initial data, which is copied to its place at every start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DataImage {
    /// Where the bytes stand, read-only.
    pub source: u64,
    /// Where the program has them.
    pub target: u64,
    /// Bytes at `source`.
    pub file_size: u64,
    /// Bytes at `target`; those after the first `file_size` are zero.
    pub memory_size: u64,
}

/// Memory for DMA.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DmaPool {
    /// Where the component has it.
    pub region: Region,
    /// Where it is for devices; contiguous.
    pub physical: u64,
    /// Mapped cached, so that the driver cares for coherence.
    pub cached: bool,
}

/// How calls are passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// In message registers.
    #[default]
    Message,
    /// In the memory that client and server share; the message says only how many words.
    SharedMemory,
}

/// The role of an end of a virtqueue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueRole {
    /// It offers buffers.
    Driver,
    /// It uses them.
    Device,
}

/// A capability to a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameCap {
    /// Its slot.
    pub slot: u32,
    /// Bytes of the frame, as a power of two.
    pub size_bits: u8,
}

/// An interrupt that an event comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Irq {
    /// The kernel's number.
    pub number: u32,
    /// The slot of the handler's capability.
    pub handler: u32,
}

/// A lock and its first state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// `has mutex`
    Mutex,
    /// `has semaphore`
    Semaphore {
        /// The initial count.
        value: u32,
    },
    /// `has binary_semaphore`
    BinarySemaphore {
        /// Whether it is free.
        free: bool,
    },
}
