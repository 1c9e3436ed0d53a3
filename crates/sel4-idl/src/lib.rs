//! Parsers for the descriptions that an seL4 prefix carries.
//!
//! - [`interfaces`]: the object invocations, from `interfaces/object-api*.xml`;
//! - [`syscalls`]: the system call numbers, from `api/syscall.xml`;
//! - [`bitfields`]: packed words and faults, from `*.pbf`;
//! - [`condition`] and [`config`]: which of them a configured kernel has.
//!
//! Everything works on text in memory. The crate is a build dependency of `sel4-abi` and of
//! `sel4`, therefore it has few dependencies of its own.

pub mod bitfields;
pub mod condition;
pub mod config;
mod error;
pub mod interfaces;
pub mod syscalls;
mod xml;

pub use error::{Error, Result};
