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
//! # What a guest needs
//!
//! | object or mapping | for |
//! |---|---|
//! | a VSpace with an identifier, and its page tables | the guest |
//! | frames of its memory, the largest that placement allows, mapped cached and executable for the guest, and once more in one piece for the monitor, never to be executed there | [`mapped::Mapped`] |
//! | the GIC's virtual CPU interface, mapped as a device where the guest has its CPU interface | [`modules::Gicv2`] |
//! | for each processor: a TCB, a CNode with the endpoint's capability (badged, all rights) and nothing else, and an untyped of 4 KiB that is used for nothing else, with an empty slot of the monitor's CNode | [`processor::Objects`] |
//! | the monitor's own CNode | to make each processor's VCPU, at every start |
//! | the monitor's endpoint with its notification bound | faults and signals |
//! | the handler of the EL1 physical timer's interrupt, signalling the notification, or a client of somebody who has it | [`vmm::clock::Alarm`] |
//! | for each of the board's devices that the guest has: registers mapped as a device, interrupts signalling the notification | [`modules::Passthrough`] |
//!
//! The processors' priority is below the monitor's, and the same for all of them.
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
