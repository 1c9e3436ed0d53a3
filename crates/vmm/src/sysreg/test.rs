use super::*;
use crate::report::Reporter;
use crate::testing::TestVcpu;
use crate::vcpu::{Gpr, Register};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use proptest::prelude::*;

struct Sre(u64);

const SRE: SystemRegister = SystemRegister::new(3, 0, 12, 12, 5);

impl SystemRegisters for Sre {
    fn read(&mut self, register: SystemRegister, _: VcpuId) -> Option<u64> {
        (register == SRE).then_some(self.0)
    }

    fn write(&mut self, register: SystemRegister, value: u64, _: VcpuId) -> bool {
        if register == SRE {
            self.0 = value;
        }
        register == SRE
    }
}

fn trap(register: SystemRegister, direction: Direction, operand: u32) -> SystemRegisterTrap {
    SystemRegisterTrap { register, direction, operand: Gpr::from_bits(operand) }
}

#[test]
fn known_registers_go_to_their_model() {
    let (mut vcpu, mut model) = (TestVcpu::new(), Sre(7));
    handle(trap(SRE, Direction::Load, 3), &mut vcpu, &mut model, &mut ());
    assert_eq!(vcpu.get(Register::X(3)), 7);
    vcpu.set(Register::X(4), 9);
    handle(trap(SRE, Direction::Store, 4), &mut vcpu, &mut model, &mut ());
    assert_eq!((model.0, vcpu.get(Register::Pc)), (9, 8));
    handle(trap(SRE, Direction::Store, 31), &mut vcpu, &mut model, &mut ());
    assert_eq!(model.0, 0);
}

/// The original stopped the guest at every register but two.
#[test]
fn unknown_registers_read_as_zero_ignore_writes_and_are_named_once() {
    let mut lines: Vec<String> = Vec::new();
    let mut vcpu = TestVcpu::new();
    vcpu.set(Register::X(1), 0x55);
    {
        let mut log = Reporter::new("vm0", |line| lines.push(line.to_string()));
        let actlr = SystemRegister::new(3, 0, 1, 0, 1);
        let odd = SystemRegister::new(3, 1, 15, 0, 7);
        handle(trap(odd, Direction::Store, 1), &mut vcpu, &mut (), &mut log);
        handle(trap(odd, Direction::Store, 1), &mut vcpu, &mut (), &mut log);
        handle(trap(actlr, Direction::Load, 1), &mut vcpu, &mut (), &mut log);
    }
    assert_eq!((vcpu.get(Register::X(1)), vcpu.get(Register::Pc)), (0, 12));
    assert_eq!(
        lines,
        [
            "guest vm0, system registers: wrote 0x55 to S3_1_C15_C0_7, ignored (this virtual \
             machine has no such register; said once)",
            "guest vm0, system registers: read ACTLR_EL1 (S3_0_C1_C0_1), as zero (this \
             virtual machine has no such register; said once)",
        ]
    );
}

#[test]
fn names_are_of_different_registers() {
    for (at, (register, name)) in NAMES.iter().enumerate() {
        assert!(NAMES[..at].iter().all(|(r, n)| r != register && n != name), "{name}");
    }
}

proptest! {
    #[test]
    fn every_trap_is_survived(op0: u8, op1: u8, crn: u8, crm: u8, op2: u8, rt: u32, load: bool) {
        let register = SystemRegister::new(op0, op1, crn, crm, op2);
        let direction = if load { Direction::Load } else { Direction::Store };
        let mut vcpu = TestVcpu::new();
        handle(trap(register, direction, rt), &mut vcpu, &mut (), &mut ());
        prop_assert_eq!(vcpu.get(Register::Pc), 4);
    }
}
