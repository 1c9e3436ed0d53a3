//! The short way through a system call against the long one: after random
//! messages between threads, both leave every word of memory the same.

use std::vec::Vec;

use proptest::prelude::*;
use sel4_abi::{InvocationLabel as Label, MessageInfo, ObjectType, Syscall, slot};

use crate::testing::System;
use crate::word::Word;

/// What the thread that runs does next: a system call, on one of the
/// capabilities, with a message of some length.
type Step = (usize, usize, Word);

const SYSCALLS: [Syscall; 7] = [
    Syscall::Call,
    Syscall::ReplyRecv,
    Syscall::Recv,
    Syscall::Send,
    Syscall::NBSend,
    Syscall::Reply,
    Syscall::Yield,
];

/// A system with threads of these priorities, and the capabilities they use.
fn system(priorities: &[Word], fast: bool) -> (System, Vec<Word>) {
    let mut system = System::boot();
    system.has_fastpath = fast;
    let endpoints =
        [system.create(ObjectType::Endpoint, 0), system.create(ObjectType::Endpoint, 0)];
    let notification = system.create(ObjectType::Notification, 0);
    let caps = [endpoints[0], endpoints[1], system.mint(endpoints[0], 7), notification, 0];
    let authority = slot::INIT_THREAD_TCB;
    for (index, priority) in priorities.iter().enumerate() {
        let (thread, _) = system.create_thread(*priority);
        if index == 0 {
            let outcome = system.call(thread, Label::TCBBindNotification, &[notification], &[]);
            assert_eq!(outcome.0, 0);
        }
        system.resume(thread);
    }
    assert_eq!(system.call(authority, Label::TCBSetPriority, &[authority], &[3]).0, 0);
    (system, caps.to_vec())
}

fn step(system: &mut System, caps: &[Word], (call, cap, length): Step) {
    let info = MessageInfo::new(length * 3, 0, 0, length);
    let words: Vec<Word> = (1..=length.min(4)).collect();
    system.syscall(SYSCALLS[call], caps[cap], info, &words);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn both_ways_end_the_same(
        priorities in prop::collection::vec(1_usize..6, 3),
        steps in prop::collection::vec((0..SYSCALLS.len(), 0_usize..5, 0_usize..6), 1..60),
    ) {
        let (mut fast, caps) = system(&priorities, true);
        let (mut slow, _) = system(&priorities, false);
        for next in steps {
            if fast.kernel.is_idle() {
                break;
            }
            step(&mut fast, &caps, next);
            step(&mut slow, &caps, next);
            prop_assert_eq!(fast.kernel.current(), slow.kernel.current(), "after {:?}", next);
            prop_assert_eq!(fast.kernel.machine.ticking, slow.kernel.machine.ticking);
            prop_assert_eq!(fast.kernel.machine.root, slow.kernel.machine.root);
        }
        prop_assert!(fast.kernel.machine.has_same_memory(&slow.kernel.machine));
        prop_assert_eq!(slow.fast_calls, 0);
    }
}

/// The messages that the short way is for take it.
#[test]
fn a_call_and_its_reply_take_the_short_way() {
    let (mut system, caps) = system(&[5], true);
    // The server is more important, and waits first.
    step(&mut system, &caps, (2, 0, 0));
    assert_eq!(system.kernel.current(), system.root);
    let before = system.fast_calls;
    step(&mut system, &caps, (0, 2, 4));
    step(&mut system, &caps, (1, 0, 4));
    assert_eq!(system.kernel.current(), system.root);
    assert_eq!(system.fast_calls, before + 2);
}
