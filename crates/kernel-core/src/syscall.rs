//! System calls, and the other ways into the kernel.
//!
//! seL4 manual, section 10.1.2 "System Calls". The entry code has saved the
//! caller's registers; every entry ends with [`Kernel::schedule`] and
//! [`Kernel::activate`], after which the current thread can be resumed.

use sel4_abi::{MessageInfo, Syscall};

use crate::arch::registers;
use crate::cap::Cap;
use crate::error::{Exception, LookupFailure, Reply, SyscallError};
use crate::fault::Fault;
use crate::invocation::Invocation;
use crate::ipc::{ExtraCaps, REGISTER_WORDS, needs_buffer};
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::object::{TcbSlot, ThreadState};
use crate::word::Word;

impl<M: Machine> Kernel<M> {
    /// Handles a system call of the current thread, by its number.
    pub fn handle_syscall(&mut self, number: Word) {
        let result = match Syscall::from_word(number) {
            Some(Syscall::Call) => self.invoke(true, true),
            Some(Syscall::Send) => self.invoke(false, true),
            Some(Syscall::NBSend) => self.invoke(false, false),
            Some(Syscall::ReplyRecv) => {
                self.reply_to_caller();
                self.receive(true);
                Ok(())
            }
            Some(Syscall::Recv) => {
                self.receive(true);
                Ok(())
            }
            Some(Syscall::NBRecv) => {
                self.receive(false);
                Ok(())
            }
            Some(Syscall::Reply) => {
                self.reply_to_caller();
                Ok(())
            }
            Some(Syscall::Yield) => {
                let current = self.current();
                self.dequeue(current);
                self.enqueue_last(current);
                self.reschedule();
                Ok(())
            }
            other => {
                // A debug system call returns at once.
                if self.debug_syscall(other) {
                    return;
                }
                let tcb = self.current();
                let fault = Fault::UnknownSyscall(number);
                self.handle_fault(tcb, fault, LookupFailure::InvalidRoot);
                Ok(())
            }
        };
        if result.is_err() {
            self.check_interrupt();
        }
        self.schedule();
        self.activate();
    }

    /// Handles an interrupt.
    pub fn handle_interrupt(&mut self) {
        self.check_interrupt();
        self.schedule();
        self.activate();
    }

    /// Invokes the capability that the current thread names. The only error is
    /// [`Exception::Preempted`]: mistakes are replied to.
    fn invoke(&mut self, call: bool, blocking: bool) -> Result<(), ()> {
        let tcb = self.current();
        let m = &self.machine;
        let info = MessageInfo::from_user(tcb.register(m, registers::MESSAGE_INFO));
        let address = tcb.register(m, registers::CAP);
        let buffer = if needs_buffer(info) { self.ipc_buffer_for_send(tcb) } else { None };
        let slot = match self.lookup_slot(tcb, address) {
            Ok(slot) => slot,
            Err(failure) => {
                self.fail_lookup(blocking, address, failure);
                return Ok(());
            }
        };
        let length = match buffer {
            Some(_) => info.length(),
            None => info.length().min(REGISTER_WORDS),
        };
        let mut invocation = Invocation {
            label: info.label(),
            length,
            slot,
            buffer,
            extra_caps: ExtraCaps::NONE,
            call,
            blocking,
        };
        if let Some(buffer) = buffer {
            let caps = &mut invocation.extra_caps;
            if let Err((address, failure)) = self.look_up_extra_caps(tcb, buffer, info, caps) {
                self.fail_lookup(blocking, address, failure);
                return Ok(());
            }
        }
        match self.dispatch(&invocation) {
            Ok(reply) => {
                // A thread that has been stopped, or waits, gets no reply now.
                if tcb.state(&self.machine) == ThreadState::Restart {
                    if call {
                        self.reply_from_kernel(reply);
                    }
                    self.set_thread_state(tcb, ThreadState::Running);
                }
                Ok(())
            }
            Err(Exception::Error(error)) => {
                if call {
                    self.reply_error(error);
                }
                Ok(())
            }
            Err(Exception::Preempted) => Err(()),
        }
    }

    /// Answers a capability address that the current thread invoked, or passed
    /// on, and that does not resolve.
    #[cold]
    fn fail_lookup(&mut self, blocking: bool, address: Word, failure: LookupFailure) {
        if blocking {
            self.handle_fault(self.current(), Fault::Cap { address, receiving: false }, failure);
        }
    }

    fn reply_from_kernel(&mut self, reply: Reply) {
        let tcb = self.current();
        let length = match reply {
            Reply::Empty => 0,
            Reply::Word(word) => self.write_message(tcb, &[word]),
            Reply::Written(length) => length,
        };
        self.set_message(tcb, MessageInfo::new(0, 0, 0, length), 0);
    }

    fn reply_error(&mut self, error: SyscallError) {
        let tcb = self.current();
        let (words, count) = error.message();
        let length = self.write_message(tcb, &words[..count]);
        self.set_message(tcb, MessageInfo::new(error.label(), 0, 0, length), 0);
    }

    fn reply_to_caller(&mut self) {
        let tcb = self.current();
        let slot = tcb.slot(TcbSlot::Caller);
        if let Cap::Reply(cap) = slot.cap(&self.machine) {
            self.reply(tcb, cap.caller, slot, cap.grant);
        }
    }

    fn receive(&mut self, blocking: bool) {
        let tcb = self.current();
        let address = tcb.register(&self.machine, registers::CAP);
        let failure = match self.lookup_cap(tcb, address) {
            Err(failure) => failure,
            Ok(Cap::Endpoint(cap)) if cap.rights.receive => {
                self.delete_simple(tcb.slot(TcbSlot::Caller));
                self.receive_ipc(tcb, cap, blocking);
                return;
            }
            Ok(Cap::Notification(cap))
                if cap.receive
                    && cap.notification.bound_tcb(&self.machine).is_none_or(|b| b == tcb) =>
            {
                self.receive_signal(tcb, cap, blocking);
                return;
            }
            Ok(_) => LookupFailure::MissingCapability { bits_left: 0 },
        };
        self.handle_fault(tcb, Fault::Cap { address, receiving: true }, failure);
    }
}
