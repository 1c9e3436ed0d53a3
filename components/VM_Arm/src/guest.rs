//! The guest: started, served, and started again.

use alloc::boxed::Box;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::Cell;

use component::config::guest::Interrupt;
use component::{MessageInfo, Runtime, println};
use file_client::FileServer;
use guest_config::boot::{Files, Ready, prepare};
use guest_config::config::DeviceTree;
use guest_config::legacy::Platform;
use guest_config::summary::Summary;
use guest_config::{GuestConfig, read};
use guest_memory::GuestRange;
use sel4::sel4_cfg_str;
use vmm::clock::Clock;
use vmm::counts::Counts;
use vmm::report::Reporter;
use vmm::vcpu::VcpuId;
use vmm_sel4::builder::Builder;
use vmm_sel4::counter::{Counter, PhysicalTimer};
use vmm_sel4::machine::{self, End, HostInterrupt, Reply};
use vmm_sel4::mapped::Mapped;
use vmm_sel4::message::Message;
use vmm_sel4::processor::Objects;

use crate::Error;
use crate::alarm::Alarm;
use crate::attributes::Own;
use crate::listeners::{Listeners, Signal};
use crate::module::{Modules, Occasion};
use crate::processors::{self, Handler};
use crate::running::{Running, Wish};
use crate::setup::{MODULES, Setup};

/// The guest's machine.
pub type Machine = machine::Machine<Objects, Mapped, Counter, Alarm>;

/// A guest and what serves it.
pub struct Guest {
    name: &'static str,
    machine: Machine,
    ready: Ready<'static>,
    timer: Option<Interrupt>,
    modules: Modules,
    listeners: Listeners,
    /// A bit for each module that is told of exits.
    watches: Rc<Cell<u64>>,
    /// The counter when the monitor was started.
    start: u64,
}

impl Guest {
    /// Puts the machine together of its modules, and reads the guest's files.
    ///
    /// # Errors
    /// Something is missing or contradicts.
    pub fn new(runtime: Runtime, mut modules: Modules) -> Result<Self, Error> {
        let name = runtime.name();
        let described = runtime.config().guest().ok_or("it has no guest")?;
        let files = FileServer::new(runtime.connection("fs").ok_or("fs is not connected")?);
        let own = Own(runtime);
        let platform = Platform {
            name: sel4_cfg_str!(PLAT),
            // camkes-vm's options of that name say whether there is such a file.
            initrd_file: has_file(&files, &own, "initrd_name"),
            dtb_file: false,
        };
        let mut builder = Builder::empty(read(&own, &platform)?);
        let (mut listeners, watches) = (Listeners::default(), Rc::default());
        if modules.len() > MODULES {
            return Err(format!("it has {} modules, expected {MODULES} at most", modules.len()))?;
        }
        for (index, module) in modules.iter_mut().enumerate() {
            let mut setup = Setup {
                builder: &mut builder,
                runtime,
                described,
                listeners: &mut listeners,
                watches: Rc::clone(&watches),
                module: index,
            };
            let added = module.init(&mut setup);
            added.map_err(|error| format!("module {}: {}", module.name(), error.text()))?;
        }

        let given = open_files(&files, &builder.config, runtime)?;
        let ready = {
            let hardware = builder.hardware("arm,armv8")?;
            prepare(&builder.config, &hardware, given, &[])?
        };
        let (places, config) = (builder.places(), builder.config.clone());
        let devices: Vec<_> = places.into_iter().filter(|place| *place.name != *"RAM").collect();
        println!("{}", Summary { name, config: &config, ready: &ready, devices: &devices });

        let timer = described.timer();
        let alarm = Alarm::new(runtime, timer.is_some())?;
        let reporter = Reporter::new(name, |line| println!("{line}"));
        let machine = builder.finish(
            processors::processors(&described),
            processors::list_registers(),
            Counter,
            alarm,
            Box::new(reporter),
        )?;
        let start = component::counter();
        Ok(Self { name, machine, ready, timer, modules, listeners, watches, start })
    }

    /// Starts the guest, or starts it again: from its files, with processors as after power-on.
    pub fn start(&mut self) {
        self.machine.stop();
        for module in &mut self.modules {
            module.reset();
        }
        let memory = self.machine.memory();
        let publish = |range: GuestRange| {
            if let Some(region) = memory.find(range.start()) {
                let offset = range.start().0 - region.range().start().0;
                region.backing().publish(offset, range.size());
            }
        };
        match self.ready.load(memory, publish) {
            Ok(boot) => self.machine.boot(boot),
            Err(error) => println!("{}: the guest can't be loaded: {error}", self.name),
        }
    }

