//! Scheduling domains, of which this kernel has one.
//!
//! seL4 manual, section 6.3 "Domains".

use sel4_abi::InvocationLabel;

use crate::error::{Checked, Exception, Reply, SyscallError};
use crate::invocation::Invocation;
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::word::{Word, mask};

const DOMAINS: Word = 1;
/// Entries of the domain schedule, the end marker included.
const SCHEDULE_ENTRIES: Word = 2;
/// Bits of a duration.
const DURATION_BITS: u32 = 56;

impl<M: Machine> Kernel<M> {
    /// Performs an invocation of the domain capability.
    #[inline(never)]
    pub(crate) fn invoke_domain(&mut self, invocation: &Invocation) -> Result<Reply, Exception> {
        use InvocationLabel as Label;
        match Label::from_word(invocation.label) {
            Some(Label::DomainSetSet) => self.set_domain(invocation)?,
            Some(Label::DomainScheduleConfigure) => self.configure_schedule(invocation)?,
            Some(Label::DomainScheduleSetStart) => self.set_schedule_start(invocation)?,
            _ => return Err(SyscallError::IllegalOperation.into()),
        }
        Ok(Reply::Empty)
    }

    fn set_domain(&mut self, invocation: &Invocation) -> Checked<()> {
        invocation.require(1, 0)?;
        let domain = self.argument(invocation, 0);
        if domain >= DOMAINS {
            return Err(SyscallError::InvalidArgument(0));
        }
        let thread = invocation.extra(0)?.cap(&self.machine).as_thread();
        let tcb = thread.ok_or(SyscallError::InvalidArgument(1))?;
        self.begin();
        self.dequeue(tcb);
        tcb.set_domain(&mut self.machine, domain);
        if tcb.is_runnable(&self.machine) {
            self.enqueue_first(tcb);
        }
        if tcb == self.current() {
            self.reschedule();
        }
        Ok(())
    }

    /// Sets an entry of the schedule. With one domain all entries mean the
    /// same, so that the checks are all there is to do.
    fn configure_schedule(&mut self, invocation: &Invocation) -> Checked<()> {
        invocation.require(3, 0)?;
        let argument = |index| self.argument(invocation, index);
        let (index, domain, duration) = (argument(0), argument(1), argument(2));
        if index >= SCHEDULE_ENTRIES - 1 {
            return Err(SyscallError::Range { min: 0, max: SCHEDULE_ENTRIES - 2 });
        }
        if domain >= DOMAINS {
            return Err(SyscallError::Range { min: 0, max: DOMAINS - 1 });
        }
        // The schedule starts at entry 0, the only one, which must last.
        if duration > mask(DURATION_BITS) || duration == 0 {
            return Err(SyscallError::InvalidArgument(2));
        }
        self.begin();
        Ok(())
    }

    fn set_schedule_start(&mut self, invocation: &Invocation) -> Checked<()> {
        invocation.require(1, 0)?;
        let index = self.argument(invocation, 0);
        if index >= SCHEDULE_ENTRIES {
            return Err(SyscallError::Range { min: 0, max: SCHEDULE_ENTRIES - 1 });
        }
        if index == SCHEDULE_ENTRIES - 1 {
            return Err(SyscallError::InvalidArgument(0));
        }
        self.begin();
        self.reschedule();
        Ok(())
    }
}
