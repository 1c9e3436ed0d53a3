//! Defects of other virtual machine monitors, one test each that says what went wrong there.

use alloc::vec::Vec;

use vmm::interrupt::InterruptController;
use vmm::mmio::MmioDevice;
use vmm::vcpu::VcpuId;
use vmm::vtimer::{TimerLine, TimerStep};

use super::bench::{CPU0, CPU1, Guest, Hardware, running_v2, spi, timer};
use crate::{Config, InUse, Injection, ListRegisters};

/// camkes-vm: any write to GICD_CPENDSGIR or GICD_SPENDSGIR ran into an assertion, so a guest
/// could stop its monitor.
#[test]
fn writes_to_sgi_pending_registers_do_not_stop_the_monitor() {
    let (gic, mut distributor) = running_v2(2);
    let mut guest = Guest::new(&mut distributor, CPU1);
    guest.write(0xf24, 0x0000_0200);
    assert_eq!(guest.read(0xf14), 0x0000_0200);
    let mut hardware = Hardware::new(4);
    assert_eq!(gic.deliver(CPU1, &mut hardware), 1);
    assert_eq!(hardware.take_injected(), [5]);
    for offset in (0xf10..0xf30).step_by(4) {
        guest.write(offset, u64::MAX);
    }
}

/// camkes-vm: only SGIs 0 and 1 were registered, the others failed.
#[test]
fn all_sixteen_sgis_arrive() {
    let (gic, mut distributor) = running_v2(2);
    for sgi in 0..16 {
        Guest::new(&mut distributor, CPU0).write(0xf00, 0b10 << 16 | sgi);
    }
    let mut hardware = Hardware::new(16);
    assert_eq!(gic.deliver(CPU1, &mut hardware), 16);
    let all: Vec<u16> = (0..16).collect();
    assert_eq!(hardware.take_injected(), all);
}

/// camkes-vm: four list registers and a ring of 64; interrupts beyond were dropped.
#[test]
fn more_interrupts_than_any_queue_are_all_delivered() {
    let (gic, mut distributor) = crate::v2::new(Config { vcpus: 1, spis: 988 }).unwrap();
    gic.set_online(CPU0, true);
    let mut guest = Guest::new(&mut distributor, CPU0);
    guest.write(0x000, 1);
    for offset in (0x104..0x180).step_by(4) {
        guest.write(offset, u64::MAX);
    }
    (0..988).for_each(|n| gic.pulse(spi(n)));
    let mut hardware = Hardware::new(4);
    gic.deliver(CPU0, &mut hardware);
    while hardware.acknowledge().is_some() {
        gic.ended(CPU0, hardware.end().unwrap());
        gic.deliver(CPU0, &mut hardware);
    }
    let all: Vec<u16> = (32..1020).collect();
    assert_eq!(hardware.take_injected(), all);
}

/// camkes-vm: an interrupt that was raised again while it waited was queued twice.
#[test]
fn an_interrupt_that_waits_is_not_queued_twice() {
    let (gic, _distributor) = running_v2(1);
    gic.pulse(spi(1));
    gic.pulse(spi(1));
    let mut hardware = Hardware::new(4);
    assert_eq!(gic.deliver(CPU0, &mut hardware), 1);
    hardware.acknowledge().unwrap();
    gic.ended(CPU0, hardware.end().unwrap());
    assert_eq!(gic.deliver(CPU0, &mut hardware), 0);
}

/// camkes-vm: one static controller, shared by accident as soon as there were two guests.
#[test]
fn two_controllers_know_nothing_of_each_other() {
    let (one, _distributor) = running_v2(1);
    let (other, _distributor) = running_v2(1);
    one.set_level(spi(3), true);
    assert!(one.has_waiting(CPU0));
    assert!(!other.has_waiting(CPU0));
}

/// camkes-vm: registers of priority, target and configuration were ignored.
#[test]
fn priorities_targets_and_configuration_have_an_effect() {
    let (gic, mut distributor) = running_v2(2);
    let mut guest = Guest::new(&mut distributor, CPU0);
    guest.write(0x420, 0x80a0_a0a0);
    guest.write(0x824, 0x0000_0002);
    guest.write(0xc08, 0x0000_0002);
    for n in [1, 3, 4] {
        gic.set_level(spi(n), true);
    }
    gic.pulse(spi(0));
    let (mut cpu0, mut cpu1) = (Hardware::new(4), Hardware::new(4));
    gic.deliver(CPU0, &mut cpu0);
    gic.deliver(CPU1, &mut cpu1);
    assert_eq!(cpu0.take_injected(), [35, 32, 33]);
    assert_eq!(cpu1.take_injected(), [36]);
}

