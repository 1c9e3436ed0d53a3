use alloc::boxed::Box;
use core::cell::Cell;
use std::borrow::ToOwned;
use std::vec::Vec;

use guest_memory::{GuestRange, Region, VecBacking};
use sel4::VCpuReg;
use vmm::interrupt::InterruptController;

use super::*;
use crate::testing::FakeProcessor;

const RAM: u64 = 0x4000_0000;
const DISTRIBUTOR: u64 = 0x800_0000;
/// A load of w1, of 32 bits; a store of w1.
const LOAD: u64 = 0x9381_0007;
const STORE: u64 = 0x9381_0047;
const WFI: u64 = 0x07e0_0000;
const SMC: u64 = 0x5e00_0000;
const TIMER: u64 = 27;

#[derive(Clone, Default)]
struct Time(Rc<Cell<u64>>);

impl Clock for Time {
    fn now(&self) -> u64 {
        self.0.get()
    }
    fn frequency(&self) -> u64 {
        1_000_000
    }
}

#[derive(Clone, Default)]
struct Bell(Rc<Cell<Option<u64>>>);

impl Alarm for Bell {
    fn wake_at(&mut self, deadline: Option<u64>) {
        self.0.set(deadline);
    }
}

struct Bench {
    machine: Machine<FakeProcessor, VecBacking, Time, Bell>,
    gic: Rc<Gic>,
    time: Time,
    bell: Bell,
}

fn bench(vcpus: u8) -> Bench {
    bench_with(vcpus, None)
}

fn bench_with(vcpus: u8, entropy: Option<Box<dyn Entropy>>) -> Bench {
    let mut memory = Regions::new();
    let ram = Region::new("RAM", GuestAddress(RAM), VecBacking::new(0x10_0000)).unwrap();
    memory.add(ram).unwrap();
    let config = vgic::Config { vcpus: vcpus.into(), spis: 32 };
    let (gic, distributor) = vgic::v2::new(config).unwrap();
    let mut bus = Bus::new();
    let range = GuestRange::new(GuestAddress(DISTRIBUTOR), vgic::v2::SIZE).unwrap();
    bus.add("gic", range, Box::new(distributor)).unwrap();
    let (time, bell) = (Time::default(), Bell::default());
    let machine = Machine::new(Parts {
        processors: (0..vcpus).map(|_| FakeProcessor::default()).collect(),
        list_registers: 4,
        memory: Rc::new(memory),
        bus,
        gic: Rc::clone(&gic),
        system: None,
        clock: time.clone(),
        alarm: bell.clone(),
        entropy,
        log: Box::new(()),
    });
    let mut bench = Bench { machine: machine.unwrap(), gic, time, bell };
    bench.machine.boot(power_on::boot_of(
        Start { entry: GuestAddress(RAM), context: 0x1234 },
        vmm::images::Mode::AArch64,
    ));
    bench
}

impl Bench {
    fn object(&mut self, vcpu: u8) -> &mut FakeProcessor {
        &mut self.machine.cpus[usize::from(vcpu)].processor
    }

    fn calls(&mut self, vcpu: u8) -> Vec<std::string::String> {
        core::mem::take(&mut self.object(vcpu).calls)
    }

    fn handle(&mut self, vcpu: u8, message: Message) -> Reply {
        self.machine.handle(VcpuId(vcpu), message)
    }

    fn store(&mut self, vcpu: u8, address: u64, value: u64) {
        self.object(vcpu).words[4] = value;
        let ip = self.object(vcpu).words[0];
        let message = Message::Access { ip, address, syndrome: STORE };
        assert_eq!(self.handle(vcpu, message), Reply::Answer);
    }

    /// What a guest does before it takes interrupts: the controller, the timer's interrupt.
    fn enable(&mut self, vcpu: u8) {
        self.store(vcpu, DISTRIBUTOR, 1);
        self.store(vcpu, DISTRIBUTOR + 0x100, 1 << TIMER);
        self.calls(vcpu);
    }

    fn call(&mut self, vcpu: u8, registers: [u64; 4]) -> Reply {
        self.object(vcpu).words[3..7].copy_from_slice(&registers);
        self.handle(vcpu, Message::Trap { syndrome: SMC })
    }

