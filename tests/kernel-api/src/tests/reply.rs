//! Reply capabilities, and calls that end otherwise.

use core::sync::atomic::Ordering::SeqCst;

use sel4::{CapRights, CapRightsBuilder, Error, Word, cap, cap_type, with_ipc_buffer_mut};

use kernel_api_tests::support::check::{equal, holds, refused};
use kernel_api_tests::support::env::{absolute, cap_at, is_empty};
use kernel_api_tests::support::message::{info, set_words, word};
use kernel_api_tests::support::thread::{ABOVE, Thread};
use kernel_api_tests::support::{Env, Outcome};
use kernel_api_tests::tests;

tests!("reply":
    a_saved_caller_is_answered_later,
    saved_callers_are_answered_in_any_order,
    a_saved_caller_is_answered_once,
    a_saved_caller_is_answered_with_call,
    saving_nobody_leaves_the_slot_empty,
    saving_needs_an_empty_slot,
    replying_to_nobody_does_nothing,
    a_new_call_replaces_the_caller,
    deleting_the_reply_leaves_the_caller_blocked,
    a_reply_cap_is_not_copied,
    a_suspended_caller_takes_no_reply,
    a_deleted_caller_takes_no_reply,
    a_caller_needs_a_right_to_grant,
    the_right_to_grant_replies_is_enough,
    deleting_the_endpoint_restarts_senders,
    deleting_the_endpoint_restarts_receivers,
    cancelling_sends_of_a_badge,
    cancelling_sends_needs_all_rights,
);

/// Starts a thread that calls with `number` and puts the reply into a cell.
fn caller(env: Env, ep: cap::Endpoint, number: Word) -> Outcome<(Thread, impl Fn() -> Word)> {
    let seen = env.cell();
    let thread = env.spawn(ABOVE, move || {
        set_words(&[number]);
        ep.call(info(0, 1));
        seen.store(word(0), SeqCst);
    })?;
    Ok((thread, || seen.load(SeqCst)))
}

/// Answers with a number through a saved reply capability.
fn answer(reply: cap::Endpoint, number: Word) {
    set_words(&[number]);
    reply.send(info(0, 1));
}

/// Answers the last caller.
fn answer_now(number: Word) {
    set_words(&[number]);
    with_ipc_buffer_mut(|ipc| sel4::reply(ipc, info(0, 1)));
}

fn a_saved_caller_is_answered_later(env: Env) -> Outcome {
    let (ep, slot) = (env.endpoint()?, env.slot());
    let (thread, reply) = caller(env, ep, 7)?;
    ep.recv(());
    slot.save_caller()?;
    thread.is_blocked()?;
    answer(cap_at(&slot), 70);
    thread.is_done()?;
    equal(reply(), 70)
}

fn saved_callers_are_answered_in_any_order(env: Env) -> Outcome {
    let (ep, first, second) = (env.endpoint()?, env.slot(), env.slot());
    let (one, one_reply) = caller(env, ep, 1)?;
    let (two, two_reply) = caller(env, ep, 2)?;
    let (three, three_reply) = caller(env, ep, 3)?;
    ep.recv(());
    first.save_caller()?;
    ep.recv(());
    second.save_caller()?;
    ep.recv(());
    answer_now(30);
    answer(cap_at(&second), 20);
    answer(cap_at(&first), 10);
    [one, two, three].into_iter().try_for_each(Thread::is_done)?;
    equal([one_reply(), two_reply(), three_reply()], [10, 20, 30])
}

fn a_saved_caller_is_answered_once(env: Env) -> Outcome {
    let (ep, slot) = (env.endpoint()?, env.slot());
    let (_, reply) = caller(env, ep, 7)?;
    ep.recv(());
    slot.save_caller()?;
    answer(cap_at(&slot), 1);
    equal(reply(), 1)?;
    holds(is_empty(env, &slot), "the slot is empty after that")
}

fn a_saved_caller_is_answered_with_call(env: Env) -> Outcome {
    let (ep, slot, seen) = (env.endpoint()?, env.slot(), env.cell());
    let (thread, reply) = caller(env, ep, 7)?;
    ep.recv(());
    slot.save_caller()?;
    // A call through it answers, and the caller of it gets no answer of its own: it is the
    // kernel that the message goes to.
    let saved: cap::Endpoint = cap_at(&slot);
    env.spawn(ABOVE, move || {
        set_words(&[5]);
        let info = saved.call(info(0, 1));
        seen.store(1 + info.label(), SeqCst);
    })?;
    thread.is_done()?;
    equal((reply(), seen.load(SeqCst)), (5, 1))
}

fn saving_nobody_leaves_the_slot_empty(env: Env) -> Outcome {
    let slot = env.slot();
    slot.save_caller()?;
    holds(is_empty(env, &slot), "the slot is empty")
}

fn saving_needs_an_empty_slot(env: Env) -> Outcome {
    let ep = env.endpoint()?;
    let _ = caller(env, ep, 7)?;
    ep.recv(());
    refused(absolute(ep).save_caller(), Error::DeleteFirst)
}

