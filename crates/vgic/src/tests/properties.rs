//! Random guests and devices: the controller agrees with the naive model, and loses nothing.

use alloc::rc::Rc;
use alloc::vec::Vec;

use proptest::prelude::*;
use vmm::interrupt::{Interrupt, InterruptController, Ppi};
use vmm::vcpu::VcpuId;

use super::bench::{Guest, Hardware, spi};
use super::model::Model;
use crate::v2::Distributor;
use crate::{Config, Gic};

const SPIS: u16 = 40;
/// In actions; a machine with fewer takes the remainder.
const VCPUS: u8 = 8;

#[derive(Clone, Debug)]
enum Action {
    Write(u8, u64, u64),
    Level(Interrupt, bool),
    Pulse(Interrupt),
    Fire(Interrupt),
    Deliver(u8),
    Acknowledge(u8),
    End(u8),
    Online(u8, bool),
}

fn offsets() -> impl Strategy<Value = u64> {
    let bits = (1_u64..8, 0_u64..3).prop_map(|(family, n)| family * 0x80 + n * 4);
    let bytes = (0_u64..2, 0_u64..20).prop_map(|(family, n)| 0x400 + family * 0x400 + n * 4);
    let configuration = (0_u64..6).prop_map(|n| 0xc00 + n * 4);
    let sgis = (0_u64..8).prop_map(|n| 0xf10 + n * 4);
    prop_oneof![
        8 => bits, 4 => bytes, 1 => configuration, 1 => sgis, 3 => Just(0xf00), 1 => Just(0)
    ]
}

fn interrupts() -> impl Strategy<Value = Interrupt> {
    prop_oneof![
        (0..VCPUS, 10_u8..12)
            .prop_map(|(vcpu, n)| { Interrupt::Ppi(VcpuId(vcpu), Ppi::new(n).unwrap()) }),
        // Some don't exist.
        (0..SPIS + 2).prop_map(spi),
    ]
}

fn actions() -> impl Strategy<Value = Action> {
    let vcpu = || 0..VCPUS;
    prop_oneof![
        4 => (vcpu(), offsets(), any::<u32>())
            .prop_map(|(vcpu, offset, value)| Action::Write(vcpu, offset, value.into())),
        3 => (interrupts(), any::<bool>()).prop_map(|(i, level)| Action::Level(i, level)),
        2 => interrupts().prop_map(Action::Pulse),
        2 => interrupts().prop_map(Action::Fire),
        4 => vcpu().prop_map(Action::Deliver),
        4 => vcpu().prop_map(Action::Acknowledge),
        3 => vcpu().prop_map(Action::End),
        1 => (vcpu(), any::<bool>()).prop_map(|(vcpu, on)| Action::Online(vcpu, on)),
    ]
}

/// Numbers of processors, and of list registers.
fn sizes() -> impl Strategy<Value = (u8, usize)> {
    (prop_oneof![Just(1_u8), Just(2), Just(3), Just(8)], 1_usize..5)
}

struct Machine {
    vcpus: u8,
    list_registers: usize,
    gic: Rc<Gic>,
    distributor: Distributor,
    hardware: Vec<Hardware>,
    model: Model,
}

impl Machine {
    fn new((vcpus, list_registers): (u8, usize)) -> Self {
        let (gic, distributor) =
            crate::v2::new(Config { vcpus: vcpus.into(), spis: SPIS }).unwrap();
        let mut machine = Self {
            vcpus,
            list_registers,
            gic,
            distributor,
            hardware: alloc::vec![Hardware::new(list_registers); vcpus.into()],
            model: Model::new(vcpus.into(), SPIS),
        };
        // So that random actions soon lead to something.
        machine.act(&Action::Write(0, 0x000, 3));
        machine.act(&Action::Write(0, 0x104, 0xffff));
        for offset in (0x820..0x848).step_by(4) {
            machine.act(&Action::Write(0, offset, 0x0703_0201));
        }
        machine
    }

    fn act(&mut self, action: &Action) {
        match *action {
            Action::Write(vcpu, offset, value) => {
                let vcpu = vcpu % self.vcpus;
                Guest::new(&mut self.distributor, VcpuId(vcpu)).write(offset, value);
                self.model.write(vcpu.into(), offset, value);
            }
            Action::Level(interrupt, level) => {
                self.gic.set_level(interrupt, level);
                self.model.set_level(interrupt, level);
            }
            Action::Pulse(interrupt) => {
                self.gic.pulse(interrupt);
                self.model.pulse(interrupt);
            }
            Action::Fire(interrupt) => {
                self.gic.fire(interrupt);
                self.model.fire(interrupt);
            }
            Action::Deliver(vcpu) => self.deliver(vcpu % self.vcpus),
            Action::Acknowledge(vcpu) => {
                self.hardware[usize::from(vcpu % self.vcpus)].acknowledge();
            }
            Action::End(vcpu) => self.end(vcpu % self.vcpus),
            Action::Online(vcpu, online) => {
                let vcpu = vcpu % self.vcpus;
                self.hardware[usize::from(vcpu)] = Hardware::new(self.list_registers);
                self.gic.set_online(VcpuId(vcpu), online);
                self.model.set_online(vcpu.into(), online);
            }
        }
    }

    /// The same interrupts in the same order as the model's: the most urgent ones that are
    /// pending and enabled, none that is in a list register already, as many as there is room.
    fn deliver(&mut self, vcpu: u8) {
        let hardware = &mut self.hardware[usize::from(vcpu)];
        let free = hardware.registers.iter().filter(|r| r.is_none()).count();
        let expected = self.model.deliver(vcpu.into(), free);
        let announced = self.gic.deliverable().contains(VcpuId(vcpu));
        assert_eq!(announced, !expected.is_empty());
        let count = self.gic.deliver(VcpuId(vcpu), hardware);
        assert_eq!(count, expected.len());
        assert_eq!(hardware.take_injected(), expected);
        self.check_uniqueness();
    }

