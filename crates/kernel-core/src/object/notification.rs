//! Notifications: a word of flags, and those who wait for one.
//!
//! seL4 manual, chapter 5 "Notifications".

use crate::cap::NotificationCap;
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::memory::{Memory, WordField, kernel_object};
use crate::object::{Tcb, ThreadState};
use crate::queue::{Queue, Waiting};
use crate::word::{PhysAddr, Word, mask};

/// What a notification holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotificationState {
    /// Neither a signal nor anybody who waits.
    Idle,
    /// Threads that wait for a signal.
    Waiting,
    /// A signal that nobody has taken.
    Active,
}

kernel_object! {
    /// A notification.
    Notification {
        /// The thread that receives signals while it waits for a message.
        bound_tcb, set_bound_tcb: Option<Tcb> = 0;
        /// The badges of all signals since the last was taken, joined.
        signals, set_signals: Word = 1;
        /// The first who waits.
        head, set_head: Option<Tcb> = 2;
        /// The last who waits, with the state in the two lowest bits.
        tail_word, set_tail_word: Word = 3;
    }
}

impl Notification {
    /// What the notification holds.
    pub fn state(self, memory: &impl Memory) -> NotificationState {
        match self.tail_word(memory) & mask(2) {
            0 => NotificationState::Idle,
            1 => NotificationState::Waiting,
            _ => NotificationState::Active,
        }
    }

    fn queue(self, memory: &impl Memory) -> Queue<Waiting> {
        Queue::new(self.head(memory), Option::from_word(self.tail_word(memory) & !mask(2)))
    }

    /// Replaces the queue; the notification then waits or is idle.
    fn set_queue(self, memory: &mut impl Memory, queue: Queue<Waiting>) {
        let state = Word::from(!queue.is_empty());
        self.set_head(memory, queue.head);
        self.set_tail_word(memory, queue.tail.to_word() | state);
    }

    fn set_active(self, memory: &mut impl Memory, signals: Word) {
        self.set_signals(memory, signals);
        self.set_tail_word(memory, NotificationState::Active as Word);
    }
}

impl<M: Machine> Kernel<M> {
    /// Signals with `badge`.
    pub(crate) fn send_signal(&mut self, notification: Notification, badge: Word) {
        let m = &mut self.machine;
        match notification.state(m) {
            NotificationState::Active => {
                let signals = notification.signals(m) | badge;
                notification.set_signals(m, signals);
            }
            NotificationState::Idle => match notification.bound_tcb(m) {
                Some(tcb) if tcb.state(m) == ThreadState::BlockedOnReceive => {
                    self.cancel_ipc(tcb);
                    self.deliver_signal(tcb, badge);
                }
                _ => notification.set_active(m, badge),
            },
            NotificationState::Waiting => {
                let mut queue = notification.queue(m);
                let tcb = queue.head.expect("a waiting notification has a thread");
                queue.remove(m, tcb);
                notification.set_queue(m, queue);
                self.deliver_signal(tcb, badge);
            }
        }
    }

    fn deliver_signal(&mut self, tcb: Tcb, badge: Word) {
        self.set_thread_state(tcb, ThreadState::Running);
        self.set_badge(tcb, badge);
        self.possible_switch_to(tcb);
    }

    /// Waits for a signal, or takes the one that is there.
    pub(crate) fn receive_signal(&mut self, tcb: Tcb, cap: NotificationCap, blocking: bool) {
        let m = &mut self.machine;
        let notification = cap.notification;
        if notification.state(m) == NotificationState::Active {
            self.take_signal(notification, tcb);
        } else if blocking {
            tcb.set_state(m, ThreadState::BlockedOnNotification);
            tcb.set_blocking_object(m, notification.address().0);
            let mut queue = notification.queue(m);
            queue.push_back(m, tcb);
            notification.set_queue(m, queue);
            self.leave_processor_if_blocked(tcb);
        } else {
            self.set_badge(tcb, 0);
        }
    }

    /// Gives the signals of an active notification to `tcb`.
    pub(crate) fn take_signal(&mut self, notification: Notification, tcb: Tcb) {
        let signals = notification.signals(&self.machine);
        self.set_badge(tcb, signals);
        notification.set_queue(&mut self.machine, Queue::EMPTY);
    }

    /// Takes `tcb` out of the queue of the notification that it waits for.
    pub(crate) fn cancel_signal(&mut self, tcb: Tcb) {
        let m = &mut self.machine;
        let notification = Notification::at(PhysAddr(tcb.blocking_object(m)));
        let mut queue = notification.queue(m);
        queue.remove(m, tcb);
        notification.set_queue(m, queue);
        self.set_thread_state(tcb, ThreadState::Inactive);
    }

    /// Makes all who wait try again; the notification is going away.
    pub(crate) fn cancel_all_signals(&mut self, notification: Notification) {
        let m = &mut self.machine;
        if notification.state(m) == NotificationState::Waiting {
            let queue = notification.queue(m);
            notification.set_queue(m, Queue::EMPTY);
            self.restart_all(queue);
        }
    }

    /// Binds a notification to a thread; neither may be bound already.
    pub(crate) fn bind_notification(&mut self, tcb: Tcb, notification: Notification) {
        notification.set_bound_tcb(&mut self.machine, Some(tcb));
        tcb.set_bound_notification(&mut self.machine, Some(notification));
    }

    /// Ends the binding of a thread, if it has one.
    pub(crate) fn unbind_thread(&mut self, tcb: Tcb) {
        if let Some(notification) = tcb.bound_notification(&self.machine) {
            notification.set_bound_tcb(&mut self.machine, None);
            tcb.set_bound_notification(&mut self.machine, None);
        }
    }

    /// Ends the binding of a notification, if it has one.
    pub(crate) fn unbind_notification(&mut self, notification: Notification) {
        if let Some(tcb) = notification.bound_tcb(&self.machine) {
            self.unbind_thread(tcb);
        }
    }
}
