//! The state that a processor starts in: at boot, by CPU_ON, and after a reset of the machine.
//!
//! Every register that the monitor can reach is written, so that nothing of a former life shows
//! through. What has a value after a reset of the architecture gets it (Arm ARM D1.10); what is
//! unknown then gets zero.

use crate::images::Mode;
use crate::layout::Boot;
use crate::psci::Start;
use crate::vcpu::{Register, Vcpu, VcpuId};

/// SCTLR_EL1 after a reset, AArch64: everything off, bits that are always one.
const SCTLR_AARCH64: u64 = 0x30d0_0800;
/// SCTLR after a reset, AArch32.
const SCTLR_AARCH32: u64 = 0x00c5_0838;

/// Registers that start with zero, whatever the processor is for.
const ZERO: [Register; 23] = [
    Register::SpEl0,
    Register::SpEl1,
    Register::ActlrEl1,
    Register::CpacrEl1,
    Register::Ttbr0El1,
    Register::Ttbr1El1,
    Register::TcrEl1,
    Register::MairEl1,
    Register::AmairEl1,
    Register::ContextidrEl1,
    Register::VbarEl1,
    Register::ElrEl1,
    Register::SpsrEl1,
    Register::EsrEl1,
    Register::FarEl1,
    Register::Afsr0El1,
    Register::Afsr1El1,
    Register::ParEl1,
    Register::TpidrEl1,
    Register::TpidrEl0,
    Register::TpidrroEl0,
    Register::CntkctlEl1,
    Register::CntvCvalEl0,
];

/// The number that a processor reads from MPIDR_EL1: affinity level 0 counts the processors, which
/// are at most 16 in one group of a GICv3.
#[must_use]
pub fn mpidr(vcpu: VcpuId) -> u64 {
    const ALWAYS_ONE: u64 = 1 << 31;
    let number = u64::from(vcpu.0);
    ALWAYS_ONE | ((number / 16) << 8) | (number % 16)
}

/// What a processor that CPU_ON or CPU_SUSPEND starts begins with (DEN0022F 6.4).
#[must_use]
pub const fn boot_of(start: Start, mode: Mode) -> Boot {
    Boot { mode, pc: start.entry, arguments: [start.context, 0, 0, 0] }
}

/// Puts a processor into its first state. `counter_offset` is the distance of the guest's virtual
/// counter behind the physical one, the same for all of a guest's processors.
pub fn power_on(vcpu: &mut impl Vcpu, boot: Boot, counter_offset: u64) {
    // The timer first: it is off before its other registers change.
    vcpu.write(Register::CntvCtlEl0, 0);
    for register in ZERO {
        vcpu.write(register, 0);
    }
    vcpu.write(Register::CntvoffEl2, counter_offset);
    let sctlr = match boot.mode {
        Mode::AArch64 => SCTLR_AARCH64,
        Mode::AArch32 => SCTLR_AARCH32,
    };
    vcpu.write(Register::SctlrEl1, sctlr);
    vcpu.write(Register::VmpidrEl2, mpidr(vcpu.id()));
    for number in 0..31 {
        let argument = boot.arguments.get(usize::from(number)).copied().unwrap_or(0);
        vcpu.write(Register::X(number), argument);
    }
    vcpu.write(Register::Pstate, boot.pstate());
    vcpu.write(Register::Pc, boot.pc.0);
}

#[cfg(test)]
mod test {
    use super::*;
    use crate::testing::TestVcpu;
    use guest_memory::GuestAddress;

    fn boot(mode: Mode) -> Boot {
        let start = Start { entry: GuestAddress(0x4008_0000), context: 0x4f00_0000 };
        boot_of(start, mode)
    }

    /// In the original a restarted guest found its devices and processors as they were.
    #[test]
    fn a_second_start_begins_like_the_first() {
        let mut fresh = TestVcpu::new();
        power_on(&mut fresh, boot(Mode::AArch64), 77);
        let mut used = TestVcpu::new();
        for register in ZERO.into_iter().chain((0..31).map(Register::X)) {
            used.set(register, 0xdead);
        }
        used.set(Register::CntvCtlEl0, 1);
        used.set(Register::Pstate, 0x2000_0000);
        power_on(&mut used, boot(Mode::AArch64), 77);
        assert_eq!(used.registers(), fresh.registers());
        assert_eq!(used.get(Register::X(0)), 0x4f00_0000);
        assert_eq!(used.get(Register::Pc), 0x4008_0000);
        assert_eq!(used.get(Register::Pstate), 0x3c5);
        assert_eq!(used.get(Register::CntvoffEl2), 77);
        // MMU and caches are off.
        assert_eq!(used.get(Register::SctlrEl1) & 0x1005, 0);
    }

    #[test]
    fn a_32_bit_guest_starts_in_supervisor_mode() {
        let mut vcpu = TestVcpu::new();
        power_on(&mut vcpu, boot(Mode::AArch32), 0);
        assert_eq!(
            (vcpu.get(Register::Pstate), vcpu.get(Register::SctlrEl1)),
            (0x1d3, 0x00c5_0838)
        );
    }

    #[test]
    fn processors_have_different_numbers() {
        assert_eq!((mpidr(VcpuId(0)), mpidr(VcpuId(15))), (0x8000_0000, 0x8000_000f));
        assert_eq!(mpidr(VcpuId(17)), 0x8000_0101);
        let all: alloc::vec::Vec<u64> = (0..=255).map(|number| mpidr(VcpuId(number))).collect();
        assert!(crate::psci::Psci::new(&all).is_ok());
    }
}
