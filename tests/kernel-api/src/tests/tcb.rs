//! Thread invocations: spaces, IPC buffer, authority over priorities, and flags.

use core::sync::atomic::Ordering::SeqCst;

use sel4::init_thread::slot;
use sel4::sys;
use sel4::{CNodeCapData, CPtr, CapRights, Error, TcbFlagsBuilder, Word, cap, cap_type};

use kernel_api_tests::support::check::{equal, holds, refused};
use kernel_api_tests::support::env::absolute;
use kernel_api_tests::support::image;
use kernel_api_tests::support::message::{info, invoke, set_words, word};
use kernel_api_tests::support::space::WINDOW;
use kernel_api_tests::support::thread::{ABOVE, ipc_buffer_at};
use kernel_api_tests::support::{Env, Options, Outcome};
use kernel_api_tests::tests;

tests!("tcb":
    a_cspace_has_to_be_a_cnode,
    a_vspace_has_to_have_an_identifier,
    an_ipc_buffer_has_to_be_aligned,
    an_ipc_buffer_has_to_be_a_frame,
    an_ipc_buffer_can_be_anywhere_in_its_frame,
    without_an_ipc_buffer_four_words_arrive,
    configure_checks_as_its_parts_do,
    configure_keeps_the_priority,
    the_tls_base_is_a_register,
    a_priority_is_limited_by_the_authority,
    a_maximum_priority_is_limited_by_the_authority,
    both_priorities_are_limited_by_the_authority,
    the_authority_has_to_be_a_thread,
    flags_are_set_and_cleared,
    unknown_flags_are_left_out,
    short_messages_are_refused,
    unknown_labels_are_refused,
    suspend_stops_and_resume_continues,
    suspend_cancels_a_blocked_send,
    resume_sends_again,
    a_deleted_thread_stops,
    a_thread_can_delete_itself,
);

const NO_GUARD: CNodeCapData = CNodeCapData::skip(0);

fn a_cspace_has_to_be_a_cnode(env: Env) -> Outcome {
    let tcb: cap::Tcb = env.make()?;
    let ep: cap::CNode = env.endpoint()?.cast();
    let result = tcb.tcb_set_space(CPtr::from_bits(0), ep, NO_GUARD, slot::VSPACE.cap());
    refused(result, Error::IllegalOperation)?;
    // A guard that doesn't fit makes it none, too.
    let root = slot::CNODE.cap();
    let guard = CNodeCapData::skip(60);
    let result = tcb.tcb_set_space(CPtr::from_bits(0), root, guard, slot::VSPACE.cap());
    refused(result, Error::IllegalOperation)
}

fn a_vspace_has_to_have_an_identifier(env: Env) -> Outcome {
    let tcb: cap::Tcb = env.make()?;
    let set = |vspace| tcb.tcb_set_space(CPtr::from_bits(0), slot::CNODE.cap(), NO_GUARD, vspace);
    refused(set(env.endpoint()?.cast()), Error::IllegalOperation)?;
    // Deriving the capability already asks for one.
    refused(set(env.make()?), Error::IllegalOperation)?;
    Ok(set(env.vspace()?)?)
}

fn an_ipc_buffer_has_to_be_aligned(env: Env) -> Outcome {
    let (tcb, frame): (cap::Tcb, cap::SmallPage) = (env.make()?, env.make()?);
    refused(tcb.tcb_set_ipc_buffer(0x1200, frame), Error::AlignmentError)?;
    Ok(tcb.tcb_set_ipc_buffer(0x1400, frame)?)
}

fn an_ipc_buffer_has_to_be_a_frame(env: Env) -> Outcome {
    let tcb: cap::Tcb = env.make()?;
    let ep = env.endpoint()?.cast();
    refused(tcb.tcb_set_ipc_buffer(0x1000, ep), Error::IllegalOperation)?;
    // Address 0 means none, and then the capability doesn't matter.
    Ok(tcb.tcb_set_ipc_buffer(0, ep)?)
}

fn an_ipc_buffer_can_be_anywhere_in_its_frame(env: Env) -> Outcome {
    let (ep, frame) = (env.endpoint()?, env.make::<cap_type::SmallPage>()?);
    env.map_here(frame, CapRights::read_write())?;
    let address = WINDOW + 0xc00;
    let thread = env.thread(env.options(ABOVE), move || {
        let ipc_buffer = ipc_buffer_at(address);
        ipc_buffer.msg_regs_mut()[5] = 1234;
        ep.with(ipc_buffer).send(info(0, 6));
    })?;
    thread.tcb.tcb_set_ipc_buffer(address as Word, frame)?;
    thread.tcb.tcb_resume()?;
    ep.recv(());
    equal(word(5), 1234)
}

