//! AArch64 at EL2, without VHE: the kernel runs at EL2, native threads at EL0
//! with `HCR_EL2.TGE` set, guests at EL1 and EL0 of a virtual CPU. The address
//! spaces of both are stage 2 translations.
//!
//! The modules are thin: each wraps one piece of hardware and keeps no state of
//! its own, so that what the kernel knows lives in one place, outside `arch`.
//!
//! Order at boot: [`boot`]'s entry point calls the symbol `kernel_boot`, which
//! calls [`boot::init`] before anything else in here.

pub mod boot;
pub mod cache;
pub mod context;
pub mod cpu;
mod distributor;
pub mod fault;
pub mod fpu;
pub mod generic_timer;
#[cfg(not(gic_v3))]
pub mod gic_v2;
#[cfg(gic_v3)]
pub mod gic_v3;
#[cfg(not(gic_v3))]
pub mod gich;
#[cfg(gic_v3)]
pub mod ich;
pub mod kernel_fault;
pub mod kernel_tables;
pub mod memory_map;
pub mod mmio;
pub mod mmu;
mod sysreg;
pub mod tlb;
pub mod uart;
pub mod vcpu;
pub mod vcpu_register;
pub mod vectors;
pub mod virtual_interface;

/// The interrupt controller of this kernel, and what it has for guests.
#[cfg(not(gic_v3))]
pub use {gic_v2 as gic, gich as virtual_gic};
#[cfg(gic_v3)]
pub use {gic_v3 as gic, ich as virtual_gic};
