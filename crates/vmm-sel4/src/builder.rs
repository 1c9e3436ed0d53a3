//! A machine put together, by modules.
//!
//! A [`Module`] adds one thing to a guest's machine: memory, a device model, a device of the board.
//! It says in the same place what the guest's device tree has to say of it, so that the two can't
//! disagree. Modules are initialised in the order of their list; an application that needs another
//! memory, for example, has its own module in the place of [`InitRam`](crate::modules::InitRam).

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use devices::timed::Timed;
use fdt::address::Region;
use fdt::guest::{Device, Gic as GicNode, NamedDevice, PowerButton, Timer};
use fdt::select::Keep;
use guest_config::GuestConfig;
use guest_config::tree::Hardware;
use guest_memory::{Backing, GuestRange, MemoryError, Name, NamedRange, Region as Memory, Regions};
use vgic::Gic;
use vgic::v3::CpuInterface;
use vmm::bus::{Bus, BusError};
use vmm::clock::{Alarm, Clock};
use vmm::interrupt::{Interrupt, Spi, Wire};
use vmm::mmio::MmioDevice;
use vmm::psci::PsciError;
use vmm::report::MistakeLog;
use vmm::smccc::trng::Entropy;

use crate::machine::{HostInterrupt, Machine, Parts};
use crate::processor::Processor;

/// Adds one thing to a guest's machine.
pub trait Module<B> {
    /// What it is called in messages.
    fn name(&self) -> &'static str;

    /// Adds it.
    ///
    /// # Errors
    /// It contradicts what is there.
    fn init(self: Box<Self>, builder: &mut Builder<B>) -> Result<(), BuildError>;
}

