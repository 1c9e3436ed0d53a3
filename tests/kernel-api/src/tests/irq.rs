//! Interrupts: the right to make handlers, and handlers. The real interrupt is that of the EL1
//! physical timer, which the kernel leaves to user level.

use sel4::init_thread::slot;
use sel4::sys;
use sel4::{CapRights, Error, LookupFailure, Word, cap};

use kernel_api_tests::support::alarm::{TIMER, take_timer};
use kernel_api_tests::support::check::{equal, holds, refused};
use kernel_api_tests::support::env::{absolute, cap_at, is_empty};
use kernel_api_tests::support::machine::{per_millisecond, set_timer, spin};
use kernel_api_tests::support::message::{info, invoke};
use kernel_api_tests::support::{Env, Outcome};
use kernel_api_tests::tests;

tests!("irq":
    a_handler_is_made,
    an_interrupt_has_to_exist,
    an_interrupt_has_one_handler,
    a_deleted_handler_frees_its_interrupt,
    interrupts_of_the_kernel_are_taken,
    the_destination_has_to_be_empty,
    the_destination_has_to_be_a_slot,
    a_trigger_is_set,
    a_trigger_checks_as_well,
    the_right_to_make_handlers_is_not_copied,
    a_handler_signals_a_notification_only,
    a_handler_needs_the_right_to_signal,
    an_interrupt_signals_with_its_badge,
    an_interrupt_wakes_the_waiting_thread,
    an_interrupt_comes_once_until_it_is_acknowledged,
    an_acknowledged_interrupt_comes_again,
    a_cleared_handler_signals_nothing,
    a_new_notification_replaces_the_old,
    a_copy_of_a_handler_acknowledges,
    a_software_interrupt_is_sent,
    a_software_interrupt_has_to_exist,
    short_messages_are_refused,
    unknown_labels_are_refused,
);

/// A shared interrupt that no device of the board raises.
const UNUSED: Word = 100;

fn handler(env: Env, irq: Word) -> sel4::Result<cap::IrqHandler> {
    let slot = env.slot();
    slot::IRQ_CONTROL.cap().irq_control_get(irq, &slot)?;
    Ok(cap_at(&slot))
}

fn a_handler_is_made(env: Env) -> Outcome {
    handler(env, UNUSED)?.irq_handler_ack()?;
    Ok(())
}

fn an_interrupt_has_to_exist(env: Env) -> Outcome {
    let error = Error::RangeError { min: 0, max: 159 };
    refused(handler(env, 160), error)?;
    refused(handler(env, Word::MAX), error)?;
    handler(env, 159)?;
    Ok(())
}

fn an_interrupt_has_one_handler(env: Env) -> Outcome {
    handler(env, UNUSED)?;
    refused(handler(env, UNUSED), Error::RevokeFirst)
}

fn a_deleted_handler_frees_its_interrupt(env: Env) -> Outcome {
    let first = handler(env, UNUSED)?;
    absolute(first).delete()?;
    handler(env, UNUSED)?;
    // The right to make handlers is the parent of all of them.
    slot::CNODE.cap().absolute_cptr(slot::IRQ_CONTROL.cptr()).revoke()?;
    handler(env, UNUSED)?;
    Ok(())
}

fn interrupts_of_the_kernel_are_taken(env: Env) -> Outcome {
    // VGIC maintenance, EL2 timer, virtual timer.
    [25, 26, 27].into_iter().try_for_each(|irq| refused(handler(env, irq), Error::RevokeFirst))
}

fn the_destination_has_to_be_empty(env: Env) -> Outcome {
    let occupied = absolute(env.endpoint()?);
    let result = slot::IRQ_CONTROL.cap().irq_control_get(UNUSED, &occupied);
    refused(result, Error::DeleteFirst)
}

fn the_destination_has_to_be_a_slot(env: Env) -> Outcome {
    let cnode: cap::CNode = env.make_sized(4)?;
    let get = |slot| slot::IRQ_CONTROL.cap().irq_control_get(UNUSED, &slot);
    let failure = LookupFailure::DepthMismatch { bits_left: 3, bits_found: 4 };
    refused(
        get(cnode.absolute_cptr_from_bits_with_depth(0, 3)),
        Error::FailedLookup { source: false, failure },
    )?;
    let ep: cap::CNode = env.endpoint()?.cast();
    refused(
        get(ep.absolute_cptr_from_bits_with_depth(0, 4)),
        Error::FailedLookup { source: false, failure: LookupFailure::InvalidRoot },
    )
}

fn a_trigger_is_set(env: Env) -> Outcome {
    for edge in [true, false] {
        let slot = env.slot();
        slot::IRQ_CONTROL.cap().irq_control_get_trigger(UNUSED, edge, &slot)?;
        cap_at::<sel4::cap_type::IrqHandler>(&slot).irq_handler_ack()?;
        slot.delete()?;
    }
    Ok(())
}

fn a_trigger_checks_as_well(env: Env) -> Outcome {
    let get = |irq| slot::IRQ_CONTROL.cap().irq_control_get_trigger(irq, true, &env.slot());
    refused(get(160), Error::RangeError { min: 0, max: 159 })?;
    refused(get(26), Error::RevokeFirst)
}

fn the_right_to_make_handlers_is_not_copied(env: Env) -> Outcome {
    refused(env.copy(slot::IRQ_CONTROL.cap(), CapRights::all()), Error::IllegalOperation)
}

fn a_handler_signals_a_notification_only(env: Env) -> Outcome {
    let ep: cap::Notification = env.endpoint()?.cast();
    let result = handler(env, UNUSED)?.irq_handler_set_notification(ep);
    refused(result, Error::InvalidCapability { number: 0 })
}

