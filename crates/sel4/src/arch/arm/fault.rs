//! Faults on Arm.

use sel4_abi::FaultType;
use sel4_abi::fault::{unknown_syscall, user_exception, vm_fault};
use sel4_config::{sel4_cfg, sel4_cfg_enum, sel4_cfg_wrap_match};

use crate::Word;
use crate::fault::{CapFault, NullFault, fault_type};

/// Why a thread was stopped (`seL4_Fault`).
#[sel4_cfg_enum]
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub enum Fault {
    /// None.
    NullFault(NullFault),
    /// A system call didn't find a capability.
    CapFault(CapFault),
    /// A system call with a number that the kernel doesn't know.
    UnknownSyscall(UnknownSyscall),
    /// An exception, as an undefined instruction.
    UserException(UserException),
    /// An access to memory that isn't mapped, or not for that.
    VmFault(VmFault),
    /// A list register of the virtual interrupt controller asks for maintenance.
    #[sel4_cfg(ARM_HYPERVISOR_SUPPORT)]
    VGicMaintenance(VGicMaintenance),
    /// A guest did something that its VMM has to handle.
    #[sel4_cfg(ARM_HYPERVISOR_SUPPORT)]
    VCpuFault(VCpuFault),
    /// A virtual timer or another private interrupt of a guest.
    #[sel4_cfg(ARM_HYPERVISOR_SUPPORT)]
    VPpiEvent(VPpiEvent),
}

impl Fault {
    /// Reads a fault of this type from the message registers. None if there are too few.
    pub(crate) fn read(ty: FaultType, message: &[Word]) -> Option<Self> {
        sel4_cfg_wrap_match! {
            match ty {
                FaultType::NullFault => NullFault::read(message).map(Self::NullFault),
                FaultType::CapFault => CapFault::read(message).map(Self::CapFault),
                FaultType::UnknownSyscall => {
                    UnknownSyscall::read(message).map(Self::UnknownSyscall)
                }
                FaultType::UserException => UserException::read(message).map(Self::UserException),
                FaultType::VMFault => VmFault::read(message).map(Self::VmFault),
                #[sel4_cfg(ARM_HYPERVISOR_SUPPORT)]
                FaultType::VGICMaintenance => {
                    VGicMaintenance::read(message).map(Self::VGicMaintenance)
                }
                #[sel4_cfg(ARM_HYPERVISOR_SUPPORT)]
                FaultType::VCPUFault => VCpuFault::read(message).map(Self::VCpuFault),
                #[sel4_cfg(ARM_HYPERVISOR_SUPPORT)]
                FaultType::VPPIEvent => VPpiEvent::read(message).map(Self::VPpiEvent),
                #[sel4_cfg(not(ARM_HYPERVISOR_SUPPORT))]
                _ => None,
            }
        }
    }
}

fault_type! {
    /// A system call with a number that the kernel doesn't know.
    UnknownSyscall [unknown_syscall::LENGTH] {
        /// Address of the instruction.
        fault_ip = unknown_syscall::FAULT_IP,
        /// Stack pointer.
        sp = unknown_syscall::SP,
        /// Link register.
        lr = unknown_syscall::LR,
        /// Processor state.
        spsr = unknown_syscall::SPSR,
        /// The number.
        syscall = unknown_syscall::SYSCALL,
    }
}

impl UnknownSyscall {
    /// Register x0 to x7.
    ///
    /// # Panics
    ///
    /// If the message doesn't have that register.
    pub const fn gpr(&self, index: usize) -> Word {
        assert!(index <= unknown_syscall::X7, "the message has x0 to x7 only");
        self.0[unknown_syscall::X0 + index]
    }
}

fault_type! {
    /// An exception, as an undefined instruction.
    UserException [user_exception::LENGTH] {
        /// Address of the instruction.
        fault_ip = user_exception::FAULT_IP,
        /// Stack pointer.
        sp = user_exception::SP,
        /// Processor state.
        spsr = user_exception::SPSR,
        /// The exception syndrome (Arm ARM, ESR_ELx).
        number = user_exception::NUMBER,
        /// Unused on AArch64.
        code = user_exception::CODE,
    }
}

fault_type! {
    /// An access to memory that isn't mapped, or not for that.
    VmFault [vm_fault::LENGTH] {
        /// Address of the instruction.
        ip = vm_fault::IP,
        /// Address of the access.
        addr = vm_fault::ADDR,
        /// The exception syndrome (Arm ARM, ESR_ELx).
        fsr = vm_fault::FSR,
    }
}

impl VmFault {
    /// Whether the access was to fetch an instruction.
    pub const fn is_prefetch(&self) -> bool {
        self.0[vm_fault::PREFETCH_FAULT] != 0
    }
}

#[sel4_cfg(ARM_HYPERVISOR_SUPPORT)]
pub use vcpu::{VCpuFault, VGicMaintenance, VPpiEvent};

#[sel4_cfg(ARM_HYPERVISOR_SUPPORT)]
mod vcpu {
    use sel4_abi::fault::{vcpu_fault, vgic_maintenance, vppi_event};

    use super::fault_type;
    use crate::Word;

    fault_type! {
        /// A list register of the virtual interrupt controller asks for maintenance.
        VGicMaintenance [vgic_maintenance::LENGTH] {}
    }

    impl VGicMaintenance {
        /// Which list register. None if it wasn't one of them.
        pub const fn idx(&self) -> Option<Word> {
            match self.0[vgic_maintenance::IDX] {
                Word::MAX => None,
                index => Some(index),
            }
        }
    }

    fault_type! {
        /// A guest did something that its VMM has to handle.
        VCpuFault [vcpu_fault::LENGTH] {
            /// The exception syndrome (Arm ARM, ESR_EL2).
            hsr = vcpu_fault::HSR,
        }
    }

    fault_type! {
        /// A virtual timer or another private interrupt of a guest.
        VPpiEvent [vppi_event::LENGTH] {
            /// Number of the interrupt.
            irq = vppi_event::IRQ,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{IpcBuffer, LookupFailure, MessageInfo};

    fn fault(label: Word, message: &[Word]) -> Fault {
        let mut ipc_buffer = IpcBuffer::default();
        ipc_buffer.msg_regs_mut()[..message.len()].copy_from_slice(message);
        Fault::new(&ipc_buffer, &MessageInfo::new(label, 0, 0, message.len()))
    }

    #[test]
    fn a_memory_fault_is_decoded() {
        let Fault::VmFault(fault) = fault(5, &[0x1000, 0xdead, 1, 0x9200_0047]) else {
            panic!("not a memory fault");
        };
        assert_eq!((fault.ip(), fault.addr(), fault.fsr()), (0x1000, 0xdead, 0x9200_0047));
        assert!(fault.is_prefetch());
    }

    #[test]
    fn a_capability_fault_is_decoded() {
        let Fault::CapFault(fault) = fault(1, &[0x1000, 42, 0, 4, 64, 7, 46]) else {
            panic!("not a capability fault");
        };
        assert_eq!((fault.ip(), fault.addr(), fault.in_recv_phase()), (0x1000, 42, false));
        let failure = LookupFailure::GuardMismatch {
            bits_left: 64,
            guard_found: 7,
            guard_size: 46,
        };
        assert_eq!(fault.lookup_failure(), failure);
    }

    #[test]
    fn what_the_kernel_did_not_send_is_no_fault() {
        assert!(matches!(fault(5, &[1, 2, 3]), Fault::NullFault(_)));
        assert!(matches!(fault(99, &[0; 20]), Fault::NullFault(_)));
        assert!(matches!(fault(Word::MAX, &[]), Fault::NullFault(_)));
    }
}
