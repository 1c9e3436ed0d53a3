//! The short way through the two most frequent system calls: a call of a server
//! that waits, and its reply, with a message that fits the registers.
//!
//! What happens is what the long way through [`crate::syscall`] does, and the
//! tests compare the two. It is short because everything is decided before
//! anything changes: the other thread runs next, so nobody is queued, nothing
//! is scheduled, and no state is written that the next step would overwrite.

use sel4_abi::{MessageInfo, Syscall};

use crate::arch::registers;
use crate::cap::{Cap, EndpointCap, ReplyCap};
use crate::derivation;
use crate::ipc::needs_buffer;
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::object::{EndpointState, NotificationState, Tcb, TcbSlot, ThreadState};
use crate::word::Word;

impl<M: Machine> Kernel<M> {
    /// Handles a system call of the current thread, if the short way can be
    /// taken. Otherwise nothing has changed. The arguments are the registers
    /// for capability, message information and number.
    #[inline(always)]
    pub fn fast_syscall(&mut self, cap: Word, info: Word, number: Word) -> bool {
        const CALL: Word = Syscall::Call.as_word();
        const REPLY_RECEIVE: Word = Syscall::ReplyRecv.as_word();
        let info = MessageInfo::from_user(info);
        if !matches!(number, CALL | REPLY_RECEIVE) || needs_buffer(info) {
            return false;
        }
        let tcb = self.current();
        match self.lookup_cap(tcb, cap) {
            Ok(Cap::Endpoint(cap)) if number == CALL => self.fast_call(tcb, info, cap),
            Ok(Cap::Endpoint(cap)) => self.fast_reply_receive(tcb, info, cap),
            _ => false,
        }
    }

    /// Calls a server that waits.
    #[inline(always)]
    fn fast_call(&mut self, tcb: Tcb, info: MessageInfo, cap: EndpointCap) -> bool {
        let m = &self.machine;
        let may_call = cap.rights.send && (cap.rights.grant || cap.rights.grant_reply);
        if !may_call || cap.endpoint.state(m) != EndpointState::Receiving {
            return false;
        }
        let mut queue = cap.endpoint.queue(m);
        let Some(receiver) = queue.head else {
            return false;
        };
        if !self.runs_next(receiver, tcb) {
            return false;
        }
        let m = &mut self.machine;
        queue.pop_front(m, receiver);
        cap.endpoint.set_queue(m, queue, EndpointState::Receiving);
        tcb.set_state(m, ThreadState::BlockedOnReply);
        let reply = ReplyCap { caller: tcb, master: false, grant: receiver.can_grant(m) };
        let caller = receiver.slot(TcbSlot::Caller);
        derivation::insert_reply(m, reply, tcb.slot(TcbSlot::Reply), caller);
        self.pass_on(tcb, info, cap.badge, receiver);
        true
    }

    /// Replies to the caller, and waits for the next message.
    #[inline(always)]
    fn fast_reply_receive(&mut self, tcb: Tcb, info: MessageInfo, cap: EndpointCap) -> bool {
        let m = &self.machine;
        let signalled = |notification: crate::object::Notification| {
            notification.state(m) == NotificationState::Active
        };
        if !cap.rights.receive
            || cap.endpoint.state(m) == EndpointState::Sending
            || tcb.bound_notification(m).is_some_and(signalled)
        {
            return false;
        }
        let slot = tcb.slot(TcbSlot::Caller);
        let Cap::Reply(reply) = slot.cap(m) else {
            return false;
        };
        if reply.caller.has_fault(m) || !self.runs_next(reply.caller, tcb) {
            return false;
        }
        let m = &mut self.machine;
        derivation::unlink(m, slot);
        self.wait_for_message(tcb, cap);
        self.pass_on(tcb, info, 0, reply.caller);
        true
    }

    /// Moves a message in registers, and the processor, to a thread that waited.
    #[inline(always)]
    fn pass_on(&mut self, sender: Tcb, info: MessageInfo, badge: Word, receiver: Tcb) {
        let m = &mut self.machine;
        for register in registers::MESSAGE.iter().take(info.length()) {
            let word = sender.register(m, *register);
            receiver.set_register(m, *register, word);
        }
        let info = MessageInfo::new(info.label(), 0, 0, info.length());
        self.set_message(receiver, info, badge);
        receiver.set_state(&mut self.machine, ThreadState::Running);
        self.take_over(receiver);
    }
}