    fn check_uniqueness(&self) {
        let mut ids = Vec::new();
        for (vcpu, hardware) in self.hardware.iter().enumerate() {
            for (injection, _) in hardware.registers.iter().flatten() {
                let id = injection.intid.number();
                ids.push(if id < 32 { (vcpu, id) } else { (0, id) });
            }
        }
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "an interrupt is in two list registers");
    }

    fn end(&mut self, vcpu: u8) {
        if let Some(index) = self.hardware[usize::from(vcpu)].end() {
            let ended = self.gic.ended(VcpuId(vcpu), index).unwrap();
            self.model.end(vcpu.into(), ended.number());
        }
    }

    fn compare_registers(&mut self) {
        for vcpu in 0..self.vcpus {
            let bits = (0x080..0x400).step_by(4);
            for offset in bits.chain((0x400..0xd00).step_by(4)) {
                let read = Guest::new(&mut self.distributor, VcpuId(vcpu)).read(offset);
                let expected = self.model.read(vcpu.into(), offset);
                assert_eq!(read, expected, "vCPU {vcpu} at {offset:#x}");
            }
        }
    }

    /// Lets everything through, with all wires low, and sees that nothing remains.
    fn drain(&mut self) {
        let vcpus = self.vcpus;
        for interrupt in (0..SPIS).map(spi) {
            self.act(&Action::Level(interrupt, false));
        }
        for vcpu in 0..vcpus {
            for n in 0..16 {
                let ppi = Interrupt::Ppi(VcpuId(vcpu), Ppi::new(n).unwrap());
                self.act(&Action::Level(ppi, false));
            }
            self.act(&Action::Online(vcpu, true));
            for block in 0..2 {
                self.act(&Action::Write(vcpu, 0x100 + block * 4, u64::from(u32::MAX)));
                self.act(&Action::Write(vcpu, 0x380 + block * 4, u64::from(u32::MAX)));
            }
            self.act(&Action::Write(vcpu, 0x108, u64::from(u32::MAX)));
            self.act(&Action::Write(vcpu, 0x388, u64::from(u32::MAX)));
        }
        self.act(&Action::Write(0, 0x000, 3));
        for offset in (0x820..0x848).step_by(4) {
            self.act(&Action::Write(0, offset, 0x0101_0101));
        }
        for vcpu in 0..vcpus {
            loop {
                self.act(&Action::Deliver(vcpu));
                if self.hardware[usize::from(vcpu)].acknowledge().is_none() {
                    break;
                }
                self.act(&Action::End(vcpu));
            }
        }
        for vcpu in 0..vcpus {
            for offset in (0x200..0x20c).step_by(4) {
                let pending = Guest::new(&mut self.distributor, VcpuId(vcpu)).read(offset);
                assert_eq!(pending, 0, "vCPU {vcpu} at {offset:#x}");
            }
        }
        assert!(self.model.lines.iter().all(|line| line.held.is_none()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn the_controller_agrees_with_the_model(
        sizes in sizes(), actions in prop::collection::vec(actions(), 1..120)
    ) {
        let mut machine = Machine::new(sizes);
        for action in &actions {
            machine.act(action);
        }
        machine.compare_registers();
        machine.drain();
        machine.compare_registers();
    }

    /// Whatever the host masked is unmasked once the guest has handled everything: no interrupt
    /// of the host is masked for good, and none is unmasked that wasn't masked.
    #[test]
    fn interrupts_of_the_host_are_released_once(
        sizes in sizes(), actions in prop::collection::vec(actions(), 1..120)
    ) {
        let mut machine = Machine::new(sizes);
        let mut masked = Vec::new();
        for action in &actions {
            match action {
                // A wire is the host's or a device's, never both.
                Action::Level(..) => continue,
                Action::Fire(interrupt) => {
                    if !machine.gic.exists(*interrupt) || masked.contains(interrupt) {
                        continue;
                    }
                    masked.push(*interrupt);
                }
                _ => {}
            }
            machine.act(action);
            unmask(&machine.gic, &mut masked)?;
        }
        // Only what fires leaves: the drain must not lower the host's wires.
        for vcpu in 0..machine.vcpus {
            machine.act(&Action::Online(vcpu, true));
            for block in 0..3 {
                machine.act(&Action::Write(vcpu, 0x100 + block * 4, u64::from(u32::MAX)));
                machine.act(&Action::Write(vcpu, 0x380 + block * 4, u64::from(u32::MAX)));
            }
        }
        machine.act(&Action::Write(0, 0x000, 3));
        for offset in (0x820..0x848).step_by(4) {
            machine.act(&Action::Write(0, offset, 0x0101_0101));
        }
        for vcpu in 0..machine.vcpus {
            loop {
                machine.act(&Action::Deliver(vcpu));
                if machine.hardware[usize::from(vcpu)].acknowledge().is_none() {
                    break;
                }
                machine.act(&Action::End(vcpu));
                unmask(&machine.gic, &mut masked)?;
            }
        }
        prop_assert_eq!(masked, []);
    }
}

fn unmask(gic: &Gic, masked: &mut Vec<Interrupt>) -> Result<(), TestCaseError> {
    while let Some(interrupt) = gic.next_released() {
        let at = masked.iter().position(|m| *m == interrupt);
        prop_assert!(at.is_some(), "{interrupt} wasn't masked");
        masked.remove(at.unwrap());
    }
    Ok(())
}
