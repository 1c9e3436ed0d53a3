//! Why a guest stopped: the exception syndrome (Arm ARM D24.2, ESR_EL2).
//!
//! Guests are AArch64. Exceptions of AArch32 state are only named.

use core::fmt;

use guest_memory::Width;

use crate::instruction::{Direction, Extend, Transfer};
use crate::sysreg::SystemRegister;
use crate::vcpu::Gpr;

/// A value of ESR_EL2, decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// A load, a store or cache maintenance met the second stage of translation.
    DataAbort(DataAbort),
    /// An instruction was fetched from where the second stage has nothing to execute.
    InstructionAbort(Fault),
    /// The processor waits.
    Wait(Wait),
    /// An HVC instruction with its immediate. The exit's address is behind the instruction.
    Hvc(u16),
    /// An SMC instruction with its immediate. The exit's address is that of the instruction.
    Smc(u16),
    /// MRS, MSR or a system instruction was trapped.
    SystemRegister(SystemRegisterTrap),
    /// Something else.
    Other(Class),
}

/// Bits 31:26: what kind of exception it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Class(u8);

impl Class {
    /// The number of the class.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// What the architecture calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.0 {
            0x00 => "unknown reason",
            0x01 => "WFI or WFE",
            0x03..=0x06 | 0x08 | 0x0c => "AArch32 coprocessor access",
            0x07 => "SIMD, floating-point or SVE access",
            0x09 => "pointer authentication",
            0x0a => "LD64B or ST64B",
            0x0d => "branch target",
            0x0e => "illegal execution state",
            0x11 => "AArch32 SVC",
            0x12 => "AArch32 HVC",
            0x13 => "AArch32 SMC",
            0x15 => "SVC",
            0x16 => "HVC",
            0x17 => "SMC",
            0x18 => "system register access",
            0x19 => "SVE access",
            0x1a => "ERET",
            0x1c => "pointer authentication failure",
            0x20 | 0x21 => "instruction abort",
            0x22 => "misaligned PC",
            0x24 | 0x25 => "data abort",
            0x26 => "misaligned SP",
            0x27 => "memory copy or set",
            0x28 | 0x2c => "floating-point exception",
            0x2f => "SError",
            0x30 | 0x31 => "breakpoint",
            0x32 | 0x33 => "single step",
            0x34 | 0x35 => "watchpoint",
            0x38 => "AArch32 BKPT",
            0x3a => "AArch32 vector catch",
            0x3c => "BRK",
            _ => "reserved exception class",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (exception class {:#04x})", self.name(), self.0)
    }
}

/// The part of an abort that says what failed (bits 5:0 and 9:7 of the syndrome).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What failed.
    pub status: FaultStatus,
    /// It failed while the guest's own translation tables were read, not on the access itself.
    pub on_table_walk: bool,
}

/// The fault status code, as far as it makes a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultStatus {
    /// The address is wider than the translation takes; the level.
    AddressSize(u8),
    /// Nothing is mapped; the level.
    Translation(u8),
    /// The access flag isn't set; the level.
    AccessFlag(u8),
    /// Something is mapped that permits less; the level.
    Permission(u8),
    /// The memory system answered with an error.
    External,
    /// The access isn't aligned.
    Alignment,
    /// An exclusive or atomic access that this memory doesn't support.
    UnsupportedAtomic,
    /// Another code.
    Other(u8),
}

impl FaultStatus {
    const fn new(code: u8) -> Self {
        let level = code & 3;
        match code {
            0x00..=0x03 => Self::AddressSize(level),
            0x04..=0x07 => Self::Translation(level),
            0x08..=0x0b => Self::AccessFlag(level),
            0x0c..=0x0f => Self::Permission(level),
            0x10 | 0x14..=0x17 => Self::External,
            0x21 => Self::Alignment,
            0x35 => Self::UnsupportedAtomic,
            other => Self::Other(other),
        }
    }
}

