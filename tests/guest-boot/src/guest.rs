//! The loop that serves a guest.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::vec;
use alloc::vec::Vec;
use core::cell::OnceCell;

use guest_memory::{Backing, GuestAddress, GuestRange};
use sel4::init_thread::slot;
use sel4::{BootInfoPtr, CapRights, MessageInfo, ObjectBlueprint, Word, cap};
use sel4_root_task::{abort, debug_println};
use vmm::clock::{Alarm, Clock};
use vmm::counts::Counts;
use vmm::interrupt::Spi;
use vmm::report::Reporter;
use vmm::vcpu::VcpuId;
use vmm_sel4::builder::{Builder, Module};
use vmm_sel4::counter::{Counter, PhysicalTimer};
use vmm_sel4::machine::{End, Machine, Reply};
use vmm_sel4::mapped::Mapped;
use vmm_sel4::message::Message;
use vmm_sel4::modules::{self, Console, Gicv2, InitRam, Passthrough};
use vmm_sel4::processor::{Objects, Processor};

use crate::load;
use crate::objects::{self, BoardInterrupt};
use crate::serial::{self, Serial};
use crate::slots::Slots;

/// The guest's interrupt controller.
const DISTRIBUTOR: u64 = 0x800_0000;
const CPU_INTERFACE: u64 = 0x801_0000;
/// The hardware's virtual CPU interface.
const VIRTUAL_CPU_INTERFACE: usize = 0x804_0000;
/// The guest's serial port.
const UART: u64 = 0x900_0000;
const UART_INTID: u32 = 33;
/// The interrupt of the EL1 physical timer.
const TIMER_INTID: Word = 30;
/// GIC-400 has four list registers.
const LIST_REGISTERS: usize = 4;
const SPIS: u16 = 64;

/// Badges: a signal, and its bits.
const SIGNAL: Word = 1 << 63;
const TIMER: Word = 1 << 0;
const SERIAL: Word = 1 << 1;

/// Whether the guest has the board's serial port itself.
const PASSED_THROUGH: bool = option_env!("GUEST_UART_PASSED_THROUGH").is_some();

type Port = modules::Serial<Serial>;

fn range(start: u64, size: u64) -> GuestRange {
    GuestRange::new(GuestAddress(start), size).expect("a range")
}

/// Who gets the input.
enum Input {
    Emulated { port: Rc<OnceCell<Port>>, serial: Serial, handler: cap::IrqHandler, waits: bool },
    Guests(Spi),
}

