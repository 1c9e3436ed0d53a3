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
pub mod fault;
pub mod fpu;
pub mod generic_timer;
pub mod gic_v2;
pub mod gich;
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