fn without_an_ipc_buffer_four_words_arrive(env: Env) -> Outcome {
    let (ep, seen) = (env.endpoint()?, env.cell());
    let thread = env.thread(env.options(ABOVE), move || {
        set_words(&[1, 2, 3, 4, 5, 6]);
        ep.send(info(0, 6));
        let (message, _) = ep.recv(());
        seen.store(message.length() as u64 * 10 + word(3), SeqCst);
    })?;
    thread.tcb.tcb_set_ipc_buffer(0, slot::IPC_BUFFER.cap())?;
    thread.tcb.tcb_resume()?;
    let (message, _) = ep.recv(());
    equal((message.length(), word(3)), (4, 4))?;
    set_words(&[1, 2, 3, 9, 5, 6]);
    ep.send(info(0, 6));
    equal(seen.load(SeqCst), 49)
}

fn configure_checks_as_its_parts_do(env: Env) -> Outcome {
    let (tcb, frame): (cap::Tcb, cap::SmallPage) = (env.make()?, env.make()?);
    let (root, vspace) = (slot::CNODE.cap(), slot::VSPACE.cap());
    let ep = env.endpoint()?;
    let none = CPtr::from_bits(0);
    let result = tcb.tcb_configure(none, root, NO_GUARD, vspace, 0x1001, frame);
    refused(result, Error::AlignmentError)?;
    let result = tcb.tcb_configure(none, ep.cast(), NO_GUARD, vspace, 0x1000, frame);
    refused(result, Error::IllegalOperation)?;
    let result = tcb.tcb_configure(none, root, NO_GUARD, ep.cast(), 0x1000, frame);
    refused(result, Error::IllegalOperation)
}

fn configure_keeps_the_priority(env: Env) -> Outcome {
    let seen = env.cell();
    let thread = env.thread(env.options(ABOVE), move || seen.store(1, SeqCst))?;
    let buffer = thread.place.ipc_buffer();
    thread.tcb.tcb_configure(
        env.unexpected.cptr(),
        slot::CNODE.cap(),
        NO_GUARD,
        slot::VSPACE.cap(),
        buffer as Word,
        image::frame(buffer),
    )?;
    thread.tcb.tcb_resume()?;
    // It has run at once: its priority is still above the test's.
    equal(seen.load(SeqCst), 1)
}

fn the_tls_base_is_a_register(env: Env) -> Outcome {
    let (seen, handler) = (env.cell(), env.endpoint()?);
    let options = Options { fault_handler: handler.cptr(), ..env.options(ABOVE) };
    let thread = env.thread(options, move || {
        let value: u64;
        // SAFETY: reading the register has no effect.
        unsafe { core::arch::asm!("mrs {}, tpidr_el0", out(reg) value) };
        seen.store(value, SeqCst);
        // Without its IPC buffer it can't end in another way.
        // SAFETY: the instruction is undefined, so nothing is executed after it.
        unsafe { core::arch::asm!("udf #0", options(noreturn)) }
    })?;
    thread.tcb.tcb_set_tls_base(0x1234_5678_9abc)?;
    thread.tcb.tcb_resume()?;
    equal(seen.load(SeqCst), 0x1234_5678_9abc)
}

fn limited(env: Env) -> Outcome<cap::Tcb> {
    let authority: cap::Tcb = env.make()?;
    authority.tcb_set_mc_priority(slot::TCB.cap(), 50)?;
    Ok(authority)
}

fn a_priority_is_limited_by_the_authority(env: Env) -> Outcome {
    let (tcb, authority): (cap::Tcb, _) = (env.make()?, limited(env)?);
    let error = Error::RangeError { min: 0, max: 50 };
    refused(tcb.tcb_set_priority(authority, 51), error)?;
    tcb.tcb_set_priority(authority, 50)?;
    // Only the authority counts, not what the thread had before.
    Ok(tcb.tcb_set_priority(slot::TCB.cap(), 255)?)
}

fn a_maximum_priority_is_limited_by_the_authority(env: Env) -> Outcome {
    let (tcb, authority): (cap::Tcb, _) = (env.make()?, limited(env)?);
    let error = Error::RangeError { min: 0, max: 50 };
    refused(tcb.tcb_set_mc_priority(authority, 51), error)?;
    tcb.tcb_set_mc_priority(authority, 50)?;
    // The new maximum is an authority then.
    refused(tcb.tcb_set_priority(tcb, 51), error)
}

fn both_priorities_are_limited_by_the_authority(env: Env) -> Outcome {
    let (tcb, authority): (cap::Tcb, _) = (env.make()?, limited(env)?);
    let error = Error::RangeError { min: 0, max: 50 };
    refused(tcb.tcb_set_sched_params(authority, 51, 0), error)?;
    refused(tcb.tcb_set_sched_params(authority, 0, 51), error)?;
    // A priority may be above the thread's own maximum.
    Ok(tcb.tcb_set_sched_params(authority, 10, 50)?)
}

fn the_authority_has_to_be_a_thread(env: Env) -> Outcome {
    let (tcb, ep): (cap::Tcb, cap::Tcb) = (env.make()?, env.endpoint()?.cast());
    let error = Error::InvalidCapability { number: 1 };
    refused(tcb.tcb_set_priority(ep, 1), error)?;
    refused(tcb.tcb_set_mc_priority(ep, 1), error)?;
    refused(tcb.tcb_set_sched_params(ep, 1, 1), error)
}

