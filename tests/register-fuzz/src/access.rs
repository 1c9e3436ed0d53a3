//! Loads and stores of every form.

use core::arch::asm;

use crate::run::Random;

/// Reads a word of a device.
pub fn read32(address: u64) -> u32 {
    let value: u32;
    // SAFETY: the guest's machine has no memory that this program relies on where its devices are.
    unsafe { asm!("ldr {0:w}, [{1}]", out(reg) value, in(reg) address, options(nostack)) };
    value
}

/// Writes a word of a device.
pub fn write32(address: u64, value: u32) {
    // SAFETY: see `read32`.
    unsafe { asm!("str {0:w}, [{1}]", in(reg) value, in(reg) address, options(nostack)) };
}

/// One load or store of a random form. `address` isn't memory that this program uses.
pub fn random(address: u64, random: &mut Random) {
    let value = random.value();
    let other = random.next();
    // SAFETY: stores go to devices or nowhere, as the caller promises; an exception goes on behind
    // the instruction, with all registers as they are.
    unsafe {
        match random.below(20) {
            0 => asm!("strb {0:w}, [{1}]", in(reg) value, in(reg) address),
            1 => asm!("strh {0:w}, [{1}]", in(reg) value, in(reg) address),
            2..6 => asm!("str {0:w}, [{1}]", in(reg) value, in(reg) address),
            6 => asm!("str {0}, [{1}]", in(reg) value, in(reg) address),
            7 => asm!("ldrb {0:w}, [{1}]", out(reg) _, in(reg) address),
            8 => asm!("ldrh {0:w}, [{1}]", out(reg) _, in(reg) address),
            9..12 => asm!("ldr {0:w}, [{1}]", out(reg) _, in(reg) address),
            12 => asm!("ldr {0}, [{1}]", out(reg) _, in(reg) address),
            13 => asm!("ldrsb {0}, [{1}]", out(reg) _, in(reg) address),
            // Those without an instruction syndrome: pairs, and addresses that are written back.
            14 => asm!("stp {0:w}, {1:w}, [{2}]", in(reg) value, in(reg) other, in(reg) address),
            15 => asm!("ldp {0:w}, {1:w}, [{2}]", out(reg) _, out(reg) _, in(reg) address),
            16 => asm!("str {0:w}, [{1}], #4", in(reg) value, inout(reg) address => _),
            17 => asm!("ldr {0:w}, [{1}, #4]!", out(reg) _, inout(reg) address => _),
            18 => asm!("stlr {0:w}, [{1}]", in(reg) value, in(reg) address),
            _ => asm!("stp {0}, {1}, [{2}], #16", in(reg) value, in(reg) other,
                      inout(reg) address => _),
        }
    }
}
