//! Guests at EL1: what makes them exit, and what their VMM can do then.

use sel4::{CapRights, Fault, VmAttributes, Word, cap};

use kernel_api_tests::support::check::{equal, refused};
use kernel_api_tests::support::guest::{self, GICV, Guest};
use kernel_api_tests::support::image::device;
use kernel_api_tests::support::machine::address;
use kernel_api_tests::support::{Env, Failure, Outcome};
use kernel_api_tests::tests;

tests!("guest":
    waiting_for_an_interrupt_exits,
    a_monitor_call_exits,
    a_hypervisor_call_is_a_system_call,
    an_unknown_hypervisor_call_faults,
    a_load_from_nothing_exits,
    a_store_to_nothing_exits,
    a_store_to_a_read_only_page_exits,
    a_jump_to_nothing_exits,
    a_page_mapped_after_an_exit_is_used,
    its_exceptions_are_its_own,
    its_registers_are_read_from_outside,
    its_registers_are_set_from_outside,
    two_guests_keep_their_registers,
    two_guests_keep_their_vector_registers,
    the_virtual_timer_exits,
    the_virtual_timer_waits_for_its_acknowledgement,
    an_injected_interrupt_is_taken,
    an_active_list_register_is_in_use,
    the_end_of_an_interrupt_exits,
    a_guest_without_processor_is_no_guest,
    a_deleted_processor_stops_the_guest,
);

fn waiting_for_an_interrupt_exits(env: Env) -> Outcome {
    let guest = env.started_guest(guest::WFI, &[])?;
    let syndrome = guest.trapped(1)?;
    equal(syndrome & 1, 0)?;
    // Answered, it executes the same instruction again.
    guest.go_on(false)?;
    guest.waits()?;
    guest.go_on(true)?;
    guest.waits()?;
    equal(guest.register(1)?, 7)
}

fn a_monitor_call_exits(env: Env) -> Outcome {
    let syndrome = env.started_guest(guest::SMC, &[])?.trapped(0x17)?;
    equal(syndrome & 0xffff, 3)
}

fn a_hypervisor_call_is_a_system_call(env: Env) -> Outcome {
    let send = sel4::sys::seL4_SysSend;
    let tag = sel4::MessageInfo::new(77, 0, 0, 2).into_inner().0;
    let guest = env.guest(guest::HVC, &[1, tag, 5, 6, 0, 0, 0, send])?;
    guest.tcb.tcb_resume()?;
    let message = guest.handler.recv_with_mrs(());
    equal((message.info.label(), message.msg[0], message.msg[1]), (77, 5, 6))?;
    guest.waits()?;
    equal(guest.register(10)?, 9)
}

fn an_unknown_hypervisor_call_faults(env: Env) -> Outcome {
    let guest = env.started_guest(guest::HVC, &[11, 0, 0, 0, 0, 0, 0, 100])?;
    match guest.exit() {
        Fault::UnknownSyscall(it) => equal((it.syscall(), it.gpr(0)), (100, 11)),
        other => Err(Failure::new(format_args!("got {other:x?}"))),
    }
}

const NOWHERE: Word = 0x5000_0010;

/// The memory fault of a guest: address, whether it was a fetch, class, whether it was a write.
fn memory_fault(guest: Guest) -> Outcome<(Word, bool, Word, bool)> {
    match guest.exit() {
        Fault::VmFault(it) => {
            Ok((it.addr(), it.is_prefetch(), it.fsr() >> 26, it.fsr() >> 6 & 1 != 0))
        }
        other => Err(Failure::new(format_args!("got {other:x?}"))),
    }
}

fn a_load_from_nothing_exits(env: Env) -> Outcome {
    let guest = env.started_guest(guest::LOAD, &[NOWHERE])?;
    equal(memory_fault(guest)?, (NOWHERE, false, 0x24, false))
}

fn a_store_to_nothing_exits(env: Env) -> Outcome {
    let guest = env.started_guest(guest::STORE, &[NOWHERE, 1])?;
    equal(memory_fault(guest)?, (NOWHERE, false, 0x24, true))
}