    /// Lets the first processor start another one.
    fn start(&mut self, vcpu: u8) {
        let reply = self.call(0, [0xc400_0003, vcpu.into(), RAM + 0x100, 7]);
        assert_eq!((reply, self.object(0).words[3]), (Reply::Answer, 0));
        self.enable(vcpu);
        self.calls(0);
    }

    /// GICD_SGIR.
    fn send(&mut self, vcpu: u8, request: u64) {
        self.store(vcpu, DISTRIBUTOR + 0xf00, request);
    }
}

#[test]
fn the_first_processor_boots_and_the_others_wait_to_be_started() {
    let mut bench = bench(2);
    let first = bench.object(0);
    assert!(first.runs);
    assert_eq!(first.words[..4], [RAM, 0, 0x3c5, 0x1234]);
    assert_eq!(first.register(VCpuReg::VMPIDR_EL2), 0x8000_0000);
    assert!(!bench.object(1).runs);
    bench.start(1);
    let second = bench.object(1);
    assert!(second.runs);
    assert_eq!((second.words[0], second.words[3]), (RAM + 0x100 + 8, 7));
    assert_eq!(second.register(VCpuReg::VMPIDR_EL2), 0x8000_0001);
}

#[test]
fn an_access_costs_what_it_needs() {
    let mut bench = bench(1);
    bench.calls(0);
    // GICD_TYPER into w1.
    let message = Message::Access { ip: RAM, address: DISTRIBUTOR + 4, syndrome: LOAD };
    assert_eq!(bench.handle(0, message), Reply::Answer);
    assert_eq!(bench.calls(0), ["read 5", "write 5"]);
    assert_eq!((bench.object(0).words[0], bench.object(0).words[4]), (RAM + 4, 1));
    bench.store(0, DISTRIBUTOR, 1);
    assert_eq!(bench.calls(0), ["read 5", "write 1"]);
}

#[test]
fn a_timer_is_delivered_and_acknowledged_after_its_end() {
    let mut bench = bench(1);
    bench.enable(0);
    assert_eq!(bench.handle(0, Message::Fired(TIMER)), Reply::Answer);
    assert_eq!(bench.calls(0), ["inject 27 into 0"]);
    assert_eq!(bench.handle(0, Message::Ended(Some(0))), Reply::Answer);
    assert_eq!(bench.calls(0), ["acknowledge"]);
    // An end that is none, of a list register that isn't there.
    assert_eq!(bench.handle(0, Message::Ended(Some(77))), Reply::Answer);
    assert_eq!(bench.handle(0, Message::Ended(None)), Reply::Answer);
    assert!(bench.calls(0).is_empty());
}

#[test]
fn an_idle_guest_gets_no_answer_until_its_timer_is_due() {
    let mut bench = bench(1);
    bench.enable(0);
    bench.time.0.set(1000);
    // On, at a virtual count that is the physical one.
    bench.object(0).registers.extend([(VCpuReg::CNTV_CTL, 1), (VCpuReg::CNTV_CVAL, 5000)]);
    assert_eq!(bench.handle(0, Message::Trap { syndrome: WFI }), Reply::Nothing);
    assert_eq!(bench.bell.0.get(), Some(5000));
    bench.calls(0);
    // Too early: nothing happens.
    bench.machine.alarm_rang();
    assert_eq!((bench.calls(0).len(), bench.bell.0.get()), (0, Some(5000)));
    bench.time.0.set(5001);
    bench.machine.alarm_rang();
    assert_eq!(bench.calls(0), ["write 1 and resume"]);
    assert_eq!(bench.object(0).words[0] & 0xfff, 12);
    assert_eq!(bench.bell.0.get(), None);
    assert_eq!(bench.machine.cpus()[0].counts.idle, 4001);
}

#[test]
fn an_interrupt_wakes_an_idle_guest() {
    let mut bench = bench(1);
    bench.enable(0);
    let spi = Spi::new(1).unwrap();
    bench.store(0, DISTRIBUTOR + 0x104, 1 << 1);
    assert_eq!(bench.handle(0, Message::Trap { syndrome: WFI }), Reply::Nothing);
    assert_eq!(bench.bell.0.get(), None);
    bench.calls(0);
    bench.gic.set_level(Interrupt::Spi(spi), true);
    bench.machine.device_changed();
    assert_eq!(bench.calls(0), ["inject 33 into 0", "write 1 and resume"]);
    // With something in a list register, WFI is no reason to stop.
    assert_eq!(bench.handle(0, Message::Trap { syndrome: WFI }), Reply::Answer);
}

