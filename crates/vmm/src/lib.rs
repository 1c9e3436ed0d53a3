//! The virtual machine monitor's logic for Arm guests, free of any kernel.
//!
//! What a kernel, a board or a test bench provides is a trait here: [`vcpu::Vcpu`],
//! [`clock::Clock`], [`interrupt::InterruptController`], and guest memory from the crate
//! `guest-memory`. A device model is a [`mmio::MmioDevice`]. So everything in this crate is tested
//! on the host.
//!
//! | module | subject |
//! |---|---|
//! | [`mmio`], [`bus`] | device models, and where the guest sees them |
//! | [`interrupt`] | interrupts into the guest |
//! | [`clock`] | the counter, and wake-ups |
//! | [`vcpu`] | a guest processor's registers |
//! | [`report`] | what a guest did wrong, once per kind |
//!
//! A guest is never trusted: no value from it makes this crate panic or loop, and what it does
//! wrong becomes a [`report::Mistake`].

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod bus;
pub mod clock;
pub mod interrupt;
pub mod mmio;
pub mod report;
pub mod vcpu;

pub use guest_memory::{GuestAddress, GuestMemory, GuestRange, Name, NamedRange, Width};
