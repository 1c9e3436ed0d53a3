//! Paths through CNodes: how they are resolved, and what is said about those that lead nowhere.

use sel4::init_thread::slot;
use sel4::sys::{CNodeCopy, CNodeDelete, TCBSuspend};
use sel4::{CNodeCapData, CPtr, CapRights, Error, LookupFailure, ObjectBlueprint, cap, cap_type};

use kernel_api_tests::support::check::{equal, refused};
use kernel_api_tests::support::env::{absolute, is_empty};
use kernel_api_tests::support::message::{info, invoke};
use kernel_api_tests::support::thread::ABOVE;
use kernel_api_tests::support::{Env, Options, Outcome};
use kernel_api_tests::tests;

tests!("cspace":
    a_depth_of_0_is_out_of_range,
    a_depth_of_more_than_a_word_is_out_of_range,
    the_root_has_to_be_a_cnode,
    the_source_root_has_to_be_a_cnode,
    a_path_may_not_end_inside_a_cnode,
    a_path_may_not_go_on_behind_a_cnode,
    a_path_goes_through_two_cnodes,
    the_second_guard_counts,
    low_bits_of_a_pointer_may_stay_unused,
    a_cspace_of_another_thread_is_its_own,
    a_short_message_is_refused,
    an_unknown_label_is_refused,
    a_label_of_another_object_is_refused,
);

fn destination(failure: LookupFailure) -> Error {
    Error::FailedLookup { source: false, failure }
}

fn a_depth_of_0_is_out_of_range(env: Env) -> Outcome {
    let cnode = env.make_sized::<cap_type::CNode>(4)?;
    let error = Error::RangeError { min: 1, max: 64 };
    refused(cnode.absolute_cptr_from_bits_with_depth(0, 0).delete(), error)
}

fn a_depth_of_more_than_a_word_is_out_of_range(env: Env) -> Outcome {
    let cnode = env.make_sized::<cap_type::CNode>(4)?;
    let error = Error::RangeError { min: 1, max: 64 };
    refused(cnode.absolute_cptr_from_bits_with_depth(0, 65).delete(), error)
}

fn the_root_has_to_be_a_cnode(env: Env) -> Outcome {
    // An endpoint takes the label for a message, so a thread is asked to be a CNode.
    let tcb = env.make::<cap_type::Tcb>()?;
    refused(invoke(tcb, CNodeDelete, &[0, 64], &[]), Error::IllegalOperation)?;
    let result = env.memory().untyped_retype(
        &ObjectBlueprint::Endpoint,
        &tcb.cast::<cap_type::CNode>().absolute_cptr_from_bits_with_depth(0, 4),
        0,
        1,
    );
    refused(result, destination(LookupFailure::InvalidRoot))
}

fn the_source_root_has_to_be_a_cnode(env: Env) -> Outcome {
    let ep = env.endpoint()?.cast::<cap_type::CNode>();
    let source = ep.absolute_cptr_from_bits_with_depth(0, 64);
    let error = Error::FailedLookup { source: true, failure: LookupFailure::InvalidRoot };
    refused(env.slot().copy(&source, CapRights::all()), error)
}

fn a_path_may_not_end_inside_a_cnode(env: Env) -> Outcome {
    let cnode = env.make_sized::<cap_type::CNode>(6)?;
    let failure = LookupFailure::DepthMismatch { bits_left: 5, bits_found: 6 };
    refused(cnode.absolute_cptr_from_bits_with_depth(0, 5).delete(), destination(failure))
}

fn a_path_may_not_go_on_behind_a_cnode(env: Env) -> Outcome {
    let cnode = env.make_sized::<cap_type::CNode>(6)?;
    let failure = LookupFailure::DepthMismatch { bits_left: 4, bits_found: 0 };
    refused(cnode.absolute_cptr_from_bits_with_depth(0, 10).delete(), destination(failure))
}

/// A CNode of 16 slots with another one of 8 slots in slot 2.
fn nested(env: Env, guard: CNodeCapData) -> Outcome<(cap::CNode, cap::CNode)> {
    let outer = env.make_sized::<cap_type::CNode>(4)?;
    let inner = env.make_sized::<cap_type::CNode>(3)?;
    outer.absolute_cptr_from_bits_with_depth(2, 4).mint(
        &absolute(inner),
        CapRights::all(),
        guard.into_word(),
    )?;
    Ok((outer, inner))
}

