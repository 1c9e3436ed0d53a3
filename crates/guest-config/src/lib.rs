//! From the attributes of a VM component to a guest that is ready to start.
//!
//! | module | subject |
//! |---|---|
//! | [`source`] | where attributes come from |
//! | [`config`] | what they say, with types |
//! | [`read`](mod@read) | the attributes, one by one, with their defaults |
//! | [`legacy`] | those of older applications |
//! | [`tree`] | the guest's device tree: a file, a patched one or a new one |
//! | [`boot`] | kernel, initial RAM disk and device tree put into memory, again at every start |
//! | [`summary`] | what a person is told at the start |
//!
//! Nothing here is about seL4: the same reader is for the component and for tools on the host.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod boot;
pub mod config;
mod error;
pub mod legacy;
pub mod read;
pub mod source;
pub mod summary;
#[cfg(test)]
mod testing;
pub mod tree;

pub use config::GuestConfig;
pub use error::ConfigError;
pub use read::read;
