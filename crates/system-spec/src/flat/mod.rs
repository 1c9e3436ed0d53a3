//! The form of a system in the boot image.
//!
//! One block of memory: a header, tables of records of fixed size, names, then the contents that
//! memory is filled from, each beginning at a page. Records refer to each other by index. Numbers
//! are little-endian and aligned, so that the block is read where it lies.
//!
//! [`Spec::parse`] checks everything that reading relies on, once: every index and every range.
//! Whether the objects make sense together is a question for `check`, and in the end for the
//! kernel.

#[cfg(target_endian = "big")]
compile_error!("the format is read in place, so only little-endian machines can read it");

mod error;
mod raw;
mod read;
mod view;
#[cfg(feature = "alloc")]
mod write;

pub use error::Error;
pub use read::Spec;
pub use view::{Content, Fills, Instance, Kind, Object, Slots};
#[cfg(feature = "alloc")]
pub use write::encode;

/// The block is aligned to this, and so is each content in it.
pub const ALIGNMENT: usize = 4096;

/// Version of the format. Only this one is read.
pub const VERSION: u32 = 2;

const MAGIC: [u8; 8] = *b"caravan\x01";
