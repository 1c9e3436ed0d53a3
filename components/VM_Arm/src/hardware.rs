//! The guest's machine, from what the assembler made for it.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::OnceCell;

use component::config::guest::{GicProcessors, Guest, Interrupt};
use component::config::{Region, slot};
use fdt::select::Keep;
use guest_memory::{GuestAddress, GuestRange};
use sel4::{cap, sel4_cfg_bool};
use vmm::interrupt::Spi;
use vmm_sel4::builder::Module;
use vmm_sel4::machine::HostInterrupt;
use vmm_sel4::mapped::Mapped;
use vmm_sel4::modules::{self, ExtraFrames, Gicv2, Gicv3, InitRam, KeepNodes, Passthrough, Serial};
use vmm_sel4::processor::Objects;

use crate::clock_and_button::ClockAndButton;
use crate::console::{Console, Port};

/// Shared interrupts of a guest, at least.
const SPIS: u16 = 64;

/// The handler of an interrupt.
pub struct Handler(cap::IrqHandler);

impl Handler {
    /// The one of the configuration.
    pub fn new(interrupt: &Interrupt) -> Self {
        Self(cap::IrqHandler::from_bits(interrupt.irq.handler.into()))
    }
}

impl HostInterrupt for Handler {
    fn acknowledge(&mut self) {
        if let Err(error) = self.0.irq_handler_ack() {
            component::log::error!("an interrupt can't be acknowledged: {error}");
        }
    }
}

/// The processors' objects.
pub fn processors(guest: &Guest<'_>) -> Vec<Objects> {
    guest
        .vcpus()
        .map(|vcpu| Objects {
            tcb: cap::Tcb::from_bits(vcpu.tcb.into()),
            untyped: cap::Untyped::from_bits(vcpu.untyped.into()),
            cnode: cap::CNode::from_bits(slot::CNODE.into()),
            slot: vcpu.object as usize,
        })
        .collect()
}

/// List registers of the board's CPUs: GIC-400 has four.
pub const fn list_registers() -> usize {
    if sel4_cfg_bool!(ARM_GIC_V3_SUPPORT) { 16 } else { 4 }
}

/// The board's interrupts that the guest has, each with the event that it comes as.
pub fn interrupts(guest: &Guest<'_>) -> Vec<(u8, Spi)> {
    let all = guest.devices().flat_map(|device| device.interrupts());
    all.filter_map(|it| Some((it.bit, Spi::from_intid(it.irq.number)?))).collect()
}

/// The modules of the guest's machine. `port` gets its emulated serial port.
///
/// # Errors
/// Something is at no address; in a sentence.
pub fn modules(
    guest: &Guest<'static>, console: Option<&Console>, port: &Rc<OnceCell<Serial<Port>>>,
    clock_and_button: &ClockAndButton,
) -> Result<Vec<Box<dyn Module<Mapped>>>, &'static str> {
    let range = |address, size| {
        GuestRange::new(GuestAddress(address), size).ok_or("a device is at no address")
    };
    let gic = guest.gic().ok_or("there is no interrupt controller")?;
    let mut regions = Vec::new();
    for memory in guest.memory() {
        let place = (usize::try_from(memory.window.address), usize::try_from(memory.window.size));
        let (Ok(address), Ok(size)) = place else {
            return Err("the guest's memory is beyond this program's addresses");
        };
        // SAFETY: the assembler has mapped the guest's frames there for good, and nothing of this
        // program is in them.
        #[allow(unsafe_code)]
        let mapped = unsafe { Mapped::new(address, size) };
        regions.push((GuestAddress(memory.guest), mapped));
    }
    let highest = interrupts(guest).iter().map(|(_, spi)| spi.intid()).max().unwrap_or(0);
    let emulated =
        console.map(|console| console.spi).into_iter().chain(clock_and_button.interrupts());
    let highest = highest.max(emulated.map(Spi::intid).max().unwrap_or(0));
    let spis = u16::try_from(highest.saturating_sub(31).next_multiple_of(32)).unwrap_or(u16::MAX);
    let mut modules: Vec<Box<dyn Module<Mapped>>> = Vec::new();
    modules.push(Box::new(InitRam { regions }));
    let (distributor, spis) = (gic.distributor.address, spis.max(SPIS));
    modules.push(match gic.processors {
        GicProcessors::Interface(Region { address, size }) => Box::new(Gicv2 {
            distributor: range(distributor, vgic::v2::SIZE)?,
            cpu_interface: range(address, size)?,
            spis,
        }),
        GicProcessors::Redistributors(Region { address, size }) => Box::new(Gicv3 {
            distributor: range(distributor, vgic::v3::DISTRIBUTOR_SIZE)?,
            redistributors: range(address, size)?,
            spis,
        }),
    });
    if let Some(console) = console {
        modules.push(Box::new(modules::Console {
            range: console.range,
            spi: console.spi,
            sink: console.port.clone(),
            port: Rc::clone(port),
        }));
    }
    clock_and_button.add_to(&mut modules);
    for device in guest.devices() {
        let registers: Result<Vec<GuestRange>, _> =
            device.registers().map(|it| range(it.address, it.size)).collect();
        let interrupts = device.interrupts().filter_map(|it| {
            let handler: Box<dyn HostInterrupt> = Box::new(Handler::new(&it));
            Some((Spi::from_intid(it.irq.number)?, handler))
        });
        modules.push(Box::new(Passthrough {
            path: device.path().map(Into::into),
            registers: registers?,
            interrupts: interrupts.collect(),
        }));
    }
    let kept = guest.kept();
    let kept = kept.map(|(path, below)| if below { Keep::subtree(path) } else { Keep::node(path) });
    modules.push(Box::new(KeepNodes(kept.collect())));
    modules.push(Box::new(ExtraFrames));
    Ok(modules)
}
