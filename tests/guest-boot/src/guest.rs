//! The guest's objects, and the loop that serves it.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::vec::Vec;

use devices::pl011::{Pl011, Revision};
use devices::shared::Shared;
use guest_memory::{GuestAddress, GuestRange, Region, Regions};
use sel4::init_thread::slot;
use sel4::{
    BootInfoPtr, CNodeCapData, CapRights, MessageInfo, ObjectBlueprint, ObjectBlueprintAArch64,
    ObjectBlueprintArm, VmAttributes, Word, cap,
};
use sel4_root_task::debug_println;
use vmm::bus::Bus;
use vmm::clock::Clock;
use vmm::counts::Counts;
use vmm::interrupt::{Interrupt, Spi, Wire};
use vmm::report::Reporter;
use vmm::vcpu::VcpuId;
use vmm_sel4::counter::{Counter, PhysicalTimer};
use vmm_sel4::machine::{End, Machine, Parts, Reply};
use vmm_sel4::mapped::Mapped;
use vmm_sel4::message::Message;
use vmm_sel4::processor::Objects;

use crate::load;
use crate::serial::{self, Serial};
use crate::slots::{Slots, absolute, cptr};

/// The guest's RAM: reserved for guests on this board, and at the same address for the guest.
const RAM: u64 = 0x4000_0000;
const RAM_SIZE: usize = 256 << 20;
/// Where the monitor sees it.
const WINDOW: usize = 0x80_0000_0000;
const LARGE_PAGE: usize = 2 << 20;
/// The guest's interrupt controller.
pub const DISTRIBUTOR: u64 = 0x800_0000;
pub const CPU_INTERFACE: u64 = 0x801_0000;
/// The hardware's virtual CPU interface.
const VIRTUAL_CPU_INTERFACE: usize = 0x804_0000;
/// The guest's serial port.
pub const UART: u64 = 0x900_0000;
pub const UART_INTID: u32 = 33;
/// The interrupt of the EL1 physical timer.
const TIMER_INTID: Word = 30;
/// GIC-400 has four list registers.
const LIST_REGISTERS: usize = 4;
const SPIS: u16 = 64;
/// Below the monitor.
const PRIORITY: Word = 100;

/// Badges: a signal, and its bits.
const SIGNAL: Word = 1 << 63;
const TIMER: Word = 1 << 0;
const SERIAL: Word = 1 << 1;

pub const CPUS: u8 = match option_env!("GUEST_CPUS") {
    Some(text) => text.as_bytes()[0] - b'0',
    None => 1,
};

/// Makes a guest, and serves it until it switches itself off.
pub fn run(bootinfo: &BootInfoPtr) {
    sel4_root_task::console::release().expect("the console's own frame");
    let mut slots = Slots::new(bootinfo);
    let endpoint: cap::Endpoint = slots.make(ObjectBlueprint::Endpoint);
    let notification: cap::Notification = slots.make(ObjectBlueprint::Notification);
    slot::TCB.cap().tcb_bind_notification(notification).expect("one notification");

    let port = slots.device(serial::PHYSICAL);
    let port: cap::SmallPage = slots.retype(port, ObjectBlueprintArm::SmallPage.into());
    slots.map(port, slot::VSPACE.cap(), serial::ADDRESS, VmAttributes::EXECUTE_NEVER);
    // SAFETY: they were just mapped.
    let serial = unsafe { Serial::new() };
    let signal = slots.mint(notification, CapRights::write_only(), SIGNAL | SERIAL);
    let input = slots.interrupt(serial::INTID, signal);
    serial.enable();
    let signal = slots.mint(notification, CapRights::write_only(), SIGNAL | TIMER);
    let alarm = slots.interrupt(TIMER_INTID, signal);

    let vspace: cap::VSpace = slots.make(ObjectBlueprintAArch64::VSpace.into());
    slot::ASID_POOL.cap().asid_pool_assign(vspace).expect("an identifier");
    let memory = memory(&mut slots, vspace);
    let gicv = slots.device(VIRTUAL_CPU_INTERFACE);
    let gicv: cap::SmallPage = slots.retype(gicv, ObjectBlueprintArm::SmallPage.into());
    slots.map(gicv, vspace, CPU_INTERFACE as usize, VmAttributes::NONE);

    let processors: Vec<Objects> =
        (0..CPUS).map(|number| processor(&mut slots, vspace, endpoint, number)).collect();

    let config = vgic::Config { vcpus: CPUS.into(), spis: SPIS };
    let (gic, distributor) = vgic::v2::new(config).expect("a possible controller");
    let spi = Spi::from_intid(UART_INTID).expect("an SPI");
    let wire = Wire::new(Rc::clone(&gic), Interrupt::Spi(spi));
    let uart = Shared::new(Pl011::new(Revision::R1p5, wire, serial));
    let mut bus = Bus::new();
    let range = |start, size| GuestRange::new(GuestAddress(start), size).expect("a range");
    bus.add("gic", range(DISTRIBUTOR, vgic::v2::SIZE), Box::new(distributor)).expect("room");
    bus.add("uart", range(UART, 0x1000), Box::new(uart.clone())).expect("room");

    let parts = Parts {
        processors,
        list_registers: LIST_REGISTERS,
        memory,
        bus,
        gic,
        clock: Counter,
        alarm: PhysicalTimer::new(),
        log: Box::new(Reporter::new("guest", |line| debug_println!("{line}"))),
    };
    let mut machine = Machine::new(parts).expect("a possible number of vCPUs");

    let config = load::config();
    let images = load::images(&config);
    load::tell(&config, &images);
    let boot = load::load(&images, machine.memory());
    debug_println!("guest: starts at count {}", Counter.now());
    machine.boot(boot);
    let mut waiting_input = false;
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
                waiting_input = true;
            }
            Reply::Nothing
        } else {
            let vcpu = VcpuId(u8::try_from(badge - 1).unwrap_or(u8::MAX));
            machine.handle(vcpu, Message::read(&info))
        };
        if waiting_input && uart.get().room() > 0 {
            let mut uart = uart.get();
            while uart.room() > 0
                && let Some(byte) = serial.get()
            {
                uart.receive(&[byte]);
            }
            // What doesn't fit is taken when the guest has read: until then, the port's interrupt
            // isn't acknowledged.
            if uart.room() > 0 {
                waiting_input = false;
                serial.clear();
                input.irq_handler_ack().expect("the serial port's interrupt");
            }
            drop(uart);
            machine.device_changed();
        }
        message = match reply {
            Reply::Answer => endpoint.reply_recv(MessageInfo::new(0, 0, 0, 0), ()),
            Reply::Nothing => endpoint.recv(()),
            Reply::End(end) => {
                report(&machine, end);
                if !matches!(end, End::Reset(_)) {
                    return;
                }
                let boot = load::load(&images, machine.memory());
                machine.boot(boot);
                endpoint.recv(())
            }
        };
    }
}

