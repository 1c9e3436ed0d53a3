//! Modules that guests of many boards have.
//!
//! A board's own oddities are modules of the same kind, which an application adds to its list.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use devices::pl011::{ByteSink, Pl011, Revision};
use devices::pl031::Pl031;
use devices::power_button::{self, PowerButton};
use devices::shared::Shared;
use devices::timed::Timed;
use fdt::guest::{Device, PowerButton as ButtonNode};
use fdt::select::Keep;
use guest_memory::{Backing, GuestAddress, GuestRange, Region};
use vgic::v3::Affinity;
use vmm::clock::Clock;
use vmm::interrupt::{Spi, Wire};
use vmm::power_on;
use vmm::vcpu::VcpuId;

use crate::builder::{BuildError, Builder, Controller, Frames, Module, region};
use crate::machine::HostInterrupt;
use alloc::rc::Rc;

/// The serial port's type: input is offered to it, and output comes out of its sink.
pub type Serial<S> = Shared<Pl011<Wire<Rc<vgic::Gic>>, S>>;

/// The guest's memory, as it was mapped for it.
pub struct InitRam<B> {
    /// Where the guest has it, and its bytes.
    pub regions: Vec<(GuestAddress, B)>,
}

impl<B: Backing> Module<B> for InitRam<B> {
    fn name(&self) -> &'static str {
        "init_ram"
    }

    fn init(self: Box<Self>, builder: &mut Builder<B>) -> Result<(), BuildError> {
        for (start, backing) in self.regions {
            builder.add_memory(Region::new("RAM", start, backing)?)?;
        }
        Ok(())
    }
}

/// A GICv2 whose CPU interface is the hardware's virtual one.
pub struct Gicv2 {
    /// The distributor's place, of [`vgic::v2::SIZE`] bytes or more.
    pub distributor: GuestRange,
    /// Where the hardware's virtual CPU interface is mapped for the guest.
    pub cpu_interface: GuestRange,
    /// How many shared interrupts it has.
    pub spis: u16,
}

impl<B: Backing> Module<B> for Gicv2 {
    fn name(&self) -> &'static str {
        "gicv2"
    }

    fn init(self: Box<Self>, builder: &mut Builder<B>) -> Result<(), BuildError> {
        if builder.controller.is_some() {
            return Err(BuildError::Twice("the interrupt controller"));
        }
        let config = vgic::Config { vcpus: builder.config.vcpus.into(), spis: self.spis };
        let (gic, distributor) = vgic::v2::new(config)?;
        builder.controller = Some(Controller {
            gic,
            distributor: region(self.distributor),
            processors: Frames::Interface(region(self.cpu_interface)),
        });
        builder.take("gic-cpu", self.cpu_interface)?;
        builder.add_device("gic", self.distributor, Box::new(distributor))
    }
}

/// A GICv3 whose CPU interface is the hardware's virtual one, in system registers.
pub struct Gicv3 {
    /// The distributor's place, of [`vgic::v3::DISTRIBUTOR_SIZE`] bytes or more.
    pub distributor: GuestRange,
    /// The redistributors' place, with [`vgic::v3::REDISTRIBUTOR_SIZE`] for each processor or
    /// more.
    pub redistributors: GuestRange,
    /// How many shared interrupts it has.
    pub spis: u16,
}

impl<B: Backing> Module<B> for Gicv3 {
    fn name(&self) -> &'static str {
        "gicv3"
    }

    fn init(self: Box<Self>, builder: &mut Builder<B>) -> Result<(), BuildError> {
        if builder.controller.is_some() {
            return Err(BuildError::Twice("the interrupt controller"));
        }
        let vcpus = builder.config.vcpus;
        let affinities: Vec<Affinity> =
            (0..vcpus).map(|vcpu| Affinity::from_mpidr(power_on::mpidr(VcpuId(vcpu)))).collect();
        let config = vgic::Config { vcpus: vcpus.into(), spis: self.spis };
        let controller = vgic::v3::new(config, &affinities)?;
        // The board may have room for more processors than the guest has.
        let (needed, room) = (controller.redistributors.size(), self.redistributors.size());
        let redistributors = GuestRange::new(self.redistributors.start(), needed)
            .filter(|_| needed <= room)
            .ok_or(BuildError::Redistributors { needed, room })?;
        builder.controller = Some(Controller {
            gic: controller.gic,
            distributor: region(self.distributor),
            processors: Frames::Redistributors(region(redistributors), controller.system),
        });
        builder.add_device("gic", self.distributor, Box::new(controller.distributor))?;
        builder.add_device("gic-cpus", redistributors, Box::new(controller.redistributors))
    }
}

/// An emulated PL011, which is the guest's console unless its attributes say otherwise.
pub struct Console<S> {
    /// Where its registers are.
    pub range: GuestRange,
    /// Its interrupt.
    pub spi: Spi,
    /// Where output goes.
    pub sink: S,
    /// Gets the port, for input.
    pub port: Rc<core::cell::OnceCell<Serial<S>>>,
}

