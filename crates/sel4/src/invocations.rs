//! Invocations of objects that all architectures have. Those of CNodes are in [`crate::cnode`].

use sel4_abi::tcb::flag::FPU_DISABLED;

use crate::cap::{
    CNode, DomainSet, Granule, IrqControl, IrqHandler, Notification, Tcb, Untyped, VSpace,
};
use crate::word::usize_to_word;
use crate::{
    AbsoluteCPtr, CNodeCapData, CPtr, InvocationContext, ObjectBlueprint, Result, UserContext,
    Word, sys,
};

/// A duration (`seL4_Time`), in timer ticks without MCS.
pub type Time = u64;

/// Calls a stub with the capability's pointer, and makes a result of its error number.
macro_rules! invoke {
    ($cap:expr, $stub:ident $(, $arg:expr)* $(,)?) => {
        $cap.invoke(|cptr, ipc_buffer| {
            let error = ipc_buffer.inner_mut().$stub(cptr $(, $arg)*);
            ipc_buffer.result(error)
        })
    };
}

pub(crate) use invoke;

impl<C: InvocationContext> Untyped<C> {
    /// `seL4_Untyped_Retype`: makes `num_objects` objects, and puts the capabilities to them into
    /// the CNode `dst`, from slot `dst_offset` on.
    pub fn untyped_retype(
        self, blueprint: &ObjectBlueprint, dst: &AbsoluteCPtr, dst_offset: usize,
        num_objects: usize,
    ) -> Result<()> {
        invoke!(
            self,
            seL4_Untyped_Retype,
            blueprint.ty().into_sys(),
            usize_to_word(blueprint.api_size_bits().unwrap_or(0)),
            dst.root().bits(),
            dst.path().bits(),
            usize_to_word(dst.path().depth()),
            usize_to_word(dst_offset),
            usize_to_word(num_objects),
        )
    }
}

/// Makes the word of thread flags for [`Tcb::tcb_set_flags`].
#[derive(Debug, Copy, Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct TcbFlagsBuilder(Word);

impl TcbFlagsBuilder {
    /// Begins with no flags.
    pub const fn new() -> Self {
        Self(0)
    }

    /// The finished word.
    pub const fn build(self) -> Word {
        self.0
    }

    /// Whether floating point and vector instructions fault.
    pub const fn fpu_disabled(self, value: bool) -> Self {
        let flag = usize_to_word(FPU_DISABLED);
        Self(if value { self.0 | flag } else { self.0 & !flag })
    }
}

impl<C: InvocationContext> Tcb<C> {
    /// `seL4_TCB_ReadRegisters`: the first `count` registers. The kernel writes no others, so what
    /// they hold here means nothing.
    pub fn tcb_read_registers(self, suspend: bool, count: Word) -> Result<UserContext> {
        let mut registers = UserContext::default();
        invoke!(self, seL4_TCB_ReadRegisters, suspend, 0, count, registers.inner_mut())?;
        Ok(registers)
    }

    /// `seL4_TCB_ReadRegisters` with all registers.
    pub fn tcb_read_all_registers(self, suspend: bool) -> Result<UserContext> {
        self.tcb_read_registers(suspend, usize_to_word(UserContext::COUNT))
    }

    /// `seL4_TCB_WriteRegisters`: sets the first `count` registers.
    pub fn tcb_write_registers(
        self, resume: bool, count: Word, registers: &mut UserContext,
    ) -> Result<()> {
        invoke!(self, seL4_TCB_WriteRegisters, resume, 0, count, registers.inner())
    }

    /// `seL4_TCB_WriteRegisters` with all registers, the thread pointer included: what
    /// [`tcb_set_tls_base`](Self::tcb_set_tls_base) has set before is lost.
    pub fn tcb_write_all_registers(self, resume: bool, registers: &mut UserContext) -> Result<()> {
        self.tcb_write_registers(resume, usize_to_word(UserContext::COUNT), registers)
    }

    /// `seL4_TCB_ReadRegisters` with as many registers as `words` has, in the order of
    /// [`UserContext`]: costs what that many cost.
    pub fn tcb_read_register_words(self, suspend: bool, words: &mut [Word]) -> Result<()> {
        self.invoke(|cptr, ipc_buffer| {
            let head = [Word::from(suspend), usize_to_word(words.len())];
            let ipc = ipc_buffer.inner_mut();
            let (error, registers) = ipc.invoke_with(cptr, sys::TCBReadRegisters, head, &[]);
            if error == sys::seL4_Error::seL4_NoError {
                ipc.outputs(&registers, words);
            }
            ipc_buffer.result(error)
        })
    }

