//! The guest: started, served, and started again.

use alloc::boxed::Box;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::OnceCell;

use component::config::guest::Interrupt;
use component::{Event, MessageInfo, Runtime, println};
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
use vmm::interrupt::Spi;
use vmm::report::Reporter;
use vmm::vcpu::VcpuId;
use vmm_sel4::builder::Builder;
use vmm_sel4::counter::{Counter, PhysicalTimer};
use vmm_sel4::machine::{End, HostInterrupt, Machine, Reply};
use vmm_sel4::mapped::Mapped;
use vmm_sel4::message::Message;
use vmm_sel4::modules::Serial;
use vmm_sel4::processor::Objects;

use crate::alarm::Alarm;
use crate::attributes::Own;
use crate::clock_and_button::ClockAndButton;
use crate::console::{Console, Port};
use crate::hardware::{self, Handler};

/// A guest and what serves it.
pub struct Guest {
    name: &'static str,
    machine: Machine<Objects, Mapped, Counter, Alarm>,
    ready: Ready<'static>,
    timer: Option<Interrupt>,
    interrupts: Vec<(u8, Spi)>,
    console: Option<Console>,
    clock_and_button: ClockAndButton,
    uart: Rc<OnceCell<Serial<Port>>>,
    /// The counter when the monitor was started.
    start: u64,
}

impl Guest {
    /// Puts the machine together and reads the guest's files.
    ///
    /// # Errors
    /// Something is missing or contradicts; in a sentence.
    pub fn new(runtime: Runtime) -> Result<Self, String> {
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
        let config = read(&own, &platform).map_err(|error| error.to_string())?;
        let console = Console::find(runtime)?;
        let clock_and_button = ClockAndButton::find(runtime)?;
        let uart = Rc::new(OnceCell::new());
        let modules = hardware::modules(&described, console.as_ref(), &uart, &clock_and_button)?;
        let builder = Builder::new(config, modules)
            .map_err(|(module, error)| format!("module {module}: {error}"))?;

        let text = |error: vmm_sel4::builder::BuildError| error.to_string();
        let given = open_files(&files, &builder.config, runtime)?;
        let ready = {
            let hardware = builder.hardware("arm,armv8").map_err(text)?;
            prepare(&builder.config, &hardware, given, &[]).map_err(|error| error.to_string())?
        };
        let (places, config) = (builder.places(), builder.config.clone());
        let devices: Vec<_> = places.into_iter().filter(|place| *place.name != *"RAM").collect();
        println!("{}", Summary { name, config: &config, ready: &ready, devices: &devices });

        let timer = described.timer();
        let alarm = Alarm::new(runtime, timer.is_some())?;
        let reporter = Reporter::new(name, |line| println!("{line}"));
        let machine = builder
            .finish(
                hardware::processors(&described),
                hardware::list_registers(),
                Counter,
                alarm,
                Box::new(reporter),
            )
            .map_err(text)?;
        Ok(Self {
            name,
            machine,
            ready,
            timer,
            interrupts: hardware::interrupts(&described),
            console,
            clock_and_button,
            uart,
            start: component::counter(),
        })
    }

    /// Starts the guest, or starts it again: from its files, with processors as after power-on.
    pub fn start(&mut self) {
        self.machine.stop();
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
        if let Some(console) = &self.console {
            console.after_exit();
            if console.waiting {
                // It may have made room for more input.
                self.console();
            }
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

    fn ended(&mut self, end: End) {
        let mut sum = Counts::default();
        for cpu in self.machine.cpus() {
            sum.add(&cpu.counts);
        }
        let how = match end {
            End::Off => "the guest is off",
            End::Reset(_) => "the guest starts again",
            End::Stuck => "the guest can't go on, and is stopped",
        };
        let (counts, heap) = (sum.summary(Counter.frequency()), component::heap_used());
        println!("{}: {how}; {counts}; {heap} bytes of heap", self.name);
        if let End::Reset(_) = end {
            self.start();
        }
    }

    /// An interrupt for the guest, or the timer's.
    pub fn event(&mut self, bit: u8) {
        if let Some(console) = &self.console {
            console.flush();
        }
        if let Some(timer) = self.timer.as_ref().filter(|timer| timer.bit == bit) {
            PhysicalTimer::new().silence();
            Handler::new(timer).acknowledge();
            self.machine.alarm_rang();
        } else if let Some((_, spi)) = self.interrupts.iter().find(|(of, _)| *of == bit) {
            self.machine.host_interrupt(*spi);
        }
    }

    /// Says what the guest is doing to whom it has the console from.
    pub fn report(&self) {
        if let Some(console) = &self.console {
            console.report(&crate::report::of(self.machine.cpus(), self.start));
        }
    }

    /// The time has come that the guest waits for.
    pub fn alarm(&mut self) {
        if let Some(console) = &self.console {
            console.flush();
        }
        self.machine.alarm_rang();
    }

    /// An event of an interface that the application has added. Whether it is known.
    pub fn other_event(&mut self, event: Event) -> bool {
        if self.console.as_ref().is_some_and(|console| console.is_event(event)) {
            self.console();
        } else if self.clock_and_button.press(event) {
            self.machine.device_changed();
        } else {
            return false;
        }
        true
    }

    /// The line has room for output again.
    pub fn console_room(&mut self) {
        if let Some(uart) = self.uart.get() {
            uart.get().drain();
            self.machine.device_changed();
        }
    }

    /// The serial port has input.
    pub fn console(&mut self) {
        let (Some(console), Some(uart)) = (&mut self.console, self.uart.get()) else {
            return;
        };
        let room = uart.get().room();
        let mut count = 0;
        console.receive(room, |bytes| count = uart.get().receive(bytes));
        if count > 0 {
            self.machine.device_changed();
        }
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
