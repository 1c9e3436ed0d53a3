//! Messages through endpoints.

use core::sync::atomic::Ordering::SeqCst;

use sel4::{MessageInfo, Word};

use kernel_api_tests::support::check::{equal, holds};
use kernel_api_tests::support::message::{info, set_words, word};
use kernel_api_tests::support::thread::{ABOVE, BELOW};
use kernel_api_tests::support::{Env, Outcome};
use kernel_api_tests::tests;

tests!("ipc":
    a_sender_waits_for_a_receiver,
    a_receiver_waits_for_a_sender,
    nb_send_without_receiver_drops,
    nb_recv_without_sender_returns,
    call_gets_the_reply,
    reply_recv_serves_two_calls,
    senders_are_served_in_order,
    long_messages_arrive,
    a_length_beyond_the_limit_is_cut,
);

fn a_sender_waits_for_a_receiver(env: Env) -> Outcome {
    let ep = env.endpoint()?;
    let sender = env.badged(ep, 42)?;
    let thread = env.spawn(ABOVE, move || {
        set_words(&[1, 2, 3, 4, 5, 6]);
        sender.send(info(0x99, 6));
    })?;
    thread.is_blocked()?;
    let (message, badge) = ep.recv(());
    equal((message.label(), message.length(), badge), (0x99, 6, 42))?;
    for i in 0..6 {
        equal(word(i), i as Word + 1)?;
    }
    thread.is_done()
}

fn a_receiver_waits_for_a_sender(env: Env) -> Outcome {
    let (ep, seen) = (env.endpoint()?, env.cell());
    let sender = env.badged(ep, 8)?;
    let thread = env.spawn(ABOVE, move || {
        let (message, badge) = ep.recv(());
        seen.store(message.label() * 100 + badge * 10 + word(0), SeqCst);
    })?;
    thread.is_blocked()?;
    set_words(&[3]);
    sender.send(info(7, 1));
    thread.is_done()?;
    equal(seen.load(SeqCst), 783)
}

fn nb_send_without_receiver_drops(env: Env) -> Outcome {
    let ep = env.endpoint()?;
    env.badged(ep, 1)?.nb_send(info(1, 0));
    // Only the badge says whether there was something.
    equal(ep.nb_recv(()).1, 0)
}

fn nb_recv_without_sender_returns(env: Env) -> Outcome {
    let (_, badge) = env.endpoint()?.nb_recv(());
    equal(badge, 0)
}

fn call_gets_the_reply(env: Env) -> Outcome {
    let (ep, seen) = (env.endpoint()?, env.cell());
    let thread = env.spawn(ABOVE, move || {
        set_words(&[10, 20]);
        let reply = ep.call(info(1, 2));
        seen.store(reply.label() * 1000 + word(0) + word(5), SeqCst);
    })?;
    let (message, _) = ep.recv(());
    equal((message.label(), message.length(), word(0), word(1)), (1, 2, 10, 20))?;
    thread.is_blocked()?;
    set_words(&[30, 0, 0, 0, 0, 12]);
    sel4::with_ipc_buffer_mut(|ipc| sel4::reply(ipc, info(5, 6)));
    thread.is_done()?;
    equal(seen.load(SeqCst), 5042)
}

fn reply_recv_serves_two_calls(env: Env) -> Outcome {
    let (ep, sum) = (env.endpoint()?, env.cell());
    env.spawn(ABOVE, move || {
        ep.recv(());
        loop {
            let doubled = word(0) * 2;
            set_words(&[doubled]);
            ep.reply_recv(info(0, 1), ());
        }
    })?;
    for number in [4, 17] {
        set_words(&[number]);
        ep.call(info(0, 1));
        sum.fetch_add(word(0), SeqCst);
    }
    equal(sum.load(SeqCst), 42)
}

fn senders_are_served_in_order(env: Env) -> Outcome {
    let ep = env.endpoint()?;
    for label in 1..4 {
        env.spawn(ABOVE, move || ep.send(info(label, 0)))?;
    }
    for label in 1..4 {
        equal(ep.recv(()).0.label(), label)?;
    }
    Ok(())
}

fn long_messages_arrive(env: Env) -> Outcome {
    let ep = env.endpoint()?;
    env.spawn(BELOW, move || {
        for i in 0..120 {
            sel4::with_ipc_buffer_mut(|ipc| ipc.msg_regs_mut()[i] = 1000 + i as Word);
        }
        ep.send(info(0, 120));
    })?;
    let (message, _) = ep.recv(());
    equal(message.length(), 120)?;
    (0..120).try_for_each(|i| equal(word(i), 1000 + i as Word))
}

fn a_length_beyond_the_limit_is_cut(env: Env) -> Outcome {
    let ep = env.endpoint()?;
    env.spawn(ABOVE, move || ep.send(MessageInfo::new(3, 0, 0, 127)))?;
    let (message, _) = ep.recv(());
    holds(message.label() == 3 && message.length() == 120, "the length is 120")
}
