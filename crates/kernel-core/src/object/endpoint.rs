//! Endpoints: synchronous messages.
//!
//! seL4 manual, chapter 4 "Message Passing (IPC)".

use crate::cap::{EndpointCap, ReplyCap};
use crate::derivation;
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::memory::{Memory, WordField, kernel_object};
use crate::object::{NotificationState, Tcb, ThreadState};
use crate::queue::{Queue, Waiting};
use crate::word::{Word, mask};

/// Which side of an endpoint waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EndpointState {
    /// Neither.
    Idle,
    /// Senders.
    Sending,
    /// Receivers.
    Receiving,
}

kernel_object! {
    /// A meeting point of senders and receivers: the queue of those who wait,
    /// and, in the lowest bits of its tail, which side they are on.
    Endpoint {
        /// The first who waits.
        head, set_head: Option<Tcb> = 0;
        /// The last who waits, with the state in the two lowest bits.
        tail_word, set_tail_word: Word = 1;
    }
}

impl Endpoint {
    /// Which side waits.
    pub fn state(self, memory: &impl Memory) -> EndpointState {
        match self.tail_word(memory) & mask(2) {
            0 => EndpointState::Idle,
            1 => EndpointState::Sending,
            _ => EndpointState::Receiving,
        }
    }

    /// Those who wait.
    pub fn queue(self, memory: &impl Memory) -> Queue<Waiting> {
        Queue::new(self.head(memory), Option::from_word(self.tail_word(memory) & !mask(2)))
    }

    /// Replaces the queue; an empty one makes the endpoint idle.
    pub fn set_queue(self, memory: &mut impl Memory, queue: Queue<Waiting>, state: EndpointState) {
        let state = if queue.is_empty() { EndpointState::Idle } else { state };
        self.set_head(memory, queue.head);
        self.set_tail_word(memory, queue.tail.to_word() | state as Word);
    }
}

/// How a thread sends to an endpoint.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Send {
    /// Wait when nobody receives.
    pub blocking: bool,
    /// Wait for a reply afterwards.
    pub call: bool,
    /// The badge that the receiver gets.
    pub badge: Word,
    /// Whether the message may carry capabilities.
    pub grant: bool,
    /// Whether the call may hand a reply capability over.
    pub grant_reply: bool,
}

impl<M: Machine> Kernel<M> {
    /// Sends the message, or the fault, of `sender`.
    pub(crate) fn send_ipc(&mut self, sender: Tcb, endpoint: Endpoint, send: Send) {
        let m = &mut self.machine;
        if endpoint.state(m) != EndpointState::Receiving {
            if send.blocking {
                sender.set_state(m, ThreadState::BlockedOnSend);
                sender.set_blocking_object(m, endpoint.address().0);
                sender.set_sender_badge(m, send.badge);
                sender.set_can_grant(m, send.grant);
                sender.set_can_grant_reply(m, send.grant_reply);
                sender.set_is_call(m, send.call);
                let mut queue = endpoint.queue(m);
                queue.push_back(m, sender);
                endpoint.set_queue(m, queue, EndpointState::Sending);
                self.leave_processor_if_blocked(sender);
            }
            return;
        }
        let mut queue = endpoint.queue(m);
        let receiver = queue.head.expect("an endpoint in receiving state has a receiver");
        queue.remove(m, receiver);
        endpoint.set_queue(m, queue, EndpointState::Receiving);
        self.transfer(sender, Some(endpoint), send.badge, send.grant, receiver);
        let reply_grant = receiver.can_grant(&self.machine);
        self.set_thread_state(receiver, ThreadState::Running);
        self.possible_switch_to(receiver);
        if send.call {
            if send.grant || send.grant_reply {
                self.set_up_caller(sender, receiver, reply_grant);
            } else {
                self.set_thread_state(sender, ThreadState::Inactive);
            }
        }
    }

