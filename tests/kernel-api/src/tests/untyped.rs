//! Untyped retype: memory, sizes, and what is refused.

use sel4::init_thread::slot;
use sel4::sys::{UntypedRetype, seL4_Word};
use sel4::{
    CPtr, Cap, CapRights, Error, LookupFailure, ObjectBlueprint, ObjectBlueprintAArch64,
    ObjectBlueprintArm, cap, cap_type,
};

use kernel_api_tests::support::check::{equal, holds, refused};
use kernel_api_tests::support::env::{absolute, is_empty, retype_into};
use kernel_api_tests::support::message::invoke;
use kernel_api_tests::support::space::{WINDOW, read, write};
use kernel_api_tests::support::{Env, Outcome};
use kernel_api_tests::tests;

tests!("untyped":
    an_endpoint_takes_its_size,
    a_notification_takes_its_size,
    a_cnode_takes_its_size,
    a_tcb_takes_its_size,
    an_untyped_takes_its_size,
    a_small_page_takes_its_size,
    a_large_page_takes_its_size,
    a_page_table_takes_its_size,
    a_vspace_takes_its_size,
    a_vcpu_takes_its_size,
    at_most_256_objects_at_once,
    slots_have_to_be_in_the_cnode,
    slots_have_to_be_empty,
    the_destination_can_be_a_path,
    the_destination_has_to_be_a_cnode,
    the_type_has_to_exist,
    the_size_has_to_fit_a_word,
    a_cnode_needs_two_slots,
    an_untyped_needs_16_bytes,
    the_memory_left_is_told,
    objects_are_aligned,
    revoke_gives_all_memory_back,
    deleting_all_objects_gives_memory_back,
    one_object_keeps_the_memory,
    memory_is_zeroed_before_it_is_used_again,
    a_copy_needs_no_children,
    short_messages_are_refused,
    unknown_labels_are_refused,
);

/// Fails unless exactly two objects fit into twice their size.
fn takes_its_size(env: Env, blueprint: ObjectBlueprint) -> Outcome {
    let memory: cap::Untyped = env.make_sized(blueprint.physical_size_bits() + 1)?;
    let slots = env.slots(2);
    retype_into(memory, blueprint, &slots, 2)?;
    refused(
        env.retype::<cap_type::Unspecified>(memory, blueprint),
        Error::NotEnoughMemory { available: 0 },
    )
}

fn an_endpoint_takes_its_size(env: Env) -> Outcome {
    takes_its_size(env, ObjectBlueprint::Endpoint)
}

fn a_notification_takes_its_size(env: Env) -> Outcome {
    takes_its_size(env, ObjectBlueprint::Notification)
}

fn a_cnode_takes_its_size(env: Env) -> Outcome {
    takes_its_size(env, ObjectBlueprint::CNode { size_bits: 1 })?;
    takes_its_size(env, ObjectBlueprint::CNode { size_bits: 12 })
}

fn a_tcb_takes_its_size(env: Env) -> Outcome {
    takes_its_size(env, ObjectBlueprint::Tcb)
}

fn an_untyped_takes_its_size(env: Env) -> Outcome {
    takes_its_size(env, ObjectBlueprint::Untyped { size_bits: 4 })?;
    takes_its_size(env, ObjectBlueprint::Untyped { size_bits: 20 })
}

fn a_small_page_takes_its_size(env: Env) -> Outcome {
    takes_its_size(env, ObjectBlueprintArm::SmallPage.into())
}

fn a_large_page_takes_its_size(env: Env) -> Outcome {
    takes_its_size(env, ObjectBlueprintArm::LargePage.into())
}

fn a_page_table_takes_its_size(env: Env) -> Outcome {
    takes_its_size(env, ObjectBlueprintArm::PT.into())
}

fn a_vspace_takes_its_size(env: Env) -> Outcome {
    takes_its_size(env, ObjectBlueprintAArch64::VSpace.into())
}

fn a_vcpu_takes_its_size(env: Env) -> Outcome {
    takes_its_size(env, ObjectBlueprintArm::VCpu.into())
}

