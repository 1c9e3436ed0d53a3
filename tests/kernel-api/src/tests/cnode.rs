//! CNode invocations: what they do with capabilities.

use sel4::{AbsoluteCPtr, CNodeCapData, CapRights, Error, LookupFailure, Word, cap, cap_type};

use kernel_api_tests::support::check::{equal, holds, refused};
use kernel_api_tests::support::env::{absolute, cap_at, is_empty};
use kernel_api_tests::support::message::info;
use kernel_api_tests::support::thread::ABOVE;
use kernel_api_tests::support::{Env, Failure, Outcome};
use kernel_api_tests::tests;

tests!("cnode":
    copy_reaches_the_same_object,
    copy_masks_rights,
    copy_needs_an_empty_destination,
    copy_needs_a_source,
    mint_sets_a_badge,
    mint_refuses_a_second_badge,
    mint_sets_a_guard,
    mint_refuses_a_guard_that_does_not_fit,
    move_empties_the_source,
    move_keeps_the_badge,
    mutate_sets_a_guard,
    mutate_refuses_a_badge,
    delete_empties_the_slot,
    delete_of_an_empty_slot_succeeds,
    delete_keeps_copies,
    revoke_deletes_copies,
    revoke_of_a_badged_cap_keeps_its_parent,
    revoke_of_an_original_deletes_badged_caps,
    revoke_of_an_empty_slot_succeeds,
    rotate_moves_two_caps,
    rotate_exchanges_two_caps,
    rotate_sets_guards,
    rotate_refuses_a_badge,
    rotate_refuses_the_same_pivot,
    rotate_needs_a_pivot,
    rotate_needs_an_empty_destination,
);

/// The badge of a message that comes through `ep` from a thread that sends through `sender`.
fn badge_through(env: Env, ep: cap::Endpoint, sender: cap::Endpoint) -> Outcome<Word> {
    env.spawn(ABOVE, move || sender.send(info(7, 0)))?;
    let (message, badge) = ep.recv(());
    holds(message.label() == 7, "the message has arrived")?;
    Ok(badge)
}

fn copy_reaches_the_same_object(env: Env) -> Outcome {
    let ep = env.endpoint()?;
    let copy = env.copy(ep, CapRights::all())?;
    equal(badge_through(env, ep, copy)?, 0)
}

fn copy_masks_rights(env: Env) -> Outcome {
    let ep = env.endpoint()?;
    let read_only = env.copy(ep, CapRights::read_only())?;
    // Without the right to write, a message that doesn't block is dropped.
    env.spawn(ABOVE, move || _ = ep.recv(()))?;
    read_only.nb_send(info(0, 0));
    // The receiver is still there for one that has the right.
    let receiver = env.copy(ep, CapRights::write_only())?;
    receiver.nb_send(info(0, 0));
    // Rights never come back.
    let again = env.copy(read_only, CapRights::all())?;
    let thread = env.spawn(ABOVE, move || _ = ep.recv(()))?;
    again.nb_send(info(0, 0));
    thread.is_blocked()
}

fn copy_needs_an_empty_destination(env: Env) -> Outcome {
    let (one, other) = (env.endpoint()?, env.endpoint()?);
    refused(absolute(one).copy(&absolute(other), CapRights::all()), Error::DeleteFirst)
}

fn copy_needs_a_source(env: Env) -> Outcome {
    let (empty, target) = (env.slot(), env.slot());
    let failure = LookupFailure::MissingCapability { bits_left: 64 };
    let error = Error::FailedLookup { source: true, failure };
    refused(target.copy(&empty, CapRights::all()), error)
}

fn mint_sets_a_badge(env: Env) -> Outcome {
    let ep = env.endpoint()?;
    let badged = env.badged(ep, 0x1234)?;
    equal(badge_through(env, ep, badged)?, 0x1234)
}

fn mint_refuses_a_second_badge(env: Env) -> Outcome {
    let badged = env.badged(env.endpoint()?, 1)?;
    refused(env.badged(badged, 2), Error::IllegalOperation)?;
    // A copy keeps the badge.
    env.copy(badged, CapRights::all()).map(drop).map_err(Into::into)
}

