//! Notifications, alone and bound to a thread.

use core::sync::atomic::Ordering::SeqCst;

use sel4::init_thread::slot;
use sel4::{CapRights, Error, cap, cap_type};

use kernel_api_tests::support::check::{equal, holds, refused};
use kernel_api_tests::support::env::{absolute, is_empty};
use kernel_api_tests::support::message::{info, invoke};
use kernel_api_tests::support::thread::ABOVE;
use kernel_api_tests::support::{Env, Outcome};
use kernel_api_tests::tests;

tests!("notification":
    a_signal_is_kept,
    signals_join_their_badges,
    waiting_takes_the_badges_away,
    poll_of_nothing_gives_0,
    a_waiting_thread_is_woken,
    waiting_threads_are_woken_in_order,
    a_signal_wakes_one_thread,
    a_signal_needs_the_right_to_write,
    a_call_signals,
    a_bound_thread_receives_from_its_endpoint,
    a_bound_signal_before_receiving_is_kept,
    a_message_is_received_while_bound,
    only_the_bound_thread_may_wait,
    unbound_threads_are_not_woken,
    a_thread_binds_one_notification,
    a_notification_binds_one_thread,
    binding_needs_the_right_to_read,
    binding_needs_a_notification,
    unbinding_needs_a_binding,
    deleting_the_notification_unbinds,
    deleting_the_last_cap_restarts_waiting_threads,
);

fn a_signal_is_kept(env: Env) -> Outcome {
    let ntfn = env.notification()?;
    env.badged(ntfn, 0x11)?.signal();
    equal(ntfn.wait().1, 0x11)
}

fn signals_join_their_badges(env: Env) -> Outcome {
    let ntfn = env.notification()?;
    for badge in [0b1, 0b100, 0b1001] {
        env.badged(ntfn, badge)?.signal();
    }
    equal(ntfn.wait().1, 0b1101)
}

fn waiting_takes_the_badges_away(env: Env) -> Outcome {
    let ntfn = env.notification()?;
    env.badged(ntfn, 3)?.signal();
    equal(ntfn.poll().1, 3)?;
    equal(ntfn.poll().1, 0)
}

fn poll_of_nothing_gives_0(env: Env) -> Outcome {
    equal(env.notification()?.poll().1, 0)
}

fn a_waiting_thread_is_woken(env: Env) -> Outcome {
    let (ntfn, seen) = (env.notification()?, env.cell());
    let badged = env.badged(ntfn, 9)?;
    let thread = env.spawn(ABOVE, move || seen.store(ntfn.wait().1, SeqCst))?;
    thread.is_blocked()?;
    badged.signal();
    equal(seen.load(SeqCst), 9)
}

fn waiting_threads_are_woken_in_order(env: Env) -> Outcome {
    let (ntfn, order) = (env.notification()?, env.cell());
    for digit in 1..4 {
        env.spawn(ABOVE, move || {
            ntfn.wait();
            order.store(order.load(SeqCst) * 10 + digit, SeqCst);
        })?;
    }
    (0..3).for_each(|_| ntfn.signal());
    equal(order.load(SeqCst), 123)
}

fn a_signal_wakes_one_thread(env: Env) -> Outcome {
    let ntfn = env.notification()?;
    let first = env.spawn(ABOVE, move || _ = ntfn.wait())?;
    let second = env.spawn(ABOVE, move || _ = ntfn.wait())?;
    ntfn.signal();
    first.is_done()?;
    second.is_blocked()
}

fn a_signal_needs_the_right_to_write(env: Env) -> Outcome {
    let ntfn = env.notification()?;
    let read_only = env.minted(ntfn, CapRights::read_only(), 5)?;
    read_only.nb_send(info(0, 0));
    equal(ntfn.poll().1, 0)
}

fn a_call_signals(env: Env) -> Outcome {
    let ntfn = env.notification()?;
    let reply = env.badged(ntfn, 6)?.call(info(3, 1));
    equal((reply.label(), reply.length()), (0, 0))?;
    equal(ntfn.poll().1, 6)
}

fn a_bound_thread_receives_from_its_endpoint(env: Env) -> Outcome {
    let (ep, ntfn, seen) = (env.endpoint()?, env.notification()?, env.cell());
    let badged = env.badged(ntfn, 0x40)?;
    let thread = env.thread(env.options(ABOVE), move || {
        seen.store(ep.recv(()).1, SeqCst);
    })?;
    thread.tcb.tcb_bind_notification(ntfn)?;
    thread.tcb.tcb_resume()?;
    thread.is_blocked()?;
    badged.signal();
    thread.is_done()?;
    equal(seen.load(SeqCst), 0x40)
}

