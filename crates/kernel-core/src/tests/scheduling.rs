//! Scheduling: who runs, and for how long.

use std::vec;
use std::vec::Vec;

use proptest::prelude::*;
use sel4_abi::{Error, InvocationLabel as Label, MessageInfo, ObjectType, Syscall, slot};

use crate::machine::Machine;
use crate::object::{Tcb, ThreadState};
use crate::testing::{System, TestMachine};
use crate::word::Word;

fn tick(system: &mut System) {
    system.kernel.machine.pending.push(TestMachine::TIMER_IRQ);
    system.kernel.handle_interrupt();
}

#[test]
fn equals_take_turns_after_their_time_slice() {
    let mut system = System::boot();
    let root = system.root;
    assert!(!system.kernel.machine.ticking, "nobody shares the root task's priority");
    let (cap, other) = system.create_thread(255);
    system.resume(cap);
    assert!(system.kernel.machine.ticking);
    let first = system.kernel.current();
    let second = if first == root { other } else { root };
    for _ in 0..TestMachine::TIME_SLICE - 1 {
        tick(&mut system);
        assert_eq!(system.kernel.current(), first);
    }
    tick(&mut system);
    assert_eq!(system.kernel.current(), second);
    system.syscall(Syscall::Yield, 0, MessageInfo::default(), &[]);
    assert_eq!(system.kernel.current(), first);
}

/// Who becomes ready doesn't run before others of the priority that have been
/// ready for longer, the one that woke it included.
#[test]
fn a_woken_equal_goes_behind_the_others() {
    let mut system = System::boot();
    let root = system.root;
    let wait = system.create(ObjectType::Notification, 0);
    let (sleeper_cap, sleeper) = system.create_thread(255);
    let (other_cap, other) = system.create_thread(255);
    system.resume(sleeper_cap);
    system.syscall(Syscall::Yield, 0, MessageInfo::default(), &[]);
    assert_eq!(system.kernel.current(), sleeper);
    system.syscall(Syscall::Recv, wait, MessageInfo::default(), &[]);
    system.resume(other_cap);
    system.syscall(Syscall::Send, wait, MessageInfo::default(), &[]);
    for expected in [root, other, sleeper, root] {
        assert_eq!(system.kernel.current(), expected);
        system.syscall(Syscall::Yield, 0, MessageInfo::default(), &[]);
    }
}

#[test]
fn the_processor_idles_when_nobody_can_run() {
    let mut system = System::boot();
    let outcome = system.call(slot::INIT_THREAD_TCB, Label::TCBSuspend, &[], &[]);
    drop(outcome);
    assert!(system.kernel.is_idle());
    assert_eq!(system.kernel.machine.root, None, "no address space is left behind");
    assert!(!system.kernel.machine.ticking);
}

#[test]
fn priorities_need_authority() {
    let mut system = System::boot();
    let (cap, tcb) = system.create_thread(10);
    let own = [cap];
    // The new thread's own maximum controlled priority is 0.
    let outcome = system.call(cap, Label::TCBSetPriority, &own, &[1]);
    assert_eq!(outcome, (Error::RangeError.as_word(), vec![0, 0]));
    let outcome = system.call(cap, Label::TCBSetPriority, &[slot::INIT_THREAD_CNODE], &[1]);
    assert_eq!(outcome, (Error::InvalidCapability.as_word(), vec![1]));
    let root = [slot::INIT_THREAD_TCB];
    let outcome = system.call(cap, Label::TCBSetSchedParams, &root, &[200, 100]);
    assert_eq!(outcome.0, 0);
    let m = &system.kernel.machine;
    assert_eq!((tcb.max_priority(m), tcb.priority(m)), (200, 100));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Whatever is resumed, suspended and reprioritised: one of those with the
    /// highest priority runs, and exactly the others that can are queued.
    #[test]
    fn the_most_important_thread_runs(
        steps in prop::collection::vec((0_usize..5, 0..3, 0_usize..256), 1..40),
    ) {
        let mut system = System::boot();
        let threads: Vec<(Word, Tcb)> = (0..5).map(|_| system.create_thread(0)).collect();
        for (index, kind, priority) in steps {
            let (cap, _) = threads[index];
            let root = [slot::INIT_THREAD_TCB];
            // The root task acts: give it the processor by its own priority.
            prop_assume!(system.kernel.current() == system.root);
            let outcome = match kind {
                0 => system.call(cap, Label::TCBResume, &[], &[]),
                1 => system.call(cap, Label::TCBSuspend, &[], &[]),
                _ => system.call(cap, Label::TCBSetPriority, &root, &[priority]),
            };
            drop(outcome);
            let m = &system.kernel.machine;
            let all = threads.iter().map(|(_, tcb)| *tcb).chain([system.root]);
            let ready: Vec<Tcb> = all.clone().filter(|tcb| tcb.is_runnable(m)).collect();
            let highest = ready.iter().map(|tcb| tcb.priority(m)).max();
            let current = system.kernel.current();
            prop_assert_eq!(Some(current.priority(m)), highest);
            prop_assert_eq!(current.state(m), ThreadState::Running);
            for tcb in all {
                let queued = tcb.is_runnable(m) && tcb != current;
                prop_assert_eq!(tcb.is_queued(m), queued);
            }
        }
    }
}
