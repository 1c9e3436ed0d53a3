//! What differs between architectures. Nothing outside this module may assume
//! one; `ArchCap`, `Registers` and the others are the chosen architecture's.

pub mod aarch64;

pub(crate) use aarch64::RootSpace;
pub use aarch64::{ArchCap, ArchFault, ArchState, registers};
