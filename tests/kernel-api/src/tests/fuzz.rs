//! Random system calls of a thread that may do little: nobody else notices, and the kernel goes on.

use core::arch::asm;
use core::sync::atomic::{AtomicU64, Ordering};

use kernel_api_tests::support::check::equal;
use kernel_api_tests::support::env::absolute;
use kernel_api_tests::support::thread::{ABOVE, Options};
use kernel_api_tests::support::{Env, Outcome};
use kernel_api_tests::tests;
use sel4::{CNodeCapData, CPtr, Cap, CapRights, CapType, Result, Word, cap, cap_type};

tests!("fuzz":
    random_system_calls_do_no_harm,
);

/// Where the sequence begins: it is the same in every run.
const SEED: u64 = 0x2545_f491_4f6c_dd1d;
/// How often the thread gets new capabilities.
const LIVES: u64 = 12;
/// How often it is started again in a life, since it may block.
const STARTS: u64 = 12;
/// System calls after one start.
const CALLS: u64 = 12;
/// The slots of its CSpace, as a power of two.
const SLOT_BITS: usize = 5;
/// Call, reply and receive, send, receive and the like: not those that only debug kernels have.
const SYSCALLS: u64 = 8;

static STATE: AtomicU64 = AtomicU64::new(SEED);

/// The next number of the sequence (xorshift64).
fn next() -> u64 {
    let mut state = STATE.load(Ordering::SeqCst);
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    STATE.store(state, Ordering::SeqCst);
    state
}

/// Mostly a small number, sometimes an extreme one.
fn word() -> u64 {
    match next() % 8 {
        0..5 => next() % 64,
        5 => u64::MAX - next() % 4,
        6 => 1 << (next() % 64),
        _ => next(),
    }
}

fn random_system_calls() {
    for _ in 0..CALLS {
        sel4::with_ipc_buffer_mut(|buffer| {
            buffer.msg_regs_mut().iter_mut().take(12).for_each(|register| *register = word());
            for index in 0..3 {
                buffer.caps_or_badges_mut()[index] = next() % 32;
            }
        });
        let info = ((next() % 70) << 12) | ((next() % 4) << 7) | (next() % 12);
        let mut registers = [next() % 32, info, word(), word(), word(), word()];
        let number = 0_u64.wrapping_sub(1 + next() % SYSCALLS);
        let [x0, x1, x2, x3, x4, x5] = &mut registers;
        // SAFETY: what the thread has capabilities to shares no memory with the program.
        unsafe {
            asm!(
                "svc #0",
                inout("x0") *x0, inout("x1") *x1, inout("x2") *x2,
                inout("x3") *x3, inout("x4") *x4, inout("x5") *x5,
                in("x7") number,
            );
        }
    }
}

/// Puts a capability into a slot of the thread's CSpace.
fn give<T: CapType>(cspace: cap::CNode, slot: Word, given: Cap<T>) -> Result<()> {
    let depth = SLOT_BITS;
    cspace.absolute_cptr_from_bits_with_depth(slot, depth).copy(&absolute(given), CapRights::all())
}

/// A CSpace with an object of each kind that it may have.
fn new_cspace(env: Env, memory: cap::Untyped) -> Result<cap::CNode> {
    absolute(memory).revoke()?;
    let make = |blueprint| env.retype::<cap_type::Unspecified>(memory, blueprint);
    let cspace: cap::CNode =
        env.retype(memory, sel4::ObjectBlueprint::CNode { size_bits: SLOT_BITS })?;
    give(cspace, 1, make(sel4::ObjectBlueprint::Endpoint)?)?;
    give(cspace, 2, make(sel4::ObjectBlueprint::Notification)?)?;
    give(cspace, 3, make(sel4::ObjectBlueprint::CNode { size_bits: 4 })?)?;
    give(cspace, 4, make(sel4::ObjectBlueprint::Untyped { size_bits: 14 })?)?;
    give(cspace, 5, make(sel4::ObjectBlueprint::Untyped { size_bits: 13 })?)?;
    give(cspace, 6, make(sel4::ObjectBlueprint::Tcb)?)?;
    give(cspace, 7, make(sel4::ObjectBlueprintArm::SmallPage.into())?)?;
    // A page table that isn't mapped can't be copied.
    let table = make(sel4::ObjectBlueprintArm::PT.into())?;
    cspace.absolute_cptr_from_bits_with_depth(8, SLOT_BITS).move_(&absolute(table))?;
    give(cspace, 9, make(sel4::ObjectBlueprintArm::VCpu.into())?)?;
    give(cspace, 10, cspace)?;
    Ok(cspace)
}

fn random_system_calls_do_no_harm(env: Env) -> Outcome {
    STATE.store(SEED, Ordering::SeqCst);
    // Somebody else, who has nothing to do with it.
    let (ep, count) = (env.endpoint()?, env.cell());
    env.spawn(ABOVE, move || {
        let (mut info, _) = ep.recv(());
        loop {
            count.fetch_add(1, Ordering::SeqCst);
            info = ep.reply_recv(info, ()).0;
        }
    })?;
    let memory: cap::Untyped =
        env.retype(env.memory(), sel4::ObjectBlueprint::Untyped { size_bits: 18 })?;
    let options = Options {
        fault_handler: CPtr::from_bits(0),
        cspace: new_cspace(env, memory)?,
        cspace_data: Some(CNodeCapData::skip_high_bits(SLOT_BITS)),
        ..env.options(ABOVE)
    };
    let thread = env.thread(options, random_system_calls)?;
    for life in 0..LIVES {
        let data = CNodeCapData::skip_high_bits(SLOT_BITS);
        let cspace = new_cspace(env, memory)?;
        thread.tcb.tcb_set_space(
            CPtr::from_bits(0),
            cspace,
            data,
            sel4::init_thread::slot::VSPACE.cap(),
        )?;
        for start in 0..STARTS {
            thread.tcb.tcb_suspend()?;
            thread.place.aim(thread.tcb, random_system_calls)?;
            thread.tcb.tcb_resume()?;
            let info = ep.call(sel4::MessageInfo::new(0, 0, 0, 0));
            equal((info.label(), count.load(Ordering::SeqCst)), (0, life * STARTS + start + 1))?;
        }
    }
    thread.tcb.tcb_suspend()?;
    Ok(())
}