#[test]
fn processors_interrupt_each_other() {
    let mut bench = bench(2);
    bench.enable(0);
    bench.start(1);
    assert_eq!(bench.handle(1, Message::Trap { syndrome: WFI }), Reply::Nothing);
    bench.calls(1);
    bench.send(0, 1 << 24 | 2);
    assert_eq!(bench.calls(1), ["inject 2 into 0", "write 1 and resume"]);
    // It is through with it before the sender has waited for long.
    assert_eq!(bench.bell.0.get(), Some(200));
    assert_eq!(bench.handle(1, Message::Ended(Some(0))), Reply::Answer);
    assert_eq!(bench.handle(1, Message::Trap { syndrome: WFI }), Reply::Nothing);
    assert_eq!(bench.bell.0.get(), None);
    // To itself, and to one that is off.
    bench.send(0, 2 << 24 | 2);
    assert_eq!(bench.bell.0.get(), None);
}

#[test]
fn all_but_those_who_are_interrupted_step_back_for_a_while() {
    let mut bench = bench(4);
    bench.enable(0);
    for vcpu in 1..4 {
        bench.start(vcpu);
    }
    let steps = |bench: &mut Bench| {
        let steps = [0, 1, 2, 3].map(|vcpu| bench.calls(vcpu));
        steps.map(|calls| calls.into_iter().find(|call| call == "back" || call == "forth"))
    };
    let (back, forth) = (Some("back".to_owned()), Some("forth".to_owned()));
    steps(&mut bench);
    bench.send(0, 0b0100 << 16 | 2);
    bench.time.0.set(30);
    bench.send(0, 0b1000 << 16 | 2);
    assert_eq!(steps(&mut bench), [None, None, None, None]);
    assert_eq!(bench.bell.0.get(), Some(200));
    // The sender is in the middle of an exit when it is time: it gets its answer, for later.
    bench.time.0.set(201);
    assert_eq!(bench.call(0, [0xc400_0004, 1, 0, 0]), Reply::Answer);
    assert_eq!(steps(&mut bench), [back.clone(), back.clone(), None, None]);
    assert_eq!(bench.bell.0.get(), Some(451));
    // One to itself is nobody else's business.
    bench.send(2, 2 << 24 | 2);
    assert_eq!((steps(&mut bench), bench.bell.0.get()), ([const { None }; 4], Some(451)));
    bench.time.0.set(451);
    bench.machine.alarm_rang();
    assert_eq!(
        (steps(&mut bench), bench.bell.0.get()),
        ([forth.clone(), forth.clone(), None, None], None)
    );
    // The targets have gone to sleep, or are asked for something themselves.
    bench.send(1, 0b1000 << 16 | 3);
    bench.time.0.set(652);
    bench.machine.alarm_rang();
    assert_eq!(steps(&mut bench), [back.clone(), back.clone(), back.clone(), None]);
    bench.send(3, 0b0010 << 16 | 3);
    assert_eq!(steps(&mut bench), [forth.clone(), forth.clone(), forth.clone(), None]);
    bench.time.0.set(853);
    bench.machine.alarm_rang();
    assert_eq!(steps(&mut bench), [back.clone(), None, back.clone(), back]);
    bench.machine.stop();
    assert_eq!(steps(&mut bench), [forth.clone(), None, forth.clone(), forth]);
}

#[test]
fn a_processor_that_is_off_can_be_started_again() {
    let mut bench = bench(2);
    bench.enable(0);
    bench.start(1);
    assert_eq!(bench.call(1, [0x8400_0002, 0, 0, 0]), Reply::Nothing);
    assert_eq!(bench.call(0, [0xc400_0004, 1, 0, 0]), Reply::Answer);
    assert_eq!(bench.object(0).words[3], 1);
    bench.calls(1);
    bench.start(1);
    // The last one to go ends the guest.
    assert_eq!(bench.call(1, [0x8400_0002, 0, 0, 0]), Reply::Nothing);
    assert_eq!(bench.call(0, [0x8400_0002, 0, 0, 0]), Reply::End(End::Off));
}