fn a_bound_signal_before_receiving_is_kept(env: Env) -> Outcome {
    let (ep, ntfn) = (env.endpoint()?, env.notification()?);
    slot::TCB.cap().tcb_bind_notification(ntfn)?;
    env.badged(ntfn, 2)?.signal();
    equal(ep.recv(()).1, 2)?;
    equal(ep.nb_recv(()).1, 0)
}

fn a_message_is_received_while_bound(env: Env) -> Outcome {
    let (ep, ntfn) = (env.endpoint()?, env.notification()?);
    let (sender, signaller) = (env.badged(ep, 1)?, env.badged(ntfn, 2)?);
    slot::TCB.cap().tcb_bind_notification(ntfn)?;
    env.spawn(ABOVE, move || {
        sender.send(info(3, 0));
    })?;
    signaller.signal();
    // The notification comes first.
    equal(ep.recv(()).1, 2)?;
    equal(ep.recv(()).1, 1)
}

fn only_the_bound_thread_may_wait(env: Env) -> Outcome {
    let (ntfn, handler) = (env.notification()?, env.endpoint()?);
    slot::TCB.cap().tcb_bind_notification(ntfn)?;
    env.spawn_handled(handler, move || _ = ntfn.wait())?;
    // It gets a capability fault.
    equal(handler.recv(()).0.label(), 1)?;
    env.badged(ntfn, 4)?.signal();
    equal(ntfn.wait().1, 4)
}

fn unbound_threads_are_not_woken(env: Env) -> Outcome {
    let (ep, ntfn) = (env.endpoint()?, env.notification()?);
    let thread = env.thread(env.options(ABOVE), move || _ = ep.recv(()))?;
    thread.tcb.tcb_bind_notification(ntfn)?;
    thread.tcb.tcb_unbind_notification()?;
    thread.tcb.tcb_resume()?;
    ntfn.signal();
    thread.is_blocked()
}

fn a_thread_binds_one_notification(env: Env) -> Outcome {
    let tcb = env.make::<cap_type::Tcb>()?;
    tcb.tcb_bind_notification(env.notification()?)?;
    refused(tcb.tcb_bind_notification(env.notification()?), Error::IllegalOperation)
}

fn a_notification_binds_one_thread(env: Env) -> Outcome {
    let (one, other) = (env.make::<cap_type::Tcb>()?, env.make::<cap_type::Tcb>()?);
    let ntfn = env.notification()?;
    one.tcb_bind_notification(ntfn)?;
    refused(other.tcb_bind_notification(ntfn), Error::IllegalOperation)?;
    one.tcb_unbind_notification()?;
    Ok(other.tcb_bind_notification(ntfn)?)
}

fn binding_needs_the_right_to_read(env: Env) -> Outcome {
    let tcb = env.make::<cap_type::Tcb>()?;
    let ntfn = env.copy(env.notification()?, CapRights::write_only())?;
    refused(tcb.tcb_bind_notification(ntfn), Error::IllegalOperation)
}

fn binding_needs_a_notification(env: Env) -> Outcome {
    let tcb = env.make::<cap_type::Tcb>()?;
    let ep: cap::Notification = env.endpoint()?.cast();
    refused(tcb.tcb_bind_notification(ep), Error::IllegalOperation)?;
    refused(invoke(tcb, sel4::sys::TCBBindNotification, &[], &[]), Error::TruncatedMessage)
}

fn unbinding_needs_a_binding(env: Env) -> Outcome {
    let tcb = env.make::<cap_type::Tcb>()?;
    refused(tcb.tcb_unbind_notification(), Error::IllegalOperation)
}

fn deleting_the_notification_unbinds(env: Env) -> Outcome {
    let tcb = env.make::<cap_type::Tcb>()?;
    let ntfn = env.notification()?;
    tcb.tcb_bind_notification(ntfn)?;
    absolute(ntfn).delete()?;
    holds(is_empty(env, &absolute(ntfn)), "the notification is gone")?;
    Ok(tcb.tcb_bind_notification(env.notification()?)?)
}

fn deleting_the_last_cap_restarts_waiting_threads(env: Env) -> Outcome {
    let (ntfn, handler) = (env.notification()?, env.endpoint()?);
    let thread = env.spawn_handled(handler, move || _ = ntfn.wait())?;
    thread.is_blocked()?;
    absolute(ntfn).delete()?;
    // It tries again, and there is no capability any more.
    equal(handler.recv(()).0.label(), 1)
}