/// Why a machine can't be put together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// Two parts share addresses.
    #[error("{second} overlaps {first}")]
    Overlap {
        /// The one that was there.
        first: NamedRange,
        /// The one that was to be added.
        second: NamedRange,
    },
    /// Two parts have one interrupt.
    #[error("{second} and {first} both have the interrupt {intid}")]
    Interrupt {
        /// The one that was there.
        first: Name,
        /// The one that was to be added.
        second: Name,
        /// The interrupt.
        intid: u32,
    },
    /// The interrupt controller has no such interrupt.
    #[error("{name} has the interrupt {intid}, which the guest's interrupt controller lacks")]
    NoInterrupt {
        /// Whose interrupt it is.
        name: Name,
        /// The interrupt.
        intid: u32,
    },
    /// Something is there twice, of which a machine has one.
    #[error("there are two of {0}")]
    Twice(&'static str),
    /// A module needs another one before it.
    #[error("{0} is missing, or comes too late")]
    Needs(&'static str),
    /// Memory is added after a device model has got it.
    #[error("memory comes too late: a device has what there was")]
    MemoryTooLate,
    /// All interrupts are taken.
    #[error("the guest's interrupt controller has no free interrupt")]
    NoFreeInterrupt,
    /// A GICv3's redistributors, one for each processor.
    #[error("the redistributors need {needed:#x} bytes, and there is room for {room:#x}")]
    Redistributors {
        /// The bytes that they need.
        needed: u64,
        /// The bytes that there are.
        room: u64,
    },
    /// Memory can't be like that.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// Devices can't be like that.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// The number of processors.
    #[error(transparent)]
    Processors(#[from] PsciError),
    /// The interrupt controller's size.
    #[error(transparent)]
    Gic(#[from] vgic::ConfigError),
}

/// The interrupt controller, and what the device tree says of it.
pub(crate) struct Controller {
    pub gic: Rc<Gic>,
    /// Where the distributor is.
    pub distributor: Region,
    /// Where a processor's side of it is.
    pub processors: Frames,
}

/// A processor's side of the interrupt controller.
pub(crate) enum Frames {
    /// GICv2's CPU interface.
    Interface(Region),
    /// GICv3's redistributors, and the system registers that leave the guest.
    Redistributors(Region, CpuInterface),
}

impl Controller {
    fn node(&self) -> GicNode<'_> {
        let distributor = self.distributor;
        match &self.processors {
            Frames::Interface(region) => GicNode::V2 { distributor, cpu_interface: *region },
            Frames::Redistributors(region, _) => {
                GicNode::V3 { distributor, redistributors: core::slice::from_ref(region) }
            }
        }
    }
}

/// A machine in the making.
pub struct Builder<B> {
    /// What the guest was told to be.
    pub config: GuestConfig,
    /// Its memory.
    memory: Rc<Regions<B>>,
    bus: Bus,
    pub(crate) controller: Option<Controller>,
    timed: Vec<Box<dyn Timed>>,
    lines: Vec<(Spi, Box<dyn HostInterrupt>)>,
    /// Who has which interrupt.
    interrupts: Vec<(Spi, Name)>,
    /// What is where.
    places: Vec<NamedRange>,
    pub(crate) uart: Option<Device>,
    pub(crate) rtc: Option<Device>,
    pub(crate) power_button: Option<PowerButton>,
    virtio: Vec<Device>,
    others: Vec<NamedDevice>,
    keep: Vec<Keep>,
    entropy: Option<Box<dyn Entropy>>,
}

impl<B: Backing> Builder<B> {
    /// A machine with nothing in it.
    #[must_use]
    pub fn empty(config: GuestConfig) -> Self {
        Self {
            config,
            memory: Rc::new(Regions::new()),
            bus: Bus::new(),
            controller: None,
            timed: Vec::new(),
            lines: Vec::new(),
            interrupts: Vec::new(),
            places: Vec::new(),
            uart: None,
            rtc: None,
            power_button: None,
            virtio: Vec::new(),
            others: Vec::new(),
            keep: Vec::new(),
            entropy: None,
        }
    }

    /// A machine with all of `modules`.
    ///
    /// # Errors
    /// A module can't be added; it is named.
    pub fn new(
        config: GuestConfig, modules: Vec<Box<dyn Module<B>>>,
    ) -> Result<Self, (&'static str, BuildError)> {
        let mut builder = Self::empty(config);
        for module in modules {
            let name = module.name();
            module.init(&mut builder).map_err(|error| (name, error))?;
        }
        Ok(builder)
    }

    /// Adds memory, which the guest reaches directly.
    ///
    /// # Errors
    /// Something else is there, or a device model has the memory already.
    pub fn add_memory(&mut self, region: Memory<B>) -> Result<(), BuildError> {
        self.take(String::from(region.name()), region.range())?;
        let memory = Rc::get_mut(&mut self.memory).ok_or(BuildError::MemoryTooLate)?;
        Ok(memory.add(region)?)
    }

    /// The guest's memory, for a device model that reads and writes it. It is complete: none can be
    /// added as long as somebody has it.
    #[must_use]
    pub fn memory(&self) -> Rc<Regions<B>> {
        Rc::clone(&self.memory)
    }

    /// The interrupt controller.
    ///
    /// # Errors
    /// There is none yet.
    pub fn gic(&self) -> Result<&Rc<Gic>, BuildError> {
        let controller = self.controller.as_ref();
        Ok(&controller.ok_or(BuildError::Needs("the interrupt controller"))?.gic)
    }

    /// Takes addresses for something that the guest reaches directly: its memory, or registers
    /// that are mapped for it.
    ///
    /// # Errors
    /// Something else is there.
    pub fn take(&mut self, name: impl Into<Name>, range: GuestRange) -> Result<(), BuildError> {
        let second = NamedRange { name: name.into(), range };
        if let Some(first) = self.places.iter().find(|there| there.range.overlaps(range)) {
            return Err(BuildError::Overlap { first: first.clone(), second });
        }
        self.places.push(second);
        Ok(())
    }

    /// Adds a device model.
    ///
    /// # Errors
    /// Something else is at its addresses.
    pub fn add_device(
        &mut self, name: impl Into<Name>, range: GuestRange, device: Box<dyn MmioDevice>,
    ) -> Result<(), BuildError> {
        let name = name.into();
        self.take(name.clone(), range)?;
        Ok(self.bus.add(name, range, device)?)
    }

    /// Takes an interrupt; the wire to it.
    ///
    /// # Errors
    /// Somebody has it, or the interrupt controller lacks it.
    pub fn wire(&mut self, name: impl Into<Name>, spi: Spi) -> Result<Wire<Rc<Gic>>, BuildError> {
        let name = name.into();
        let gic = Rc::clone(self.gic()?);
        if !gic.exists(Interrupt::Spi(spi)) {
            return Err(BuildError::NoInterrupt { name, intid: spi.intid() });
        }
        if let Some((_, first)) = self.interrupts.iter().find(|(of, _)| *of == spi) {
            let first = first.clone();
            return Err(BuildError::Interrupt { first, second: name, intid: spi.intid() });
        }
        self.interrupts.push((spi, name));
        Ok(Wire::new(gic, Interrupt::Spi(spi)))
    }

    /// A shared interrupt that nobody has, the last one of the controller.
    ///
    /// # Errors
    /// There is none, or no interrupt controller.
    pub fn free_interrupt(&self) -> Result<Spi, BuildError> {
        let gic = self.gic()?;
        let exists = |spi: &Spi| gic.exists(Interrupt::Spi(*spi));
        let is_free = |spi: &Spi| self.interrupts.iter().all(|(of, _)| of != spi);
        let all = (0..u16::MAX).map_while(Spi::new).take_while(exists);
        all.filter(is_free).last().ok_or(BuildError::NoFreeInterrupt)
    }

    /// Gives an interrupt of the host to the guest.
    ///
    /// # Errors
    /// As of [`wire`](Self::wire).
    pub fn add_line(
        &mut self, name: impl Into<Name>, spi: Spi, interrupt: Box<dyn HostInterrupt>,
    ) -> Result<(), BuildError> {
        self.wire(name, spi)?;
        self.lines.push((spi, interrupt));
        Ok(())
    }

    /// Adds a device that wants to be woken.
    pub fn add_timed(&mut self, device: Box<dyn Timed>) {
        self.timed.push(device);
    }

    /// Lets the device tree have a node of the board's.
    pub fn keep(&mut self, keep: Keep) {
        self.keep.push(keep);
    }

    /// Lets the device tree have a virtio device.
    pub fn add_virtio(&mut self, device: Device) {
        self.virtio.push(device);
    }

    /// Lets the device tree have a device of another kind.
    pub fn add_node(&mut self, device: NamedDevice) {
        self.others.push(device);
    }

    /// Gives the guest a source of random bits (Arm DEN0098). A guest without one isn't told of the
    /// interface.
    ///
    /// # Errors
    /// It has one.
    pub fn set_entropy(&mut self, entropy: Box<dyn Entropy>) -> Result<(), BuildError> {
        match self.entropy.replace(entropy) {
            None => Ok(()),
            Some(_) => Err(BuildError::Twice("the source of entropy")),
        }
    }

    /// What is where, by address.
    #[must_use]
    pub fn places(&self) -> Vec<NamedRange> {
        let mut places = self.places.clone();
        places.sort_by_key(|place| place.range.start());
        places
    }

    /// What the guest's device tree says of its machine.
    ///
    /// # Errors
    /// There is no interrupt controller.
    pub fn hardware<'s>(&'s self, cpu: &'s str) -> Result<Hardware<'s>, BuildError> {
        let controller = self.controller.as_ref();
        let gic = controller.ok_or(BuildError::Needs("the interrupt controller"))?.node();
        Ok(Hardware {
            gic,
            timer: Timer::default(),
            cpu,
            uart: self.uart,
            rtc: self.rtc,
            power_button: self.power_button,
            virtio: &self.virtio,
            others: &self.others,
            keep: &self.keep,
            reserved: &[],
        })
    }

    /// The machine.
    ///
    /// # Errors
    /// There is no interrupt controller, or no processor.
    pub fn finish<P: Processor, C: Clock, A: Alarm>(
        self, processors: Vec<P>, list_registers: usize, clock: C, alarm: A,
        log: Box<dyn MistakeLog>,
    ) -> Result<Machine<P, B, C, A>, BuildError> {
        let Self { memory, bus, controller, timed, lines, entropy, .. } = self;
        let Controller { gic, processors: frames, .. } =
            controller.ok_or(BuildError::Needs("the interrupt controller"))?;
        let system = match frames {
            Frames::Redistributors(_, system) => Some(system),
            Frames::Interface(_) => None,
        };
        let mut machine = Machine::new(Parts {
            processors,
            list_registers,
            memory,
            bus,
            gic,
            system,
            clock,
            alarm,
            entropy,
            log,
        })?;
        for device in timed {
            machine.add_timed(device);
        }
        for (spi, line) in lines {
            machine.add_line(spi, line);
        }
        Ok(machine)
    }
}

/// A range as the device tree has it.
pub(crate) fn region(range: GuestRange) -> Region {
    Region { base: range.start().0, size: range.size() }
}