#[test]
fn a_reset_leaves_nothing_of_the_former_life() {
    let fresh = bench(2);
    let mut used = bench(2);
    used.enable(0);
    used.start(1);
    used.handle(0, Message::Fired(TIMER));
    used.handle(1, Message::Trap { syndrome: WFI });
    assert_eq!(used.call(0, [0x8400_0009, 0, 0, 0]), Reply::End(End::Reset(Reset::Cold)));
    assert!(!used.object(0).runs && !used.object(1).runs);
    used.machine.boot(power_on::boot_of(
        Start { entry: GuestAddress(RAM), context: 0x1234 },
        vmm::images::Mode::AArch64,
    ));
    for (used, fresh) in used.machine.cpus().iter().zip(fresh.machine.cpus()) {
        assert_eq!((used.run, used.timer), (fresh.run, fresh.timer));
        let (used, fresh) = (&used.processor, &fresh.processor);
        assert_eq!((used.words, &used.registers), (fresh.words, &fresh.registers));
        assert_eq!((used.lists, used.runs), (fresh.lists, fresh.runs));
    }
    assert!(!used.gic.has_waiting(VcpuId(0)));
    // CPU_ON works as the first time.
    used.start(1);
}

#[test]
fn an_access_to_nothing_is_the_guests_exception() {
    let mut bench = bench(1);
    bench.object(0).registers.push((VCpuReg::VBAR, RAM + 0x800));
    let message = Message::Access { ip: RAM, address: 0x1000_0000, syndrome: LOAD };
    assert_eq!(bench.handle(0, message), Reply::Answer);
    assert_eq!(bench.object(0).words[0], RAM + 0x800 + 0x200);
    // A guest in AArch32 state can't be told.
    bench.object(0).words[2] = 0x1d3;
    assert_eq!(bench.handle(0, message), Reply::End(End::Stuck));
}

#[test]
fn whatever_a_guest_sends_is_answered() {
    let mut bench = bench(1);
    for message in [
        Message::Unknown(99),
        Message::Fired(12),
        Message::Ended(Some(usize::MAX)),
        Message::HypervisorCall { ip: u64::MAX },
        Message::Access { ip: 0, address: u64::MAX, syndrome: u64::MAX },
        Message::Trap { syndrome: u64::MAX },
    ] {
        assert_eq!(bench.handle(0, message), Reply::Answer, "{message:?}");
    }
    assert_eq!(bench.handle(200, Message::Unknown(0)), Reply::Nothing);
}

#[test]
fn processors_that_only_exit_take_turns() {
    let mut bench = bench(2);
    bench.enable(0);
    bench.start(1);
    let poll = |bench: &mut Bench| bench.call(0, [0xc400_0004, 1, 0, 0]);
    assert_eq!(poll(&mut bench), Reply::Answer);
    bench.time.0.set(4_000);
    assert_eq!(poll(&mut bench), Reply::Answer);
    // Five milliseconds without a word of the other.
    bench.time.0.set(6_000);
    assert_eq!(poll(&mut bench), Reply::Nothing);
    assert_eq!(bench.bell.0.get(), Some(11_000));
    bench.calls(0);
    // When the other waits, the first needn't any longer.
    assert_eq!(bench.handle(1, Message::Trap { syndrome: WFI }), Reply::Nothing);
    assert!(bench.calls(0).contains(&"write 4 and resume".into()));
    // It is alone, and goes on for as long as it likes.
    bench.time.0.set(60_000);
    assert_eq!(poll(&mut bench), Reply::Answer);
    bench.time.0.set(90_000);
    assert_eq!(poll(&mut bench), Reply::Answer);
}

