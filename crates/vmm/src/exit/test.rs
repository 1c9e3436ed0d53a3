use super::*;
use crate::mmio::{Access, MmioDevice};
use crate::psci::{Psci, Reset};
use crate::report::{DeviceLog, Reporter};
use crate::testing::TestVcpu;
use crate::vcpu::VcpuId;
use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use guest_memory::{GuestRange, Region, Regions, VecBacking, Width};
use proptest::prelude::*;

const RAM: u64 = 0x4000_0000;
const UART: u64 = 0x900_0000;

/// A register that counts how often it was read.
struct Counter(u64);

impl MmioDevice for Counter {
    fn read(&mut self, _: Access, _: &mut DeviceLog<'_>) -> u64 {
        self.0 += 1;
        self.0
    }

    fn write(&mut self, _: Access, value: u64, _: &mut DeviceLog<'_>) {
        self.0 = value;
    }

    fn reset(&mut self) {
        self.0 = 0;
    }
}

struct NoEntropy;

impl Entropy for NoEntropy {
    fn uuid(&self) -> [u8; 16] {
        [0; 16]
    }

    fn fill(&mut self, _: &mut [u8]) -> bool {
        false
    }
}

struct Bench {
    memory: Regions<VecBacking>,
    bus: Bus,
    services: Services<NoEntropy>,
    vcpu: TestVcpu,
}

impl Bench {
    fn new() -> Self {
        let mut memory = Regions::new();
        let region = Region::new("ram", GuestAddress(RAM), VecBacking::new(0x1_0000)).unwrap();
        memory.add(region).unwrap();
        let mut bus = Bus::new();
        let range = GuestRange::new(GuestAddress(UART), 0x1000).unwrap();
        bus.add("uart", range, Box::new(Counter(0))).unwrap();
        let psci = Psci::new(&[0, 1]).unwrap();
        let services = Services { psci, soc_id: None, entropy: None };
        let mut vcpu = TestVcpu::new();
        vcpu.set(Register::Pc, RAM);
        vcpu.set(Register::Pstate, 5);
        vcpu.set(Register::SctlrEl1, 1 << 23);
        Self { memory, bus, services, vcpu }
    }

