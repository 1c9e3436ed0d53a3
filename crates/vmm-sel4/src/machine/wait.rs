//! Processors that wait, and what wakes them.

use super::*;

/// How long WFE gives the processor away when others of the guest want it: the thread can't give
/// the rest of its time slice to them by itself.
const PAUSES_PER_SECOND: u64 = 20_000;
/// How long a processor may go from exit to exit while others of the guest want to run, and then
/// waits for them: the kernel charges a thread's time slice only for what it runs itself, so one
/// that does nothing but exits keeps the others waiting for a hundred slices.
const TURNS_PER_SECOND: u64 = 200;

impl<P: Processor, B: Backing, C: Clock, A: Alarm> Machine<P, B, C, A> {
    /// A processor executed WFI or WFE, or suspended itself. The program counter is behind that.
    pub(super) fn wait(
        &mut self, vcpu: VcpuId, for_event: bool, timeout: Option<u64>, start: Option<Start>,
    ) {
        let now = self.clock.now();
        let until = if for_event {
            let alone = !self.cpus.iter().any(|cpu| cpu.run == Run::Running && cpu.id() != vcpu);
            if alone {
                return;
            }
            Some(now.saturating_add(self.clock.frequency() / PAUSES_PER_SECOND))
        } else {
            let pending = !self.gic.may_sleep(vcpu);
            let cpu = &mut self.cpus[vcpu.index()];
            let timer = if pending { VirtualTimer::default() } else { VirtualTimer::read(cpu) };
            match vtimer::idle(pending, timer, cpu.timer, timeout, now) {
                Idle::Continue => Some(now),
                Idle::Until(at) => Some(at),
                Idle::Forever => None,
            }
        };
        let waiting = Waiting { since: now, until, start, pause: for_event };
        self.cpus[vcpu.index()].run = Run::Waiting(waiting);
        if until.is_some_and(|until| until <= now) {
            self.cpus[vcpu.index()].wake(now);
            if let Some(start) = start {
                self.restart(vcpu, start);
            }
        } else {
            // Guests can write the physical timer, so what the alarm was set to may be gone.
            self.armed = None;
        }
    }

    /// What `vcpu`'s exit says about time to the guest's other processors: those whose time has
    /// come go on, and one that has had its turn lets others run.
    pub(super) fn share(&mut self, vcpu: VcpuId) {
        if self.cpus.len() < 2 {
            return;
        }
        let now = self.clock.now();
        if self.armed.flatten().is_some_and(|deadline| deadline < now) {
            self.alarm_rang();
        }
        let length = self.clock.frequency() / TURNS_PER_SECOND;
        let (whose, since) = self.turn;
        if whose != vcpu {
            self.turn = (vcpu, now);
        } else if now.saturating_sub(since) >= length {
            self.turn = (vcpu, now);
            let wanted = |cpu: &Cpu<P>| cpu.run == Run::Running && cpu.id() != vcpu;
            let cpu = &self.cpus[vcpu.index()];
            if cpu.run == Run::Running && self.cpus.iter().any(wanted) {
                let until = Some(now.saturating_add(length));
                let waiting = Waiting { since: now, until, start: None, pause: true };
                self.cpus[vcpu.index()].run = Run::Waiting(waiting);
            }
        }
    }

    /// If no processor runs, those that only let others run go on.
    pub(super) fn end_pauses(&mut self) {
        if self.cpus.iter().any(|cpu| cpu.run == Run::Running) {
            return;
        }
        for index in 0..self.cpus.len() {
            if matches!(self.cpus[index].run, Run::Waiting(Waiting { pause: true, .. })) {
                self.wake(index);
            }
        }
    }

    /// Ends a processor's wait and lets its thread run; does nothing if it doesn't wait.
    pub(super) fn wake(&mut self, index: usize) {
        let now = self.clock.now();
        let cpu = &mut self.cpus[index];
        if !cpu.is_waiting() {
            return;
        }
        let vcpu = cpu.id();
        if let Some(start) = cpu.wake(now) {
            self.restart(vcpu, start);
            self.gic.deliver(vcpu, &mut self.cpus[index]);
        }
        if self.handling != Some(vcpu) {
            self.cpus[index].resume();
        }
    }

    /// Sets the alarm to the first deadline.
    pub(super) fn arm(&mut self) {
        let cpus = self.cpus.iter().filter_map(Cpu::deadline);
        let devices = self.timed.iter().filter_map(|device| device.deadline());
        let first = cpus.chain(devices).min();
        if Some(first) != self.armed {
            self.armed = Some(first);
            self.alarm.wake_at(first);
        }
    }
}
