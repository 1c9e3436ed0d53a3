//! What the devices' tests need.

use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::Cell;

use guest_memory::Width;
use vmm::clock::Clock;
use vmm::interrupt::InterruptLine;
use vmm::mmio::{Access, MmioDevice};
use vmm::report::{DeviceLog, Mistake, MistakeLog};
use vmm::vcpu::VcpuId;

/// An interrupt line to look at.
#[derive(Clone, Debug, Default)]
pub struct TestLine(Rc<Cell<bool>>);

impl TestLine {
    pub fn is_high(&self) -> bool {
        self.0.get()
    }
}

impl InterruptLine for TestLine {
    fn set_level(&self, asserted: bool) {
        self.0.set(asserted);
    }

    fn pulse(&self) {
        panic!("a level-sensitive line");
    }
}

/// A clock of 1000 ticks a second that stands still until it is set.
#[derive(Clone, Debug, Default)]
pub struct TestClock(pub Rc<Cell<u64>>);

impl TestClock {
    pub fn advance(&self, ticks: u64) {
        self.0.set(self.0.get() + ticks);
    }
}

impl Clock for TestClock {
    fn now(&self) -> u64 {
        self.0.get()
    }

    fn frequency(&self) -> u64 {
        1000
    }
}

/// Kinds of mistakes, in order.
#[derive(Default)]
struct Kinds(Vec<String>);

impl MistakeLog for Kinds {
    fn mistake(&mut self, _device: &str, mistake: Mistake<'_>) {
        self.0.push(mistake.kind.to_string());
    }
}

const fn access(offset: u64, width: Width) -> Access {
    Access { offset, width, vcpu: VcpuId(0) }
}

/// A load of 32 bits.
pub fn read(device: &mut impl MmioDevice, offset: u64) -> u64 {
    read_as(device, offset, Width::Four)
}

pub fn read_as(device: &mut impl MmioDevice, offset: u64, width: Width) -> u64 {
    let value = device.read(access(offset, width), &mut DeviceLog::new("device", &mut ()));
    assert_eq!(value & !width.mask(), 0);
    value
}

/// A store of 32 bits.
pub fn write(device: &mut impl MmioDevice, offset: u64, value: u64) {
    assert_eq!(mistakes(device, offset, Width::Four, value), [""; 0]);
}

/// The mistakes that a store is.
pub fn mistakes(
    device: &mut impl MmioDevice, offset: u64, width: Width, value: u64,
) -> Vec<String> {
    let mut kinds = Kinds::default();
    let mut log = DeviceLog::new("device", &mut kinds);
    device.write(access(offset, width), width.truncate(value), &mut log);
    kinds.0
}

/// PeriphID0 to 3 and PCellID0 to 3, one byte each, the first in the lowest.
pub fn identification(device: &mut impl MmioDevice) -> (u64, u64) {
    let mut four =
        |first: u64| (0..4).fold(0, |all, n| all | read(device, first + n * 4) << (n * 8));
    (four(0xfe0), four(0xff0))
}

/// Reset values by offset, as a document's register summary has them.
pub fn assert_registers(device: &mut impl MmioDevice, expected: &[(u64, u64)]) {
    for &(offset, value) in expected {
        assert_eq!(read(device, offset), value, "at {offset:#x}");
    }
}
