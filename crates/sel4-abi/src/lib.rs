//! The seL4 ABI, written down once.
//!
//! What user space and an seL4 16.0.0 kernel without MCS agree on: the numbers of system calls,
//! invocations, objects, errors and faults, the layout of the words that they exchange, and what
//! the kernel tells the first thread. The embedded kernel and the `sel4` crate both take it from
//! here. `sel4-prefix` compares it with the C headers of an installed kernel.
//!
//! Names are those of the seL4 reference manual, without the prefix `seL4_`.
//!
//! | module | content |
//! |---|---|
//! | [`interfaces`] | the interface files of a prefix, as text |
//! | [`label`], [`syscall`] | numbers generated from them |
//! | [`error`], [`fault`] | errors, faults and the messages that describe them |
//! | [`message`], [`ipc_buffer`] | message information, limits, the IPC buffer |
//! | [`rights`], [`cnode`], [`tcb`], [`object`] | capabilities and objects |
//! | [`bootinfo`], [`slot`] | what the first thread gets |
//! | [`aarch64`] | registers, VCPU, address spaces, sizes |
//!
//! One architecture exists so far: AArch64 with hypervisor support, one node.

#![no_std]
#![forbid(unsafe_code)]

#[macro_use]
mod word_enum;

pub mod aarch64;
pub mod bootinfo;
pub mod cnode;
pub mod error;
pub mod fault;
pub mod interfaces;
pub mod ipc_buffer;
pub mod label;
pub mod message;
pub mod object;
pub mod rights;
pub mod slot;
pub mod syscall;
pub mod tcb;

pub use bootinfo::{BootInfo, SlotRegion, UntypedDesc};
pub use cnode::CapData;
pub use error::{Error, LookupFailure};
pub use fault::FaultType;
pub use label::InvocationLabel;
pub use message::MessageInfo;
pub use object::ObjectType;
pub use rights::CapRights;
pub use syscall::Syscall;

/// A machine word: a register, a message register, a slot address.
pub type Word = usize;

/// Bits of a word.
pub const WORD_BITS: u32 = Word::BITS;
