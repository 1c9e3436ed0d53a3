//! Registers and an interrupt of a device, and a device that is found in the device tree.

#![cfg_attr(target_os = "none", no_std, no_main)]

extern crate alloc;

use exam::Exam;

component::include_interfaces!();

/// Registers of the PL031: seconds, the second of the alarm, whether it interrupts, and an end of it.
const DATA: usize = 0x00;
const MATCH: usize = 0x04;
const MASK: usize = 0x10;
const CLEAR: usize = 0x1c;
/// The first byte of its identification, 0x31.
const IDENTIFICATION: usize = 0xfe0;
/// "virt", which the registers of a virtio device start with.
const MAGIC: u32 = u32::from_le_bytes(*b"virt");

struct Devices(Interfaces);

impl Component for Devices {
    fn new(interfaces: Interfaces) -> Self {
        Self(interfaces)
    }

    fn run(&mut self) {
        let Interfaces { verdicts, registers, alarm, runtime, .. } = &self.0;
        let exam = Exam(|check: &str, failure: &str| verdicts.report(check, failure).unwrap());
        verdicts.begin().unwrap();

        exam.same("registers", registers.load::<u32>(IDENTIFICATION), Ok(0x31));
        exam.same("their physical address", registers.physical(), Some(0x901_0000));
        let start = registers.load::<u32>(DATA).unwrap();
        registers.store(MASK, 1_u32).unwrap();
        registers.store(MATCH, start.wrapping_add(2)).unwrap();
        alarm.wait();
        let passed = registers.load::<u32>(DATA).unwrap().wrapping_sub(start);
        exam.same("an interrupt, at its time", passed, 2);
        registers.store(CLEAR, 1_u32).unwrap();
        alarm.acknowledge();
        exam.same("no interrupt after it is cleared", alarm.poll(), false);

        let virtio = runtime.device("virtio").unwrap();
        exam.same("a path in the device tree", virtio.path(), "/virtio_mmio@a000200");
        let found = virtio.registers(0).unwrap();
        exam.same("registers inside of a page", found.len(), 0x200);
        exam.same("registers from the device tree", found.load::<u32>(0), Ok(MAGIC));

        verdicts.end().unwrap();
    }
}

component::main!(Devices);
