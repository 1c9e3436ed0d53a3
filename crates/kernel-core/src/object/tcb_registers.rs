//! Invocations of threads that move registers.
//!
//! seL4 manual, section 10.3.9.4 "Read Registers" and its neighbours.

use crate::arch::registers::{COUNT, FRAME_COUNT, MESSAGE, USER_CONTEXT};
use crate::error::{Checked, Reply, SyscallError};
use crate::invocation::Invocation;
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::object::Tcb;
use crate::word::{Word, bit};

const _: () = assert!(USER_CONTEXT.len() < COUNT);
const _: () = assert!(MESSAGE.len() < FRAME_COUNT);

/// As many registers as a monitor reads that has to change one of those that are passed to
/// functions.
const FEW: usize = 8;

impl<M: Machine> Kernel<M> {
    /// Reads the first registers of another thread's context.
    pub(crate) fn read_registers(&mut self, tcb: Tcb, invocation: &Invocation) -> Checked<Reply> {
        invocation.require(2, 0)?;
        let suspend = self.argument(invocation, 0) & bit(0) != 0;
        let count = self.argument(invocation, 1);
        if !(1..=USER_CONTEXT.len()).contains(&count) {
            return Err(SyscallError::Range { min: 1, max: USER_CONTEXT.len() });
        }
        if tcb == self.current() {
            return Err(SyscallError::IllegalOperation);
        }
        self.begin();
        if suspend {
            self.suspend(tcb);
        }
        if !invocation.call {
            return Ok(Reply::Empty);
        }
        let length = if count <= FEW {
            let values: [Word; FEW] = self.first_registers(tcb);
            self.write_message(self.current(), &values[..count])
        } else {
            let values: [Word; USER_CONTEXT.len()] = self.first_registers(tcb);
            self.write_message(self.current(), &values[..count])
        };
        Ok(Reply::Written(length))
    }

    /// The first registers of a thread's context.
    #[inline(always)]
    fn first_registers<const N: usize>(&self, tcb: Tcb) -> [Word; N] {
        core::array::from_fn(|at| tcb.register(&self.machine, USER_CONTEXT[at]))
    }

    /// Writes the first registers of another thread's context.
    pub(crate) fn write_registers(&mut self, tcb: Tcb, invocation: &Invocation) -> Checked<()> {
        invocation.require(2, 0)?;
        let resume = self.argument(invocation, 0) & bit(0) != 0;
        let count = self.argument(invocation, 1);
        if invocation.length - 2 < count {
            return Err(SyscallError::TruncatedMessage);
        }
        if tcb == self.current() {
            return Err(SyscallError::IllegalOperation);
        }
        self.begin();
        for (index, register) in USER_CONTEXT.iter().enumerate().take(count) {
            let value = self.argument(invocation, index + 2);
            self.set_user_register(tcb, *register, value);
        }
        self.set_restart_point(tcb);
        if resume {
            self.restart(tcb);
        }
        Ok(())
    }

    /// Copies registers from one thread to another.
    pub(crate) fn copy_registers(&mut self, target: Tcb, invocation: &Invocation) -> Checked<()> {
        invocation.require(1, 1)?;
        let flags = self.argument(invocation, 0);
        let source = invocation.extra(0)?.cap(&self.machine).as_thread();
        let source = source.ok_or(SyscallError::InvalidCapability(1))?;
        self.begin();
        if flags & bit(0) != 0 {
            self.suspend(source);
        }
        if flags & bit(1) != 0 {
            self.restart(target);
        }
        if flags & bit(2) != 0 {
            self.copy_register_list(source, target, &USER_CONTEXT[..FRAME_COUNT]);
            self.set_restart_point(target);
        }
        if flags & bit(3) != 0 {
            self.copy_register_list(source, target, &USER_CONTEXT[FRAME_COUNT..]);
        }
        if target == self.current() {
            self.reschedule();
        }
        Ok(())
    }

    fn copy_register_list(&mut self, source: Tcb, target: Tcb, list: &[Word]) {
        for register in list {
            let value = source.register(&self.machine, *register);
            self.set_user_register(target, *register, value);
        }
    }
}
