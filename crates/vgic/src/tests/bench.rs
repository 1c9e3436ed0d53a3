//! Controllers with their surroundings: a guest that accesses registers, and the hardware's list
//! registers.

use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use guest_memory::Width;
use vmm::interrupt::{Interrupt, Ppi, Spi};
use vmm::mmio::{Access, MmioDevice};
use vmm::report::{DeviceLog, Mistake, MistakeLog};
use vmm::vcpu::VcpuId;

use crate::{Config, Gic, InUse, Injection, ListRegisters};

pub const CPU0: VcpuId = VcpuId(0);
pub const CPU1: VcpuId = VcpuId(1);

pub fn spi(number: u16) -> Interrupt {
    Interrupt::Spi(Spi::new(number).unwrap())
}

pub fn timer(vcpu: VcpuId) -> Interrupt {
    Interrupt::Ppi(vcpu, Ppi::VIRTUAL_TIMER)
}

/// Kinds of mistakes, in order.
#[derive(Default)]
pub struct Kinds(pub Vec<String>);

impl MistakeLog for Kinds {
    fn mistake(&mut self, _device: &str, mistake: Mistake<'_>) {
        self.0.push(mistake.kind.to_string());
    }
}

/// What a guest's processor does with a device's registers.
pub struct Guest<'a, D> {
    pub device: &'a mut D,
    pub vcpu: VcpuId,
    pub log: Kinds,
}

impl<'a, D: MmioDevice> Guest<'a, D> {
    pub fn new(device: &'a mut D, vcpu: VcpuId) -> Self {
        Self { device, vcpu, log: Kinds::default() }
    }

    fn access(&self, offset: u64, width: Width) -> Access {
        Access { offset, width, vcpu: self.vcpu }
    }

    pub fn read_as(&mut self, offset: u64, width: Width) -> u64 {
        let access = self.access(offset, width);
        let mut log = DeviceLog::new("gic", &mut self.log);
        self.device.read(access, &mut log)
    }

    pub fn write_as(&mut self, offset: u64, width: Width, value: u64) {
        let access = self.access(offset, width);
        let mut log = DeviceLog::new("gic", &mut self.log);
        self.device.write(access, width.truncate(value), &mut log);
    }

    pub fn read(&mut self, offset: u64) -> u64 {
        self.read_as(offset, Width::Four)
    }

    pub fn write(&mut self, offset: u64, value: u64) {
        self.write_as(offset, Width::Four, value);
    }
}

/// A GICv2 in use: the distributor forwards both groups, all SPIs are enabled and for vCPU 0, all
/// vCPUs are on.
pub fn running_v2(vcpus: u8) -> (Rc<Gic>, crate::v2::Distributor) {
    let (gic, mut distributor) = crate::v2::new(Config { vcpus: vcpus.into(), spis: 64 }).unwrap();
    for vcpu in (0..vcpus).map(VcpuId) {
        gic.set_online(vcpu, true);
        Guest::new(&mut distributor, vcpu).write(0x100, u64::MAX);
    }
    let mut guest = Guest::new(&mut distributor, CPU0);
    guest.write(0x000, 3);
    guest.write(0x104, u64::MAX);
    guest.write(0x108, u64::MAX);
    for offset in (0x820..0x860).step_by(4) {
        guest.write(offset, 0x0101_0101);
    }
    (gic, distributor)
}

/// The state of a list register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Pending,
    Active,
}

/// The list registers of a processor and what the guest's processor does with them
/// (IHI 0048B 5.2).
#[derive(Clone, Debug)]
pub struct Hardware {
    pub registers: Vec<Option<(Injection, State)>>,
    /// All injections ever, in order.
    pub injected: Vec<Injection>,
}

impl Hardware {
    pub fn new(count: usize) -> Self {
        Self { registers: alloc::vec![None; count], injected: Vec::new() }
    }

    /// The guest acknowledges the most urgent pending interrupt, preempting nothing that is as
    /// urgent.
    pub fn acknowledge(&mut self) -> Option<Injection> {
        let running = self.with_state(State::Active).map(|i| i.priority).min();
        let most = self.with_state(State::Pending).min_by_key(|i| (i.priority, i.intid))?;
        if running.is_some_and(|running| most.priority >= running) {
            return None;
        }
        let (_, state) = self.find(most)?;
        *state = State::Active;
        Some(most)
    }

    /// The guest ends the most urgent active interrupt. Returns the list register.
    pub fn end(&mut self) -> Option<usize> {
        let running = self.with_state(State::Active).min_by_key(|i| (i.priority, i.intid))?;
        let index = self.registers.iter().position(|r| r.is_some_and(|(i, _)| i == running))?;
        self.registers[index] = None;
        Some(index)
    }

    /// The numbers of all injections since the last call.
    pub fn take_injected(&mut self) -> Vec<u16> {
        self.injected.drain(..).map(|i| i.intid.number()).collect()
    }

    fn with_state(&self, state: State) -> impl Iterator<Item = Injection> {
        let used = self.registers.iter().flatten();
        used.filter(move |(_, s)| *s == state).map(|(i, _)| *i)
    }

    fn find(&mut self, injection: Injection) -> Option<&mut (Injection, State)> {
        self.registers.iter_mut().flatten().find(|(i, _)| *i == injection)
    }
}

impl ListRegisters for Hardware {
    fn count(&self) -> usize {
        self.registers.len()
    }

    fn inject(&mut self, index: usize, injection: Injection) -> Result<(), InUse> {
        let register = &mut self.registers[index];
        assert_eq!(*register, None, "list register {index} is in use");
        *register = Some((injection, State::Pending));
        self.injected.push(injection);
        Ok(())
    }
}
