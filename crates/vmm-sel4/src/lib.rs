//! Guests on seL4: what the crate `vmm` decides is done here with the kernel's objects.
//!
//! | module | subject |
//! |---|---|
//! | [`machine`] | a whole virtual machine, one message at a time |
//! | [`builder`] | a machine put together from modules |
//! | [`modules`] | memory, interrupt controller, devices of the board, serial port, clock, power button |
//! | [`message`] | what a processor's thread says |
//! | [`cpu`] | one of its processors: registers fetched when they are needed, running or waiting |
//! | [`context`] | which of a thread's registers are known, and which changed |
//! | [`processor`] | the invocations on a processor's objects, as a trait and with capabilities |
//! | [`mapped`] | guest memory in mapped frames, and its caches |
//! | [`counter`] | the physical counter and timer, which the kernel exports to user level |
//!
//! The crate starts no thread and receives nothing. Whoever owns the endpoint gives every message
//! to [`Machine::handle`], or calls [`Machine::alarm_rang`], [`Machine::host_interrupt`] or
//! [`Machine::device_changed`], and does what the result says, so that a root task and a component
//! use it alike.
//!
//! [`Machine::handle`]: machine::Machine::handle
//! [`Machine::alarm_rang`]: machine::Machine::alarm_rang
//! [`Machine::host_interrupt`]: machine::Machine::host_interrupt
//! [`Machine::device_changed`]: machine::Machine::device_changed
//!
//! Everything but the last two modules, and the capabilities' side of `processor`, is tested on
//! the host.

#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod builder;
pub mod context;
pub mod counter;
pub mod cpu;
pub mod machine;
pub mod mapped;
pub mod message;
pub mod modules;
pub mod processor;
#[cfg(test)]
mod testing;
