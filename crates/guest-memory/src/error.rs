//! What can be wrong about an access.

use alloc::borrow::Cow;
use core::fmt;

use crate::address::{GuestAddress, GuestRange};
use crate::width::Width;

/// The name of a region or a device, for messages.
pub type Name = Cow<'static, str>;

/// A range with the name that a person knows it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedRange {
    /// What lies there.
    pub name: Name,
    /// Where.
    pub range: GuestRange,
}

impl fmt::Display for NamedRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.range)
    }
}

/// Why guest memory could not be described, read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MemoryError {
    /// An access starts where the guest has no memory.
    #[error("no guest memory at {address} (an access of {len} bytes)")]
    NoMemory {
        /// Where the access starts.
        address: GuestAddress,
        /// Its length in bytes.
        len: u64,
    },
    /// An access starts in a region and runs past it into nothing.
    #[error(
        "no guest memory at {missing}: an access of {len} bytes at {address} leaves region {region}"
    )]
    LeavesRegion {
        /// Where the access starts.
        address: GuestAddress,
        /// Its length in bytes.
        len: u64,
        /// The first address without memory.
        missing: GuestAddress,
        /// The region that it runs out of.
        region: NamedRange,
    },
    /// An access would go on after the last address.
    #[error("{len} bytes at {address} go past the end of the address space")]
    Wraps {
        /// Where it starts.
        address: GuestAddress,
        /// Its length in bytes.
        len: u64,
    },
    /// A single load or store that is not aligned to its own width.
    #[error("an access of {width} at {address} is not aligned")]
    Unaligned {
        /// Where it was.
        address: GuestAddress,
        /// Its width.
        width: Width,
    },
    /// A single load or store over the end of a region: no single access does that.
    #[error("an access of {width} at {address} is cut in two by the end of region {region}")]
    Split {
        /// Where it was.
        address: GuestAddress,
        /// Its width.
        width: Width,
        /// The region in which it starts.
        region: NamedRange,
    },
    /// A region of no bytes.
    #[error("region {name} at {start} is empty")]
    EmptyRegion {
        /// The region's name.
        name: Name,
        /// Where it should have started.
        start: GuestAddress,
    },
    /// Two regions share addresses.
    #[error("region {second} overlaps region {first}")]
    Overlap {
        /// The one that was there.
        first: NamedRange,
        /// The one that was to be added.
        second: NamedRange,
    },
}
