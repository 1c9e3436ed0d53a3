//! A guest's memory, as a virtual machine monitor sees it.
//!
//! | module | subject |
//! |---|---|
//! | [`address`] | guest-physical addresses and ranges of them |
//! | [`width`] | widths of single accesses |
//! | [`backing`] | what a region's bytes are kept in |
//! | [`memory`] | regions put together, with checked access |
//! | [`pages`] | the pages that a region is mapped with |
//!
//! The guest runs while the monitor reads and writes, so nothing here hands out references into
//! guest memory: bytes are copied, and a value that decides something is read once. Mapping the
//! memory is the business of whoever implements [`Backing`]; this crate has no unsafe code.
//!
//! ```
//! use guest_memory::{GuestAddress, GuestMemory, Region, Regions, VecBacking};
//!
//! let mut memory = Regions::new();
//! memory.add(Region::new("ram", GuestAddress(0x4000_0000), VecBacking::new(0x1000))?)?;
//! memory.write(GuestAddress(0x4000_0010), b"caravan")?;
//! let error = memory.write(GuestAddress(0x4000_0ffc), b"caravan").unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "no guest memory at 0x40001000: an access of 7 bytes at 0x40000ffc leaves region \
//!      ram (0x40000000..=0x40000fff)"
//! );
//! # Ok::<(), guest_memory::MemoryError>(())
//! ```

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod address;
pub mod backing;
mod error;
pub mod memory;
pub mod pages;
pub mod width;

pub use address::{GuestAddress, GuestRange};
pub use backing::{Backing, VecBacking};
pub use error::{MemoryError, Name, NamedRange};
pub use memory::{GuestMemory, Region, Regions};
pub use width::Width;