    fn with<R>(
        &mut self, log: &mut dyn MistakeLog,
        act: impl FnOnce(&mut Machine<'_, Regions<VecBacking>, (), NoEntropy>, &mut TestVcpu) -> R,
    ) -> R {
        let Self { memory, bus, services, vcpu } = self;
        let mut machine = Machine { memory, bus, registers: &mut (), services, log };
        act(&mut machine, vcpu)
    }

    fn exit(&mut self, syndrome: u64, address: u64) -> Next {
        self.with(&mut (), |machine, vcpu| {
            machine.exit(syndrome, GuestAddress(address), vcpu, |_| true)
        })
    }

    fn pc(&self) -> u64 {
        self.vcpu.get(Register::Pc) - RAM
    }
}

#[test]
fn a_device_answers() {
    let mut bench = Bench::new();
    assert_eq!(bench.exit(0x9383_0007, UART), Next::Resume);
    assert_eq!((bench.vcpu.get(Register::X(3)), bench.pc()), (1, 4));
    // ldr w0, [x1, #4]!, found in memory, with the MMU off.
    bench.memory.store(GuestAddress(RAM + 4), Width::Four, 0xb840_4c20).unwrap();
    bench.vcpu.set(Register::X(1), UART);
    assert_eq!(bench.exit(0x9200_0007, UART + 4), Next::Resume);
    assert_eq!((bench.vcpu.get(Register::X(1)), bench.pc()), (UART + 4, 8));
}

#[test]
fn waiting_continues_behind_the_instruction() {
    let mut bench = Bench::new();
    let next = bench.exit(0x07e0_0000, 0);
    assert_eq!((next, bench.pc()), (Next::Wait { for_event: false, timeout: None }, 4));
    bench.vcpu.set(Register::X(3), 1000);
    let next = bench.exit(0x07e0_0067, 0);
    assert_eq!((next, bench.pc()), (Next::Wait { for_event: true, timeout: Some(1000) }, 8));
}

#[test]
fn calls_change_power_and_nothing_else_does() {
    let mut bench = Bench::new();
    bench.vcpu.set(Register::X(0), 0x8400_0000);
    assert_eq!(bench.exit(0x5e00_0000, 0), Next::Resume);
    assert_eq!((bench.vcpu.get(Register::X(0)), bench.pc()), (0x1_0001, 4));
    bench.vcpu.set(Register::X(0), 0x8400_0009);
    assert_eq!(bench.exit(0x5a00_0000, 0), Next::Power(Action::SystemReset(Reset::Cold)));
    // An unknown system register.
    assert_eq!(bench.exit(0x6230_0001, 0), Next::Resume);
    assert_eq!(bench.pc(), 8);
}

#[test]
fn what_nobody_handles_is_reported_and_becomes_an_exception() {
    let mut bench = Bench::new();
    bench.vcpu.set(Register::VbarEl1, RAM + 0x800);
    let mut lines: Vec<String> = vec![];
    let mut log = Reporter::new("vm0", |line| lines.push(line.to_string()));
    for (syndrome, address, expected) in [
        (0x9383_0047, 0xdead_0000, 0x9600_0450),
        (0x8200_0007, 0xbeef_0000, 0x8600_0410),
        (0x1fe0_0000, 0, 0x0200_0000),
    ] {
        bench.vcpu.set(Register::Pc, RAM + 0x40);
        bench.with(&mut log, |machine, vcpu| {
            let next = machine.exit(syndrome, GuestAddress(address), vcpu, |_| true);
            let Next::Unhandled(unhandled) = next else { panic!("{next:?}") };
            assert_eq!(vcpu.get(Register::Pc), RAM + 0x40);
            machine.refuse(unhandled, vcpu).unwrap();
        });
        assert_eq!(bench.vcpu.get(Register::EsrEl1), expected);
        assert_eq!(bench.vcpu.get(Register::ElrEl1), RAM + 0x40);
        assert_eq!(bench.pc(), 0xa00);
    }
    let suffix = "(it gets an exception, as from a machine without such a thing; said once)";
    let expected = [
        "no device at 0xdead0000 (pc 0x40000040)",
        "no memory to execute from at 0xbeef0000 (pc 0x40000040)",
        "unexpected exception: SIMD, floating-point or SVE access (exception class 0x07) \
         (pc 0x40000040)",
    ];
    let expected = expected.map(|text| alloc::format!("guest vm0, machine: {text} {suffix}"));
    assert_eq!(lines, expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    /// Any syndrome, any registers, any memory: the machine survives, and an exit that isn't
    /// handled leaves the guest where it was.
    #[test]
    fn every_exit_is_survived(
        class in 0u64..64, details in 0u64..0x400_0000, address: u64, near: bool,
        x in any::<[u64; 4]>(), word: u32, call in 0u64..0x60,
    ) {
        let mut bench = Bench::new();
        bench.vcpu.number = VcpuId(1);
        for (number, value) in (0..).zip(x) {
            bench.vcpu.set(Register::X(number), value);
        }
        if near {
            bench.vcpu.set(Register::X(0), 0x8400_0000 | call);
        }
        bench.memory.store(GuestAddress(RAM), Width::Four, u64::from(word)).unwrap();
        let address = if near { UART + address % 0x1010 } else { address };
        let next = bench.exit(class << 26 | details, address);
        if let Next::Unhandled(unhandled) = next {
            prop_assert_eq!(bench.pc(), 0);
            prop_assert!(!unhandled.to_string().is_empty());
            let refused = bench.with(&mut (), |machine, vcpu| machine.refuse(unhandled, vcpu));
            prop_assert!(refused.is_ok());
        }
        prop_assert!(!matches!(next, Next::Power(Action::Return(_))));
    }
}