fn at_most_256_objects_at_once(env: Env) -> Outcome {
    let slots = env.slots(257);
    let error = Error::RangeError { min: 1, max: 256 };
    let endpoints = |count| retype_into(env.memory(), ObjectBlueprint::Endpoint, &slots, count);
    refused(endpoints(257), error)?;
    refused(endpoints(0), error)?;
    endpoints(256)?;
    let last = slot::CNODE.cap().absolute_cptr(CPtr::from_bits(slots.path().bits() + 255));
    holds(!is_empty(env, &last), "the last slot is used")
}

/// Makes endpoints in a CNode.
fn endpoints(env: Env, cnode: cap::CNode, offset: usize, count: usize) -> sel4::Result<()> {
    let root = cnode.absolute_cptr_for_self();
    env.memory().untyped_retype(&ObjectBlueprint::Endpoint, &root, offset, count)
}

fn slots_have_to_be_in_the_cnode(env: Env) -> Outcome {
    let cnode = env.make_sized(4)?;
    refused(endpoints(env, cnode, 16, 1), Error::RangeError { min: 0, max: 15 })?;
    refused(endpoints(env, cnode, 13, 4), Error::RangeError { min: 1, max: 3 })?;
    Ok(endpoints(env, cnode, 13, 3)?)
}

fn slots_have_to_be_empty(env: Env) -> Outcome {
    let cnode: cap::CNode = env.make_sized(4)?;
    endpoints(env, cnode, 5, 1)?;
    refused(endpoints(env, cnode, 3, 4), Error::DeleteFirst)?;
    // Nothing was made.
    let slot = cnode.absolute_cptr_from_bits_with_depth(3, 4);
    holds(is_empty(env, &slot), "the first slot is still empty")
}

fn the_destination_can_be_a_path(env: Env) -> Outcome {
    let outer: cap::CNode = env.make_sized(4)?;
    let inner: cap::CNode = env.make_sized(4)?;
    let slot = outer.absolute_cptr_from_bits_with_depth(9, 4);
    slot.copy(&absolute(inner), CapRights::all())?;
    env.memory().untyped_retype(&ObjectBlueprint::Endpoint, &slot, 2, 1)?;
    let made = inner.absolute_cptr_from_bits_with_depth(2, 4);
    holds(!is_empty(env, &made), "the endpoint is in the inner CNode")
}

fn the_destination_has_to_be_a_cnode(env: Env) -> Outcome {
    let ep = absolute(env.endpoint()?);
    let failure = LookupFailure::MissingCapability { bits_left: 64 };
    refused(
        env.memory().untyped_retype(&ObjectBlueprint::Endpoint, &ep, 0, 1),
        Error::FailedLookup { source: false, failure },
    )
}

/// Retypes with a raw type and size.
fn raw(env: Env, ty: seL4_Word, size_bits: seL4_Word) -> sel4::Result<()> {
    let slot = env.slot().path().bits();
    let words = [ty, size_bits, 0, 0, slot, 1];
    invoke(env.memory(), UntypedRetype, &words, &[slot::CNODE.cptr_bits()])
}

fn the_type_has_to_exist(env: Env) -> Outcome {
    refused(raw(env, 11, 0), Error::InvalidArgument { number: 0 })?;
    refused(raw(env, u64::MAX, 0), Error::InvalidArgument { number: 0 })
}

fn the_size_has_to_fit_a_word(env: Env) -> Outcome {
    let untyped = ObjectBlueprint::Untyped { size_bits: 0 }.ty().into_sys();
    let error = Error::RangeError { min: 0, max: 47 };
    refused(raw(env, untyped, 48), error)?;
    refused(raw(env, untyped, u64::MAX), error)?;
    // The slots of a CNode have a size as well.
    let cnode = ObjectBlueprint::CNode { size_bits: 0 }.ty().into_sys();
    refused(raw(env, cnode, 43), error)?;
    refused(raw(env, cnode, 42), Error::NotEnoughMemory { available: 1 << 25 })
}

fn a_cnode_needs_two_slots(env: Env) -> Outcome {
    let result = env.make_sized::<cap_type::CNode>(0);
    refused(result, Error::InvalidArgument { number: 1 })
}

fn an_untyped_needs_16_bytes(env: Env) -> Outcome {
    let result = env.make_sized::<cap_type::Untyped>(3);
    refused(result, Error::InvalidArgument { number: 1 })
}