fn replying_to_nobody_does_nothing(_: Env) -> Outcome {
    answer_now(1);
    Ok(())
}

fn a_new_call_replaces_the_caller(env: Env) -> Outcome {
    let ep = env.endpoint()?;
    let (one, _) = caller(env, ep, 1)?;
    let (two, reply) = caller(env, ep, 2)?;
    ep.recv(());
    ep.recv(());
    answer_now(20);
    two.is_done()?;
    equal(reply(), 20)?;
    answer_now(10);
    one.is_blocked()
}

fn deleting_the_reply_leaves_the_caller_blocked(env: Env) -> Outcome {
    let (ep, slot) = (env.endpoint()?, env.slot());
    let (thread, _) = caller(env, ep, 1)?;
    ep.recv(());
    slot.save_caller()?;
    slot.delete()?;
    answer_now(1);
    thread.is_blocked()
}

fn a_reply_cap_is_not_copied(env: Env) -> Outcome {
    let (ep, slot) = (env.endpoint()?, env.slot());
    let _ = caller(env, ep, 1)?;
    ep.recv(());
    slot.save_caller()?;
    refused(env.slot().copy(&slot, CapRights::all()), Error::IllegalOperation)?;
    let target = env.slot();
    target.move_(&slot)?;
    answer(cap_at(&target), 1);
    Ok(())
}

fn a_suspended_caller_takes_no_reply(env: Env) -> Outcome {
    let (ep, slot) = (env.endpoint()?, env.slot());
    let (thread, _) = caller(env, ep, 1)?;
    ep.recv(());
    slot.save_caller()?;
    thread.tcb.tcb_suspend()?;
    holds(is_empty(env, &slot), "the reply capability is gone")?;
    thread.is_blocked()
}

fn a_deleted_caller_takes_no_reply(env: Env) -> Outcome {
    let ep = env.endpoint()?;
    let (thread, _) = caller(env, ep, 1)?;
    ep.recv(());
    absolute(thread.tcb).delete()?;
    answer_now(1);
    thread.is_blocked()
}

fn a_caller_needs_a_right_to_grant(env: Env) -> Outcome {
    let ep = env.endpoint()?;
    let (thread, _) = caller(env, env.copy(ep, CapRights::read_write())?, 1)?;
    equal((ep.recv(()).0.length(), word(0)), (1, 1))?;
    answer_now(1);
    thread.is_blocked()
}

fn the_right_to_grant_replies_is_enough(env: Env) -> Outcome {
    let ep = env.endpoint()?;
    let rights = CapRightsBuilder::none().write(true).grant_reply(true).build();
    let (thread, reply) = caller(env, env.copy(ep, rights)?, 1)?;
    ep.recv(());
    answer_now(8);
    thread.is_done()?;
    equal(reply(), 8)
}

/// Fails unless `handler` has got a capability fault in the given phase.
fn is_cap_fault(handler: cap::Endpoint, receiving: u64) -> Outcome {
    let (message, _) = handler.recv(());
    equal((message.label(), word(2)), (1, receiving))
}

fn deleting_the_endpoint_restarts_senders(env: Env) -> Outcome {
    let ep = env.endpoint()?;
    let thread = env.spawn(ABOVE, move || ep.send(info(0, 0)))?;
    thread.is_blocked()?;
    absolute(ep).delete()?;
    // It tries again, and there is no capability any more: a send to nothing is an error that
    // nobody hears of.
    thread.is_done()
}

fn deleting_the_endpoint_restarts_receivers(env: Env) -> Outcome {
    let (ep, handler) = (env.endpoint()?, env.endpoint()?);
    env.spawn_handled(handler, move || _ = ep.recv(()))?;
    absolute(ep).delete()?;
    is_cap_fault(handler, 1)
}

fn cancelling_sends_of_a_badge(env: Env) -> Outcome {
    let ep = env.endpoint()?;
    let (one, two) = (env.badged(ep, 1)?, env.badged(ep, 2)?);
    let other = env.badged(ep, 1)?;
    let first = env.spawn(ABOVE, move || one.send(info(1, 0)))?;
    let second = env.spawn(ABOVE, move || two.send(info(2, 0)))?;
    absolute(one).delete()?;
    absolute(other).cancel_badged_sends()?;
    // The first has tried again, without a capability, and has gone on.
    first.is_done()?;
    second.is_blocked()?;
    equal(ep.nb_recv(()).1, 2)?;
    equal(ep.nb_recv(()).1, 0)
}

fn cancelling_sends_needs_all_rights(env: Env) -> Outcome {
    let ep = env.endpoint()?;
    let weak = env.minted(ep, CapRightsBuilder::all().grant(false).build(), 1)?;
    refused(absolute(weak).cancel_badged_sends(), Error::IllegalOperation)?;
    let tcb = env.make::<cap_type::Tcb>()?;
    refused(absolute(tcb).cancel_badged_sends(), Error::IllegalOperation)
}
