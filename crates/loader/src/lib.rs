//! What the loader and the packer of boot images agree on, and the parts of
//! the loader that need no hardware.
//!
//! The binary of this package runs on the bare machine. It is linked as a
//! position-independent blob; `boot-image` gives it an address and fills in a
//! [`Description`] of what lies where in memory.
//!
//! The image is laid out for the addresses at which it runs, so the loader
//! copies nothing when it is put there (QEMU and U-Boot do), and each byte once
//! when it isn't.

#![no_std]
#![forbid(unsafe_code)]

mod description;
pub mod device_tree;
pub mod head;
mod overlap;
pub mod page_table;
mod range;

pub use description::{
    Description, DeviceTreeSource, KernelMapping, MAX_FILLS, Platform, UserImage,
};
pub use overlap::{Overlap, find_overlap};
pub use range::Range;