fn the_memory_left_is_told(env: Env) -> Outcome {
    let memory: cap::Untyped = env.make_sized(13)?;
    let page = ObjectBlueprintArm::SmallPage.into();
    env.retype::<cap_type::Unspecified>(memory, ObjectBlueprint::Endpoint)?;
    refused(
        retype_into(memory, page, &env.slots(2), 2),
        Error::NotEnoughMemory { available: (1 << 13) - 16 },
    )?;
    env.retype::<cap_type::Unspecified>(memory, page)?;
    // What was left out for the alignment is lost.
    refused(
        env.retype::<cap_type::Unspecified>(memory, ObjectBlueprint::Endpoint),
        Error::NotEnoughMemory { available: 0 },
    )
}

fn objects_are_aligned(env: Env) -> Outcome {
    env.endpoint()?;
    let small: cap::SmallPage = env.make()?;
    env.endpoint()?;
    let large: cap::LargePage = env.make()?;
    equal(small.frame_get_address()? % (1 << 12), 0)?;
    equal(large.frame_get_address()? % (1 << 21), 0)
}

fn revoke_gives_all_memory_back(env: Env) -> Outcome {
    let memory: cap::Untyped = env.make_sized(14)?;
    for _ in 0..3 {
        let slots = env.slots(4);
        retype_into(memory, ObjectBlueprintArm::SmallPage.into(), &slots, 4)?;
        absolute(memory).revoke()?;
        holds(is_empty(env, &slots), "the object is gone")?;
    }
    Ok(())
}

fn deleting_all_objects_gives_memory_back(env: Env) -> Outcome {
    let memory: cap::Untyped = env.make_sized(12)?;
    for _ in 0..3 {
        let page: cap::SmallPage = env.retype(memory, ObjectBlueprintArm::SmallPage.into())?;
        absolute(page).delete()?;
    }
    Ok(())
}

fn one_object_keeps_the_memory(env: Env) -> Outcome {
    let memory: cap::Untyped = env.make_sized(13)?;
    let page = ObjectBlueprintArm::SmallPage.into();
    let first: cap::SmallPage = env.retype(memory, page)?;
    env.retype::<cap_type::SmallPage>(memory, page)?;
    absolute(first).delete()?;
    refused(
        env.retype::<cap_type::SmallPage>(memory, page),
        Error::NotEnoughMemory { available: 0 },
    )
}

fn memory_is_zeroed_before_it_is_used_again(env: Env) -> Outcome {
    let memory: cap::Untyped = env.make_sized(12)?;
    for _ in 0..2 {
        let page: cap::SmallPage = env.retype(memory, ObjectBlueprintArm::SmallPage.into())?;
        env.map_here(page, CapRights::read_write())?;
        for offset in (0..4096).step_by(8) {
            equal(read(WINDOW + offset), 0)?;
        }
        write(WINDOW, u64::MAX);
        write(WINDOW + 4088, u64::MAX);
        absolute(page).delete()?;
    }
    Ok(())
}

fn a_copy_needs_no_children(env: Env) -> Outcome {
    let memory: cap::Untyped = env.make_sized(12)?;
    let object: cap::Endpoint = env.retype(memory, ObjectBlueprint::Endpoint)?;
    refused(env.copy(memory, CapRights::all()), Error::RevokeFirst)?;
    absolute(object).delete()?;
    // The memory is the copy's then.
    let copy = env.copy(memory, CapRights::all())?;
    refused(
        env.retype::<cap_type::Endpoint>(memory, ObjectBlueprint::Endpoint),
        Error::NotEnoughMemory { available: 0 },
    )?;
    env.retype::<cap_type::Endpoint>(copy, ObjectBlueprint::Endpoint)?;
    Ok(())
}

fn short_messages_are_refused(env: Env) -> Outcome {
    let words = [1, 0, 0, 0, env.slot().path().bits(), 1];
    let root = [slot::CNODE.cptr_bits()];
    let memory = env.memory();
    refused(invoke(memory, UntypedRetype, &words[..5], &root), Error::TruncatedMessage)?;
    refused(invoke(memory, UntypedRetype, &words, &[]), Error::TruncatedMessage)
}

fn unknown_labels_are_refused(env: Env) -> Outcome {
    let memory: Cap<_> = env.memory();
    refused(invoke(memory, UntypedRetype + 1, &[], &[]), Error::IllegalOperation)
}
