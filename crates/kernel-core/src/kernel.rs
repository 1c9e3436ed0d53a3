//! The kernel's state.

use crate::arch::{ArchState, registers};
use crate::error::Exception;
use crate::machine::Machine;
use crate::object::{IrqTable, Slot, Tcb};
use crate::sched::Scheduler;
use crate::word::{PhysAddr, Word};

/// The whole kernel: its state, and the hardware below it.
///
/// The operations are spread over the modules, by subject.
#[derive(Debug)]
pub struct Kernel<M> {
    /// The hardware.
    pub machine: M,
    pub(crate) scheduler: Scheduler,
    pub(crate) irqs: IrqTable,
    pub(crate) arch: ArchState,
    /// Steps of long operations since the last look at pending interrupts.
    pub(crate) work_units: Word,
    /// The head of the list of all threads, for reports.
    pub(crate) threads: Option<Tcb>,
}

impl<M: Machine> Kernel<M> {
    /// A kernel without memory or threads, until [`Kernel::boot`].
    pub const fn new(machine: M) -> Self {
        let nowhere = PhysAddr(0);
        Self {
            machine,
            scheduler: Scheduler::new(Tcb::at(nowhere)),
            irqs: IrqTable::new(Slot::at(nowhere)),
            arch: ArchState::new(),
            work_units: 0,
            threads: None,
        }
    }

    /// The thread that runs.
    pub fn current(&self) -> Tcb {
        self.scheduler.current
    }

    /// Whether nobody wants to run.
    pub fn is_idle(&self) -> bool {
        self.scheduler.current == self.scheduler.idle
    }

    /// Sets the badge register of a thread.
    pub(crate) fn set_badge(&mut self, tcb: Tcb, badge: Word) {
        tcb.set_register(&mut self.machine, registers::BADGE, badge);
    }

    /// Counts steps of a long operation, and ends the operation for now when
    /// an interrupt waits.
    pub(crate) fn preemption_point(&mut self, steps: Word) -> Result<(), Exception> {
        self.work_units += steps;
        if self.work_units < M::WORK_UNITS_PER_PREEMPTION {
            return Ok(());
        }
        self.work_units = 0;
        if self.machine.irq_pending() { Err(Exception::Preempted) } else { Ok(()) }
    }
}
