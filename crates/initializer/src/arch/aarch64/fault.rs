//! What a fault message means. Numbers are those of the exception syndrome (Arm ARM, ESR_ELx).

use sel4::Fault;

use crate::monitor::fault::{Access, Explained, What};

/// Exception class: BRK instruction.
const BRK: u64 = 0x3c;
/// Write, not read, in the syndrome of a data abort.
const WRITE: u64 = 1 << 6;
/// The BRK instruction with which a component says that it has panicked.
const PANIC: u64 = 0xca5a;

/// What a fault message says. `None` if it isn't the kernel's.
pub fn explain(fault: &Fault) -> Option<Explained> {
    if let Some(syndrome) = of_vcpu(fault) {
        return Some(Explained { pc: None, what: exception(syndrome) });
    }
    let (pc, what) = match fault {
        Fault::VmFault(fault) => {
            let access = if fault.is_prefetch() {
                Access::Execute
            } else if fault.fsr() & WRITE != 0 {
                Access::Write
            } else {
                Access::Read
            };
            (fault.ip(), What::Memory { access, address: fault.addr() })
        }
        Fault::UserException(fault) => (fault.fault_ip(), exception(fault.number())),
        Fault::UnknownSyscall(fault) => (fault.fault_ip(), What::SystemCall(fault.syscall())),
        Fault::CapFault(fault) => (
            fault.ip(),
            What::Capability {
                pointer: fault.addr(),
                receiving: fault.in_recv_phase(),
                failure: fault.lookup_failure(),
            },
        ),
        _ => return None,
    };
    Some(Explained { pc: Some(pc), what })
}

/// Kernels with virtualization report most exceptions as those of a virtual processor, even if the
/// thread has none.
#[sel4::sel4_cfg(ARM_HYPERVISOR_SUPPORT)]
fn of_vcpu(fault: &Fault) -> Option<u64> {
    match fault {
        Fault::VCpuFault(fault) => Some(fault.hsr()),
        _ => None,
    }
}

#[sel4::sel4_cfg(not(ARM_HYPERVISOR_SUPPORT))]
fn of_vcpu(_: &Fault) -> Option<u64> {
    None
}

fn exception(syndrome: u64) -> What {
    let class = syndrome >> 26 & 0x3f;
    let immediate = syndrome & 0xffff;
    let name = match class {
        BRK if immediate == PANIC => return What::Panic,
        BRK => "a BRK instruction",
        0x00 => "an undefined instruction",
        0x07 => "a floating point instruction, which isn't allowed",
        0x0e => "an illegal processor state",
        0x18 => "an access to a system register",
        0x22 => "a misaligned program counter",
        0x26 => "a misaligned stack pointer",
        0x2c => "a floating point exception",
        _ => "an exception",
    };
    What::Exception { name, syndrome }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syndromes_are_named() {
        assert_eq!(exception(0xf200_ca5a), What::Panic);
        let name = |syndrome| match exception(syndrome) {
            What::Exception { name, .. } => name,
            _ => "",
        };
        assert_eq!(name(0xf200_0001), "a BRK instruction");
        assert_eq!(name(0x0200_0000), "an undefined instruction");
        assert_eq!(name(u64::MAX), "an exception");
    }
}
