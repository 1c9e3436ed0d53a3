//! Boards: each module is one board's constants, and this module names the one
//! that the kernel is built for.

mod qemu_arm_virt;

pub use qemu_arm_virt::*;

/// Size of physical and intermediate physical addresses, in bits: 40 on
/// Cortex-A53 (three levels of stage 2 tables), 44 on Cortex-A57 (four levels).
pub const PHYSICAL_ADDRESS_BITS: u32 = if cfg!(pa_size_bits_44) { 44 } else { 40 };
