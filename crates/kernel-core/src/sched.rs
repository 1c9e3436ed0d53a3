//! The scheduler: round robin within 256 priorities.
//!
//! seL4 manual, section 6.1 "Threads" and 6.1.7 "Scheduling". A bitmap of two
//! levels finds the highest priority with a ready thread.

use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::object::{Tcb, ThreadState};
use crate::queue::{Queue, Ready};
use crate::word::{WORD_BITS, Word, bit};

/// Priorities, 0 to 255.
pub const PRIORITIES: usize = 256;

const GROUPS: usize = PRIORITIES / WORD_BITS as usize;

/// What to do before returning to user level.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Action {
    /// Go on with the current thread.
    ResumeCurrent,
    /// Look for the thread with the highest priority.
    ChooseNew,
    /// Switch to this thread, if none is more important.
    SwitchTo(Tcb),
}

/// Ready threads by priority.
#[derive(Clone, Debug)]
pub(crate) struct ReadyQueues {
    queues: [Queue<Ready>; PRIORITIES],
    /// Bit per group of [`WORD_BITS`] priorities that has a ready thread.
    groups: Word,
    /// Bit per priority that has a ready thread.
    priorities: [Word; GROUPS],
}

impl ReadyQueues {
    const fn new() -> Self {
        Self { queues: [Queue::new(None, None); PRIORITIES], groups: 0, priorities: [0; GROUPS] }
    }

    fn mark(&mut self, priority: Word) {
        let group = priority / WORD_BITS as usize;
        self.priorities[group] |= 1 << (priority % WORD_BITS as usize);
        self.groups |= 1 << group;
    }

    fn unmark(&mut self, priority: Word) {
        let group = priority / WORD_BITS as usize;
        self.priorities[group] &= !(1 << (priority % WORD_BITS as usize));
        if self.priorities[group] == 0 {
            self.groups &= !(1 << group);
        }
    }

    /// The ready threads of a priority.
    #[cfg(test)]
    pub(crate) fn queue(&self, priority: Word) -> Queue<Ready> {
        self.queues[priority]
    }

    /// The highest priority with a ready thread.
    pub(crate) fn highest(&self) -> Option<Word> {
        let group = self.groups.checked_ilog2()?;
        let within = self.priorities[group as usize].checked_ilog2()?;
        Some((group * WORD_BITS + within) as usize)
    }

    /// Whether a thread of exactly this priority is ready.
    pub(crate) fn has(&self, priority: Word) -> bool {
        self.priorities[priority / WORD_BITS as usize % GROUPS]
            & bit(crate::word::small(priority) % WORD_BITS)
            != 0
    }
}

/// The scheduler's state.
#[derive(Clone, Debug)]
pub(crate) struct Scheduler {
    pub(crate) current: Tcb,
    pub(crate) idle: Tcb,
    pub(crate) action: Action,
    pub(crate) ready: ReadyQueues,
    ticking: bool,
}

impl Scheduler {
    pub(crate) const fn new(idle: Tcb) -> Self {
        Self {
            current: idle,
            idle,
            action: Action::ResumeCurrent,
            ready: ReadyQueues::new(),
            ticking: false,
        }
    }
}

impl<M: Machine> Kernel<M> {
    /// Makes a thread the next of its priority to run.
    pub(crate) fn enqueue_first(&mut self, tcb: Tcb) {
        self.enqueue(tcb, true);
    }

    /// Makes a thread the last of its priority to run.
    pub(crate) fn enqueue_last(&mut self, tcb: Tcb) {
        self.enqueue(tcb, false);
    }

    fn enqueue(&mut self, tcb: Tcb, first: bool) {
        let m = &mut self.machine;
        if tcb.is_queued(m) {
            return;
        }
        let priority = tcb.priority(m);
        let ready = &mut self.scheduler.ready;
        if ready.queues[priority].is_empty() {
            ready.mark(priority);
        }
        if first {
            ready.queues[priority].push_front(m, tcb);
        } else {
            ready.queues[priority].push_back(m, tcb);
        }
        tcb.set_is_queued(m, true);
    }

