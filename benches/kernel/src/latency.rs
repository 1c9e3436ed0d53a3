//! How long an interrupt waits at most while the kernel is at work: from the time that the timer
//! was set to, until the first instruction of the thread that handles it.

use core::sync::atomic::{AtomicU64, Ordering::SeqCst};

use kernel_api_tests::support::alarm::TIMER;
use kernel_api_tests::support::env::{absolute, cap_at, retype_into};
use kernel_api_tests::support::machine::{changed, counter, set_timer};
use kernel_api_tests::support::thread::ABOVE;
use kernel_api_tests::support::{Env, Outcome};
use sel4::init_thread::slot;
use sel4::{AbsoluteCPtr, ObjectBlueprint, ObjectBlueprintArm, cap, cap_type};

use crate::measure::print;

/// How often the timer fires within each operation, at other places each time.
const SAMPLES: u64 = 128;

/// log2 of the slots of the CNode that is deleted.
const NODE_BITS: usize = 10;

/// What the timer was set to.
static DEADLINE: AtomicU64 = AtomicU64::new(0);
static WORST: AtomicU64 = AtomicU64::new(0);
static FIRED: AtomicU64 = AtomicU64::new(0);

/// Measures all of it.
pub fn measure(env: Env) -> Outcome {
    start_handler(env)?;
    let slots = env.slots(256);
    worst(
        "a user program",
        || Ok(()),
        || {
            let start = counter();
            while counter() - start < 100 {}
            Ok(())
        },
    )?;
    let memory: cap::Untyped = env.make_sized(22)?;
    let large = ObjectBlueprintArm::LargePage.into();
    making("retype of used 2 MiB", memory, large, &slots, 1)?;
    let page = ObjectBlueprintArm::SmallPage.into();
    making("retype of 256 pages", memory, page, &slots, 256)?;
    making("retype of 256 VCPUs", memory, ObjectBlueprintArm::VCpu.into(), &slots, 256)?;
    making("retype of 256 TCBs", memory, ObjectBlueprint::Tcb, &slots, 256)?;
    worst(
        "revoke of 256 TCBs",
        || Ok(retype_into(memory, ObjectBlueprint::Tcb, &slots, 256)?),
        || Ok(absolute(memory).revoke()?),
    )?;
    let contents: cap::Untyped = env.make_sized(NODE_BITS + 4)?;
    worst(
        "deletion of a CNode of 1024",
        || {
            absolute(contents).revoke()?;
            full_node(memory, contents, &slots)
        },
        || Ok(absolute(memory).revoke()?),
    )
}

/// Makes a CNode, the only one with capabilities to as many endpoints as it has slots.
fn full_node(memory: cap::Untyped, contents: cap::Untyped, slot: &AbsoluteCPtr) -> Outcome {
    retype_into(memory, ObjectBlueprint::CNode { size_bits: NODE_BITS }, slot, 1)?;
    let node = cap_at::<cap_type::CNode>(slot).absolute_cptr_for_self();
    for first in (0..1 << NODE_BITS).step_by(256) {
        contents.untyped_retype(&ObjectBlueprint::Endpoint, &node, first, 256)?;
    }
    Ok(())
}

/// Starts the thread that waits for the timer's interrupt.
fn start_handler(env: Env) -> Outcome {
    let ntfn = env.notification()?;
    let handler_slot = env.slot();
    slot::IRQ_CONTROL.cap().irq_control_get(TIMER, &handler_slot)?;
    let handler: cap::IrqHandler = cap_at::<cap_type::IrqHandler>(&handler_slot);
    handler.irq_handler_set_notification(ntfn)?;
    env.spawn(ABOVE, move || {
        loop {
            ntfn.wait();
            let late = counter() - DEADLINE.load(SeqCst);
            set_timer(None);
            WORST.fetch_max(late, SeqCst);
            FIRED.fetch_add(1, SeqCst);
            let _ = handler.irq_handler_ack();
        }
    })?;
    Ok(())
}

/// Prints the longest time that the timer's interrupt waited during `operation`.
fn worst(
    name: &str, mut prepare: impl FnMut() -> Outcome, mut operation: impl FnMut() -> Outcome,
) -> Outcome {
    prepare()?;
    let start = counter();
    operation()?;
    let length = counter() - start;
    WORST.store(0, SeqCst);
    for sample in 1..=SAMPLES {
        prepare()?;
        let fired = FIRED.load(SeqCst);
        // The last ones come when it is over.
        let delay = length * sample / SAMPLES + 1;
        DEADLINE.store(counter() + delay, SeqCst);
        set_timer(Some(delay));
        operation()?;
        changed(&FIRED, fired)?;
    }
    print(format_args!("longest wait of an interrupt, {name}"), WORST.load(SeqCst), 1);
    Ok(())
}

/// Measures making `count` objects in memory that was used before.
fn making(
    name: &str, memory: cap::Untyped, blueprint: ObjectBlueprint, slots: &AbsoluteCPtr,
    count: usize,
) -> Outcome {
    worst(
        name,
        || {
            absolute(memory).revoke()?;
            Ok(retype_into(memory, ObjectBlueprintArm::LargePage.into(), slots, 1)
                .and_then(|()| absolute(memory).revoke())?)
        },
        || Ok(retype_into(memory, blueprint, slots, count)?),
    )?;
    Ok(absolute(memory).revoke()?)
}