fn mint_sets_a_guard(env: Env) -> Outcome {
    let cnode = env.make_sized::<cap_type::CNode>(4)?;
    let guarded = env.minted(cnode, CapRights::all(), CNodeCapData::new(5, 60).into_word())?;
    let ep = env.endpoint()?;
    // A whole word is resolved now: the guard, then one of 16 slots.
    guarded
        .absolute_cptr_from_bits_with_depth(5 << 4 | 3, 64)
        .copy(&absolute(ep), CapRights::all())?;
    let failure = LookupFailure::GuardMismatch { bits_left: 64, guard_found: 5, guard_size: 60 };
    refused(
        guarded.absolute_cptr_from_bits_with_depth(6 << 4 | 3, 64).delete(),
        Error::FailedLookup { source: false, failure },
    )
}

fn mint_refuses_a_guard_that_does_not_fit(env: Env) -> Outcome {
    let cnode = env.make_sized::<cap_type::CNode>(6)?;
    let guard = CNodeCapData::skip(59).into_word();
    refused(env.minted(cnode, CapRights::all(), guard), Error::IllegalOperation)
}

fn move_empties_the_source(env: Env) -> Outcome {
    let (ep, target) = (env.endpoint()?, env.slot());
    target.move_(&absolute(ep))?;
    holds(is_empty(env, &absolute(ep)), "the source is empty")?;
    holds(!is_empty(env, &target), "the destination isn't empty")
}

fn move_keeps_the_badge(env: Env) -> Outcome {
    let (ep, target) = (env.endpoint()?, env.slot());
    target.move_(&absolute(env.badged(ep, 99)?))?;
    equal(badge_through(env, ep, cap_at(&target))?, 99)
}

fn mutate_sets_a_guard(env: Env) -> Outcome {
    let cnode = env.make_sized::<cap_type::CNode>(4)?;
    let target = env.slot();
    target.mutate(&absolute(cnode), CNodeCapData::new(9, 60).into_word())?;
    holds(is_empty(env, &absolute(cnode)), "the source is empty")?;
    let guarded: cap::CNode = cap_at(&target);
    Ok(guarded.absolute_cptr_from_bits_with_depth(9 << 4, 64).delete()?)
}

fn mutate_refuses_a_badge(env: Env) -> Outcome {
    // A badge is for copies only: the original would be lost.
    let ep = env.endpoint()?;
    refused(env.slot().mutate(&absolute(ep), 2), Error::IllegalOperation)?;
    holds(!is_empty(env, &absolute(ep)), "the capability is still where it was")
}

fn delete_empties_the_slot(env: Env) -> Outcome {
    let slot = absolute(env.endpoint()?);
    slot.delete()?;
    holds(is_empty(env, &slot), "the slot is empty")
}

fn delete_of_an_empty_slot_succeeds(env: Env) -> Outcome {
    Ok(env.slot().delete()?)
}

fn delete_keeps_copies(env: Env) -> Outcome {
    let ep = env.endpoint()?;
    let copy = env.badged(ep, 3)?;
    let other = env.copy(ep, CapRights::all())?;
    absolute(ep).delete()?;
    equal(badge_through(env, other, copy)?, 3)
}

fn revoke_deletes_copies(env: Env) -> Outcome {
    let ep = env.endpoint()?;
    let copies = [env.copy(ep, CapRights::all())?, env.copy(ep, CapRights::read_only())?];
    absolute(ep).revoke()?;
    holds(!is_empty(env, &absolute(ep)), "the original is still there")?;
    holds(copies.iter().all(|copy| is_empty(env, &absolute(*copy))), "all copies are gone")
}

fn revoke_of_a_badged_cap_keeps_its_parent(env: Env) -> Outcome {
    let ep = env.endpoint()?;
    let (badged, other) = (env.badged(ep, 5)?, env.badged(ep, 5)?);
    let copy = env.copy(badged, CapRights::all())?;
    absolute(badged).revoke()?;
    holds(is_empty(env, &absolute(copy)), "the copy of the badged one is gone")?;
    let kept = [ep, badged, other].map(absolute);
    holds(kept.iter().all(|slot| !is_empty(env, slot)), "all others are still there")
}