    /// Takes a thread out of its ready queue, if it is in one.
    pub(crate) fn dequeue(&mut self, tcb: Tcb) {
        let m = &mut self.machine;
        if !tcb.is_queued(m) {
            return;
        }
        let priority = tcb.priority(m);
        let ready = &mut self.scheduler.ready;
        ready.queues[priority].remove(m, tcb);
        tcb.set_is_queued(m, false);
        if ready.queues[priority].is_empty() {
            ready.unmark(priority);
        }
    }

    /// Changes what a thread does.
    pub(crate) fn set_thread_state(&mut self, tcb: Tcb, state: ThreadState) {
        tcb.set_state(&mut self.machine, state);
        self.leave_processor_if_blocked(tcb);
    }

    /// Plans a new choice when the current thread can no longer run.
    pub(crate) fn leave_processor_if_blocked(&mut self, tcb: Tcb) {
        if tcb == self.scheduler.current
            && self.scheduler.action == Action::ResumeCurrent
            && !tcb.is_runnable(&self.machine)
        {
            self.scheduler.action = Action::ChooseNew;
        }
    }

    /// Plans a new choice of thread.
    pub(crate) fn reschedule(&mut self) {
        if let Action::SwitchTo(candidate) = self.scheduler.action {
            self.enqueue_first(candidate);
        }
        self.scheduler.action = Action::ChooseNew;
    }

    /// Plans to run a thread that became able to, if it is important enough.
    pub(crate) fn possible_switch_to(&mut self, tcb: Tcb) {
        if self.scheduler.action == Action::ResumeCurrent {
            self.scheduler.action = Action::SwitchTo(tcb);
        } else {
            self.reschedule();
            self.enqueue_first(tcb);
        }
    }

    /// Does what is planned: afterwards the current thread is the one to run.
    #[inline(always)]
    pub fn schedule(&mut self) {
        if self.scheduler.action != Action::ResumeCurrent {
            self.leave_current();
        }
        self.update_tick();
    }

    fn leave_current(&mut self) {
        let current = self.scheduler.current;
        let was_runnable = current.is_runnable(&self.machine);
        if was_runnable {
            self.enqueue_first(current);
        }
        let action = self.scheduler.action;
        match action {
            Action::SwitchTo(candidate) if self.outranks(candidate, current, was_runnable) => {
                self.switch_to(candidate);
            }
            _ => self.choose(),
        }
        self.scheduler.action = Action::ResumeCurrent;
    }

    /// Whether a thread that becomes ready is the one to run when the current
    /// one stops.
    #[inline(always)]
    pub(crate) fn runs_next(&self, candidate: Tcb, current: Tcb) -> bool {
        let m = &self.machine;
        let priority = candidate.priority(m);
        // No thread that is ready is more important than the current one.
        current != self.scheduler.idle && priority >= current.priority(m)
            || self.scheduler.ready.highest().is_none_or(|highest| highest <= priority)
    }

    /// Switches to a thread that [`Self::runs_next`], and is in no queue.
    #[inline(always)]
    pub(crate) fn take_over(&mut self, tcb: Tcb) {
        self.switch_space(tcb);
        self.restore_fpu_lazily(tcb);
        self.scheduler.current = tcb;
        self.update_tick();
    }

    /// Whether to switch to the candidate at once. If not, it is queued.
    fn outranks(&mut self, candidate: Tcb, current: Tcb, was_runnable: bool) -> bool {
        let m = &self.machine;
        if !self.runs_next(candidate, current) {
            self.enqueue_first(candidate);
            false
        } else if was_runnable && candidate.priority(m) == current.priority(m) {
            self.enqueue_last(candidate);
            false
        } else {
            true
        }
    }

