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
pub(super) struct Ipi {
    sender: VcpuId,
    targets: Vcpus,
    /// When the next step is due.
    at: u64,
    /// Who has stepped back; nobody as long as the sender goes on.
    behind: Vcpus,
}

impl<P: Processor, B: Backing, C: Clock, A: Alarm> Machine<P, B, C, A> {
    /// Notices which processors the one that is being handled has sent an interrupt.
    pub(super) fn note_ipis(&mut self) {
        let targets = self.gic.take_sgi_targets();
        let Some(sender) = self.handling else {
            return;
        };
        let targets = targets.without(sender.into());
        if targets.is_empty() {
            return;
        }
        match &mut self.ipi {
            // It sends them one after another.
            Some(ipi) if ipi.sender == sender && ipi.behind.is_empty() => {
                ipi.targets = ipi.targets.or(targets);
            }
            _ => {
                self.end_ipi();
                let at = self.after(GRACE_PER_SECOND);
                self.ipi = Some(Ipi { sender, targets, at, behind: Vcpus::NONE });
            }
        }
    }

    /// When something is due for the sake of an interrupt that was sent.
    pub(super) fn ipi_deadline(&mut self) -> Option<u64> {
        let ipi = self.ipi?;
        let running = self.running();
        // Otherwise there is nobody to choose from.
        if !running.contains(ipi.sender) || running.and(ipi.targets).is_empty() {
            self.end_ipi();
        }
        self.ipi.map(|ipi| ipi.at)
    }

    /// Does what is due.
    pub(super) fn step_for_ipis(&mut self, now: u64) {
        if self.ipi_deadline().is_none_or(|at| at > now) {
            return;
        }
        match self.ipi {
            Some(ipi) if ipi.behind.is_empty() => {
                let behind = self.running().without(ipi.targets);
                self.step_back(behind, true);
                self.ipi = Some(Ipi { at: self.after(LEAD_PER_SECOND), behind, ..ipi });
            }
            _ => self.end_ipi(),
        }
    }

    /// Lets everybody run as before.
    fn end_ipi(&mut self) {
        if let Some(ipi) = self.ipi.take() {
            self.step_back(ipi.behind, false);
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