    /// A processor has stopped.
    pub fn fault(&mut self, vcpu: u8, fault: MessageInfo) -> Option<MessageInfo> {
        let reply = self.machine.handle(VcpuId(vcpu), Message::read(&fault));
        if self.watches.get() != 0 {
            self.watched(Occasion::Exit);
        }
        match reply {
            Reply::Answer => Some(MessageInfo::new(0, 0, 0, 0)),
            Reply::Nothing => None,
            Reply::End(end) => {
                self.ended(end);
                None
            }
        }
    }

    /// Tells the modules whose watch is set.
    #[inline(never)]
    fn watched(&mut self, occasion: Occasion) {
        let mut left = self.watches.get();
        let mut changed = false;
        while left != 0 {
            let index = left.trailing_zeros() as usize;
            left &= left - 1;
            if let Some(module) = self.modules.get_mut(index) {
                changed |= module.watched(occasion);
            }
        }
        if changed {
            self.machine.device_changed();
        }
    }

    #[cold]
    fn ended(&mut self, end: End) {
        let how = match end {
            End::Off => "the guest is off",
            End::Reset(_) => "the guest starts again",
            End::Stuck => "the guest can't go on, and is stopped",
        };
        self.say(how);
        if let End::Reset(_) = end {
            self.start();
        }
    }

    /// Says what has become of the guest, and what it has done.
    fn say(&self, how: &str) {
        let mut sum = Counts::default();
        for cpu in self.machine.cpus() {
            sum.add(&cpu.counts);
        }
        let (counts, heap) = (sum.summary(Counter.frequency()), component::heap_used());
        println!("{}: {how}; {counts}; {heap} bytes of heap", self.name);
    }

    /// An event has come: an interrupt for the guest, the timer's, or one that modules listen to.
    /// Whether it means something to the guest.
    pub fn event(&mut self, bit: u8) -> bool {
        if let Some(timer) = self.timer.as_ref().filter(|timer| timer.bit == bit) {
            PhysicalTimer::new().silence();
            Handler::new(timer).acknowledge();
            self.alarm();
        } else if let Some(spi) = self.listeners.interrupt(bit) {
            self.watched(Occasion::Interrupt);
            self.machine.host_interrupt(spi);
        } else {
            return self.module_event(bit);
        }
        true
    }

    fn module_event(&mut self, bit: u8) -> bool {
        let Self { machine, modules, listeners, start, .. } = self;
        let mut running = Running::new(machine, *start);
        let mut known = false;
        for index in listeners.modules(bit) {
            if let Some(module) = modules.get_mut(index) {
                module.event(Signal::new(bit), &mut running);
                known = true;
            }
        }
        let wish = running.wish();
        if known {
            machine.device_changed();
        }
        match wish {
            Wish::GoOn => (),
            Wish::Restart => {
                self.say("a module has the guest started again");
                self.start();
            }
            Wish::Stop => {
                self.machine.stop();
                self.say("a module has stopped the guest");
            }
        }
        known
    }

    /// The time has come that the guest waits for.
    pub fn alarm(&mut self) {
        self.watched(Occasion::Interrupt);
        self.machine.alarm_rang();
    }
}

/// Whether the file that an older attribute names is there.
fn has_file(files: &FileServer, own: &Own, field: &str) -> bool {
    use guest_config::source::{Attributes, Value};
    match own.value("linux_image_config", Some(field)) {
        Some(Value::Text(name)) if !name.is_empty() => files.size(name).is_ok(),
        _ => false,
    }
}

/// The files that the attributes name, where they are.
fn open_files(
    files: &FileServer, config: &GuestConfig, runtime: Runtime,
) -> Result<Files<'static>, String> {
    let open = |name: &str| match files.in_place(name) {
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => Err("it doesn't see the file server's files: fs_zero_copy is off".to_string()),
        Err(error) => Err(format!("file {name}: {error}")),
    };
    let device_tree = match &config.device_tree {
        DeviceTree::None => None,
        DeviceTree::File(file) => Some(open(&file.name)?),
        DeviceTree::Generated { base: Some(base), .. } => Some(open(base)?),
        DeviceTree::Generated { base: None, .. } => runtime.board_tree(),
    };
    let initrd = config.initrd.as_ref().map(|file| open(&file.name)).transpose()?;
    Ok(Files { kernel: open(&config.kernel.file.name)?, initrd, device_tree })
}