    fn choose(&mut self) {
        match self.scheduler.ready.highest() {
            Some(priority) => {
                let head = self.scheduler.ready.queues[priority].head;
                self.switch_to(head.expect("a marked ready queue has a thread"));
            }
            None => {
                self.switch_to_idle_space();
                self.scheduler.current = self.scheduler.idle;
            }
        }
    }

    fn switch_to(&mut self, tcb: Tcb) {
        self.switch_space(tcb);
        self.restore_fpu_lazily(tcb);
        self.dequeue(tcb);
        self.scheduler.current = tcb;
    }

    /// Keeps the tick going only while the current thread shares its priority
    /// with another: otherwise nobody could be preempted by it. (While the
    /// processor is idle, nobody is ready.)
    #[inline(always)]
    fn update_tick(&mut self) {
        let current = self.scheduler.current;
        let needed = self.scheduler.ready.has(current.priority(&self.machine));
        if needed != self.scheduler.ticking {
            self.scheduler.ticking = needed;
            if needed {
                self.machine.start_tick();
            } else {
                self.machine.stop_tick();
            }
        }
    }

    /// Counts a tick down from the current thread's time slice.
    pub(crate) fn timer_tick(&mut self) {
        if !self.scheduler.ticking {
            return;
        }
        let current = self.scheduler.current;
        let m = &mut self.machine;
        if current.state(m) == ThreadState::Running {
            let left = current.time_slice(m);
            if left > 1 {
                current.set_time_slice(m, left - 1);
            } else {
                current.set_time_slice(m, M::TIME_SLICE);
                self.enqueue_last(current);
                self.reschedule();
            }
        }
        self.machine.next_tick();
    }

    /// Prepares the current thread to run: one that restarts repeats the
    /// instruction that it was stopped at.
    pub fn activate(&mut self) {
        let current = self.scheduler.current;
        let m = &mut self.machine;
        match current.state(m) {
            ThreadState::Running | ThreadState::Idle => {}
            ThreadState::Restart => {
                self.set_restart_point(current);
                current.set_state(&mut self.machine, ThreadState::Running);
            }
            state => panic!("the thread to run is {state:?}"),
        }
    }

    /// Makes a thread go on at the instruction that it was stopped at.
    pub(crate) fn set_restart_point(&mut self, tcb: Tcb) {
        use crate::arch::registers::{FAULT_IP, NEXT_IP};
        let m = &mut self.machine;
        let address = tcb.register(m, FAULT_IP);
        tcb.set_register(m, NEXT_IP, address);
    }

    /// Stops a thread.
    pub(crate) fn suspend(&mut self, tcb: Tcb) {
        use crate::arch::registers::{FAULT_IP, NEXT_IP};
        self.cancel_ipc(tcb);
        let m = &mut self.machine;
        if tcb.state(m) == ThreadState::Running {
            let next = tcb.register(m, NEXT_IP);
            tcb.set_register(m, FAULT_IP, next);
        }
        self.dequeue(tcb);
        self.set_thread_state(tcb, ThreadState::Inactive);
    }

    /// Starts a stopped thread.
    pub(crate) fn restart(&mut self, tcb: Tcb) {
        if !tcb.is_stopped(&self.machine) {
            return;
        }
        self.cancel_ipc(tcb);
        self.set_up_reply_master(tcb);
        self.set_thread_state(tcb, ThreadState::Restart);
        self.enqueue_first(tcb);
        self.possible_switch_to(tcb);
    }

    /// Changes a thread's priority.
    pub(crate) fn set_priority(&mut self, tcb: Tcb, priority: Word) {
        self.dequeue(tcb);
        tcb.set_priority(&mut self.machine, priority);
        if tcb.is_runnable(&self.machine) {
            if tcb == self.scheduler.current {
                self.reschedule();
            } else {
                self.possible_switch_to(tcb);
            }
        }
    }
}