impl<B: Backing, S: ByteSink + 'static> Module<B> for Console<S> {
    fn name(&self) -> &'static str {
        "console"
    }

    fn init(self: Box<Self>, builder: &mut Builder<B>) -> Result<(), BuildError> {
        let Self { range, spi, sink, port } = *self;
        let wire = builder.wire("uart", spi)?;
        let uart = Shared::new(Pl011::new(Revision::R1p5, wire, sink));
        builder.add_device("uart", range, Box::new(uart.clone()))?;
        let node = Device { region: region(range), intid: spi.intid() };
        if builder.uart.replace(node).is_some() || port.set(uart).is_err() {
            return Err(BuildError::Twice("the console"));
        }
        Ok(())
    }
}

/// An emulated PL031.
pub struct Rtc<C> {
    /// Where its registers are.
    pub range: GuestRange,
    /// Its interrupt.
    pub spi: Spi,
    /// The counter.
    pub clock: C,
    /// What it shows at first, in seconds since 1970.
    pub seconds: u32,
}

impl<B: Backing, C: Clock + 'static> Module<B> for Rtc<C> {
    fn name(&self) -> &'static str {
        "rtc"
    }

    fn init(self: Box<Self>, builder: &mut Builder<B>) -> Result<(), BuildError> {
        let Self { range, spi, clock, seconds } = *self;
        let wire = builder.wire("rtc", spi)?;
        let rtc = Shared::new(Pl031::new(wire, clock, seconds));
        builder.add_device("rtc", range, Box::new(rtc.clone()))?;
        builder.add_timed(Box::new(Polled(rtc)));
        let node = Device { region: region(range), intid: spi.intid() };
        match builder.rtc.replace(node) {
            None => Ok(()),
            Some(_) => Err(BuildError::Twice("the clock")),
        }
    }
}

/// A power button's type, to press it.
pub type Button<C> = Shared<PowerButton<Wire<Rc<vgic::Gic>>, C>>;

/// An emulated power button, which asks the guest to shut down.
pub struct Power<C> {
    /// Where the registers of its GPIO controller are.
    pub range: GuestRange,
    /// Its interrupt.
    pub spi: Spi,
    /// The counter.
    pub clock: C,
    /// Gets the button.
    pub button: Rc<core::cell::OnceCell<Button<C>>>,
}

impl<B: Backing, C: Clock + 'static> Module<B> for Power<C> {
    fn name(&self) -> &'static str {
        "power_button"
    }

    fn init(self: Box<Self>, builder: &mut Builder<B>) -> Result<(), BuildError> {
        let Self { range, spi, clock, button } = *self;
        let wire = builder.wire("power button", spi)?;
        let device = Shared::new(PowerButton::new(wire, clock));
        builder.add_device("power button", range, Box::new(device.clone()))?;
        builder.add_timed(Box::new(Polled(device.clone())));
        let gpio = Device { region: region(range), intid: spi.intid() };
        let node = ButtonNode { gpio, pin: power_button::PIN.into() };
        if builder.power_button.replace(node).is_some() || button.set(device).is_err() {
            return Err(BuildError::Twice("the power button"));
        }
        Ok(())
    }
}

/// A timed device with another user.
struct Polled<D>(Shared<D>);

impl<D: Timed> Timed for Polled<D> {
    fn deadline(&self) -> Option<u64> {
        self.0.get().deadline()
    }

    fn poll(&mut self) {
        self.0.get().poll();
    }
}

/// A device of the board that the guest has: what `seL4VMDTBPassthrough` gives.
pub struct Passthrough {
    /// Its path in the board's device tree; memory and interrupts of no node have none.
    pub path: Option<String>,
    /// Its registers, which are mapped for the guest at their own addresses.
    pub registers: Vec<GuestRange>,
    /// Its interrupts.
    pub interrupts: Vec<(Spi, Box<dyn HostInterrupt>)>,
}

impl<B: Backing> Module<B> for Passthrough {
    fn name(&self) -> &'static str {
        "passthrough"
    }

    fn init(self: Box<Self>, builder: &mut Builder<B>) -> Result<(), BuildError> {
        let Self { path, registers, interrupts } = *self;
        let name = |other: &str| path.clone().unwrap_or_else(|| other.into());
        for range in registers {
            builder.take(name("memory of the board"), range)?;
        }
        for (spi, interrupt) in interrupts {
            builder.add_line(name("an interrupt of the board"), spi, interrupt)?;
        }
        if let Some(path) = &path {
            builder.keep(Keep::node(path));
        }
        Ok(())
    }
}

/// Nodes of the board's device tree that a generated one has, though the guest has no such devices
/// (`plat_keep_devices`).
pub struct KeepNodes(pub Vec<Keep>);

impl<B: Backing> Module<B> for KeepNodes {
    fn name(&self) -> &'static str {
        "keep_devices"
    }

    fn init(self: Box<Self>, builder: &mut Builder<B>) -> Result<(), BuildError> {
        self.0.into_iter().for_each(|node| builder.keep(node));
        Ok(())
    }
}

/// Frames of somebody else's that are mapped for the guest (`num_extra_frame_caps`,
/// `extra_frame_map_address`), as `map_frame_hack` did.
pub struct ExtraFrames;

impl<B: Backing> Module<B> for ExtraFrames {
    fn name(&self) -> &'static str {
        "map_frame_hack"
    }

    fn init(self: Box<Self>, builder: &mut Builder<B>) -> Result<(), BuildError> {
        match builder.config.extra_frames {
            Some(frames) => builder.take("extra frames", frames),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod test;
