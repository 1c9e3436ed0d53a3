//! The algorithms of the embedded kernel, free of unsafe code and of any
//! hardware.
//!
//! [`Kernel`] is the whole kernel over a [`Machine`]: memory that is read and
//! written a word at a time, and the hardware's operations. The crate `kernel`
//! gives it the real ones. The tests give it a vector.
//!
//! | module | subject |
//! |---|---|
//! | [`cap`], `cap_relations` | capabilities, and what they say of each other |
//! | [`derivation`], `deletion` | the capability derivation tree |
//! | [`lookup`] | capability spaces |
//! | [`object`] | kernel objects and the invocations of them |
//! | `ipc`, [`fault`] | messages between threads, and from the kernel |
//! | `sched`, [`queue`] | scheduling |
//! | `syscall`, `invocation` | the way from a system call to an object |
//! | `fastpath` | the short way of calls and replies |
//! | [`boot`] | the root task |
//! | [`arch`] | address spaces, virtual processors |
//!
//! What an operation does is described in the seL4 manual; the tests of the
//! application interface compare this kernel with the C kernel.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

pub mod arch;
pub mod boot;
pub mod cap;
mod cap_relations;
mod debug;
mod deletion;
pub mod derivation;
pub mod error;
mod fastpath;
pub mod fault;
mod invocation;
mod ipc;
pub mod kernel;
pub mod lookup;
pub mod machine;
pub mod memory;
pub mod object;
pub mod queue;
mod sched;
mod syscall;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
pub mod word;

pub use kernel::Kernel;
pub use machine::{Machine, PhysRange};
pub use memory::Memory;
pub use word::{PhysAddr, Word};