fn a_store_to_a_read_only_page_exits(env: Env) -> Outcome {
    let at = guest::CODE as Word;
    let guest = env.started_guest(guest::STORE, &[at, 1])?;
    equal(memory_fault(guest)?, (at, false, 0x24, true))
}

fn a_jump_to_nothing_exits(env: Env) -> Outcome {
    let guest = env.started_guest(guest::JUMP, &[NOWHERE])?;
    equal(memory_fault(guest)?, (NOWHERE, true, 0x20, false))
}

fn a_page_mapped_after_an_exit_is_used(env: Env) -> Outcome {
    let guest = env.started_guest(guest::LOAD, &[NOWHERE, 0, 99])?;
    memory_fault(guest)?;
    let page: cap::SmallPage = env.make()?;
    let (at, attributes) = (address(NOWHERE) & !0xfff, VmAttributes::DEFAULT);
    env.map(page, guest.vspace, at, CapRights::read_write(), attributes)?;
    guest.go_on(false)?;
    guest.waits()?;
    equal(guest.register(2)?, 0)
}

fn its_exceptions_are_its_own(env: Env) -> Outcome {
    let guest = env.started_guest(guest::EXCEPTION, &[])?;
    guest.waits()?;
    // Class 0x15: a system call.
    equal(guest.register(1)? >> 26, 0x15)
}

fn its_registers_are_read_from_outside(env: Env) -> Outcome {
    let guest = env.started_guest(guest::EXCHANGE, &[0x1111, 0x2220])?;
    guest.waits()?;
    use sel4::VCpuReg::{SP_EL1, TPIDR_EL1};
    equal(guest.vcpu.vcpu_read_regs(TPIDR_EL1)?, 0x1111)?;
    equal(guest.vcpu.vcpu_read_regs(SP_EL1)?, 0x2220)
}

fn its_registers_are_set_from_outside(env: Env) -> Outcome {
    use sel4::VCpuReg::{SP_EL1, TPIDR_EL1};
    let guest = env.guest(guest::EXCHANGE, &[0, 0])?;
    guest.vcpu.vcpu_write_regs(TPIDR_EL1, 0x3333)?;
    guest.tcb.tcb_resume()?;
    guest.waits()?;
    equal(guest.register(0)?, 0x3333)?;
    // While the processor is the current one, too.
    guest.vcpu.vcpu_write_regs(SP_EL1, 0x4440)?;
    guest.go_on(true)?;
    guest.waits()?;
    equal(guest.register(1)?, 0x4440)
}

fn two_guests_keep_their_registers(env: Env) -> Outcome {
    let one = env.started_guest(guest::EXCHANGE, &[1, 0x10])?;
    let two = env.started_guest(guest::EXCHANGE, &[2, 0x20])?;
    for guest in [one, two] {
        guest.waits()?;
        guest.go_on(true)?;
        guest.waits()?;
    }
    equal([one.register(0)?, one.register(1)?], [1, 0x10])?;
    equal([two.register(0)?, two.register(1)?], [2, 0x20])
}

fn two_guests_keep_their_vector_registers(env: Env) -> Outcome {
    let one = env.started_guest(guest::VECTOR, &[1])?;
    let two = env.started_guest(guest::VECTOR, &[2])?;
    for guest in [one, two] {
        guest.waits()?;
        guest.go_on(true)?;
        guest.waits()?;
    }
    equal([one.register(0)?, two.register(0)?], [1, 2])
}

const VIRTUAL_TIMER: Word = 27;

/// Waits for an event of the virtual timer.
#[track_caller]
fn timer_event(guest: Guest) -> Outcome {
    match guest.exit() {
        Fault::VPpiEvent(it) => equal(it.irq(), VIRTUAL_TIMER),
        other => Err(Failure::new(format_args!("got {other:x?}, expected the timer's event"))),
    }
}

