//! System registers that the kernel doesn't handle (Arm ARM C5, D24).
//!
//! Somebody who models registers, such as an interrupt controller, is a [`SystemRegisters`]. What
//! nobody models reads as zero and ignores what is written, and is reported once per register: an
//! operating system that looks at an unknown feature register should not die of it.

use core::fmt;

use crate::instruction::Direction;
use crate::report::{Mistake, MistakeLog};
use crate::syndrome::SystemRegisterTrap;
use crate::vcpu::{Vcpu, VcpuId};

/// The encoding of a system register or system instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SystemRegister {
    op0: u8,
    op1: u8,
    crn: u8,
    crm: u8,
    op2: u8,
}

impl SystemRegister {
    /// The register `S<op0>_<op1>_C<crn>_C<crm>_<op2>`. Only the low bits that the fields have
    /// (2, 3, 4, 4 and 3) are taken.
    #[must_use]
    pub const fn new(op0: u8, op1: u8, crn: u8, crm: u8, op2: u8) -> Self {
        Self { op0: op0 & 3, op1: op1 & 7, crn: crn & 15, crm: crm & 15, op2: op2 & 7 }
    }

    /// The fields, packed as in an MRS instruction (bits 20:5): a number to compare by.
    #[must_use]
    pub fn encoding(self) -> u16 {
        u16::from(self.op0) << 14
            | u16::from(self.op1) << 11
            | u16::from(self.crn) << 7
            | u16::from(self.crm) << 3
            | u16::from(self.op2)
    }

    /// The architecture's name, for the registers that guests are known to touch.
    #[must_use]
    pub fn known_name(self) -> Option<&'static str> {
        NAMES.iter().find(|(register, _)| *register == self).map(|(_, name)| *name)
    }
}

/// Registers that can be trapped by a hypervisor and that guests use.
const NAMES: [(SystemRegister, &str); 31] = {
    const fn s(op0: u8, op1: u8, crn: u8, crm: u8, op2: u8) -> SystemRegister {
        SystemRegister::new(op0, op1, crn, crm, op2)
    }
    [
        (s(2, 0, 0, 2, 0), "MDCCINT_EL1"),
        (s(2, 0, 0, 2, 2), "MDSCR_EL1"),
        (s(2, 0, 1, 0, 0), "MDRAR_EL1"),
        (s(2, 0, 1, 0, 4), "OSLAR_EL1"),
        (s(2, 0, 1, 1, 4), "OSLSR_EL1"),
        (s(2, 0, 1, 3, 4), "OSDLR_EL1"),
        (s(3, 0, 1, 0, 1), "ACTLR_EL1"),
        (s(3, 0, 12, 11, 5), "ICC_SGI1R_EL1"),
        (s(3, 0, 12, 11, 6), "ICC_ASGI1R_EL1"),
        (s(3, 0, 12, 11, 7), "ICC_SGI0R_EL1"),
        (s(3, 0, 12, 12, 5), "ICC_SRE_EL1"),
        (s(3, 0, 9, 14, 1), "PMINTENSET_EL1"),
        (s(3, 0, 9, 14, 2), "PMINTENCLR_EL1"),
        (s(3, 3, 9, 12, 0), "PMCR_EL0"),
        (s(3, 3, 9, 12, 1), "PMCNTENSET_EL0"),
        (s(3, 3, 9, 12, 2), "PMCNTENCLR_EL0"),
        (s(3, 3, 9, 12, 3), "PMOVSCLR_EL0"),
        (s(3, 3, 9, 12, 5), "PMSELR_EL0"),
        (s(3, 3, 9, 12, 6), "PMCEID0_EL0"),
        (s(3, 3, 9, 12, 7), "PMCEID1_EL0"),
        (s(3, 3, 9, 13, 0), "PMCCNTR_EL0"),
        (s(3, 3, 9, 14, 0), "PMUSERENR_EL0"),
        (s(3, 3, 14, 15, 7), "PMCCFILTR_EL0"),
        (s(3, 3, 14, 0, 1), "CNTPCT_EL0"),
        (s(3, 3, 14, 2, 0), "CNTP_TVAL_EL0"),
        (s(3, 3, 14, 2, 1), "CNTP_CTL_EL0"),
        (s(3, 3, 14, 2, 2), "CNTP_CVAL_EL0"),
        (s(1, 0, 7, 6, 2), "DC ISW"),
        (s(1, 0, 7, 10, 2), "DC CSW"),
        (s(1, 0, 7, 14, 2), "DC CISW"),
        (s(3, 1, 15, 2, 0), "CPUACTLR_EL1 of Cortex-A"),
    ]
};

/// `ICC_SRE_EL1 (S3_0_C12_C12_5)`, or the encoding alone.
impl fmt::Display for SystemRegister {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { op0, op1, crn, crm, op2 } = self;
        match self.known_name() {
            Some(name) => write!(f, "{name} (S{op0}_{op1}_C{crn}_C{crm}_{op2})"),
            None => write!(f, "S{op0}_{op1}_C{crn}_C{crm}_{op2}"),
        }
    }
}

/// Somebody who models system registers.
pub trait SystemRegisters {
    /// The value that `vcpu` reads, or `None` if the register isn't modelled here.
    fn read(&mut self, register: SystemRegister, vcpu: VcpuId) -> Option<u64>;

    /// Takes what `vcpu` wrote; false if the register isn't modelled here.
    fn write(&mut self, register: SystemRegister, value: u64, vcpu: VcpuId) -> bool;
}

/// Nobody.
impl SystemRegisters for () {
    fn read(&mut self, _: SystemRegister, _: VcpuId) -> Option<u64> {
        None
    }

    fn write(&mut self, _: SystemRegister, _: u64, _: VcpuId) -> bool {
        false
    }
}

/// Somebody, if there is one.
impl<T: SystemRegisters> SystemRegisters for Option<T> {
    fn read(&mut self, register: SystemRegister, vcpu: VcpuId) -> Option<u64> {
        self.as_mut()?.read(register, vcpu)
    }

    fn write(&mut self, register: SystemRegister, value: u64, vcpu: VcpuId) -> bool {
        self.as_mut().is_some_and(|model| model.write(register, value, vcpu))
    }
}

/// Does a trapped access and goes on behind it.
pub fn handle(
    trap: SystemRegisterTrap, vcpu: &mut impl Vcpu, model: &mut impl SystemRegisters,
    log: &mut dyn MistakeLog,
) {
    let SystemRegisterTrap { register, direction, operand } = trap;
    match direction {
        Direction::Load => {
            let value = model.read(register, vcpu.id()).unwrap_or_else(|| {
                log.mistake(
                    "system registers",
                    unknown(register, format_args!("read {register}, as zero")),
                );
                0
            });
            vcpu.write_unless_zero(operand, value);
        }
        Direction::Store => {
            let value = vcpu.read_or_zero(operand);
            if !model.write(register, value, vcpu.id()) {
                let did = format_args!("wrote {value:#x} to {register}, ignored");
                log.mistake("system registers", unknown(register, did));
            }
        }
    }
    vcpu.skip_instruction(false);
}

fn unknown(register: SystemRegister, did: fmt::Arguments<'_>) -> Mistake<'_> {
    Mistake {
        kind: "unknown-register",
        detail: u64::from(register.encoding()),
        did,
        rule: "this virtual machine has no such register",
    }
}

#[cfg(test)]
mod test;
