//! A doorbell: each event of `notification_ready` is an interrupt of the guest's.
//!
//! | offset | register | |
//! |---|---|---|
//! | 0x00 | COUNT | how often it was rung since the guest was reset |
//! | 0x04 | CLEAR | any write lowers the interrupt |
//! | 0x08 | ANSWER | a write puts the number into the page that is shared, and tells the others |
//! | 0x0c | INTID | its interrupt |
//! | 0x10 | STARTS | how often the guest was started |

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::vec;

use component::{Dataport, Emitter};
use devices::shared::Shared;
use fdt::address::Region;
use fdt::guest::{Device, NamedDevice};
use vgic::Gic;
use vm_arm::{Error, Module, Running, Setup, Signal, place};
use vmm::interrupt::{InterruptLine, Wire};
use vmm::mmio::{Access, MmioDevice};
use vmm::report::DeviceLog;

const BASE: u64 = 0xb00_0000;
const SIZE: u64 = 0x1000;
/// Where the answer is in the page.
const ANSWER: usize = 8;

/// The module.
#[derive(Default)]
pub struct Doorbell {
    registers: Option<Shared<Registers>>,
}

struct Registers {
    count: u32,
    starts: u32,
    intid: u32,
    line: Wire<Rc<Gic>>,
    page: Dataport,
    answer: Emitter,
}

impl Module for Doorbell {
    fn name(&self) -> &'static str {
        "doorbell"
    }

    fn init(&mut self, setup: &mut Setup<'_>) -> Result<(), Error> {
        setup.listen("notification_ready").ok_or("notification_ready is not connected")?;
        let page = setup.runtime.dataport("page").ok_or("page is not connected")?;
        let answer = setup.runtime.emitter("answer").ok_or("answer is not connected")?;
        setup.guest_place("page").ok_or("the guest doesn't have the page")?;

        let spi = setup.builder.free_interrupt()?;
        let line = setup.builder.wire("doorbell", spi)?;
        let intid = spi.intid();
        let registers = Registers { count: 0, starts: 0, intid, line, page, answer };
        let registers = Shared::new(registers);
        let range = place::range(BASE, SIZE)?;
        setup.builder.add_device("doorbell", range, Box::new(registers.clone()))?;
        setup.builder.add_node(NamedDevice {
            name: "doorbell".into(),
            compatible: vec!["caravan,doorbell".into()],
            device: Device { region: Region { base: BASE, size: SIZE }, intid },
        });
        self.registers = Some(registers);
        Ok(())
    }

    fn event(&mut self, _: Signal, _: &mut Running<'_>) {
        if let Some(registers) = &self.registers {
            let mut registers = registers.get();
            registers.count += 1;
            registers.line.set_level(true);
        }
    }

    fn reset(&mut self) {
        if let Some(registers) = &self.registers {
            registers.get().starts += 1;
        }
    }
}

impl MmioDevice for Registers {
    fn read(&mut self, access: Access, _: &mut DeviceLog<'_>) -> u64 {
        match access.offset {
            0x00 => self.count.into(),
            0x0c => self.intid.into(),
            0x10 => self.starts.into(),
            _ => 0,
        }
    }

    fn write(&mut self, access: Access, value: u64, _: &mut DeviceLog<'_>) {
        match access.offset {
            0x04 => self.line.set_level(false),
            0x08 => {
                let number = (value & 0xffff_ffff) as u32;
                if self.page.store_release(ANSWER, number).is_ok() {
                    self.answer.emit();
                }
            }
            _ => (),
        }
    }

    fn reset(&mut self) {
        self.count = 0;
        self.line.set_level(false);
    }
}
