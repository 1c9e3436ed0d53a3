//! Exceptions given to the guest: what hardware would do about an access to nothing, or about an
//! instruction that isn't there (Arm ARM D1.3, exception entry).
//!
//! Only to EL1 in AArch64 state. The guest's own handler then decides what becomes of whoever did
//! it, so that a mistake of one program doesn't stop the whole guest.

use crate::instruction::Direction;
use crate::vcpu::{Register, Vcpu};

/// What happened to the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exception {
    /// An instruction is unknown to the processor.
    Undefined,
    /// A load or store met nobody who answers: a synchronous external abort.
    DataAbort(Direction),
    /// An instruction could not be fetched for that reason.
    InstructionAbort,
}

/// An exception can't be given to the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the guest is in AArch32 state (processor state {0:#x}), where exceptions can't be injected"
)]
pub struct AArch32State(pub u64);

/// Bit 4 of PSTATE.M: AArch32.
const AARCH32: u64 = 1 << 4;
/// PSTATE.PAN.
const PAN: u64 = 1 << 22;
/// EL1 with its own stack pointer, debug exceptions, SError, IRQ and FIQ masked.
const EL1H_MASKED: u64 = 0x3c5;

/// Continues the guest at its exception vector, as if the instruction at the program counter had
/// made the exception.
///
/// The address of an abort isn't reported (ESR_EL1.FnV is set), since the monitor knows
/// guest-physical addresses only.
///
/// # Errors
/// The guest is in AArch32 state; nothing was changed.
pub fn inject(vcpu: &mut impl Vcpu, exception: Exception) -> Result<(), AArch32State> {
    let pstate = vcpu.read(Register::Pstate);
    if pstate & AARCH32 != 0 {
        return Err(AArch32State(pstate));
    }
    let from_el1 = pstate >> 2 & 3 == 1;
    let own_stack = pstate & 1 == 1;
    // The vectors of exceptions that are synchronous (Arm ARM D1.3.1.2).
    let vector = match (from_el1, own_stack) {
        (true, false) => 0x000,
        (true, true) => 0x200,
        (false, _) => 0x400,
    };
    let pc = vcpu.read(Register::Pc);
    let base = vcpu.read(Register::VbarEl1);
    vcpu.write(Register::ElrEl1, pc);
    vcpu.write(Register::SpsrEl1, pstate);
    vcpu.write(Register::EsrEl1, syndrome(exception, from_el1));
    // The condition flags stay. Privileged access to user memory is forbidden on entry unless
    // SCTLR_EL1.SPAN says that it stays as it is; processors without PAN have that bit set.
    let span = vcpu.read(Register::SctlrEl1) >> 23 & 1 == 1;
    let flags = pstate & 0xf000_0000 | if span { pstate & PAN } else { PAN };
    vcpu.write(Register::Pstate, flags | EL1H_MASKED);
    vcpu.write(Register::Pc, (base & !0x7ff).wrapping_add(vector));
    Ok(())
}

/// ESR_EL1 (Arm ARM D24.2): class, a 32-bit instruction, and of an abort that it was an external
/// one whose address isn't valid.
const fn syndrome(exception: Exception, same_level: bool) -> u64 {
    const INSTRUCTION_32_BIT: u64 = 1 << 25;
    const NO_ADDRESS: u64 = 1 << 10;
    const WRITE: u64 = 1 << 6;
    const EXTERNAL: u64 = 0x10;
    let level = if same_level { 1 } else { 0 };
    let (class, details) = match exception {
        Exception::Undefined => (0x00, 0),
        Exception::InstructionAbort => (0x20 + level, EXTERNAL | NO_ADDRESS),
        Exception::DataAbort(Direction::Load) => (0x24 + level, EXTERNAL | NO_ADDRESS),
        Exception::DataAbort(Direction::Store) => (0x24 + level, EXTERNAL | NO_ADDRESS | WRITE),
    };
    class << 26 | INSTRUCTION_32_BIT | details
}

#[cfg(test)]
mod test {
    use super::*;
    use crate::testing::TestVcpu;
    use alloc::string::ToString;

    fn vcpu(pstate: u64) -> TestVcpu {
        let mut vcpu = TestVcpu::new();
        vcpu.set(Register::Pc, 0xffff_8000_0801_2344);
        vcpu.set(Register::VbarEl1, 0xffff_8000_0801_0800);
        vcpu.set(Register::Pstate, pstate);
        vcpu.set(Register::SctlrEl1, 1 << 23);
        vcpu
    }

    #[test]
    fn the_vector_depends_on_where_the_guest_was() {
        for (pstate, vector) in [(0x0, 0x400), (0x4, 0x000), (0x5, 0x200)] {
            let mut vcpu = vcpu(0x6000_0000 | pstate);
            inject(&mut vcpu, Exception::Undefined).unwrap();
            assert_eq!(vcpu.get(Register::Pc), 0xffff_8000_0801_0800 + vector);
            assert_eq!(vcpu.get(Register::Pstate), 0x6000_03c5);
            assert_eq!(vcpu.get(Register::SpsrEl1), 0x6000_0000 | pstate);
            assert_eq!(vcpu.get(Register::ElrEl1), 0xffff_8000_0801_2344);
            assert_eq!(vcpu.get(Register::EsrEl1), 0x0200_0000);
        }
    }

    #[test]
    fn user_memory_is_out_of_reach_on_entry() {
        let pan = |pstate, sctlr| {
            let mut vcpu = vcpu(pstate);
            vcpu.set(Register::SctlrEl1, sctlr);
            inject(&mut vcpu, Exception::Undefined).unwrap();
            vcpu.get(Register::Pstate) & PAN == PAN
        };
        assert!(pan(5, 0) && pan(5 | PAN, 0) && pan(5 | PAN, 1 << 23));
        assert!(!pan(5, 1 << 23));
    }

    #[test]
    fn aborts_say_what_they_were() {
        let syndrome = |pstate, exception| {
            let mut vcpu = vcpu(pstate);
            inject(&mut vcpu, exception).unwrap();
            vcpu.get(Register::EsrEl1)
        };
        assert_eq!(syndrome(5, Exception::DataAbort(Direction::Load)), 0x9600_0410);
        assert_eq!(syndrome(5, Exception::DataAbort(Direction::Store)), 0x9600_0450);
        assert_eq!(syndrome(0, Exception::DataAbort(Direction::Load)), 0x9200_0410);
        assert_eq!(syndrome(5, Exception::InstructionAbort), 0x8600_0410);
        assert_eq!(syndrome(0, Exception::InstructionAbort), 0x8200_0410);
    }

    #[test]
    fn a_32_bit_guest_is_left_alone() {
        let mut vcpu = vcpu(0x1d3);
        let before = vcpu.registers();
        assert_eq!(
            inject(&mut vcpu, Exception::Undefined).unwrap_err().to_string(),
            "the guest is in AArch32 state (processor state 0x1d3), where exceptions can't be \
             injected"
        );
        assert_eq!(vcpu.registers(), before);
    }
}
