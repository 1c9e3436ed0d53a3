//! Faults of AArch64 threads and virtual processors.

use core::fmt;

use sel4_abi::FaultType;

use super::vcpu::VIRTUAL_TIMER_IRQ;
use crate::error::LookupFailure;
use crate::fault::Fault;
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::word::{Word, bit, mask};

/// A fault that only this architecture has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ArchFault {
    /// An access that the address space does not allow.
    Vm {
        /// The address: virtual, or of a guest intermediate physical.
        address: Word,
        /// The syndrome (`ESR_EL2`).
        status: Word,
        /// Whether it was an instruction fetch.
        instruction: bool,
    },
    /// A virtual interrupt ended that asked to tell so.
    VgicMaintenance {
        /// The list register, unless the reason is another one.
        index: Option<Word>,
    },
    /// A guest did something that traps.
    Vcpu {
        /// The syndrome (`ESR_EL2`).
        syndrome: Word,
    },
    /// A private interrupt that belongs to the guest came: the virtual timer.
    VirtualPpi {
        /// Its number.
        irq: Word,
    },
}

impl ArchFault {
    /// The message label.
    pub fn fault_type(self) -> FaultType {
        match self {
            Self::Vm { .. } => FaultType::VMFault,
            Self::VgicMaintenance { .. } => FaultType::VGICMaintenance,
            Self::Vcpu { .. } => FaultType::VCPUFault,
            Self::VirtualPpi { .. } => FaultType::VPPIEvent,
        }
    }

    /// Packs the fault into flags and two words.
    pub fn encode(self) -> (Word, Word, Word) {
        match self {
            Self::Vm { address, status, instruction } => (Word::from(instruction), address, status),
            Self::VgicMaintenance { index } => (Word::from(index.is_some()), index.unwrap_or(0), 0),
            Self::Vcpu { syndrome } => (0, syndrome, 0),
            Self::VirtualPpi { irq } => (0, irq, 0),
        }
    }

    /// Unpacks what [`Self::encode`] made.
    pub fn decode(fault_type: Word, flags: Word, a: Word, b: Word) -> Self {
        const VM: Word = FaultType::VMFault as Word;
        const MAINTENANCE: Word = FaultType::VGICMaintenance as Word;
        const VCPU: Word = FaultType::VCPUFault as Word;
        let flag = flags & bit(0) != 0;
        match fault_type {
            VM => Self::Vm { address: a, status: b, instruction: flag },
            MAINTENANCE => Self::VgicMaintenance { index: flag.then_some(a) },
            VCPU => Self::Vcpu { syndrome: a },
            _ => Self::VirtualPpi { irq: a },
        }
    }

    /// The message of the fault at instruction `ip`, and its length.
    pub fn message(self, ip: Word) -> ([Word; 4], usize) {
        match self {
            Self::Vm { address, status, instruction } => {
                ([ip, address, Word::from(instruction), status & mask(32)], 4)
            }
            Self::VgicMaintenance { index } => ([index.unwrap_or(Word::MAX), 0, 0, 0], 1),
            Self::Vcpu { syndrome } => ([syndrome & mask(32), 0, 0, 0], 1),
            Self::VirtualPpi { irq } => ([irq, 0, 0, 0], 1),
        }
    }
}

impl fmt::Display for ArchFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Vm { address, status, instruction } => {
                // ISS.WnR, and the fault status code of ISS.DFSC and IFSC.
                let access = match (instruction, status & bit(6) != 0) {
                    (true, _) => "instruction fetch from",
                    (false, true) => "write to",
                    (false, false) => "read of",
                };
                let reason = match status & 0x3c {
                    0x00 => "address size",
                    0x04 => "not mapped",
                    0x08 => "access flag",
                    0x0c => "not allowed",
                    0x20 => "alignment",
                    _ => "other reason",
                };
                write!(f, "{access} address {address:#x}: {reason} (ESR {status:#x})")
            }
            Self::VgicMaintenance { index } => write!(f, "virtual interrupt ended ({index:?})"),
            Self::Vcpu { syndrome } => {
                let class = (syndrome >> 26) & mask(6);
                write!(f, "trapped instruction, class {class:#x} (ESR {syndrome:#x})")
            }
            Self::VirtualPpi { irq } => write!(f, "private interrupt {irq} of a guest"),
        }
    }
}

/// `ESR_EL2.EC`: what kind of exception was taken (Arm ARM D24.2.40).
const EC_SHIFT: u32 = 26;
const EC_FPU: Word = 0x07;
const EC_INSTRUCTION_ABORT: Word = 0x20;
const EC_DATA_ABORT: Word = 0x24;
/// `ESR_EL2` of an undefined instruction: `EC` 0, and `IL`.
const UNKNOWN_REASON: Word = bit(25);

impl<M: Machine> Kernel<M> {
    /// Handles a synchronous exception of the current thread other than a
    /// system call, by its syndrome (`ESR_EL2`).
    pub fn handle_exception(&mut self, syndrome: Word) {
        let tcb = self.current();
        let fault = match syndrome >> EC_SHIFT {
            EC_FPU if self.handle_fpu_trap() => return,
            EC_DATA_ABORT => {
                let address = self.machine.fault_address();
                self.vm_fault(address, syndrome, false)
            }
            EC_INSTRUCTION_ABORT => {
                let address = tcb.register(&self.machine, super::registers::FAULT_IP);
                self.vm_fault(address, syndrome, true)
            }
            _ if syndrome == UNKNOWN_REASON => Fault::UserException { number: syndrome, code: 0 },
            _ => Fault::Arch(ArchFault::Vcpu { syndrome }),
        };
        self.handle_fault(tcb, fault, LookupFailure::InvalidRoot);
        self.schedule();
        self.activate();
    }

    /// An abort at a virtual address. Of a guest the fault tells the
    /// intermediate physical address, which its own tables know.
    fn vm_fault(&mut self, address: Word, status: Word, instruction: bool) -> Fault {
        let address = if self.is_vcpu_active() {
            self.machine.translate_stage1(address) | (address & mask(12))
        } else {
            address
        };
        Fault::Arch(ArchFault::Vm { address, status, instruction })
    }

    /// Handles an interrupt of the kernel's own besides the timer: those of
    /// the running guest become faults of its thread.
    pub(crate) fn handle_reserved_irq(&mut self, irq: Word) {
        let Some(vcpu) = self.arch.vcpu.active() else {
            return;
        };
        let fault = if irq == VIRTUAL_TIMER_IRQ {
            self.machine.mask_irq(irq, true);
            vcpu.set_timer_masked(&mut self.machine, true);
            ArchFault::VirtualPpi { irq }
        } else {
            ArchFault::VgicMaintenance { index: self.take_ended_list_register() }
        };
        let tcb = self.current();
        if tcb.is_runnable(&self.machine) {
            self.handle_fault(tcb, Fault::Arch(fault), LookupFailure::InvalidRoot);
        }
    }
}