    /// As [`tcb_read_register_words`](Self::tcb_read_register_words), but leaves those words as
    /// they are whose bit is set in `keep`.
    pub fn tcb_read_register_words_except(
        self, suspend: bool, keep: Word, words: &mut [Word],
    ) -> Result<()> {
        self.invoke(|cptr, ipc_buffer| {
            let head = [Word::from(suspend), usize_to_word(words.len())];
            let ipc = ipc_buffer.inner_mut();
            let (error, registers) = ipc.invoke_with(cptr, sys::TCBReadRegisters, head, &[]);
            if error == sys::seL4_Error::seL4_NoError {
                ipc.outputs_except(&registers, keep, words);
            }
            ipc_buffer.result(error)
        })
    }

    /// `seL4_TCB_WriteRegisters` with as many registers as `words` has, in the order of
    /// [`UserContext`]: costs what that many cost.
    pub fn tcb_write_register_words(self, resume: bool, words: &[Word]) -> Result<()> {
        self.invoke(|cptr, ipc_buffer| {
            let head = [Word::from(resume), usize_to_word(words.len())];
            let (error, _) =
                ipc_buffer.inner_mut().invoke_with(cptr, sys::TCBWriteRegisters, head, words);
            ipc_buffer.result(error)
        })
    }

    /// `seL4_TCB_CopyRegisters`: copies the registers of `source`, the ones that a system call
    /// uses (`transfer_frame`), the others (`transfer_integer`), or both.
    pub fn tcb_copy_registers(
        self, source: Tcb, suspend_source: bool, resume_target: bool, transfer_frame: bool,
        transfer_integer: bool,
    ) -> Result<()> {
        invoke!(
            self,
            seL4_TCB_CopyRegisters,
            source.bits(),
            suspend_source,
            resume_target,
            transfer_frame,
            transfer_integer,
            0,
        )
    }

    /// `seL4_TCB_Resume`: lets the thread run.
    pub fn tcb_resume(self) -> Result<()> {
        invoke!(self, seL4_TCB_Resume)
    }

    /// `seL4_TCB_Suspend`: stops the thread.
    pub fn tcb_suspend(self) -> Result<()> {
        invoke!(self, seL4_TCB_Suspend)
    }

    /// `seL4_TCB_SetPriority`. The priority may not be above the maximum controlled priority of
    /// `authority`.
    pub fn tcb_set_priority(self, authority: Tcb, priority: Word) -> Result<()> {
        invoke!(self, seL4_TCB_SetPriority, authority.bits(), priority)
    }

    /// `seL4_TCB_SetMCPriority`: sets the maximum controlled priority, which may not be above
    /// that of `authority`.
    pub fn tcb_set_mc_priority(self, authority: Tcb, mcp: Word) -> Result<()> {
        invoke!(self, seL4_TCB_SetMCPriority, authority.bits(), mcp)
    }

    /// `seL4_TCB_SetSchedParams`: both priorities at once.
    #[sel4_config::sel4_cfg(not(KERNEL_MCS))]
    pub fn tcb_set_sched_params(self, authority: Tcb, mcp: Word, priority: Word) -> Result<()> {
        invoke!(self, seL4_TCB_SetSchedParams, authority.bits(), mcp, priority)
    }

    /// `seL4_TCB_SetFlags`: clears and sets flags ([`TcbFlagsBuilder`]). Gives the flags after
    /// that.
    pub fn tcb_set_flags(self, clear: Word, set: Word) -> Result<Word> {
        self.invoke(|cptr, ipc_buffer| {
            let reply = ipc_buffer.inner_mut().seL4_TCB_SetFlags(cptr, clear, set);
            ipc_buffer.value(reply.error, reply.flags)
        })
    }

    /// `seL4_TCB_Configure`: fault endpoint, CSpace, VSpace and IPC buffer. `fault_ep` is a path
    /// in the thread's own CSpace; `ipc_buffer` is an address in its VSpace.
    #[sel4_config::sel4_cfg(not(KERNEL_MCS))]
    pub fn tcb_configure(
        self, fault_ep: CPtr, cspace_root: CNode, cspace_root_data: CNodeCapData,
        vspace_root: VSpace, ipc_buffer: Word, ipc_buffer_frame: Granule,
    ) -> Result<()> {
        invoke!(
            self,
            seL4_TCB_Configure,
            fault_ep.bits(),
            cspace_root.bits(),
            cspace_root_data.into_word(),
            vspace_root.bits(),
            0, // address spaces have no such data
            ipc_buffer,
            ipc_buffer_frame.bits(),
        )
    }