fn a_handler_needs_the_right_to_signal(env: Env) -> Outcome {
    let ntfn = env.copy(env.notification()?, CapRights::read_only())?;
    let result = handler(env, UNUSED)?.irq_handler_set_notification(ntfn);
    refused(result, Error::InvalidCapability { number: 0 })
}

/// The timer's handler, and the notification that it signals with badge 0x100.
fn timer(env: Env) -> Outcome<(cap::IrqHandler, cap::Notification)> {
    take_timer()?;
    let (handler, ntfn) = (handler(env, TIMER)?, env.notification()?);
    handler.irq_handler_set_notification(env.badged(ntfn, 0x100)?)?;
    Ok((handler, ntfn))
}

/// Lets the timer fire, and waits long enough.
fn fire() {
    set_timer(Some(0));
    spin(per_millisecond());
}

fn an_interrupt_signals_with_its_badge(env: Env) -> Outcome {
    let (_, ntfn) = timer(env)?;
    fire();
    set_timer(None);
    equal(ntfn.poll().1, 0x100)
}

fn an_interrupt_wakes_the_waiting_thread(env: Env) -> Outcome {
    let (_, ntfn) = timer(env)?;
    set_timer(Some(5 * per_millisecond()));
    let badge = ntfn.wait().1;
    set_timer(None);
    equal(badge, 0x100)
}

fn an_interrupt_comes_once_until_it_is_acknowledged(env: Env) -> Outcome {
    let (handler, ntfn) = timer(env)?;
    fire();
    equal(ntfn.poll().1, 0x100)?;
    fire();
    let second = ntfn.poll().1;
    set_timer(None);
    handler.irq_handler_ack()?;
    equal(second, 0)
}

fn an_acknowledged_interrupt_comes_again(env: Env) -> Outcome {
    let (handler, ntfn) = timer(env)?;
    for _ in 0..3 {
        fire();
        set_timer(None);
        equal(ntfn.poll().1, 0x100)?;
        handler.irq_handler_ack()?;
    }
    // It isn't raised any more, so nothing comes.
    spin(per_millisecond());
    equal(ntfn.poll().1, 0)
}

fn a_cleared_handler_signals_nothing(env: Env) -> Outcome {
    let (handler, ntfn) = timer(env)?;
    handler.irq_handler_clear()?;
    fire();
    set_timer(None);
    equal(ntfn.poll().1, 0)?;
    // Clearing it once more changes nothing.
    Ok(handler.irq_handler_clear()?)
}

fn a_new_notification_replaces_the_old(env: Env) -> Outcome {
    let (handler, old) = timer(env)?;
    let new = env.notification()?;
    handler.irq_handler_set_notification(env.badged(new, 7)?)?;
    fire();
    set_timer(None);
    equal((old.poll().1, new.poll().1), (0, 7))
}

fn a_copy_of_a_handler_acknowledges(env: Env) -> Outcome {
    let (handler, ntfn) = timer(env)?;
    let copy = env.copy(handler, CapRights::all())?;
    absolute(handler).delete()?;
    fire();
    set_timer(None);
    equal(ntfn.poll().1, 0x100)?;
    copy.irq_handler_ack()?;
    fire();
    set_timer(None);
    equal(ntfn.poll().1, 0x100)
}

fn a_software_interrupt_is_sent(env: Env) -> Outcome {
    let (slot, ntfn) = (env.slot(), env.notification()?);
    handler(env, 5)?.irq_handler_set_notification(env.badged(ntfn, 1)?)?;
    slot::IRQ_CONTROL.cap().irq_control_issue_sgi_signal(5, 0, &slot)?;
    cap_at::<sel4::cap_type::Notification>(&slot).nb_send(info(0, 0));
    spin(per_millisecond());
    equal(ntfn.poll().1, 1)
}

fn a_software_interrupt_has_to_exist(env: Env) -> Outcome {
    let make = |irq, target| {
        slot::IRQ_CONTROL.cap().irq_control_issue_sgi_signal(irq, target, &env.slot())
    };
    refused(make(16, 0), Error::RangeError { min: 0, max: 15 })?;
    // GICv2 counts processors, GICv3 names them by their affinity.
    let targets = if sel4::sel4_cfg_bool!(ARM_GIC_V3_SUPPORT) { 1 << 32 } else { 8 };
    refused(make(1, targets), Error::InvalidArgument { number: 1 })?;
    Ok(make(1, targets - 1)?)
}

fn short_messages_are_refused(env: Env) -> Outcome {
    let root = [slot::CNODE.cptr_bits()];
    let control = slot::IRQ_CONTROL.cap();
    let error = Error::TruncatedMessage;
    refused(invoke(control, sys::IRQIssueIRQHandler, &[UNUSED, 0], &root), error)?;
    refused(invoke(control, sys::IRQIssueIRQHandler, &[UNUSED, 0, 64], &[]), error)?;
    let trigger = sys::ARMIRQIssueIRQHandlerTrigger;
    refused(invoke(control, trigger, &[UNUSED, 0, 0], &root), error)?;
    refused(invoke(control, sys::ARMIRQIssueSGISignal, &[1, 0, 0], &root), error)?;
    refused(invoke(handler(env, UNUSED)?, sys::IRQSetIRQHandler, &[], &[]), error)
}

fn unknown_labels_are_refused(env: Env) -> Outcome {
    let error = Error::IllegalOperation;
    refused(invoke(slot::IRQ_CONTROL.cap(), sys::IRQAckIRQ, &[], &[]), error)?;
    let handler = handler(env, UNUSED)?;
    refused(invoke(handler, sys::IRQIssueIRQHandler, &[], &[]), error)?;
    holds(!is_empty(env, &absolute(handler)), "the handler is still there")
}