#[test]
fn processors_that_only_read_take_turns() {
    struct Zero;
    impl vmm::mmio::MmioDevice for Zero {
        fn is_timed(&self) -> bool {
            false
        }
        fn read(&mut self, _: vmm::mmio::Access, _: &mut vmm::report::DeviceLog<'_>) -> u64 {
            0
        }
        fn write(&mut self, _: vmm::mmio::Access, _: u64, _: &mut vmm::report::DeviceLog<'_>) {}
        fn reset(&mut self) {}
    }
    let mut bench = bench(2);
    let range = GuestRange::new(GuestAddress(0x900_0000), 0x1000).unwrap();
    bench.machine.bus.add("zero", range, Box::new(Zero)).unwrap();
    bench.enable(0);
    bench.start(1);
    let read = |bench: &mut Bench, vcpu| {
        let message = Message::Access { ip: RAM, address: 0x900_0000, syndrome: LOAD };
        bench.handle(vcpu, message)
    };
    assert_eq!(read(&mut bench, 0), Reply::Answer);
    bench.time.0.set(6_000);
    // The clock is looked at soon, and the other one's exits begin another turn.
    let answers = (0..20).take_while(|_| read(&mut bench, 0) == Reply::Answer).count();
    assert!((1..=15).contains(&answers), "{answers}");
    bench.time.0.set(7_000);
    assert_eq!(read(&mut bench, 1), Reply::Answer);
    bench.time.0.set(11_500);
    bench.machine.alarm_rang();
    for _ in 0..20 {
        assert_eq!((read(&mut bench, 0), read(&mut bench, 1)), (Reply::Answer, Reply::Answer));
    }
}

#[test]
fn an_alarm_that_the_guest_has_stopped_rings_at_the_next_exit() {
    let mut bench = bench(2);
    bench.enable(0);
    bench.start(1);
    bench.object(1).registers.extend([(VCpuReg::CNTV_CTL, 1), (VCpuReg::CNTV_CVAL, 5000)]);
    assert_eq!(bench.handle(1, Message::Trap { syndrome: WFI }), Reply::Nothing);
    bench.calls(1);
    // With the physical timer written by the guest, nobody says that it is time.
    bench.time.0.set(5001);
    assert_eq!(bench.call(0, [0xc400_0004, 1, 0, 0]), Reply::Answer);
    assert_eq!(bench.calls(1), ["write 1 and resume"]);
    assert_eq!(bench.bell.0.get(), None);
}

#[test]
fn random_bits_are_offered_if_somebody_has_some() {
    const TRNG_VERSION: u64 = 0x8400_0050;
    const TRNG_RND64: u64 = 0xc400_0053;
    struct Counting(u8);
    impl Entropy for Counting {
        fn uuid(&self) -> [u8; 16] {
            [1; 16]
        }
        fn fill(&mut self, buffer: &mut [u8]) -> bool {
            for byte in buffer {
                self.0 += 1;
                *byte = self.0;
            }
            true
        }
    }
    let mut with = bench_with(1, Some(Box::new(Counting(0))));
    assert_eq!(with.call(0, [TRNG_VERSION, 0, 0, 0]), Reply::Answer);
    assert_eq!(with.object(0).words[3], 0x1_0000);
    with.call(0, [TRNG_RND64, 64, 0, 0]);
    assert_eq!(with.object(0).words[3..7], [0, 0, 0, 0x0807_0605_0403_0201]);
    let mut without = bench(1);
    for function in [TRNG_VERSION, TRNG_RND64] {
        assert_eq!(without.call(0, [function, 64, 0, 0]), Reply::Answer);
        assert_eq!(without.object(0).words[3], u64::MAX);
    }
}

#[test]
fn a_processor_that_goes_off_leaves_the_alarm_right() {
    let mut bench = bench(2);
    bench.enable(0);
    bench.start(1);
    bench.object(0).registers.extend([(VCpuReg::CNTV_CTL, 1), (VCpuReg::CNTV_CVAL, 5000)]);
    assert_eq!(bench.handle(0, Message::Trap { syndrome: WFI }), Reply::Nothing);
    assert_eq!(bench.bell.0.get(), Some(5000));
    // The other one has written the physical timer before it goes.
    bench.bell.0.set(None);
    assert_eq!(bench.call(1, [0x8400_0002, 0, 0, 0]), Reply::Nothing);
    assert_eq!(bench.bell.0.get(), Some(5000));
    // So does one that ends the guest.
    let mut bench = self::bench(1);
    assert_eq!(bench.call(0, [0xc400_0004, 0, 0, 0]), Reply::Answer);
    bench.bell.0.set(Some(77));
    assert_eq!(bench.call(0, [0x8400_0008, 0, 0, 0]), Reply::End(End::Off));
    assert_eq!(bench.bell.0.get(), None);
}
