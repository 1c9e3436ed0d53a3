//! All short sequences of what can happen to three threads, and what the
//! scheduler makes of it.

use std::vec::Vec;

use crate::Kernel;
use crate::object::{Tcb, ThreadState};
use crate::sched::{Action, PRIORITIES};
use crate::testing::{BASE, TestMachine};
use crate::word::{PhysAddr, Word};

const THREADS: usize = 3;
/// Steps in a row.
const DEPTH: usize = 4;
/// Two threads can have the same.
const LEVELS: [Word; 2] = [10, 200];

#[derive(Clone, Copy, Debug)]
enum Step {
    Suspend(usize),
    Resume(usize),
    Prioritise(usize, Word),
    Yield,
    Tick,
}

fn steps() -> Vec<Step> {
    let mut steps = std::vec![Step::Yield, Step::Tick];
    for thread in 0..THREADS {
        steps.extend([Step::Suspend(thread), Step::Resume(thread)]);
        steps.extend(LEVELS.map(|level| Step::Prioritise(thread, level)));
    }
    steps
}

fn tcb(number: usize) -> Tcb {
    Tcb::at(PhysAddr(BASE + (number << 11)))
}

fn start() -> Kernel<TestMachine> {
    let mut kernel = Kernel::new(TestMachine::with_size((THREADS + 1) << 11));
    let idle = tcb(THREADS);
    idle.set_state(&mut kernel.machine, ThreadState::Idle);
    kernel.scheduler.idle = idle;
    kernel.scheduler.current = idle;
    for number in 0..THREADS {
        kernel.init_thread(tcb(number));
        tcb(number).set_priority(&mut kernel.machine, LEVELS[0]);
    }
    kernel
}

fn apply(kernel: &mut Kernel<TestMachine>, step: Step) {
    let current = kernel.current();
    match step {
        Step::Suspend(thread) => kernel.suspend(tcb(thread)),
        Step::Resume(thread) => kernel.restart(tcb(thread)),
        Step::Prioritise(thread, level) => kernel.set_priority(tcb(thread), level),
        Step::Yield if !kernel.is_idle() => {
            kernel.dequeue(current);
            kernel.enqueue_last(current);
            kernel.reschedule();
        }
        Step::Tick => kernel.timer_tick(),
        Step::Yield => {}
    }
    kernel.schedule();
    kernel.activate();
}

/// The threads in the queue of a priority, which is linked both ways.
fn queue(kernel: &Kernel<TestMachine>, priority: Word) -> Vec<Tcb> {
    let m = &kernel.machine;
    let (mut found, mut previous) = (Vec::new(), None);
    let mut at = kernel.scheduler.ready.queue(priority).head;
    while let Some(thread) = at {
        assert!(found.len() < THREADS, "the queue has a circle");
        assert_eq!(thread.ready_previous(m), previous);
        found.push(thread);
        previous = at;
        at = thread.ready_next(m);
    }
    assert_eq!(kernel.scheduler.ready.queue(priority).tail, previous);
    found
}

fn check(kernel: &Kernel<TestMachine>, trace: &[Step]) {
    let m = &kernel.machine;
    let current = kernel.current();
    assert_eq!(kernel.scheduler.action, Action::ResumeCurrent, "{trace:?}");
    let mut queued = Vec::new();
    for priority in 0..PRIORITIES {
        let threads = queue(kernel, priority);
        assert_eq!(kernel.scheduler.ready.has(priority), !threads.is_empty(), "{trace:?}");
        assert!(threads.iter().all(|thread| thread.priority(m) == priority), "{trace:?}");
        queued.extend(threads);
    }
    let mut highest = None;
    for thread in (0..THREADS).map(tcb) {
        let runs = thread.is_runnable(m);
        let times = queued.iter().filter(|other| **other == thread).count();
        assert_eq!(times, usize::from(runs && thread != current), "{thread:?}: {trace:?}");
        assert_eq!(thread.is_queued(m), times == 1, "{trace:?}");
        highest = highest.max(runs.then(|| thread.priority(m)));
    }
    assert_eq!(kernel.scheduler.ready.highest(), queued.iter().map(|t| t.priority(m)).max());
    match highest {
        None => assert!(kernel.is_idle(), "{trace:?}"),
        Some(highest) => assert_eq!(current.priority(m), highest, "{trace:?}"),
    }
    let shares = queued.iter().any(|thread| thread.priority(m) == current.priority(m));
    assert_eq!(m.ticking, shares && !kernel.is_idle(), "{trace:?}");
}

/// Who gives the processor up goes behind all others of its priority.
fn check_yield(before: &Kernel<TestMachine>, after: &Kernel<TestMachine>) {
    let current = before.current();
    let others = queue(before, current.priority(&before.machine));
    if let Some(next) = others.first() {
        assert_eq!(after.current(), *next);
        assert_eq!(queue(after, current.priority(&after.machine)).last(), Some(&current));
    }
}

fn explore(kernel: &Kernel<TestMachine>, trace: &mut Vec<Step>, steps: &[Step]) -> usize {
    if trace.len() == DEPTH {
        return 1;
    }
    let mut count = 1;
    for step in steps {
        let mut next = Kernel::new(kernel.machine.clone());
        next.scheduler = kernel.scheduler.clone();
        apply(&mut next, *step);
        trace.push(*step);
        check(&next, trace);
        if matches!(step, Step::Yield) && !kernel.is_idle() {
            check_yield(kernel, &next);
        }
        count += explore(&next, trace, steps);
        trace.pop();
    }
    count
}

#[test]
fn all_short_schedules_are_right() {
    let count = explore(&start(), &mut Vec::new(), &steps());
    assert_eq!(count, (0..=DEPTH).map(|depth| 14_usize.pow(u32::try_from(depth).unwrap())).sum());
}