fn a_path_goes_through_two_cnodes(env: Env) -> Outcome {
    let (outer, inner) = nested(env, CNodeCapData::skip(0))?;
    let path = outer.absolute_cptr_from_bits_with_depth(2 << 3 | 5, 7);
    path.copy(&absolute(env.endpoint()?), CapRights::all())?;
    equal(is_empty(env, &inner.absolute_cptr_from_bits_with_depth(5, 3)), false)?;
    // Fewer bits name the slot of the inner CNode itself.
    outer.absolute_cptr_from_bits_with_depth(2, 4).delete()?;
    let failure = LookupFailure::DepthMismatch { bits_left: 3, bits_found: 0 };
    refused(path.delete(), destination(failure))
}

fn the_second_guard_counts(env: Env) -> Outcome {
    let (outer, _) = nested(env, CNodeCapData::new(0b101, 3))?;
    outer.absolute_cptr_from_bits_with_depth(2 << 6 | 0b101 << 3, 10).delete()?;
    let failure = LookupFailure::GuardMismatch { bits_left: 6, guard_found: 0b101, guard_size: 3 };
    let path = outer.absolute_cptr_from_bits_with_depth(2 << 6 | 0b100 << 3, 10);
    refused(path.delete(), destination(failure))
}

fn low_bits_of_a_pointer_may_stay_unused(env: Env) -> Outcome {
    let (cnode, ep) = (env.make_sized::<cap_type::CNode>(4)?, env.endpoint()?);
    for index in [7, 8] {
        let slot = cnode.absolute_cptr_from_bits_with_depth(index, 4);
        slot.mint(&absolute(ep), CapRights::all(), index)?;
    }
    // The four highest bits lead to the endpoint.
    let sender = CPtr::from_bits(7 << 60 | 0x1234).cast::<cap_type::Endpoint>();
    let options = Options { cspace: cnode, ..env.options(ABOVE) };
    env.thread(options, move || sender.send(info(1, 0)))?.tcb.tcb_resume()?;
    equal(ep.nb_recv(()).1, 7)
}

fn a_cspace_of_another_thread_is_its_own(env: Env) -> Outcome {
    let (cnode, ep) = (env.make_sized::<cap_type::CNode>(4)?, env.endpoint()?);
    let slot = cnode.absolute_cptr_from_bits_with_depth(1, 4);
    slot.mint(&absolute(ep), CapRights::all(), 55)?;
    let options = Options {
        cspace: cnode,
        cspace_data: Some(CNodeCapData::skip_high_bits(4)),
        ..env.options(ABOVE)
    };
    // Slot 1 is the thread's own capability in the test's CSpace.
    let sender = CPtr::from_bits(slot::TCB.cptr_bits()).cast::<cap_type::Endpoint>();
    env.thread(options, move || sender.send(info(1, 0)))?.tcb.tcb_resume()?;
    equal(ep.nb_recv(()).1, 55)
}

fn a_short_message_is_refused(env: Env) -> Outcome {
    let cnode = env.make_sized::<cap_type::CNode>(4)?;
    refused(invoke(cnode, CNodeDelete, &[0], &[]), Error::TruncatedMessage)?;
    // A copy has a source root as well.
    refused(invoke(cnode, CNodeCopy, &[0, 4, 0, 4, 15], &[]), Error::TruncatedMessage)?;
    let root = [slot::CNODE.cptr_bits()];
    refused(invoke(cnode, CNodeCopy, &[0, 4, 0], &root), Error::TruncatedMessage)
}

fn an_unknown_label_is_refused(env: Env) -> Outcome {
    let cnode = env.make_sized::<cap_type::CNode>(4)?;
    refused(invoke(cnode, 0xffff, &[0, 4], &[]), Error::IllegalOperation)
}

fn a_label_of_another_object_is_refused(env: Env) -> Outcome {
    let cnode = env.make_sized::<cap_type::CNode>(4)?;
    refused(invoke(cnode, TCBSuspend, &[0, 4], &[]), Error::IllegalOperation)
}