fn flags_are_set_and_cleared(env: Env) -> Outcome {
    let tcb: cap::Tcb = env.make()?;
    let flag = TcbFlagsBuilder::new().fpu_disabled(true).build();
    equal(tcb.tcb_set_flags(0, 0)?, 0)?;
    equal(tcb.tcb_set_flags(0, flag)?, flag)?;
    equal(tcb.tcb_set_flags(0, 0)?, flag)?;
    equal(tcb.tcb_set_flags(flag, 0)?, 0)?;
    // What is cleared and set is set.
    equal(tcb.tcb_set_flags(flag, flag)?, flag)
}

fn unknown_flags_are_left_out(env: Env) -> Outcome {
    let tcb: cap::Tcb = env.make()?;
    let flag = TcbFlagsBuilder::new().fpu_disabled(true).build();
    equal(tcb.tcb_set_flags(0, Word::MAX)?, flag)
}

fn short_messages_are_refused(env: Env) -> Outcome {
    let tcb: cap::Tcb = env.make()?;
    for (label, words) in [
        (sys::TCBReadRegisters, 1),
        (sys::TCBWriteRegisters, 1),
        (sys::TCBCopyRegisters, 1),
        (sys::TCBConfigure, 4),
        (sys::TCBSetPriority, 1),
        (sys::TCBSetMCPriority, 1),
        (sys::TCBSetSchedParams, 2),
        (sys::TCBSetIPCBuffer, 1),
        (sys::TCBSetSpace, 3),
        (sys::TCBSetTLSBase, 0),
        (sys::TCBSetFlags, 1),
    ] {
        refused(invoke(tcb, label, &[0; 4][..words], &[]), Error::TruncatedMessage)?;
    }
    // One word and one capability less than there have to be.
    let caps = [slot::CNODE.cptr_bits(), slot::VSPACE.cptr_bits()];
    refused(invoke(tcb, sys::TCBConfigure, &[0; 4], &caps), Error::TruncatedMessage)?;
    refused(invoke(tcb, sys::TCBSetSpace, &[0; 2], &caps), Error::TruncatedMessage)
}

fn unknown_labels_are_refused(env: Env) -> Outcome {
    let tcb: cap::Tcb = env.make()?;
    refused(invoke(tcb, 0, &[], &[]), Error::IllegalOperation)?;
    refused(invoke(tcb, 0x1_0000, &[], &[]), Error::IllegalOperation)
}

fn suspend_stops_and_resume_continues(env: Env) -> Outcome {
    let (count, ntfn) = (env.cell(), env.notification()?);
    let thread = env.spawn(ABOVE, move || {
        ntfn.wait();
        count.fetch_add(1, SeqCst);
    })?;
    thread.tcb.tcb_suspend()?;
    ntfn.signal();
    equal(count.load(SeqCst), 0)?;
    // It waits once more, and the signal is still there.
    thread.tcb.tcb_resume()?;
    equal(count.load(SeqCst), 1)?;
    // Resuming a thread that runs already changes nothing.
    Ok(slot::TCB.cap().tcb_resume()?)
}

fn suspend_cancels_a_blocked_send(env: Env) -> Outcome {
    let ep = env.endpoint()?;
    let sender = env.badged(ep, 1)?;
    let thread = env.spawn(ABOVE, move || sender.send(info(1, 0)))?;
    thread.tcb.tcb_suspend()?;
    equal(ep.nb_recv(()).1, 0)
}

fn resume_sends_again(env: Env) -> Outcome {
    let ep = env.endpoint()?;
    let thread = env.spawn(ABOVE, move || ep.send(info(1, 0)))?;
    thread.tcb.tcb_suspend()?;
    thread.tcb.tcb_resume()?;
    equal(ep.recv(()).0.label(), 1)?;
    thread.is_done()
}

fn a_deleted_thread_stops(env: Env) -> Outcome {
    let (ep, ntfn) = (env.endpoint()?, env.notification()?);
    let (send_cap, signal_cap) = (env.badged(ep, 1)?, env.badged(ntfn, 1)?);
    let sender = env.spawn(ABOVE, move || send_cap.send(info(1, 0)))?;
    let waiter = env.spawn(ABOVE, move || _ = ntfn.wait())?;
    absolute(sender.tcb).delete()?;
    absolute(waiter.tcb).delete()?;
    equal(ep.nb_recv(()).1, 0)?;
    signal_cap.signal();
    // Nobody has taken the signal.
    equal(ntfn.poll().1, 1)?;
    waiter.is_blocked()
}

fn a_thread_can_delete_itself(env: Env) -> Outcome {
    let own = env.cell();
    let thread = env.thread(env.options(ABOVE), move || {
        let tcb = cap::Tcb::from_bits(own.load(SeqCst));
        let _ = absolute(tcb).delete();
        own.store(0, SeqCst);
    })?;
    own.store(thread.tcb.bits(), SeqCst);
    thread.tcb.tcb_resume()?;
    holds(own.load(SeqCst) != 0, "it runs no further")?;
    thread.is_blocked()
}
