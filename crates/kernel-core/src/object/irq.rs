//! Interrupts and their handlers.
//!
//! seL4 manual, section 8.1 "Interrupt Delivery". An interrupt is masked when
//! it comes, signals a notification, and is unmasked when its handler
//! acknowledges it.

use sel4_abi::InvocationLabel;

use crate::cap::Cap;
use crate::error::{Checked, Exception, Reply, SyscallError};
use crate::invocation::Invocation;
use crate::kernel::Kernel;
use crate::machine::{Irq, Machine, report};
use crate::object::Slot;

/// What an interrupt is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum IrqState {
    /// Nothing; masked.
    Inactive,
    /// It has a handler capability, and signals the notification in its slot.
    Signal,
    /// The kernel's timer.
    Timer,
    /// Another one of the kernel's own.
    Reserved,
}

/// Most interrupt numbers that a table has room for.
pub const MAX_IRQS: usize = 256;

/// What each interrupt is for, and where its notification is.
#[derive(Debug)]
pub struct IrqTable {
    states: [IrqState; MAX_IRQS],
    slots: Slot,
}

impl IrqTable {
    /// All interrupts inactive; `slots` is the first of [`MAX_IRQS`] slots.
    pub const fn new(slots: Slot) -> Self {
        Self { states: [IrqState::Inactive; MAX_IRQS], slots }
    }

    /// The slot of an interrupt's notification.
    pub fn slot(&self, irq: Irq) -> Slot {
        self.slots.offset(irq)
    }
}

impl<M: Machine> Kernel<M> {
    /// Changes what an interrupt is for.
    pub(crate) fn set_irq_state(&mut self, irq: Irq, state: IrqState) {
        self.irqs.states[irq] = state;
        self.machine.mask_irq(irq, state == IrqState::Inactive);
    }

    /// Handles the interrupt that waits, if there is one.
    pub(crate) fn check_interrupt(&mut self) {
        let Some(irq) = self.machine.active_irq() else {
            return;
        };
        if irq > M::MAX_IRQ {
            let highest = M::MAX_IRQ;
            report!(self.machine, "interrupt {irq} came, the highest is {highest}\n");
            self.machine.mask_irq(irq, true);
            self.machine.finish_irq(irq);
            return;
        }
        match self.irqs.states[irq] {
            IrqState::Signal => {
                match self.irqs.slot(irq).cap(&self.machine) {
                    Cap::Notification(cap) if cap.send => {
                        self.send_signal(cap.notification, cap.badge);
                    }
                    _ => report!(self.machine, "interrupt {irq} has no notification\n"),
                }
                self.machine.hand_over_irq(irq);
                return;
            }
            IrqState::Timer => self.timer_tick(),
            IrqState::Reserved => self.handle_reserved_irq(irq),
            IrqState::Inactive => {
                self.machine.mask_irq(irq, true);
                report!(self.machine, "interrupt {irq} came, which nobody handles\n");
            }
        }
        self.machine.finish_irq(irq);
    }

    /// Performs an invocation of the interrupt control capability.
    #[inline(never)]
    pub(crate) fn invoke_irq_control(
        &mut self, invocation: &Invocation,
    ) -> Result<Reply, Exception> {
        use InvocationLabel as Label;
        match Label::from_word(invocation.label) {
            Some(Label::IRQIssueIRQHandler) => {
                invocation.require(3, 1)?;
                self.issue_irq_handler(invocation, 1, None)?;
            }
            Some(Label::ARMIRQIssueIRQHandlerTrigger) => {
                invocation.require(4, 1)?;
                let edge = self.argument(invocation, 1) != 0;
                self.issue_irq_handler(invocation, 2, Some(edge))?;
            }
            Some(Label::ARMIRQIssueSGISignal) => self.issue_sgi_signal(invocation)?,
            _ => return Err(SyscallError::IllegalOperation.into()),
        }
        Ok(Reply::Empty)
    }

    /// Makes a handler for the interrupt in argument 0, in the slot that the
    /// arguments from `slot` on name.
    fn issue_irq_handler(
        &mut self, invocation: &Invocation, slot: usize, edge: Option<bool>,
    ) -> Checked<()> {
        let irq = self.argument(invocation, 0);
        self.check_irq(irq)?;
        if self.irqs.states[irq] != IrqState::Inactive {
            return Err(SyscallError::RevokeFirst);
        }
        let target = self.named_target(invocation, slot)?;
        self.begin();
        if let Some(edge) = edge {
            self.machine.set_irq_trigger(irq, edge);
        }
        self.set_irq_state(irq, IrqState::Signal);
        self.insert_cap(Cap::IrqHandler(irq), invocation.slot, target);
        Ok(())
    }

    /// The empty slot that capability argument 0 and the words from `first` on
    /// name.
    pub(crate) fn named_target(&self, invocation: &Invocation, first: usize) -> Checked<Slot> {
        let root = invocation.extra(0)?.cap(&self.machine);
        self.empty_target_slot(
            root,
            self.argument(invocation, first),
            self.argument(invocation, first + 1),
        )
    }

    /// Checks that an interrupt exists.
    pub(crate) fn check_irq(&self, irq: Irq) -> Checked<()> {
        if irq > M::MAX_IRQ {
            return Err(SyscallError::Range { min: 0, max: M::MAX_IRQ });
        }
        Ok(())
    }

    /// Performs an invocation of an interrupt handler capability.
    #[inline(never)]
    pub(crate) fn invoke_irq_handler(
        &mut self, irq: Irq, invocation: &Invocation,
    ) -> Result<Reply, Exception> {
        use InvocationLabel as Label;
        match Label::from_word(invocation.label) {
            Some(Label::IRQAckIRQ) => {
                self.begin();
                self.machine.release_irq(irq);
            }
            Some(Label::IRQSetIRQHandler) => {
                let source = invocation.extra(0)?;
                let cap = source.cap(&self.machine);
                if !matches!(cap, Cap::Notification(cap) if cap.send) {
                    return Err(SyscallError::InvalidCapability(0).into());
                }
                self.begin();
                let slot = self.irqs.slot(irq);
                self.delete_simple(slot);
                self.insert_cap(cap, source, slot);
            }
            Some(Label::IRQClearIRQHandler) => {
                self.begin();
                self.delete_simple(self.irqs.slot(irq));
            }
            _ => return Err(SyscallError::IllegalOperation.into()),
        }
        Ok(Reply::Empty)
    }
}