fn report<
    P: vmm_sel4::processor::Processor,
    B: guest_memory::Backing,
    C: Clock,
    A: vmm::clock::Alarm,
>(
    machine: &Machine<P, B, C, A>, end: End,
) {
    let mut sum = Counts::default();
    for cpu in machine.cpus() {
        sum.add(&cpu.counts);
    }
    debug_println!("guest: {end:?}; {}", sum.summary(Counter.frequency()));
}

/// The guest's RAM, mapped for it and for the monitor.
fn memory(slots: &mut Slots<'_>, vspace: cap::VSpace) -> Regions<Mapped> {
    let untyped = slots.device(RAM as usize);
    for offset in (0..RAM_SIZE).step_by(LARGE_PAGE) {
        let page: cap::LargePage = slots.retype(untyped, ObjectBlueprintArm::LargePage.into());
        slots.map(page, vspace, RAM as usize + offset, VmAttributes::DEFAULT);
        let copy = slots.copy(page);
        let attributes = VmAttributes::DEFAULT | VmAttributes::EXECUTE_NEVER;
        slots.map(copy, slot::VSPACE.cap(), WINDOW + offset, attributes);
    }
    // SAFETY: the frames were just mapped, and nothing of Rust's is in them.
    let backing = unsafe { Mapped::new(WINDOW, RAM_SIZE) };
    let mut memory = Regions::new();
    let region = Region::new("RAM", GuestAddress(RAM), backing).expect("a region");
    memory.add(region).expect("one region");
    memory
}

/// The objects of one processor. Its CSpace holds its fault endpoint and nothing else.
fn processor(
    slots: &mut Slots<'_>, vspace: cap::VSpace, endpoint: cap::Endpoint, number: u8,
) -> Objects {
    let tcb: cap::Tcb = slots.make(ObjectBlueprint::Tcb);
    let untyped: cap::Untyped = slots.make(ObjectBlueprint::Untyped { size_bits: 12 });
    let cspace: cap::CNode = slots.make(ObjectBlueprint::CNode { size_bits: 1 });
    let badge = Word::from(number) + 1;
    let place = cspace.absolute_cptr_from_bits_with_depth(1, 1);
    place.mint(&absolute(endpoint), CapRights::all(), badge).expect("a slot");
    tcb.tcb_set_space(cptr(1), cspace, CNodeCapData::skip_high_bits(1), vspace).expect("spaces");
    tcb.tcb_set_sched_params(slot::TCB.cap(), 0, PRIORITY).expect("a priority");
    Objects { tcb, untyped, cnode: slot::CNODE.cap(), slot: slots.take() }
}
