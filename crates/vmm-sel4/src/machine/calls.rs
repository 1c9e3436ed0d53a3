//! Processors that interrupt each other, on one CPU.
//!
//! Whoever sends an inter-processor interrupt may wait for its effect without a WFI, and then nothing
//! happens before its time slice ends. But it may also hold a lock that the other one needs first.
//! So the sender goes on for a moment; if it runs still, the others go first, for a while; then it is
//! the first again. Nobody is stopped, it is only the order of the kernel's queue that changes.

use super::*;

/// How long the sender goes on: enough to let go of what it holds.
const GRACE_PER_SECOND: u64 = 5_000;
/// How long the others go first: enough for what interrupts do.
const LEAD_PER_SECOND: u64 = 4_000;

/// An interrupt that was sent, and what has yet to follow.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    sender: VcpuId,
    called: Vcpus,
    /// When the next step is due.
    at: u64,
    /// Whether the others are first.
    answered: bool,
}

impl<P: Processor, B: Backing, C: Clock, A: Alarm> Machine<P, B, C, A> {
    /// Notices which processors the one that is being handled has sent an interrupt.
    pub(super) fn note_calls(&mut self) {
        let called = self.gic.take_called();
        let Some(sender) = self.handling.filter(|_| !called.is_empty()) else {
            return;
        };
        let called = called.without(sender.into());
        self.call = match self.call {
            // It sends them one after another.
            Some(call) if call.sender == sender && !call.answered => {
                Some(Call { called: call.called.or(called), ..call })
            }
            _ => {
                let at = self.after(GRACE_PER_SECOND);
                Some(Call { sender, called, at, answered: false })
            }
        };
    }

    /// When something is due for the sake of an interrupt that was sent.
    pub(super) fn call_deadline(&mut self) -> Option<u64> {
        let call = self.call?;
        // Otherwise the kernel has nothing to choose from.
        if !self.runs(call.sender) || !call.called.iter().any(|vcpu| self.runs(vcpu)) {
            self.call = None;
        }
        self.call.map(|call| call.at)
    }

    /// Does what is due.
    pub(super) fn answer_calls(&mut self, now: u64) {
        if self.call_deadline().is_none_or(|at| at > now) {
            return;
        }
        let Some(call) = self.call.take() else {
            return;
        };
        let first = if call.answered { call.sender.into() } else { call.called };
        for cpu in &mut self.cpus {
            if first.contains(cpu.id()) && cpu.run == Run::Running {
                cpu.processor.hurry();
            }
        }
        if !call.answered {
            self.call = Some(Call { at: self.after(LEAD_PER_SECOND), answered: true, ..call });
        }
    }

    fn after(&self, per_second: u64) -> u64 {
        self.clock.now().saturating_add(self.clock.frequency() / per_second)
    }

    fn runs(&self, vcpu: VcpuId) -> bool {
        self.cpus.get(vcpu.index()).is_some_and(|cpu| cpu.run == Run::Running)
    }
}
