//! The virtual machine monitor's logic for Arm guests, free of any kernel.
//!
//! What a kernel, a board or a test bench provides is a trait here: [`vcpu::Vcpu`],
//! [`clock::Clock`], [`interrupt::InterruptController`], and guest memory from the crate
//! `guest-memory`. A device model is a [`mmio::MmioDevice`]. So everything in this crate is tested
//! on the host.
//!
//! | module | subject |
//! |---|---|
//! | [`exit`] | the way of one exit, through all that follows |
//! | [`syndrome`] | why a guest stopped |
//! | [`instruction`] | loads and stores that the syndrome doesn't describe |
//! | [`emulate`] | such an access, done on a bus |
//! | [`walk`] | the guest's translation, to find its instructions |
//! | [`inject`] | exceptions given to the guest |
//! | [`sysreg`] | system registers, known and unknown |
//! | [`smccc`], [`psci`] | calls of the guest: power, entropy |
//! | [`power_on`] | the state that a processor starts in |
//! | [`vtimer`] | the virtual timer, and idle processors |
//! | [`images`], [`layout`] | kernels as files, and where everything goes |
//! | [`mmio`], [`bus`] | device models, and where the guest sees them |
//! | [`interrupt`] | interrupts into the guest |
//! | [`clock`] | the counter, and wake-ups |
//! | [`vcpu`] | a guest processor's registers |
//! | [`report`] | what a guest did wrong, once per kind |
//! | [`counts`] | how often it stops, and why |
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
pub mod counts;
pub mod emulate;
pub mod exit;
pub mod images;
pub mod inject;
pub mod instruction;
pub mod interrupt;
pub mod layout;
pub mod mmio;
pub mod power_on;
pub mod psci;
pub mod report;
pub mod smccc;
pub mod syndrome;
pub mod sysreg;
#[cfg(test)]
mod testing;
pub mod vcpu;
pub mod vtimer;
pub mod walk;

pub use guest_memory::{GuestAddress, GuestMemory, GuestRange, Name, NamedRange, Width};