/// libvmm: `assert(vcpu_id < 16)`; and a target list may name processors that don't exist.
#[test]
fn processors_that_do_not_exist_are_ignored() {
    let (gic, mut distributor) = running_v2(2);
    let nobody = VcpuId(200);
    gic.set_online(nobody, true);
    gic.fire(timer(nobody));
    gic.set_level(timer(VcpuId(2)), true);
    assert_eq!(gic.deliver(nobody, &mut Hardware::new(4)), 0);
    assert_eq!(gic.ended(nobody, 0), None);
    assert_eq!(gic.ended(CPU0, 1000), None);
    let mut guest = Guest::new(&mut distributor, nobody);
    guest.write(0xf00, 0xff << 16);
    guest.write(0x100, u64::MAX);
    assert_eq!(guest.read(0x100), 0);
    assert!(!gic.exists(timer(nobody)));
    assert!(!gic.exists(spi(64)));
}

/// libvmm: a virtual timer's interrupt that arrived while the guest couldn't take it (disabled, or
/// all list registers full) was acknowledged to the kernel without having been injected. The tick
/// was lost, and a guest that waited for it hung.
#[test]
fn a_timer_is_not_acknowledged_before_the_guest_has_handled_it() {
    let (gic, mut distributor) = running_v2(1);
    Guest::new(&mut distributor, CPU0).write(0x180, 1 << 27);
    let mut hardware = Hardware::new(4);
    gic.fire(timer(CPU0));
    assert_eq!(gic.deliver(CPU0, &mut hardware), 0);
    assert_eq!(gic.next_released(), None, "disabled");

    Guest::new(&mut distributor, CPU0).write(0x100, 1 << 27);
    (0..4).for_each(|n| gic.pulse(spi(n)));
    Guest::new(&mut distributor, CPU0).write(0x418, 0x8000_0000);
    gic.deliver(CPU0, &mut hardware);
    assert_eq!(gic.next_released(), None, "list registers full");

    hardware.acknowledge().unwrap();
    gic.ended(CPU0, hardware.end().unwrap());
    gic.deliver(CPU0, &mut hardware);
    assert_eq!(hardware.take_injected(), [32, 33, 34, 35, 27]);
    assert_eq!(gic.next_released(), None, "injected, not handled");

    while hardware.acknowledge().is_some() {
        gic.ended(CPU0, hardware.end().unwrap());
    }
    assert_eq!(gic.next_released(), Some(timer(CPU0)));
    assert_eq!(gic.next_released(), None, "once");
    assert_eq!(gic.deliver(CPU0, &mut hardware), 0);
    gic.fire(timer(CPU0));
    assert_eq!(gic.deliver(CPU0, &mut hardware), 1, "still due");
}

/// The same with the line that `vmm` keeps for the virtual timer, in a guest that lets many ticks
/// come while it handles others: each acknowledgement follows an injection of the timer's.
#[test]
fn the_line_of_the_virtual_timer_is_acknowledged_once_for_each_injection() {
    let (gic, mut distributor) = running_v2(1);
    let mut hardware = Hardware::new(1);
    let mut line = TimerLine::default();
    let (mut injected, mut acknowledged) = (0, 0);
    for round in 0..100 {
        Guest::new(&mut distributor, CPU0)
            .write(if round % 3 == 0 { 0x180 } else { 0x100 }, 1 << 27);
        if round % 2 == 0 {
            gic.pulse(spi(round % 5));
        }
        if !line.is_masked() && line.fired() == TimerStep::Raise {
            gic.set_level(timer(CPU0), true);
        }
        gic.deliver(CPU0, &mut hardware);
        injected += hardware.take_injected().iter().filter(|id| **id == 27).count();
        if hardware.acknowledge().is_some() {
            let ended = gic.ended(CPU0, hardware.end().unwrap()).unwrap();
            if ended.number() == 27 && line.ended() == TimerStep::LowerAndAcknowledge {
                gic.set_level(timer(CPU0), false);
                acknowledged += 1;
            }
        }
        assert_eq!(injected, acknowledged);
    }
    assert!(acknowledged > 10);
}

