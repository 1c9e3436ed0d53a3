//! Processors that wait, and what wakes them.

use super::*;

/// How long WFE gives the processor away when others of the guest want it: the thread can't give
/// the rest of its time slice to them by itself.
const PAUSES_PER_SECOND: u64 = 20_000;
/// How long a processor may go from exit to exit while others of the guest want to run, and then
/// waits for them: the kernel charges a thread's time slice only for what it runs itself, so one
/// that does nothing but exits keeps the others waiting for a hundred slices.
const TURNS_PER_SECOND: u64 = 200;
/// Accesses without a look at the clock, which takes as long as a simple one.
const UNTIMED: u8 = 15;

/// Whose exits come one after another.
#[derive(Debug, Default)]
pub(super) struct Turn {
    whose: VcpuId,
    /// When they began.
    since: u64,
    /// Exits since the clock was looked at.
    untimed: u8,
}

impl Turn {
    /// Whether it surely isn't over. It is asked once for each access.
    pub(super) fn goes_on(&mut self, vcpu: VcpuId) -> bool {
        self.untimed = self.untimed.saturating_add(1);
        self.whose == vcpu && self.untimed <= UNTIMED
    }
}

impl<P: Processor, B: Backing, C: Clock, A: Alarm> Machine<P, B, C, A> {
    /// A processor executed WFI or WFE, or suspended itself. The program counter is behind that.
    pub(super) fn wait(
        &mut self, vcpu: VcpuId, for_event: bool, timeout: Option<u64>, start: Option<Start>,
    ) {
        if for_event {
            let alone = !self.cpus.iter().any(|cpu| cpu.run == Run::Running && cpu.id() != vcpu);
            if !alone {
                self.pause(vcpu, self.clock.frequency() / PAUSES_PER_SECOND);
            }
            return;
        }
        let now = self.clock.now();
        let pending = !self.gic.may_sleep(vcpu);
        let cpu = &mut self.cpus[vcpu.index()];
        let timer = if pending { VirtualTimer::default() } else { VirtualTimer::read(cpu) };
        let until = match vtimer::idle(pending, timer, cpu.timer, timeout, now) {
            Idle::Continue => Some(now),
            Idle::Until(at) => Some(at),
            Idle::Forever => None,
        };
        cpu.run = Run::Waiting(Waiting { since: now, until, start, pause: false });
        if until.is_some_and(|until| until <= now) {
            cpu.wake(now);
            if let Some(start) = start {
                self.restart(vcpu, start);
            }
        } else {
            self.forget_alarm();
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
        self.turn.untimed = 0;
        let is_over = now.saturating_sub(self.turn.since) >= length;
        if self.turn.whose != vcpu {
            self.turn = Turn { whose: vcpu, since: now, untimed: 0 };
        } else if is_over {
            self.turn.since = now;
            let wanted = |cpu: &Cpu<P>| cpu.run == Run::Running && cpu.id() != vcpu;
            let cpu = &self.cpus[vcpu.index()];
            if cpu.run == Run::Running && self.cpus.iter().any(wanted) {
                self.pause(vcpu, length);
            }
        }
    }

    /// Stops a processor for `ticks`, or until no other one runs.
    fn pause(&mut self, vcpu: VcpuId, ticks: u64) {
        let since = self.clock.now();
        let until = Some(since.saturating_add(ticks));
        let waiting = Waiting { since, until, start: None, pause: true };
        self.cpus[vcpu.index()].run = Run::Waiting(waiting);
        self.forget_alarm();
    }

    /// A processor doesn't run any longer. Guests can write the physical timer, so what the alarm was
    /// set to may be gone, also for others who have it from a time server.
    pub(super) fn forget_alarm(&mut self) {
        self.armed = None;
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
        let ipi = self.ipi_deadline();
        let cpus = self.cpus.iter().filter_map(Cpu::deadline);
        let devices = self.timed.iter().filter_map(|device| device.deadline());
        let first = cpus.chain(devices).chain(ipi).min();
        if Some(first) != self.armed {
            self.armed = Some(first);
            self.alarm.wake_at(first);
        }
    }
}
