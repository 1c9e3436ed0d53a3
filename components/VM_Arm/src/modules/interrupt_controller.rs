//! The guest's interrupt controller.

use component::config::Region;
use component::config::guest::GicProcessors;
use vmm_sel4::modules::{Gicv2, Gicv3};

use crate::place::range;
use crate::{Error, Module, Setup};

/// Shared interrupts of a guest, at least.
const SPIS: u32 = 64;
/// Those that no device of the board has, at least: for devices that the board hasn't.
const FREE: u32 = 16;
/// The first shared interrupt.
const FIRST: u32 = 32;

/// A GICv2 or GICv3, as the board has one, with all interrupts of the board's devices.
#[derive(Debug)]
pub struct InterruptController;

impl Module for InterruptController {
    fn name(&self) -> &'static str {
        "interrupt_controller"
    }

    fn init(&mut self, setup: &mut Setup<'_>) -> Result<(), Error> {
        let gic = setup.described.gic().ok_or("there is no interrupt controller")?;
        let spis = spis(setup)?;
        let distributor = gic.distributor.address;
        match gic.processors {
            GicProcessors::Interface(Region { address, size }) => setup.add(Gicv2 {
                distributor: range(distributor, vgic::v2::SIZE)?,
                cpu_interface: range(address, size)?,
                spis,
            })?,
            GicProcessors::Redistributors(Region { address, size }) => setup.add(Gicv3 {
                distributor: range(distributor, vgic::v3::DISTRIBUTOR_SIZE)?,
                redistributors: range(address, size)?,
                spis,
            })?,
        }
        Ok(())
    }
}

/// How many shared interrupts the guest has.
fn spis(setup: &Setup<'_>) -> Result<u16, Error> {
    let devices = setup.described.devices().flat_map(|device| device.interrupts());
    let mut last = devices.map(|interrupt| interrupt.irq.number).max().unwrap_or(0);
    if let Some(blob) = setup.runtime.board_tree() {
        let tree = fdt::blob::read(blob)?;
        // What is wrong with a device that nobody asks for doesn't matter.
        let nodes = tree.places().into_iter().filter_map(|place| place.interrupts().ok());
        let all = nodes.flatten().filter(|it| it.kind == fdt::interrupt::Kind::Spi);
        last = last.max(all.map(|it| it.intid).max().unwrap_or(0));
    }
    let count = (last + 1).saturating_sub(FIRST) + FREE;
    let most = u32::from(vgic::MOST_SPIS);
    let count = count.max(SPIS).next_multiple_of(32).min(most);
    Ok(u16::try_from(count).unwrap_or(vgic::MOST_SPIS))
}
