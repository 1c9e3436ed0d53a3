//! Floating point and vector registers.

use core::arch::asm;
use core::sync::atomic::Ordering::SeqCst;

use sel4::{Fault, TcbFlagsBuilder, with_ipc_buffer, with_ipc_buffer_mut};

use kernel_api_tests::support::check::equal;
use kernel_api_tests::support::machine::{around, changed};
use kernel_api_tests::support::message::{info, set_words};
use kernel_api_tests::support::thread::{ABOVE, TEST};
use kernel_api_tests::support::{Env, Failure, Options, Outcome};
use kernel_api_tests::tests;

tests!("fpu":
    registers_survive_another_thread,
    registers_survive_preemption,
    the_status_register_is_kept,
    a_new_thread_starts_with_zeros,
    disabled_use_faults,
    enabled_again_the_instruction_continues,
);

fn registers_survive_another_thread(env: Env) -> Outcome {
    let (ep, seen) = (env.endpoint()?, env.cell());
    env.spawn(ABOVE, move || {
        ep.recv(());
        let left = around(700, || {
            set_words(&[0]);
            ep.reply_recv(info(0, 1), ());
        });
        seen.store(left, SeqCst);
        with_ipc_buffer_mut(|ipc| sel4::reply(ipc, info(0, 0)));
    })?;
    ep.call(info(0, 0));
    equal(around(30, || _ = ep.call(info(0, 0))), 61)?;
    equal(seen.load(SeqCst), 1401)
}

fn registers_survive_preemption(env: Env) -> Outcome {
    let (ours, theirs) = (env.cell(), env.cell());
    let thread = env.spawn(TEST, move || {
        loop {
            let left = around(5, || {
                theirs.fetch_add(1, SeqCst);
            });
            if left != 11 {
                ours.store(left, SeqCst);
            }
        }
    })?;
    for round in 0..3 {
        let left = around(100 + round, || {
            let before = theirs.load(SeqCst);
            let _ = changed(theirs, before);
        });
        equal(left, 201 + 2 * round)?;
    }
    thread.tcb.tcb_suspend()?;
    equal(ours.load(SeqCst), 0)
}

fn the_status_register_is_kept(env: Env) -> Outcome {
    let ntfn = env.notification()?;
    env.spawn(ABOVE, move || {
        // SAFETY: other rounding changes nothing that this thread does.
        unsafe { asm!("msr fpcr, {}", in(reg) 0xc0_0000u64) };
        ntfn.wait();
    })?;
    let value: u64;
    // SAFETY: reading the register has no effect.
    unsafe { asm!("mrs {}, fpcr", out(reg) value) };
    equal(value, 0)
}

fn a_new_thread_starts_with_zeros(env: Env) -> Outcome {
    let seen = env.cell();
    around(0x5555, || ());
    env.spawn(ABOVE, move || {
        let value: u64;
        // SAFETY: reads a register that nothing has set yet.
        unsafe { asm!("fmov {}, d29", out(reg) value) };
        seen.store(value + 1, SeqCst);
    })?;
    equal(seen.load(SeqCst), 1)
}

fn disabled_use_faults(env: Env) -> Outcome {
    let handler = env.endpoint()?;
    let options = Options { fault_handler: handler.cptr(), ..env.options(ABOVE) };
    let thread = env.thread(options, || _ = around(1, || ()))?;
    thread.tcb.tcb_set_flags(0, TcbFlagsBuilder::new().fpu_disabled(true).build())?;
    thread.tcb.tcb_resume()?;
    let (message, _) = handler.recv(());
    match with_ipc_buffer(|ipc| Fault::new(ipc, &message)) {
        // Class 7: access to floating point was trapped (Arm ARM, ESR_ELx.EC).
        // EL2 traps it, so it is a matter of virtual processors, even for a thread without one.
        Fault::VCpuFault(it) => equal(it.hsr() >> 26, 7),
        other => Err(Failure::new(format_args!("got {other:x?}"))),
    }
}

fn enabled_again_the_instruction_continues(env: Env) -> Outcome {
    let (handler, seen) = (env.endpoint()?, env.cell());
    let options = Options { fault_handler: handler.cptr(), ..env.options(ABOVE) };
    let thread = env.thread(options, move || seen.store(around(20, || ()), SeqCst))?;
    let flag = TcbFlagsBuilder::new().fpu_disabled(true).build();
    thread.tcb.tcb_set_flags(0, flag)?;
    thread.tcb.tcb_resume()?;
    handler.recv(());
    thread.tcb.tcb_set_flags(flag, 0)?;
    with_ipc_buffer_mut(|ipc| sel4::reply(ipc, info(0, 0)));
    thread.is_done()?;
    equal(seen.load(SeqCst), 41)
}