/// libvmm resumes a WFI at once, always; stopping the vCPU with an interrupt in a list register
/// would hang the guest instead, since Linux executes WFI with interrupts masked.
#[test]
fn a_processor_does_not_sleep_over_an_interrupt_that_it_may_not_have_taken() {
    let (gic, _distributor) = running_v2(1);
    assert!(gic.may_sleep(CPU0));
    gic.pulse(spi(1));
    assert!(!gic.may_sleep(CPU0), "waiting");
    let mut hardware = Hardware::new(4);
    gic.deliver(CPU0, &mut hardware);
    assert!(!gic.may_sleep(CPU0), "in a list register");
    hardware.acknowledge().unwrap();
    gic.ended(CPU0, hardware.end().unwrap());
    assert!(gic.may_sleep(CPU0));
}

/// An edge of the host that the guest clears before it was delivered never ends; its line would
/// stay masked for good.
#[test]
fn an_edge_that_is_cleared_is_released() {
    let (gic, mut distributor) = running_v2(1);
    let mut guest = Guest::new(&mut distributor, CPU0);
    guest.write(0xc08, 0b10);
    gic.fire(spi(0));
    guest.write(0x284, 1);
    assert_eq!(gic.next_released(), Some(spi(0)));
    assert_eq!(gic.deliver(CPU0, &mut Hardware::new(4)), 0);
}

/// A reset of the guest lets go of the host's interrupts, keeps what devices drive, and forgets
/// the rest.
#[test]
fn a_reset_releases_what_the_host_masked() {
    let (gic, mut distributor) = running_v2(2);
    gic.fire(timer(CPU1));
    gic.fire(spi(7));
    gic.set_level(spi(8), true);
    gic.pulse(spi(9));
    let mut hardware = Hardware::new(4);
    assert_eq!(gic.deliver(CPU0, &mut hardware), 3);
    distributor.reset();
    let mut released = Vec::new();
    while let Some(interrupt) = gic.next_released() {
        released.push(interrupt);
    }
    assert_eq!(released, [timer(CPU1), spi(7)]);
    assert_eq!(Guest::new(&mut distributor, CPU0).read(0x204), 1 << 8);
    assert_eq!(Guest::new(&mut distributor, CPU0).read(0x000), 0);
    assert!(gic.deliverable().is_empty());
    let mut guest = Guest::new(&mut distributor, CPU0);
    guest.write(0x000, 1);
    guest.write(0xf00, 0b11 << 16);
    assert_eq!(gic.deliverable(), CPU0.into(), "vCPU 1 is off");
}

/// What was in the list registers of a processor that is turned off goes to another one, or waits.
#[test]
fn a_processor_that_is_turned_off_loses_no_interrupt() {
    let (gic, mut distributor) = running_v2(2);
    Guest::new(&mut distributor, CPU0).write(0x820, 0x0303_0303);
    Guest::new(&mut distributor, CPU1).write(0xf00, 0x01 << 16 | 4);
    gic.set_level(spi(0), true);
    let mut hardware = Hardware::new(4);
    gic.deliver(CPU0, &mut hardware);
    assert_eq!(hardware.take_injected(), [4, 32]);
    gic.set_online(CPU0, false);
    assert!(!gic.has_waiting(CPU0));
    assert!(gic.has_waiting(CPU1));
    let mut other = Hardware::new(4);
    gic.deliver(CPU1, &mut other);
    assert_eq!(other.take_injected(), [32]);
    gic.set_online(CPU0, true);
    let mut fresh = Hardware::new(4);
    gic.deliver(CPU0, &mut fresh);
    assert_eq!(fresh.injected[0].source, CPU1);
    assert_eq!(fresh.take_injected(), [4]);
}

/// A list register that the kernel refuses doesn't lose the interrupt and isn't tried again until
/// it is free.
#[test]
fn a_refused_injection_waits_for_another_list_register() {
    struct Refusing(Vec<usize>);
    impl ListRegisters for Refusing {
        fn count(&self) -> usize {
            2
        }
        fn inject(&mut self, index: usize, _: Injection) -> Result<(), InUse> {
            self.0.push(index);
            if index == 0 { Err(InUse) } else { Ok(()) }
        }
    }
    let (gic, _distributor) = running_v2(1);
    gic.pulse(spi(0));
    let mut registers = Refusing(Vec::new());
    assert_eq!(gic.deliver(CPU0, &mut registers), 1);
    gic.pulse(spi(1));
    assert_eq!(gic.deliver(CPU0, &mut registers), 0);
    assert_eq!(registers.0, [0, 1]);
    gic.ended(CPU0, 0);
    assert_eq!(gic.deliverable(), CPU0.into());
}
