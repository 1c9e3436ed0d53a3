//! The board's devices that the guest has.

use alloc::string::String;
use alloc::vec::Vec;

use fdt::select::Keep;
use vmm_sel4::modules::{KeepNodes, Passthrough};

use crate::place::range;
use crate::{Error, Module, Setup};

/// The board's devices that the attributes give to the guest (`dtb`, `mmios`, `untyped_mmios`,
/// `irqs`, `dtb_irqs`), and nodes of the board's tree (`plat_keep_devices`).
#[derive(Debug)]
pub struct BoardDevices;

impl Module for BoardDevices {
    fn name(&self) -> &'static str {
        "passthrough"
    }

    fn init(&mut self, setup: &mut Setup<'_>) -> Result<(), Error> {
        for device in setup.described.devices() {
            let path: Option<String> = device.path().map(Into::into);
            for interrupt in device.interrupts() {
                let name = path.as_deref().unwrap_or("an interrupt of the board");
                setup.pass_interrupt(String::from(name), &interrupt)?;
            }
            let registers = device.registers().map(|it| range(it.address, it.size));
            let registers = registers.collect::<Result<Vec<_>, _>>()?;
            setup.add(Passthrough { path, registers, interrupts: Vec::new() })?;
        }
        let kept = setup.described.kept();
        let keep =
            kept.map(|(path, below)| if below { Keep::subtree(path) } else { Keep::node(path) });
        Ok(setup.add(KeepNodes(keep.collect()))?)
    }
}
