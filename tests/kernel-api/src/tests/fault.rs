//! Faults: what their messages say, and what a reply does.

use core::arch::asm;
use core::sync::atomic::AtomicU64;
use core::sync::atomic::Ordering::SeqCst;

use sel4::init_thread::slot;
use sel4::{
    CapRights, Fault, LookupFailure, VmAttributes, Word, cap, cap_type, with_ipc_buffer,
    with_ipc_buffer_mut,
};

use kernel_api_tests::support::check::{equal, holds};
use kernel_api_tests::support::env::{absolute, cap_at};
use kernel_api_tests::support::machine::address;
use kernel_api_tests::support::message::{info, set_caps, set_words, word};
use kernel_api_tests::support::space::{WINDOW, read, write};
use kernel_api_tests::support::thread::{ABOVE, BELOW, Thread};
use kernel_api_tests::support::{Env, Failure, Outcome};
use kernel_api_tests::tests;

tests!("fault":
    a_read_of_nothing,
    a_write_to_nothing,
    a_write_to_a_read_only_page,
    an_instruction_fetch_from_nothing,
    an_instruction_fetch_from_an_execute_never_page,
    a_reply_tries_the_access_again,
    an_undefined_instruction,
    a_breakpoint_instruction,
    a_reply_sets_registers_after_an_exception,
    a_reply_with_a_label_stops_the_thread,
    an_unknown_system_call,
    a_reply_sets_registers_after_a_system_call,
    a_send_to_an_empty_slot,
    a_call_to_an_empty_slot,
    a_send_that_does_not_block_to_an_empty_slot,
    a_receive_from_an_empty_slot,
    a_receive_from_something_else,
    a_receive_without_the_right,
    a_send_of_a_missing_cap,
    a_pointer_with_a_wrong_guard,
    a_reply_to_a_cap_fault_calls_again,
    the_badge_names_the_thread,
    a_handler_without_the_right_to_grant_gets_nothing,
    without_a_handler_the_thread_stops,
    the_handler_runs_at_its_own_priority,
);

/// Receives a fault; the thread that waits for it stays stopped.
fn fault(handler: cap::Endpoint) -> Outcome<Fault> {
    let (message, _) = handler.recv(());
    let fault = with_ipc_buffer(|ipc| Fault::new(ipc, &message));
    match fault {
        Fault::NullFault(_) => {
            Err(Failure::new(format_args!("got message {}, expected a fault", message.label())))
        }
        fault => Ok(fault),
    }
}

/// The memory fault that `access` causes: address, whether it was a fetch, and the classes of the
/// syndrome: exception class and write.
fn memory_fault(env: Env, access: impl Fn() + Copy + 'static) -> Outcome<(Word, bool, Word, bool)> {
    let handler = env.endpoint()?;
    env.spawn_handled(handler, access)?;
    match fault(handler)? {
        Fault::VmFault(it) => {
            Ok((it.addr(), it.is_prefetch(), it.fsr() >> 26 & 0x3f, it.fsr() >> 6 & 1 != 0))
        }
        other => Err(Failure::new(format_args!("got {other:x?}"))),
    }
}