    /// Receives from an endpoint, or a signal of the bound notification.
    pub(crate) fn receive_ipc(&mut self, receiver: Tcb, cap: EndpointCap, blocking: bool) {
        let m = &mut self.machine;
        let endpoint = cap.endpoint;
        if let Some(notification) = receiver.bound_notification(m)
            && notification.state(m) == NotificationState::Active
        {
            self.take_signal(notification, receiver);
            return;
        }
        if endpoint.state(m) != EndpointState::Sending {
            if blocking {
                self.wait_for_message(receiver, cap);
                self.leave_processor_if_blocked(receiver);
            } else {
                self.set_badge(receiver, 0);
            }
            return;
        }
        let mut queue = endpoint.queue(m);
        let sender = queue.head.expect("an endpoint in sending state has a sender");
        queue.remove(m, sender);
        endpoint.set_queue(m, queue, EndpointState::Sending);
        let badge = sender.sender_badge(m);
        let grant = sender.can_grant(m);
        let grant_reply = sender.can_grant_reply(m);
        self.transfer(sender, Some(endpoint), badge, grant, receiver);
        if sender.is_call(&self.machine) {
            if grant || grant_reply {
                self.set_up_caller(sender, receiver, cap.rights.grant);
            } else {
                self.set_thread_state(sender, ThreadState::Inactive);
            }
        } else {
            self.set_thread_state(sender, ThreadState::Running);
            self.possible_switch_to(sender);
        }
    }

    /// Makes a thread the last that waits for a message.
    #[inline(always)]
    pub(crate) fn wait_for_message(&mut self, receiver: Tcb, cap: EndpointCap) {
        let m = &mut self.machine;
        receiver.set_state(m, ThreadState::BlockedOnReceive);
        receiver.set_blocking_object(m, cap.endpoint.address().0);
        receiver.set_can_grant(m, cap.rights.grant);
        let mut queue = cap.endpoint.queue(m);
        queue.push_back(m, receiver);
        cap.endpoint.set_queue(m, queue, EndpointState::Receiving);
    }

    /// Gives `receiver` the capability to reply to `sender`, which waits.
    fn set_up_caller(&mut self, sender: Tcb, receiver: Tcb, grant: bool) {
        self.set_thread_state(sender, ThreadState::BlockedOnReply);
        let cap = ReplyCap { caller: sender, master: false, grant };
        let master = sender.slot(super::TcbSlot::Reply);
        let caller = receiver.slot(super::TcbSlot::Caller);
        derivation::insert_reply(&mut self.machine, cap, master, caller);
    }

    /// Ends whatever `tcb` waits for, and stops it.
    pub(crate) fn cancel_ipc(&mut self, tcb: Tcb) {
        let m = &mut self.machine;
        match tcb.state(m) {
            ThreadState::BlockedOnSend | ThreadState::BlockedOnReceive => {
                let endpoint = Endpoint::at(crate::word::PhysAddr(tcb.blocking_object(m)));
                let state = endpoint.state(m);
                let mut queue = endpoint.queue(m);
                queue.remove(m, tcb);
                endpoint.set_queue(m, queue, state);
                self.set_thread_state(tcb, ThreadState::Inactive);
            }
            ThreadState::BlockedOnNotification => self.cancel_signal(tcb),
            ThreadState::BlockedOnReply => {
                tcb.set_fault(m, None);
                if let Some(caller) = tcb.slot(super::TcbSlot::Reply).next(m) {
                    self.delete_simple(caller);
                }
            }
            ThreadState::Inactive
            | ThreadState::Running
            | ThreadState::Restart
            | ThreadState::Idle => {}
        }
    }

    /// Makes all who wait try again; the endpoint is going away.
    pub(crate) fn cancel_all_ipc(&mut self, endpoint: Endpoint) {
        let queue = endpoint.queue(&self.machine);
        if queue.is_empty() {
            return;
        }
        endpoint.set_queue(&mut self.machine, Queue::EMPTY, EndpointState::Idle);
        self.restart_all(queue);
    }

    /// Makes those who wait to send with `badge` try again, which will fail.
    pub(crate) fn cancel_badged_sends(&mut self, endpoint: Endpoint, badge: Word) {
        let m = &mut self.machine;
        if endpoint.state(m) != EndpointState::Sending {
            return;
        }
        let mut queue = endpoint.queue(m);
        let mut thread = queue.head;
        while let Some(tcb) = thread {
            let m = &mut self.machine;
            thread = tcb.wait_next(m);
            if tcb.sender_badge(m) == badge {
                queue.remove(m, tcb);
                self.set_thread_state(tcb, ThreadState::Restart);
                self.enqueue_first(tcb);
            }
        }
        endpoint.set_queue(&mut self.machine, queue, EndpointState::Sending);
        self.reschedule();
    }

    /// Makes a whole queue of waiting threads ready.
    pub(crate) fn restart_all(&mut self, queue: Queue<Waiting>) {
        let mut thread = queue.head;
        while let Some(tcb) = thread {
            thread = tcb.wait_next(&self.machine);
            self.set_thread_state(tcb, ThreadState::Restart);
            self.enqueue_first(tcb);
        }
        self.reschedule();
    }
}