fn revoke_of_an_original_deletes_badged_caps(env: Env) -> Outcome {
    let ep = env.endpoint()?;
    let badged = env.badged(ep, 5)?;
    let copy = env.copy(badged, CapRights::all())?;
    absolute(ep).revoke()?;
    holds(is_empty(env, &absolute(badged)), "the badged one is gone")?;
    holds(is_empty(env, &absolute(copy)), "its copy is gone")
}

fn revoke_of_an_empty_slot_succeeds(env: Env) -> Outcome {
    Ok(env.slot().revoke()?)
}

/// The number of slots of a CNode, found by the error that a too high slot gives.
fn slots_of(env: Env, cnode: &AbsoluteCPtr) -> Outcome<Word> {
    let cnode: cap::CNode = cap_at(cnode);
    let result = env.memory().untyped_retype(
        &sel4::ObjectBlueprint::Endpoint,
        &cnode.absolute_cptr_for_self(),
        usize::MAX,
        1,
    );
    match result {
        Err(Error::RangeError { min: 0, max }) => Ok(max + 1),
        other => Err(Failure::new(format_args!("got {other:?}, expected a range"))),
    }
}

fn rotate_moves_two_caps(env: Env) -> Outcome {
    let source = absolute(env.make_sized::<cap_type::CNode>(2)?);
    let pivot = absolute(env.make_sized::<cap_type::CNode>(3)?);
    let target = env.slot();
    // The pivot goes to the destination, the source to where the pivot was.
    target.rotate(0, &pivot, 0, &source)?;
    holds(is_empty(env, &source), "the source is empty")?;
    equal(slots_of(env, &target)?, 8)?;
    equal(slots_of(env, &pivot)?, 4)
}

fn rotate_exchanges_two_caps(env: Env) -> Outcome {
    let left = absolute(env.make_sized::<cap_type::CNode>(2)?);
    let right = absolute(env.make_sized::<cap_type::CNode>(3)?);
    left.rotate(0, &right, 0, &left)?;
    equal(slots_of(env, &left)?, 8)?;
    equal(slots_of(env, &right)?, 4)
}

fn rotate_sets_guards(env: Env) -> Outcome {
    let source = absolute(env.make_sized::<cap_type::CNode>(4)?);
    let pivot = absolute(env.make_sized::<cap_type::CNode>(4)?);
    let target = env.slot();
    let guard = |value| CNodeCapData::new(value, 60).into_word();
    target.rotate(guard(1), &pivot, guard(2), &source)?;
    let found = |slot: &AbsoluteCPtr, value: Word| {
        cap_at::<cap_type::CNode>(slot).absolute_cptr_from_bits_with_depth(value << 4, 64).delete()
    };
    found(&target, 1)?;
    Ok(found(&pivot, 2)?)
}

fn rotate_refuses_a_badge(env: Env) -> Outcome {
    let ep = absolute(env.endpoint()?);
    let cnode = absolute(env.make_sized::<cap_type::CNode>(2)?);
    refused(env.slot().rotate(0, &cnode, 1, &ep), Error::IllegalOperation)?;
    refused(env.slot().rotate(0, &ep, 1, &cnode), Error::IllegalOperation)
}

fn rotate_refuses_the_same_pivot(env: Env) -> Outcome {
    let ep = absolute(env.endpoint()?);
    refused(env.slot().rotate(0, &ep, 0, &ep), Error::IllegalOperation)
}

fn rotate_needs_a_pivot(env: Env) -> Outcome {
    let ep = absolute(env.endpoint()?);
    let failure = LookupFailure::MissingCapability { bits_left: 64 };
    refused(
        env.slot().rotate(0, &env.slot(), 0, &ep),
        Error::FailedLookup { source: false, failure },
    )
}

fn rotate_needs_an_empty_destination(env: Env) -> Outcome {
    let [one, two, three] = [env.endpoint()?, env.endpoint()?, env.endpoint()?].map(absolute);
    refused(one.rotate(0, &two, 0, &three), Error::DeleteFirst)
}
