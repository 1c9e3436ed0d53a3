//! Invocations: dispatch by capability type, and access to the arguments.

use crate::cap::Cap;
use crate::error::{Checked, Exception, Reply, SyscallError};
use crate::ipc::ExtraCaps;
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::object::{Send, Slot, ThreadState};
use crate::word::{PhysAddr, Word};

/// An invocation's arguments.
#[derive(Debug)]
pub(crate) struct Invocation {
    /// What to do, an invocation label.
    pub label: Word,
    /// Message words that are really there.
    pub length: usize,
    /// The slot of the invoked capability.
    pub slot: Slot,
    /// The invoker's IPC buffer.
    pub buffer: Option<PhysAddr>,
    /// The capabilities in the message.
    pub extra_caps: ExtraCaps,
    /// Whether the invoker waits for a reply.
    pub call: bool,
    /// Whether the invoker can be made to wait.
    pub blocking: bool,
}

impl Invocation {
    /// Checks that the message has at least `length` words and `caps`
    /// capabilities.
    pub(crate) fn require(&self, length: usize, caps: usize) -> Checked<()> {
        let has_caps = caps == 0 || self.extra_caps.get(caps - 1).is_some();
        if self.length >= length && has_caps { Ok(()) } else { Err(SyscallError::TruncatedMessage) }
    }

    /// Slot of capability argument `index`.
    ///
    /// # Errors
    /// When the message has fewer capabilities.
    pub(crate) fn extra(&self, index: usize) -> Checked<Slot> {
        self.extra_caps.get(index).ok_or(SyscallError::TruncatedMessage)
    }
}

impl<M: Machine> Kernel<M> {
    /// Argument word `index`; zero if the message is that short.
    pub(crate) fn argument(&self, invocation: &Invocation, index: usize) -> Word {
        self.message_word(self.current(), invocation.buffer, index).unwrap_or(0)
    }

    /// Marks that the checks are done and the invocation begins: if it is
    /// interrupted, the invoker repeats the system call.
    pub(crate) fn begin(&mut self) {
        let current = self.current();
        self.set_thread_state(current, ThreadState::Restart);
    }

    /// Performs an invocation.
    pub(crate) fn dispatch(&mut self, invocation: &Invocation) -> Result<Reply, Exception> {
        let cap = invocation.slot.cap(&self.machine);
        match cap {
            Cap::Endpoint(cap) if cap.rights.send => {
                self.begin();
                let send = Send {
                    blocking: invocation.blocking,
                    call: invocation.call,
                    badge: cap.badge,
                    grant: cap.rights.grant,
                    grant_reply: cap.rights.grant_reply,
                };
                self.send_ipc(self.current(), cap.endpoint, send);
                Ok(Reply::Empty)
            }
            Cap::Notification(cap) if cap.send => {
                self.begin();
                self.send_signal(cap.notification, cap.badge);
                Ok(Reply::Empty)
            }
            Cap::Reply(cap) if !cap.master => {
                self.begin();
                self.reply(self.current(), cap.caller, invocation.slot, cap.grant);
                Ok(Reply::Empty)
            }
            Cap::Null
            | Cap::Zombie(_)
            | Cap::Endpoint(_)
            | Cap::Notification(_)
            | Cap::Reply(_) => Err(SyscallError::InvalidCapability(0).into()),
            Cap::Thread(tcb) => self.invoke_tcb(tcb, invocation),
            Cap::CNode(_) => self.invoke_cnode(cap, invocation),
            Cap::Untyped(untyped) => self.invoke_untyped(untyped, invocation),
            Cap::IrqControl => self.invoke_irq_control(invocation),
            Cap::IrqHandler(irq) => self.invoke_irq_handler(irq, invocation),
            Cap::Domain => self.invoke_domain(invocation),
            Cap::Arch(_) => self.invoke_arch(invocation),
        }
    }
}