/// The handler of a thread that faults, the thread, and what it leaves in a cell at its end.
type Faulting = (cap::Endpoint, Thread, &'static AtomicU64);

/// Exception classes of aborts from a lower exception level (Arm ARM, ESR_ELx.EC).
const INSTRUCTION_ABORT: Word = 0x20;
const DATA_ABORT: Word = 0x24;
const AT: Word = WINDOW as Word;

fn a_read_of_nothing(env: Env) -> Outcome {
    let got = memory_fault(env, || _ = read(WINDOW + 8))?;
    equal(got, (AT + 8, false, DATA_ABORT, false))
}

fn a_write_to_nothing(env: Env) -> Outcome {
    let got = memory_fault(env, || write(WINDOW + 16, 1))?;
    equal(got, (AT + 16, false, DATA_ABORT, true))
}

fn a_write_to_a_read_only_page(env: Env) -> Outcome {
    env.map_here(env.make::<cap_type::SmallPage>()?, CapRights::read_only())?;
    equal(read(WINDOW), 0)?;
    let got = memory_fault(env, || write(WINDOW, 1))?;
    equal(got, (AT, false, DATA_ABORT, true))?;
    equal(read(WINDOW), 0)
}

/// Calls a function at an address.
fn jump(address: usize) {
    // SAFETY: nothing is mapped there, or not for execution: the call faults.
    unsafe { asm!("blr {}", in(reg) address, clobber_abi("C")) }
}

fn an_instruction_fetch_from_nothing(env: Env) -> Outcome {
    let got = memory_fault(env, || jump(WINDOW))?;
    equal(got, (AT, true, INSTRUCTION_ABORT, false))
}

fn an_instruction_fetch_from_an_execute_never_page(env: Env) -> Outcome {
    let (page, vspace): (cap::SmallPage, _) = (env.make()?, slot::VSPACE.cap());
    let attributes = VmAttributes::DEFAULT | VmAttributes::EXECUTE_NEVER;
    env.map(page, vspace, WINDOW, CapRights::read_write(), attributes)?;
    let got = memory_fault(env, || jump(WINDOW))?;
    equal(got, (AT, true, INSTRUCTION_ABORT, false))
}

/// Answers the thread that faulted last.
fn answer(label: Word, words: &[Word]) {
    set_words(words);
    with_ipc_buffer_mut(|ipc| sel4::reply(ipc, info(label, words.len())));
}

fn a_reply_tries_the_access_again(env: Env) -> Outcome {
    let (handler, seen) = (env.endpoint()?, env.cell());
    let thread = env.spawn_handled(handler, move || {
        write(WINDOW, 3);
        seen.store(read(WINDOW) + 1, SeqCst);
    })?;
    fault(handler)?;
    env.map_here(env.make::<cap_type::SmallPage>()?, CapRights::read_write())?;
    answer(0, &[]);
    thread.is_done()?;
    equal(seen.load(SeqCst), 4)
}

/// Starts a thread that executes an undefined instruction, and then puts x20 into the cell.
fn undefined(env: Env) -> Outcome<Faulting> {
    let (handler, seen) = (env.endpoint()?, env.cell());
    let thread = env.spawn_handled(handler, move || {
        let value: u64;
        // SAFETY: the handler goes on behind the instruction.
        unsafe { asm!("mov x20, #5", "udf #0", "mov {}, x20", out(reg) value, out("x20") _) };
        seen.store(value, SeqCst);
    })?;
    Ok((handler, thread, seen))
}

fn an_undefined_instruction(env: Env) -> Outcome {
    let (handler, thread, _) = undefined(env)?;
    let Fault::UserException(it) = fault(handler)? else {
        return Err(Failure::new(format_args!("no user exception")));
    };
    // The exception class is 0: unknown reason.
    equal((it.number() >> 26, it.code()), (0, 0))?;
    let registers = thread.tcb.tcb_read_all_registers(false)?;
    equal(
        (it.fault_ip(), it.sp(), it.spsr()),
        (*registers.pc(), *registers.sp(), *registers.spsr()),
    )
}

fn a_breakpoint_instruction(env: Env) -> Outcome {
    let handler = env.endpoint()?;
    // SAFETY: the instruction faults, and the thread is never answered.
    env.spawn_handled(handler, || unsafe { asm!("brk #7") })?;
    match fault(handler)? {
        // Class 0x3c with the number in the low bits (Arm ARM, ESR_ELx). A kernel at EL2 takes
        // what EL1 has no use for as a matter of virtual processors, even for a thread without one.
        Fault::VCpuFault(it) => equal((it.hsr() >> 26, it.hsr() & 0xffff), (0x3c, 7)),
        other => Err(Failure::new(format_args!("got {other:x?}"))),
    }
}

fn a_reply_sets_registers_after_an_exception(env: Env) -> Outcome {
    let (handler, thread, seen) = undefined(env)?;
    fault(handler)?;
    let (ip, sp) = (word(0), word(1));
    // Only as many as the reply has: the processor state stays.
    answer(0, &[ip + 4, sp]);
    thread.is_done()?;
    equal(seen.load(SeqCst), 5)
}

fn a_reply_with_a_label_stops_the_thread(env: Env) -> Outcome {
    let (handler, thread, seen) = undefined(env)?;
    fault(handler)?;
    let ip = word(0);
    answer(1, &[ip + 4]);
    thread.is_blocked()?;
    // The program counter was set nevertheless, so that it can be resumed.
    thread.tcb.tcb_resume()?;
    thread.is_done()?;
    equal(seen.load(SeqCst), 5)
}

/// Starts a thread that makes system call 100 with x0 = 11 and x5 = 16, and then puts x0 + x5
/// into the cell.
fn unknown_call(env: Env) -> Outcome<Faulting> {
    let (handler, seen) = (env.endpoint()?, env.cell());
    let thread = env.spawn_handled(handler, move || {
        let (mut first, mut second) = (11u64, 16u64);
        // SAFETY: the handler decides what the registers are after that.
        unsafe {
            asm!("svc #0", in("x7") 100, inout("x0") first, inout("x5") second);
        }
        seen.store(first * 100 + second, SeqCst);
    })?;
    Ok((handler, thread, seen))
}

fn an_unknown_system_call(env: Env) -> Outcome {
    let (handler, thread, _) = unknown_call(env)?;
    let Fault::UnknownSyscall(it) = fault(handler)? else {
        return Err(Failure::new(format_args!("no unknown system call")));
    };
    equal((it.syscall(), it.gpr(0), it.gpr(5), it.gpr(7)), (100, 11, 16, 100))?;
    let registers = thread.tcb.tcb_read_all_registers(false)?;
    // The "link register" is where the system call returns to.
    equal((it.sp(), it.lr()), (*registers.sp(), it.fault_ip() + 4))?;
    // The instruction that it names is the system call.
    let instruction = core::ptr::with_exposed_provenance::<u32>(address(it.fault_ip()));
    // SAFETY: the image has an instruction there, which the thread has executed.
    let instruction = unsafe { instruction.read() };
    equal(instruction, 0xd400_0001)
}

fn a_reply_sets_registers_after_a_system_call(env: Env) -> Outcome {
    let (handler, thread, seen) = unknown_call(env)?;
    fault(handler)?;
    let mut words: [Word; 10] = core::array::from_fn(word);
    words[0] = 3;
    words[5] = 4;
    words[8] += 4;
    answer(0, &words[..9]);
    thread.is_done()?;
    equal(seen.load(SeqCst), 304)
}

/// The capability fault that `call` causes: address, phase, and why.
fn cap_fault(env: Env, call: impl Fn() + Copy + 'static) -> Outcome<(Word, bool, LookupFailure)> {
    let handler = env.endpoint()?;
    env.spawn_handled(handler, call)?;
    match fault(handler)? {
        Fault::CapFault(it) => Ok((it.addr(), it.in_recv_phase(), it.lookup_failure())),
        other => Err(Failure::new(format_args!("got {other:x?}"))),
    }
}

/// The pointer to an empty slot.
fn nothing(env: Env) -> cap::Endpoint {
    cap_at(&env.slot())
}

fn a_send_to_an_empty_slot(env: Env) -> Outcome {
    let empty = nothing(env);
    // A send to an empty slot is an error of the invocation, and tells nobody.
    env.spawn(ABOVE, move || empty.send(info(0, 0)))?.is_done()
}

fn a_call_to_an_empty_slot(env: Env) -> Outcome {
    let reply = nothing(env).call(info(0, 0));
    // `InvalidCapability` of capability 0, the one invoked.
    equal((reply.label(), reply.length(), word(0)), (2, 1, 0))
}

fn a_send_that_does_not_block_to_an_empty_slot(env: Env) -> Outcome {
    nothing(env).nb_send(info(0, 0));
    Ok(())
}

fn a_receive_from_an_empty_slot(env: Env) -> Outcome {
    let empty = nothing(env);
    let failure = LookupFailure::MissingCapability { bits_left: 0 };
    equal(cap_fault(env, move || _ = empty.recv(()))?, (empty.bits(), true, failure))
}

fn a_receive_from_something_else(env: Env) -> Outcome {
    let tcb: cap::Tcb = env.make()?;
    let failure = LookupFailure::MissingCapability { bits_left: 0 };
    equal(cap_fault(env, move || _ = tcb.recv(()))?, (tcb.bits(), true, failure))
}

fn a_receive_without_the_right(env: Env) -> Outcome {
    let ep = env.copy(env.endpoint()?, CapRights::write_only())?;
    let failure = LookupFailure::MissingCapability { bits_left: 0 };
    equal(cap_fault(env, move || _ = ep.nb_recv(()))?, (ep.bits(), true, failure))
}

fn a_send_of_a_missing_cap(env: Env) -> Outcome {
    let ep = env.endpoint()?;
    let cnode: cap::CNode = env.make_sized(4)?;
    let missing = cnode.bits() | 1 << 63;
    let failure = LookupFailure::GuardMismatch { bits_left: 64, guard_found: 0, guard_size: 46 };
    let got = cap_fault(env, move || {
        set_caps(&[missing]);
        ep.send(sel4::MessageInfo::new(0, 0, 1, 0));
    })?;
    equal(got, (missing, false, failure))
}

fn a_pointer_with_a_wrong_guard(env: Env) -> Outcome {
    let outside = cap::Endpoint::from_bits(1 << 40);
    let failure = LookupFailure::GuardMismatch { bits_left: 64, guard_found: 0, guard_size: 46 };
    equal(cap_fault(env, move || outside.send(info(0, 0)))?, (1 << 40, false, failure))
}

fn a_reply_to_a_cap_fault_calls_again(env: Env) -> Outcome {
    let (ep, handler, slot) = (env.endpoint()?, env.endpoint()?, env.slot());
    let receiver: cap::Endpoint = cap_at(&slot);
    let thread = env.spawn_handled(handler, move || _ = receiver.recv(()))?;
    fault(handler)?;
    slot.copy(&absolute(ep), CapRights::all())?;
    answer(0, &[]);
    thread.is_blocked()?;
    ep.nb_send(info(0, 0));
    thread.is_done()
}

fn the_badge_names_the_thread(env: Env) -> Outcome {
    let handler = env.endpoint()?;
    env.spawn_handled(env.badged(handler, 0x51)?, || _ = read(WINDOW))?;
    equal(handler.recv(()).1, 0x51)
}

fn a_handler_without_the_right_to_grant_gets_nothing(env: Env) -> Outcome {
    let handler = env.endpoint()?;
    let weak = env.minted(handler, CapRights::read_write(), 1)?;
    let thread = env.spawn_handled(weak, || _ = read(WINDOW))?;
    equal(handler.nb_recv(()).1, 0)?;
    thread.is_blocked()
}

fn without_a_handler_the_thread_stops(env: Env) -> Outcome {
    let thread = env.spawn_handled(cap::Endpoint::from_bits(0), || _ = read(WINDOW))?;
    thread.is_blocked()?;
    // Resumed, it does the same again.
    thread.tcb.tcb_resume()?;
    thread.is_blocked()
}

fn the_handler_runs_at_its_own_priority(env: Env) -> Outcome {
    let (handler, seen) = (env.endpoint()?, env.cell());
    env.spawn(BELOW, move || {
        handler.recv(());
        seen.store(1, SeqCst);
    })?;
    env.spawn_handled(handler, || _ = read(WINDOW))?;
    holds(seen.load(SeqCst) == 0, "a lower handler waits")
}