/// A data abort.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataAbort {
    /// What failed.
    pub fault: Fault,
    /// A store, as far as the syndrome knows. Cache maintenance counts as one.
    pub direction: Direction,
    /// A cache maintenance or address translation instruction, not a load or store.
    pub cache_maintenance: bool,
    /// What was to be moved, if the syndrome is valid. Otherwise the instruction tells.
    pub transfer: Option<Transfer>,
    /// The instruction had 16 bits (AArch32 only).
    pub short_instruction: bool,
}

/// WFI, WFE and their variants with a timeout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Events end it as well as interrupts.
    pub for_event: bool,
    /// The register with the virtual counter's value that ends the wait, for WFIT and WFET.
    pub timeout: Option<Gpr>,
}

/// A trapped access to a system register, or a system instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SystemRegisterTrap {
    /// Which one.
    pub register: SystemRegister,
    /// `Load` is MRS, into the general-purpose register; `Store` is MSR, from it.
    pub direction: Direction,
    /// The general-purpose register.
    pub operand: Gpr,
}

/// The bits `high..=low` of the syndrome.
const fn bits(esr: u64, high: u32, low: u32) -> u32 {
    #[expect(clippy::cast_possible_truncation, reason = "the fields have at most 25 bits")]
    let field = ((esr >> low) & ((1 << (high - low + 1)) - 1)) as u32;
    field
}

const fn bit(esr: u64, number: u32) -> bool {
    bits(esr, number, number) == 1
}

/// A field that is known to have at most eight bits.
const fn byte(esr: u64, high: u32, low: u32) -> u8 {
    (bits(esr, high, low) & 0xff) as u8
}

/// A field of 16 bits.
fn immediate(esr: u64) -> u16 {
    let [low, high, ..] = esr.to_le_bytes();
    u16::from_le_bytes([low, high])
}

impl Exit {
    /// Decodes ESR_EL2. Bits above the low 32 are ignored.
    #[must_use]
    pub fn decode(esr: u64) -> Self {
        let class = Class(byte(esr, 31, 26));
        match class.0 {
            0x01 => Self::Wait(wait(esr)),
            0x16 => Self::Hvc(immediate(esr)),
            0x17 => Self::Smc(immediate(esr)),
            0x18 => Self::SystemRegister(system_register(esr)),
            0x20 => Self::InstructionAbort(fault(esr)),
            0x24 => Self::DataAbort(data_abort(esr)),
            _ => Self::Other(class),
        }
    }
}

fn fault(esr: u64) -> Fault {
    Fault { status: FaultStatus::new(byte(esr, 5, 0)), on_table_walk: bit(esr, 7) }
}

fn wait(esr: u64) -> Wait {
    let timeout = (bit(esr, 1) && bit(esr, 2)).then(|| Gpr::from_bits(bits(esr, 9, 5)));
    Wait { for_event: bit(esr, 0), timeout }
}

fn system_register(esr: u64) -> SystemRegisterTrap {
    SystemRegisterTrap {
        register: SystemRegister::new(
            byte(esr, 21, 20),
            byte(esr, 16, 14),
            byte(esr, 13, 10),
            byte(esr, 4, 1),
            byte(esr, 19, 17),
        ),
        direction: if bit(esr, 0) { Direction::Load } else { Direction::Store },
        operand: Gpr::from_bits(bits(esr, 9, 5)),
    }
}

fn data_abort(esr: u64) -> DataAbort {
    let direction = if bit(esr, 6) { Direction::Store } else { Direction::Load };
    let fault = fault(esr);
    // The instruction part is valid only for aborts of the second stage's own.
    let transfer = (bit(esr, 24) && !fault.on_table_walk)
        .then(|| Width::from_log2(bits(esr, 23, 22)))
        .flatten()
        .map(|width| Transfer {
            direction,
            width,
            extend: match (bit(esr, 21), bit(esr, 15)) {
                (false, _) => Extend::Zero,
                (true, false) => Extend::Sign32,
                (true, true) => Extend::Sign64,
            },
            first: Gpr::from_bits(bits(esr, 20, 16)),
            second: None,
        });
    DataAbort {
        fault,
        direction,
        cache_maintenance: bit(esr, 8),
        transfer,
        short_instruction: !bit(esr, 25),
    }
}

#[cfg(test)]
mod test;
