//! What a synchronous exception of a thread means.

use super::{
    memory_map::PAGE_SIZE,
    sysreg::{isb, read_sysreg, write_sysreg},
};

/// ESR_ELx.EC: instruction abort from a lower exception level.
const EC_INSTRUCTION_ABORT: u64 = 0x20;
/// ESR_ELx.EC: data abort from a lower exception level.
const EC_DATA_ABORT: u64 = 0x24;
/// ESR_ELx for "unknown reason": EC is zero, IL is set. An undefined instruction.
const ESR_UNKNOWN: u64 = 1 << 25;
/// PAR_EL1.PA.
const PAR_ADDRESS_MASK: u64 = 0x0000_ffff_ffff_f000;

/// A fault, with the numbers that seL4's fault messages carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// An access without translation or permission (`VMFault`).
    Vm {
        /// The address: virtual for native threads, intermediate physical for guests.
        address: u64,
        /// ESR_EL2, the fault status.
        status: u64,
        /// Whether it was an instruction fetch.
        instruction: bool,
    },
    /// An undefined instruction (`UserException`).
    UserException {
        /// ESR_EL2. The code of the exception is always zero.
        number: u64,
    },
    /// Anything else, which the VMM has to sort out (`VCPUFault`).
    Vcpu {
        /// ESR_EL2.
        status: u64,
    },
}

/// Decodes the exception that a thread has just taken: `esr` is ESR_EL2 and
/// `fault_ip` its ELR_EL2. FAR_EL2 is read where it matters.
///
/// With `vcpu_active`, a VCPU is loaded, and the guest's own translation is asked
/// for the address.
pub fn decode(esr: u64, fault_ip: u64, vcpu_active: bool) -> Fault {
    let address_of = |vaddr| {
        if vcpu_active {
            translate_stage1(vaddr)
        } else {
            vaddr
        }
    };
    match esr >> 26 & 0x3f {
        EC_DATA_ABORT => Fault::Vm {
            address: address_of(read_sysreg!("far_el2")),
            status: esr,
            instruction: false,
        },
        EC_INSTRUCTION_ABORT => Fault::Vm {
            address: address_of(fault_ip),
            status: esr,
            instruction: true,
        },
        _ if esr == ESR_UNKNOWN => Fault::UserException { number: esr },
        _ => Fault::Vcpu { status: esr },
    }
}

/// Translates a guest's virtual address by the guest's own tables (AT S1E1R), to an
/// intermediate physical address.
///
/// The result isn't checked: if the guest changed its tables meanwhile, the address
/// is whatever PAR_EL1 has.
fn translate_stage1(vaddr: u64) -> u64 {
    let saved = read_sysreg!("par_el1");
    // SAFETY: reads the guest's tables, and writes PAR_EL1 only.
    unsafe { core::arch::asm!("at s1e1r, {}", in(reg) vaddr, options(nostack, preserves_flags)) };
    isb();
    let par = read_sysreg!("par_el1");
    // SAFETY: PAR_EL1 is the guest's; this puts it back.
    unsafe { write_sysreg!("par_el1", saved) };
    par & PAR_ADDRESS_MASK | vaddr & (PAGE_SIZE - 1)
}
