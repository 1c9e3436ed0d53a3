//! A fault in one task never stops another.

use core::arch::asm;
use core::hint::black_box;
use core::sync::atomic::Ordering::SeqCst;

use sel4::{CNodeCapData, CPtr, CapRights, Word, cap};

use kernel_api_tests::support::check::{equal, holds};
use kernel_api_tests::support::env::absolute;
use kernel_api_tests::support::machine::{changed, per_millisecond, spin};
use kernel_api_tests::support::message::info;
use kernel_api_tests::support::space::{read, write};
use kernel_api_tests::support::thread::{ABOVE, TEST};
use kernel_api_tests::support::{Env, Options, Outcome};
use kernel_api_tests::tests;

tests!("isolation":
    a_null_read,
    a_write_to_the_kernel,
    an_undefined_instruction,
    a_jump_to_nowhere,
    a_bad_capability,
    endless_recursion,
    a_kernel_register,
    an_endless_loop_of_a_lower_task,
    a_task_sees_its_own_memory_only,
    a_task_has_its_own_capabilities_only,
);

/// Runs `crash` as a task of its own, with an own CSpace and address space, without a fault
/// handler. A neighbour of equal priority has to go on.
fn survives(env: Env, crash: impl FnOnce() + Copy + 'static) -> Outcome {
    let count = env.cell();
    let neighbour = env.spawn(TEST, move || {
        loop {
            count.fetch_add(1, SeqCst);
            sel4::r#yield();
        }
    })?;
    let victim = env.thread(own_task(env)?, crash)?;
    victim.tcb.tcb_resume()?;
    for _ in 0..10 {
        let before = count.load(SeqCst);
        sel4::r#yield();
        changed(count, before)?;
    }
    neighbour.tcb.tcb_suspend()?;
    victim.is_blocked()?;
    // The kernel can still do everything with it.
    victim.tcb.tcb_read_all_registers(false)?;
    Ok(absolute(victim.tcb).delete()?)
}

/// A CSpace with nothing in it, and an address space that shares the image.
fn own_task(env: Env) -> Outcome<Options> {
    Ok(Options {
        cspace: env.make_sized(4)?,
        cspace_data: Some(CNodeCapData::skip_high_bits(4)),
        vspace: env.vspace_with_image()?,
        fault_handler: CPtr::from_bits(0),
        ..env.options(TEST)
    })
}

fn a_null_read(env: Env) -> Outcome {
    survives(env, || _ = read(0))
}

fn a_write_to_the_kernel(env: Env) -> Outcome {
    survives(env, || write(0xff_ffff_f000, 1))?;
    survives(env, || write(0xffff_ff80_6000_0000, 1))
}

fn an_undefined_instruction(env: Env) -> Outcome {
    // SAFETY: it faults, and there is nobody who lets the thread go on.
    survives(env, || unsafe { asm!("udf #0") })
}

fn a_jump_to_nowhere(env: Env) -> Outcome {
    // SAFETY: as above.
    survives(env, || unsafe { asm!("br {}", in(reg) 0xdead_beecu64, options(noreturn)) })
}

fn a_bad_capability(env: Env) -> Outcome {
    survives(env, || _ = cap::Endpoint::from_bits(Word::MAX).recv(()))
}

fn endless_recursion(env: Env) -> Outcome {
    #[inline(never)]
    #[expect(unconditional_recursion)]
    fn deeper(array: &mut [u64; 64]) -> u64 {
        let mut next = black_box([array[0] + 1; 64]);
        deeper(&mut next) + array[1]
    }
    survives(env, || _ = black_box(deeper(&mut [0; 64])))
}

fn a_kernel_register(env: Env) -> Outcome {
    // SAFETY: EL0 may not do that: it faults.
    survives(env, || unsafe { asm!("msr vbar_el1, xzr") })?;
    // SAFETY: as above.
    survives(env, || unsafe { asm!("smc #0", out("x0") _, out("x1") _) })
}

fn an_endless_loop_of_a_lower_task(env: Env) -> Outcome {
    let count = env.cell();
    let task = env.spawn(TEST - 1, move || {
        loop {
            count.fetch_add(1, SeqCst);
        }
    })?;
    let own = sel4::init_thread::slot::TCB.cap();
    let (ntfn, alarm) = (env.notification()?, env.notification()?);
    env.spawn(ABOVE, move || {
        ntfn.wait();
        alarm.signal();
    })?;
    spin(per_millisecond());
    ntfn.signal();
    alarm.wait();
    task.tcb.tcb_set_priority(own, 1)?;
    Ok(task.tcb.tcb_suspend()?)
}

fn a_task_sees_its_own_memory_only(env: Env) -> Outcome {
    // The same address leads to another frame in the other address space.
    const AT: usize = kernel_api_tests::support::space::WINDOW;
    let (ours, theirs): (cap::SmallPage, cap::SmallPage) = (env.make()?, env.make()?);
    let vspace = env.vspace_with_image()?;
    env.map_here(ours, CapRights::read_write())?;
    env.map(theirs, vspace, AT, CapRights::read_write(), sel4::VmAttributes::DEFAULT)?;
    let seen = env.cell();
    write(AT, 1);
    let options = Options { vspace, ..env.options(ABOVE) };
    let thread = env.thread(options, move || {
        seen.store(10 + read(AT), SeqCst);
        write(AT, 2);
    })?;
    thread.tcb.tcb_resume()?;
    thread.is_done()?;
    equal((seen.load(SeqCst), read(AT)), (10, 1))?;
    Ok(())
}

fn a_task_has_its_own_capabilities_only(env: Env) -> Outcome {
    let (ep, seen) = (env.endpoint()?, env.cell());
    let options = own_task(env)?;
    let slot = options.cspace.absolute_cptr_from_bits_with_depth(3, 4);
    slot.mint(&absolute(ep), CapRights::all(), 3)?;
    let thread = env.thread(Options { priority: ABOVE, ..options }, move || {
        for index in 0..16 {
            let probe = cap::Tcb::from_bits(index);
            if index != 3 && probe.tcb_suspend().is_ok() {
                seen.fetch_add(1, SeqCst);
            }
        }
        cap::Endpoint::from_bits(3).send(info(5, 0));
    })?;
    thread.tcb.tcb_resume()?;
    let (message, badge) = ep.recv(());
    equal((message.label(), badge, seen.load(SeqCst)), (5, 3, 0))?;
    holds(thread.place.is_done(), "it has come to its end")
}
