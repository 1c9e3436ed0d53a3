//! Invocations of threads, but for those that move registers.
//!
//! seL4 manual, section 10.3.9 "TCB".

use sel4_abi::{InvocationLabel, tcb::flag};

use crate::cap::Cap;
use crate::error::{Checked, Exception, Reply, SyscallError};
use crate::invocation::Invocation;
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::object::{Slot, Tcb, TcbSlot};
use crate::word::Word;

/// A capability to copy, checked, with the slot that it comes from.
#[derive(Clone, Copy, Debug)]
struct Source {
    cap: Cap,
    slot: Slot,
}

/// New roots of a thread's spaces.
#[derive(Clone, Copy, Debug)]
struct Spaces {
    fault_handler: Word,
    cspace: Source,
    vspace: Source,
}

/// A new IPC buffer; without a frame the thread has none.
#[derive(Clone, Copy, Debug)]
struct Buffer {
    address: Word,
    frame: Option<Source>,
}

impl<M: Machine> Kernel<M> {
    /// Performs an invocation of a thread.
    #[inline(never)]
    pub(crate) fn invoke_tcb(
        &mut self, tcb: Tcb, invocation: &Invocation,
    ) -> Result<Reply, Exception> {
        use InvocationLabel as Label;
        match Label::from_word(invocation.label) {
            Some(Label::TCBReadRegisters) => return Ok(self.read_registers(tcb, invocation)?),
            Some(Label::TCBWriteRegisters) => self.write_registers(tcb, invocation)?,
            Some(Label::TCBCopyRegisters) => self.copy_registers(tcb, invocation)?,
            Some(Label::TCBSuspend) => {
                self.begin();
                self.suspend(tcb);
            }
            Some(Label::TCBResume) => {
                self.begin();
                self.restart(tcb);
            }
            Some(Label::TCBConfigure) => self.configure(tcb, invocation)?,
            Some(Label::TCBSetSpace) => {
                invocation.require(3, 2)?;
                let spaces = self.check_spaces(tcb, invocation)?;
                self.begin();
                self.set_spaces(tcb, invocation.slot, spaces)?;
            }
            Some(Label::TCBSetIPCBuffer) => {
                invocation.require(1, 1)?;
                let buffer = self.check_buffer(invocation, 0, 0)?;
                self.begin();
                self.set_buffer(tcb, invocation.slot, buffer)?;
            }
            Some(Label::TCBSetPriority) => {
                invocation.require(1, 1)?;
                let priority = self.check_priority(invocation, 0)?;
                self.begin();
                self.set_priority(tcb, priority);
            }
            Some(Label::TCBSetMCPriority) => {
                invocation.require(1, 1)?;
                let priority = self.check_priority(invocation, 0)?;
                self.begin();
                tcb.set_max_priority(&mut self.machine, priority);
            }
            Some(Label::TCBSetSchedParams) => {
                invocation.require(2, 1)?;
                let max_priority = self.check_priority(invocation, 0)?;
                let priority = self.check_priority(invocation, 1)?;
                self.begin();
                tcb.set_max_priority(&mut self.machine, max_priority);
                self.set_priority(tcb, priority);
            }
            Some(Label::TCBBindNotification) => self.bind(tcb, invocation)?,
            Some(Label::TCBUnbindNotification) => {
                if tcb.bound_notification(&self.machine).is_none() {
                    return Err(SyscallError::IllegalOperation.into());
                }
                self.begin();
                self.unbind_thread(tcb);
            }
            Some(Label::TCBSetTLSBase) => {
                invocation.require(1, 0)?;
                let base = self.argument(invocation, 0);
                self.begin();
                tcb.set_register(&mut self.machine, crate::arch::registers::TLS_BASE, base);
                if tcb == self.current() {
                    self.reschedule();
                }
            }
            Some(Label::TCBSetFlags) => return Ok(self.set_flags(tcb, invocation)?),
            _ => return Err(SyscallError::IllegalOperation.into()),
        }
        Ok(Reply::Empty)
    }

    /// The priority in argument `index`, which the thread of capability
    /// argument 0 must be allowed to give.
    fn check_priority(&self, invocation: &Invocation, index: usize) -> Checked<Word> {
        let authority = invocation.extra(0)?.cap(&self.machine).as_thread();
        let authority = authority.ok_or(SyscallError::InvalidCapability(1))?;
        let priority = self.argument(invocation, index);
        let max = authority.max_priority(&self.machine);
        if priority > max {
            return Err(SyscallError::Range { min: 0, max });
        }
        Ok(priority)
    }

