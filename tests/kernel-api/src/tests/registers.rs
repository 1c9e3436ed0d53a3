//! Reading, writing and copying the registers of threads.

use sel4::init_thread::slot;
use sel4::sys::TCBWriteRegisters;
use sel4::{Error, UserContext, Word, cap, sel4_cfg_bool};

use kernel_api_tests::support::check::{equal, refused};
use kernel_api_tests::support::message::invoke;
use kernel_api_tests::support::{Env, Outcome};
use kernel_api_tests::tests;

tests!("registers":
    all_are_written_and_read,
    a_part_is_written,
    a_part_is_read,
    the_number_read_is_limited,
    more_than_there_are_is_written,
    a_message_has_to_hold_what_is_written,
    own_registers_are_refused,
    the_processor_state_stays_that_of_a_user,
    frame_registers_are_copied,
    integer_registers_are_copied,
    a_copy_needs_a_thread,
    reading_suspends,
);

/// The processor state of a user thread: EL0, FIQs masked, and, where nobody would look at it,
/// SErrors as well.
const USER: Word = if sel4_cfg_bool!(DEBUG_BUILD) { 0x40 } else { 0x140 };

/// Registers that all have different values.
fn pattern() -> UserContext {
    let mut context = UserContext::default();
    for i in 0..31 {
        *context.gpr_mut(i) = 0x1000 + i as Word;
    }
    *context.pc_mut() = 0x4000;
    *context.sp_mut() = 0x8000;
    *context.spsr_mut() = USER;
    let inner = context.inner_mut();
    inner.tpidr_el0 = 0x2222;
    inner.tpidrro_el0 = 0x3333;
    context
}

fn all_are_written_and_read(env: Env) -> Outcome {
    let tcb: cap::Tcb = env.make()?;
    tcb.tcb_write_all_registers(false, &mut pattern())?;
    equal(tcb.tcb_read_all_registers(false)?, pattern())
}

fn a_part_is_written(env: Env) -> Outcome {
    let tcb: cap::Tcb = env.make()?;
    tcb.tcb_write_registers(false, 4, &mut pattern())?;
    let registers = tcb.tcb_read_all_registers(false)?;
    // The first four are pc, sp, spsr and x0.
    equal((*registers.pc(), *registers.sp()), (0x4000, 0x8000))?;
    equal((*registers.gpr(0), *registers.gpr(1)), (0x1000, 0))
}

fn a_part_is_read(env: Env) -> Outcome {
    let tcb: cap::Tcb = env.make()?;
    tcb.tcb_write_all_registers(false, &mut pattern())?;
    let registers = tcb.tcb_read_registers(false, 5)?;
    equal((*registers.pc(), *registers.gpr(1)), (0x4000, 0x1001))
}

fn the_number_read_is_limited(env: Env) -> Outcome {
    let tcb: cap::Tcb = env.make()?;
    let error = Error::RangeError { min: 1, max: 36 };
    refused(tcb.tcb_read_registers(false, 0), error)?;
    refused(tcb.tcb_read_registers(false, 37), error)
}

fn more_than_there_are_is_written(env: Env) -> Outcome {
    let tcb: cap::Tcb = env.make()?;
    let mut words = [7; 100];
    words[..2].copy_from_slice(&[0, 98]);
    invoke(tcb, TCBWriteRegisters, &words, &[])?;
    equal(*tcb.tcb_read_all_registers(false)?.gpr(28), 7)
}

fn a_message_has_to_hold_what_is_written(env: Env) -> Outcome {
    let tcb: cap::Tcb = env.make()?;
    refused(invoke(tcb, TCBWriteRegisters, &[0, 3, 1, 2], &[]), Error::TruncatedMessage)?;
    Ok(invoke(tcb, TCBWriteRegisters, &[0, 2, 1, 2], &[])?)
}

fn own_registers_are_refused(_: Env) -> Outcome {
    let own = slot::TCB.cap();
    refused(own.tcb_read_all_registers(false), Error::IllegalOperation)?;
    refused(own.tcb_write_all_registers(false, &mut pattern()), Error::IllegalOperation)
}

fn the_processor_state_stays_that_of_a_user(env: Env) -> Outcome {
    let tcb: cap::Tcb = env.make()?;
    let mut context = pattern();
    // EL1 with all flags, and all exceptions masked.
    *context.spsr_mut() = 0xffff_ffff_ffff_ffc5;
    tcb.tcb_write_all_registers(false, &mut context)?;
    // Only the flags stay.
    equal(*tcb.tcb_read_all_registers(false)?.spsr(), 0xf000_0000 | USER)
}

/// A thread with the pattern and one without.
fn two(env: Env) -> Outcome<(cap::Tcb, cap::Tcb)> {
    let (source, target): (cap::Tcb, cap::Tcb) = (env.make()?, env.make()?);
    source.tcb_write_all_registers(false, &mut pattern())?;
    Ok((source, target))
}

fn frame_registers_are_copied(env: Env) -> Outcome {
    let (source, target) = two(env)?;
    target.tcb_copy_registers(source, false, false, true, false)?;
    let registers = target.tcb_read_all_registers(false)?;
    equal((*registers.pc(), *registers.sp(), *registers.gpr(30)), (0x4000, 0x8000, 0x101e))?;
    equal(*registers.gpr(9), 0)
}

fn integer_registers_are_copied(env: Env) -> Outcome {
    let (source, target) = two(env)?;
    target.tcb_copy_registers(source, false, false, false, true)?;
    let registers = target.tcb_read_all_registers(false)?;
    equal((*registers.gpr(9), *registers.gpr(28)), (0x1009, 0x101c))?;
    equal(registers.inner().tpidr_el0, 0x2222)?;
    equal((*registers.pc(), *registers.gpr(0)), (0, 0))
}

fn a_copy_needs_a_thread(env: Env) -> Outcome {
    let (tcb, ep): (cap::Tcb, cap::Tcb) = (env.make()?, env.endpoint()?.cast());
    let result = tcb.tcb_copy_registers(ep, false, false, true, true);
    refused(result, Error::InvalidCapability { number: 1 })
}

fn reading_suspends(env: Env) -> Outcome {
    let ntfn = env.notification()?;
    let thread = env.spawn(kernel_api_tests::support::thread::ABOVE, move || _ = ntfn.wait())?;
    thread.tcb.tcb_read_all_registers(true)?;
    ntfn.signal();
    thread.is_blocked()
}
