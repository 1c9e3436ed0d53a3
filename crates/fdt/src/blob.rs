//! The flattened form (Devicetree Specification 0.4, section 5).
//!
//! Read and written here, and not by a library, since those at hand refuse the property names
//! longer than 31 characters that trees of Linux have.

mod read;
mod write;

pub use read::{MAX_DEPTH, read};
pub use write::write;

/// The first word of a blob.
pub const MAGIC: u32 = 0xd00d_feed;
/// The version that is read and written, and the oldest that readers of it understand.
const VERSION: u32 = 17;
const OLDEST: u32 = 16;

const BEGIN_NODE: u32 = 1;
const END_NODE: u32 = 2;
const PROP: u32 = 3;
const NOP: u32 = 4;
const END: u32 = 9;
