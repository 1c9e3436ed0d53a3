//! Capabilities in messages.

use sel4::init_thread::slot;
use sel4::{
    AbsoluteCPtr, CapRights, CapRightsBuilder, MessageInfo, Word, cap, cap_type, with_ipc_buffer,
    with_ipc_buffer_mut,
};

use kernel_api_tests::support::check::{equal, holds};
use kernel_api_tests::support::env::{absolute, cap_at, is_empty};
use kernel_api_tests::support::message::{info, set_caps};
use kernel_api_tests::support::thread::ABOVE;
use kernel_api_tests::support::{Env, Outcome};
use kernel_api_tests::tests;

tests!("transfer":
    a_cap_arrives_in_the_receive_slot,
    a_cap_keeps_its_badge,
    a_cap_keeps_its_rights,
    without_the_right_to_grant_no_cap_arrives,
    a_cap_to_the_same_endpoint_arrives_as_a_badge,
    only_one_cap_arrives,
    badges_and_a_cap_arrive_together,
    without_a_receive_slot_the_words_arrive,
    an_occupied_receive_slot_takes_nothing,
    a_receive_slot_of_a_wrong_depth_takes_nothing,
    a_receive_slot_in_another_cnode,
    a_reply_transfers_a_cap,
    a_reply_needs_the_receivers_right_to_grant,
    an_original_that_has_children_is_not_copied,
);

/// Sends through `sender`, from a thread above, a message with these capabilities.
fn send<const N: usize>(env: Env, sender: cap::Endpoint, caps: [Word; N]) -> Outcome {
    env.spawn(ABOVE, move || {
        set_caps(&caps);
        sender.send(MessageInfo::new(1, 0, N, 0));
    })?;
    Ok(())
}

/// Sets the test's receive slot and receives.
fn receive(ep: cap::Endpoint, slot: &AbsoluteCPtr) -> MessageInfo {
    with_ipc_buffer_mut(|ipc| ipc.set_recv_slot(slot));
    ep.recv(()).0
}

/// What a message says about its capabilities.
fn caps(info: &MessageInfo) -> (usize, usize) {
    (info.extra_caps(), info.caps_unwrapped())
}

fn a_cap_arrives_in_the_receive_slot(env: Env) -> Outcome {
    let (ep, ntfn, slot) = (env.endpoint()?, env.notification()?, env.slot());
    send(env, ep, [ntfn.bits()])?;
    equal(caps(&receive(ep, &slot)), (1, 0))?;
    cap_at::<cap_type::Notification>(&slot).signal();
    // The sender has a copy still.
    holds(!is_empty(env, &absolute(ntfn)), "the sent capability is still there")
}

fn a_cap_keeps_its_badge(env: Env) -> Outcome {
    let (ep, ntfn, slot) = (env.endpoint()?, env.notification()?, env.slot());
    send(env, ep, [env.badged(ntfn, 0x77)?.bits()])?;
    equal(caps(&receive(ep, &slot)), (1, 0))?;
    cap_at::<cap_type::Notification>(&slot).signal();
    equal(ntfn.poll().1, 0x77)
}

fn a_cap_keeps_its_rights(env: Env) -> Outcome {
    let (ep, ntfn, slot) = (env.endpoint()?, env.notification()?, env.slot());
    let read_only = env.minted(ntfn, CapRights::read_only(), 1)?;
    send(env, ep, [read_only.bits()])?;
    equal(caps(&receive(ep, &slot)), (1, 0))?;
    cap_at::<cap_type::Notification>(&slot).nb_send(info(0, 0));
    equal(ntfn.poll().1, 0)
}

fn without_the_right_to_grant_no_cap_arrives(env: Env) -> Outcome {
    let (ep, ntfn, slot) = (env.endpoint()?, env.notification()?, env.slot());
    let rights = CapRightsBuilder::all().grant(false).build();
    send(env, env.copy(ep, rights)?, [ntfn.bits()])?;
    let message = receive(ep, &slot);
    equal(message.label(), 1)?;
    equal(caps(&message), (0, 0))?;
    holds(is_empty(env, &slot), "the receive slot is empty")
}

fn a_cap_to_the_same_endpoint_arrives_as_a_badge(env: Env) -> Outcome {
    let (ep, slot) = (env.endpoint()?, env.slot());
    send(env, ep, [env.badged(ep, 0xabc)?.bits()])?;
    equal(caps(&receive(ep, &slot)), (1, 1))?;
    equal(with_ipc_buffer(|ipc| ipc.caps_or_badges()[0]), 0xabc)?;
    holds(is_empty(env, &slot), "the receive slot is empty")
}