    /// `seL4_TCB_SetSpace`: fault endpoint, CSpace and VSpace. `fault_ep` is a path in the
    /// thread's own CSpace.
    pub fn tcb_set_space(
        self, fault_ep: CPtr, cspace_root: CNode, cspace_root_data: CNodeCapData,
        vspace_root: VSpace,
    ) -> Result<()> {
        invoke!(
            self,
            seL4_TCB_SetSpace,
            fault_ep.bits(),
            cspace_root.bits(),
            cspace_root_data.into_word(),
            vspace_root.bits(),
            0, // address spaces have no such data
        )
    }

    /// `seL4_TCB_SetIPCBuffer`: the IPC buffer at address `ipc_buffer` of the thread's VSpace.
    pub fn tcb_set_ipc_buffer(self, ipc_buffer: Word, frame: Granule) -> Result<()> {
        invoke!(self, seL4_TCB_SetIPCBuffer, ipc_buffer, frame.bits())
    }

    /// `seL4_TCB_SetTLSBase`: sets the thread pointer register. To the `sel4` crate it is the
    /// address of the thread's IPC buffer, with a count of borrows in its low bits: a thread that
    /// is made to start again needs it set again.
    pub fn tcb_set_tls_base(self, tls_base: Word) -> Result<()> {
        invoke!(self, seL4_TCB_SetTLSBase, tls_base)
    }

    /// `seL4_TCB_BindNotification`: lets the thread receive from the notification while it waits
    /// at any endpoint.
    pub fn tcb_bind_notification(self, notification: Notification) -> Result<()> {
        invoke!(self, seL4_TCB_BindNotification, notification.bits())
    }

    /// `seL4_TCB_UnbindNotification`.
    pub fn tcb_unbind_notification(self) -> Result<()> {
        invoke!(self, seL4_TCB_UnbindNotification)
    }

    /// `seL4_TCB_SetAffinity`: moves the thread to another node.
    #[sel4_config::sel4_cfg(all(not(KERNEL_MCS), ENABLE_SMP_SUPPORT))]
    pub fn tcb_set_affinity(self, affinity: Word) -> Result<()> {
        invoke!(self, seL4_TCB_SetAffinity, affinity)
    }
}

impl<C: InvocationContext> IrqControl<C> {
    /// `seL4_IRQControl_Get`: makes a handler of interrupt `irq`.
    pub fn irq_control_get(self, irq: Word, dst: &AbsoluteCPtr) -> Result<()> {
        invoke!(
            self,
            seL4_IRQControl_Get,
            irq,
            dst.root().bits(),
            dst.path().bits(),
            dst.path().depth_for_kernel(),
        )
    }
}

impl<C: InvocationContext> IrqHandler<C> {
    /// `seL4_IRQHandler_Ack`: lets the interrupt come again.
    pub fn irq_handler_ack(self) -> Result<()> {
        invoke!(self, seL4_IRQHandler_Ack)
    }

    /// `seL4_IRQHandler_SetNotification`: signals the notification at each interrupt.
    pub fn irq_handler_set_notification(self, notification: Notification) -> Result<()> {
        invoke!(self, seL4_IRQHandler_SetNotification, notification.bits())
    }

    /// `seL4_IRQHandler_Clear`: signals nothing any more.
    pub fn irq_handler_clear(self) -> Result<()> {
        invoke!(self, seL4_IRQHandler_Clear)
    }
}

impl<C: InvocationContext> DomainSet<C> {
    /// `seL4_DomainSet_Set`: moves a thread to a domain.
    pub fn domain_set_set(self, domain: u8, thread: Tcb) -> Result<()> {
        invoke!(self, seL4_DomainSet_Set, domain, thread.bits())
    }

    /// `seL4_DomainSet_ScheduleConfigure`: sets entry `index` of the domain schedule.
    pub fn domain_set_schedule_configure(
        self, index: Word, domain: u8, duration: Time,
    ) -> Result<()> {
        invoke!(self, seL4_DomainSet_ScheduleConfigure, index, domain, duration)
    }

    /// `seL4_DomainSet_ScheduleSetStart`: starts the domain schedule at entry `index`.
    pub fn domain_set_schedule_set_start(self, index: Word) -> Result<()> {
        invoke!(self, seL4_DomainSet_ScheduleSetStart, index)
    }
}