/// Makes a guest, and serves it until it switches itself off.
pub fn run(bootinfo: &BootInfoPtr) {
    sel4_root_task::console::release().expect("the console's own frame");
    let mut slots = Slots::new(bootinfo);
    let endpoint: cap::Endpoint = slots.make(ObjectBlueprint::Endpoint);
    let notification: cap::Notification = slots.make(ObjectBlueprint::Notification);
    slot::TCB.cap().tcb_bind_notification(notification).expect("one notification");
    let signal = slots.mint(notification, CapRights::write_only(), SIGNAL | TIMER);
    let alarm = slots.interrupt(TIMER_INTID, signal);
    let signal = slots.mint(notification, CapRights::write_only(), SIGNAL | SERIAL);
    let handler = slots.interrupt(serial::INTID, signal);

    let config = load::config();
    let vspace = objects::address_space(&mut slots);
    let ram = config.ram.range;
    let (start, size) = (ram.start().0 as usize, ram.size() as usize);
    let memory = objects::memory(&mut slots, vspace, start, size);
    let gicv = CPU_INTERFACE as usize;
    objects::registers(&mut slots, vspace, VIRTUAL_CPU_INTERFACE, gicv);
    let processors: Vec<Objects> = (0..config.vcpus)
        .map(|number| objects::processor(&mut slots, vspace, endpoint, number))
        .collect();

    let mut all: Vec<Box<dyn Module<Mapped>>> = vec![
        Box::new(InitRam { regions: vec![memory] }),
        Box::new(Gicv2 {
            distributor: range(DISTRIBUTOR, vgic::v2::SIZE),
            cpu_interface: range(CPU_INTERFACE, 0x1000),
            spis: SPIS,
        }),
    ];
    let spi = Spi::from_intid(UART_INTID).expect("an SPI");
    let uart = range(UART, 0x1000);
    let mut input = if PASSED_THROUGH {
        objects::registers(&mut slots, vspace, serial::PHYSICAL, UART as usize);
        let interrupts: Vec<(Spi, Box<dyn vmm_sel4::machine::HostInterrupt>)> =
            vec![(spi, Box::new(BoardInterrupt(handler)))];
        all.push(Box::new(Passthrough { path: None, registers: vec![uart], interrupts }));
        Input::Guests(spi)
    } else {
        objects::registers(&mut slots, slot::VSPACE.cap(), serial::PHYSICAL, serial::ADDRESS);
        // SAFETY: they were just mapped.
        let serial = unsafe { Serial::new() };
        serial.enable();
        let port = Rc::new(OnceCell::new());
        all.push(Box::new(Console { range: uart, spi, sink: serial, port: Rc::clone(&port) }));
        Input::Emulated { port, serial, handler, waits: false }
    };
    let builder = match Builder::new(config, all) {
        Ok(builder) => builder,
        Err((module, error)) => abort!("module {module}: {error}"),
    };
    let images = load::images(&builder, PASSED_THROUGH.then_some((uart, UART_INTID)));
    load::tell(&builder, &images);
    let log = Box::new(Reporter::new("vm0", |line| debug_println!("{line}")));
    let machine = builder.finish(processors, LIST_REGISTERS, Counter, PhysicalTimer::new(), log);
    let mut machine = machine.expect("a machine");

    machine.boot(load::load(&images, machine.memory()));
    let mut message = endpoint.recv(());
    loop {
        let (info, badge) = message;
        let reply = if badge & SIGNAL != 0 {
            if badge & TIMER != 0 {
                PhysicalTimer::new().silence();
                alarm.irq_handler_ack().expect("the timer's interrupt");
                machine.alarm_rang();
            }
            if badge & SERIAL != 0 {
                match &mut input {
                    Input::Guests(spi) => machine.host_interrupt(*spi),
                    Input::Emulated { waits, .. } => *waits = true,
                }
            }
            Reply::Nothing
        } else {
            let vcpu = VcpuId(u8::try_from(badge - 1).unwrap_or(u8::MAX));
            machine.handle(vcpu, Message::read(&info))
        };
        take_input(&mut input, &mut machine);
        message = match reply {
            Reply::Answer => endpoint.reply_recv(MessageInfo::new(0, 0, 0, 0), ()),
            Reply::Nothing => endpoint.recv(()),
            Reply::End(end) => {
                report(&machine, end);
                if !matches!(end, End::Reset(_)) {
                    return;
                }
                machine.boot(load::load(&images, machine.memory()));
                endpoint.recv(())
            }
        };
    }
}

/// Gives the guest what was typed. What doesn't fit is taken when the guest has read: until then,
/// the port's interrupt isn't acknowledged.
fn take_input<P: Processor, B: Backing, C: Clock, A: Alarm>(
    input: &mut Input, machine: &mut Machine<P, B, C, A>,
) {
    let Input::Emulated { port, serial, handler, waits: waits @ true } = input else {
        return;
    };
    let Some(port) = port.get() else {
        return;
    };
    let mut uart = port.get();
    if uart.room() == 0 {
        return;
    }
    while uart.room() > 0
        && let Some(byte) = serial.get()
    {
        uart.receive(&[byte]);
    }
    if uart.room() > 0 {
        *waits = false;
        serial.clear();
        handler.irq_handler_ack().expect("the serial port's interrupt");
    }
    drop(uart);
    machine.device_changed();
}

fn report<P: Processor, B: Backing, C: Clock, A: Alarm>(machine: &Machine<P, B, C, A>, end: End) {
    let mut sum = Counts::default();
    for cpu in machine.cpus() {
        sum.add(&cpu.counts);
    }
    debug_println!("guest: {end:?}; {}", sum.summary(Counter.frequency()));
}
