//! Processors that interrupt each other, on one CPU.
//!
//! Whoever sends an inter-processor interrupt may wait for its effect without a WFI, and then nothing
//! happens before its time slice ends. But it may also hold a lock that the other one needs first.
//! So the sender goes on for a moment. If it runs still, all of the guest's processors but the targets
//! step back, for a while: their threads get the next lower priority. Nobody is stopped, and nobody
//! gets before threads of other guests.

use super::*;

/// How long the sender goes on: enough to let go of what it holds.
const GRACE_PER_SECOND: u64 = 5_000;
/// How long the targets are alone: enough for what interrupts do.
const LEAD_PER_SECOND: u64 = 4_000;

/// An interrupt that was sent, and what has yet to follow.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    sender: VcpuId,
    called: Vcpus,
    /// When the next step is due.
    at: u64,
    /// Who has stepped back; nobody as long as the sender goes on.
    behind: Vcpus,
}

impl<P: Processor, B: Backing, C: Clock, A: Alarm> Machine<P, B, C, A> {
    /// Notices which processors the one that is being handled has sent an interrupt.
    pub(super) fn note_calls(&mut self) {
        let called = self.gic.take_called();
        let Some(sender) = self.handling else {
            return;
        };
        let called = called.without(sender.into());
        if called.is_empty() {
            return;
        }
        match &mut self.call {
            // It sends them one after another.
            Some(call) if call.sender == sender && call.behind.is_empty() => {
                call.called = call.called.or(called);
            }
            _ => {
                self.end_call();
                let at = self.after(GRACE_PER_SECOND);
                self.call = Some(Call { sender, called, at, behind: Vcpus::NONE });
            }
        }
    }

    /// When something is due for the sake of an interrupt that was sent.
    pub(super) fn call_deadline(&mut self) -> Option<u64> {
        let call = self.call?;
        let running = self.running();
        // Otherwise there is nobody to choose from.
        if !running.contains(call.sender) || running.and(call.called).is_empty() {
            self.end_call();
        }
        self.call.map(|call| call.at)
    }

    /// Does what is due.
    pub(super) fn answer_calls(&mut self, now: u64) {
        if self.call_deadline().is_none_or(|at| at > now) {
            return;
        }
        match self.call {
            Some(call) if call.behind.is_empty() => {
                let behind = self.running().without(call.called);
                self.step_back(behind, true);
                self.call = Some(Call { at: self.after(LEAD_PER_SECOND), behind, ..call });
            }
            _ => self.end_call(),
        }
    }

    /// Lets everybody run as before.
    fn end_call(&mut self) {
        if let Some(call) = self.call.take() {
            self.step_back(call.behind, false);
        }
    }

    fn step_back(&mut self, vcpus: Vcpus, back: bool) {
        for cpu in self.cpus.iter_mut().filter(|cpu| vcpus.contains(cpu.id())) {
            cpu.processor.step_back(back);
        }
    }

    fn running(&self) -> Vcpus {
        self.cpus.iter().filter(|cpu| cpu.run == Run::Running).map(Cpu::id).collect()
    }

    fn after(&self, per_second: u64) -> u64 {
        self.clock.now().saturating_add(self.clock.frequency() / per_second)
    }
}