fn the_virtual_timer_exits(env: Env) -> Outcome {
    let guest = env.started_guest(guest::TIMER, &[0, u64::MAX])?;
    timer_event(guest)
}

fn the_virtual_timer_waits_for_its_acknowledgement(env: Env) -> Outcome {
    let guest = env.started_guest(guest::TIMER, &[0, 1000])?;
    timer_event(guest)?;
    // It fires still, but the event doesn't come again: the guest counts to the end.
    guest.go_on(false)?;
    guest.waits()?;
    guest.vcpu.vcpu_ack_vppi(VIRTUAL_TIMER)?;
    guest.go_on(true)?;
    timer_event(guest)
}

/// The group of the guests' interrupts. A GICv3 has active priorities for each group, of which
/// the C kernel keeps only those of group 1 for a guest.
const GROUP: u8 = if sel4::sel4_cfg_bool!(ARM_GIC_V3_SUPPORT) { 1 } else { 0 };

/// A guest that has the virtual CPU interface.
fn with_interrupts(env: Env) -> Outcome<Guest> {
    if sel4::sel4_cfg_bool!(ARM_GIC_V3_SUPPORT) {
        return env.guest(guest::ACKNOWLEDGE_V3, &[]);
    }
    let guest = env.guest(guest::ACKNOWLEDGE, &[GICV as Word])?;
    let page: cap::SmallPage =
        env.retype(device(0x804_0000)?, sel4::ObjectBlueprintArm::SmallPage.into())?;
    let attributes = VmAttributes::NONE;
    env.map(page, guest.vspace, GICV, CapRights::read_write(), attributes)?;
    Ok(guest)
}

fn an_injected_interrupt_is_taken(env: Env) -> Outcome {
    let guest = with_interrupts(env)?;
    guest.vcpu.vcpu_inject_irq(40, 0, GROUP, 2)?;
    guest.tcb.tcb_resume()?;
    guest.waits()?;
    equal(guest.register(3)?, 40)
}

fn an_active_list_register_is_in_use(env: Env) -> Outcome {
    let guest = with_interrupts(env)?;
    guest.vcpu.vcpu_inject_irq(40, 0, GROUP, 0)?;
    // A pending one is overwritten.
    guest.vcpu.vcpu_inject_irq(41, 0, GROUP, 0)?;
    guest.tcb.tcb_resume()?;
    guest.waits()?;
    equal(guest.register(3)?, 41)?;
    // Another guest's processor takes this one's place, so that its registers are saved.
    let other = env.started_guest(guest::WFI, &[])?;
    other.waits()?;
    refused(guest.vcpu.vcpu_inject_irq(42, 0, GROUP, 0), sel4::Error::DeleteFirst)
}

fn the_end_of_an_interrupt_exits(env: Env) -> Outcome {
    let guest = with_interrupts(env)?;
    guest.vcpu.vcpu_inject_irq(40, 0, GROUP, 1)?;
    guest.tcb.tcb_resume()?;
    guest.waits()?;
    guest.go_on(true)?;
    match guest.exit() {
        Fault::VGicMaintenance(it) => equal(it.idx(), Some(1))?,
        other => return Err(Failure::new(format_args!("got {other:x?}"))),
    }
    guest.go_on(false)?;
    guest.waits()
}

fn a_guest_without_processor_is_no_guest(env: Env) -> Outcome {
    let guest = env.guest(guest::WFI, &[])?;
    // Another thread takes the processor away, and with it the right to be at EL1.
    guest.vcpu.vcpu_set_tcb(env.make()?)?;
    let state = *guest.tcb.tcb_read_all_registers(false)?.spsr();
    equal(state & 0xf, 0)
}

fn a_deleted_processor_stops_the_guest(env: Env) -> Outcome {
    let guest = env.started_guest(guest::WFI, &[])?;
    guest.waits()?;
    kernel_api_tests::support::env::absolute(guest.vcpu).delete()?;
    let state = *guest.tcb.tcb_read_all_registers(false)?.spsr();
    equal(state & 0xf, 0)
}