    fn configure(&mut self, tcb: Tcb, invocation: &Invocation) -> Result<(), Exception> {
        invocation.require(4, 3)?;
        let buffer = self.check_buffer(invocation, 3, 2)?;
        let spaces = self.check_spaces(tcb, invocation)?;
        self.begin();
        self.set_spaces(tcb, invocation.slot, spaces)?;
        self.set_buffer(tcb, invocation.slot, buffer)
    }

    /// Argument 0 is the fault handler, 1 and 2 the data for capability
    /// arguments 0 and 1.
    fn check_spaces(&self, tcb: Tcb, invocation: &Invocation) -> Checked<Spaces> {
        let busy = |slot| self.is_long_deletion(tcb.slot(slot));
        if busy(TcbSlot::CSpace) || busy(TcbSlot::VSpace) {
            return Err(SyscallError::IllegalOperation);
        }
        let root = |index| -> Checked<Source> {
            let slot = invocation.extra(index)?;
            let cap = match self.argument(invocation, index + 1) {
                0 => slot.cap(&self.machine),
                data => slot.cap(&self.machine).with_data(false, data),
            };
            Ok(Source { cap: self.derive(slot, cap)?, slot })
        };
        let cspace = root(0)?;
        if cspace.cap.as_cnode().is_none() {
            return Err(SyscallError::IllegalOperation);
        }
        let vspace = root(1)?;
        if !self.is_vspace_root(vspace.cap) {
            return Err(SyscallError::IllegalOperation);
        }
        Ok(Spaces { fault_handler: self.argument(invocation, 0), cspace, vspace })
    }

    /// The buffer at the address in argument `address`, in the frame of
    /// capability argument `frame`. Address 0 means none.
    fn check_buffer(
        &self, invocation: &Invocation, address: usize, frame: usize,
    ) -> Checked<Buffer> {
        let slot = invocation.extra(frame)?;
        let address = self.argument(invocation, address);
        if address == 0 {
            return Ok(Buffer { address, frame: None });
        }
        let cap = self.derive(slot, slot.cap(&self.machine))?;
        self.check_buffer_frame(address, cap)?;
        Ok(Buffer { address, frame: Some(Source { cap, slot }) })
    }

    fn set_spaces(&mut self, tcb: Tcb, invoked: Slot, spaces: Spaces) -> Result<(), Exception> {
        tcb.set_fault_handler(&mut self.machine, spaces.fault_handler);
        self.replace_cap(tcb, TcbSlot::CSpace, invoked, spaces.cspace)?;
        self.replace_cap(tcb, TcbSlot::VSpace, invoked, spaces.vspace)
    }

    fn set_buffer(&mut self, tcb: Tcb, invoked: Slot, buffer: Buffer) -> Result<(), Exception> {
        match buffer.frame {
            Some(frame) => self.replace_cap(tcb, TcbSlot::IpcBuffer, invoked, frame)?,
            None => self.delete(tcb.slot(TcbSlot::IpcBuffer))?,
        }
        tcb.set_ipc_buffer(&mut self.machine, buffer.address);
        if tcb == self.current() {
            self.reschedule();
        }
        Ok(())
    }

    /// Replaces a capability of a thread. Deleting the old one can have any
    /// effect, even on the thread and the new capability: what is gone
    /// afterwards is not copied.
    fn replace_cap(
        &mut self, tcb: Tcb, which: TcbSlot, invoked: Slot, new: Source,
    ) -> Result<(), Exception> {
        let slot = tcb.slot(which);
        self.delete(slot)?;
        let m = &self.machine;
        if new.cap.same_object(new.slot.cap(m)) && Cap::Thread(tcb).same_object(invoked.cap(m)) {
            self.insert_cap(new.cap, new.slot, slot);
        }
        Ok(())
    }

    fn bind(&mut self, tcb: Tcb, invocation: &Invocation) -> Checked<()> {
        let slot = invocation.extra(0)?;
        let m = &self.machine;
        let Cap::Notification(cap) = slot.cap(m) else {
            return Err(SyscallError::IllegalOperation);
        };
        let notification = cap.notification;
        if tcb.bound_notification(m).is_some()
            || !cap.receive
            || notification.head(m).is_some()
            || notification.bound_tcb(m).is_some()
        {
            return Err(SyscallError::IllegalOperation);
        }
        self.begin();
        self.bind_notification(tcb, notification);
        Ok(())
    }

    fn set_flags(&mut self, tcb: Tcb, invocation: &Invocation) -> Checked<Reply> {
        invocation.require(2, 0)?;
        let clear = self.argument(invocation, 0);
        let set = self.argument(invocation, 1);
        self.begin();
        let flags = (tcb.flags(&self.machine) & !clear) | (set & flag::MASK);
        tcb.set_flags(&mut self.machine, flags);
        if flags & flag::FPU_DISABLED != 0 {
            self.release_fpu(tcb);
        }
        Ok(Reply::Word(flags))
    }
}