fn only_one_cap_arrives(env: Env) -> Outcome {
    let (ep, slot) = (env.endpoint()?, env.slot());
    send(env, ep, [env.notification()?.bits(), env.notification()?.bits()])?;
    equal(caps(&receive(ep, &slot)), (1, 0))
}

fn badges_and_a_cap_arrive_together(env: Env) -> Outcome {
    let (ep, slot) = (env.endpoint()?, env.slot());
    let badged = [env.badged(ep, 5)?.bits(), env.badged(ep, 6)?.bits()];
    send(env, ep, [badged[0], env.notification()?.bits(), badged[1]])?;
    equal(caps(&receive(ep, &slot)), (3, 0b101))?;
    equal(with_ipc_buffer(|ipc| [0, 2].map(|i| ipc.caps_or_badges()[i])), [5, 6])?;
    holds(!is_empty(env, &slot), "the capability is there")
}

fn without_a_receive_slot_the_words_arrive(env: Env) -> Outcome {
    let ep = env.endpoint()?;
    send(env, ep, [env.notification()?.bits()])?;
    let nowhere = cap::CNode::from_bits(0).absolute_cptr_from_bits_with_depth(0, 0);
    let message = receive(ep, &nowhere);
    equal((message.label(), caps(&message)), (1, (0, 0)))
}

fn an_occupied_receive_slot_takes_nothing(env: Env) -> Outcome {
    let (ep, occupied) = (env.endpoint()?, env.endpoint()?);
    send(env, ep, [env.notification()?.bits()])?;
    let message = receive(ep, &absolute(occupied));
    equal((message.label(), caps(&message)), (1, (0, 0)))
}

fn a_receive_slot_of_a_wrong_depth_takes_nothing(env: Env) -> Outcome {
    let ep = env.endpoint()?;
    let cnode: cap::CNode = env.make_sized(4)?;
    for depth in [0, 3, 5, 64, 65] {
        send(env, ep, [env.notification()?.bits()])?;
        let message = receive(ep, &cnode.absolute_cptr_from_bits_with_depth(1, depth));
        equal((message.label(), caps(&message)), (1, (0, 0)))?;
    }
    Ok(())
}

fn a_receive_slot_in_another_cnode(env: Env) -> Outcome {
    let ep = env.endpoint()?;
    let cnode: cap::CNode = env.make_sized(4)?;
    send(env, ep, [env.notification()?.bits()])?;
    let slot = cnode.absolute_cptr_from_bits_with_depth(11, 4);
    equal(caps(&receive(ep, &slot)), (1, 0))?;
    holds(!is_empty(env, &slot), "the capability is there")
}

/// Calls a server that answers with a capability, and receives through an endpoint capability
/// with `rights`.
fn call_for_a_cap(env: Env, rights: CapRights) -> Outcome<(MessageInfo, AbsoluteCPtr)> {
    let (ep, ntfn, slot) = (env.endpoint()?, env.notification()?.bits(), env.slot());
    let server = env.copy(ep, rights)?;
    env.spawn(ABOVE, move || {
        server.recv(());
        set_caps(&[ntfn]);
        with_ipc_buffer_mut(|ipc| sel4::reply(ipc, MessageInfo::new(2, 0, 1, 0)));
    })?;
    with_ipc_buffer_mut(|ipc| ipc.set_recv_slot(&slot));
    Ok((ep.call(info(1, 0)), slot))
}

fn a_reply_transfers_a_cap(env: Env) -> Outcome {
    let (reply, slot) = call_for_a_cap(env, CapRights::all())?;
    equal((reply.label(), caps(&reply)), (2, (1, 0)))?;
    holds(!is_empty(env, &slot), "the capability is there")
}

fn a_reply_needs_the_receivers_right_to_grant(env: Env) -> Outcome {
    let (reply, slot) = call_for_a_cap(env, CapRights::read_only())?;
    equal((reply.label(), caps(&reply)), (2, (0, 0)))?;
    holds(is_empty(env, &slot), "the receive slot is empty")
}

fn an_original_that_has_children_is_not_copied(env: Env) -> Outcome {
    let ep = env.endpoint()?;
    let memory: cap::Untyped = env.make_sized(12)?;
    env.retype::<cap_type::Endpoint>(memory, sel4::ObjectBlueprint::Endpoint)?;
    for uncopied in [memory.bits(), slot::IRQ_CONTROL.cptr_bits()] {
        send(env, ep, [uncopied])?;
        equal(caps(&receive(ep, &env.slot())), (0, 0))?;
    }
    Ok(())
}
