//! On, off, and on again.

use super::*;
use vmm::counts::Counts;
use vmm::images::Mode;

impl<P: Processor, B: Backing, C: Clock, A: Alarm> Machine<P, B, C, A> {
    /// Starts the guest: its first processor runs, the others are off, every device is as after
    /// power-on, and exits are counted anew. The images are in memory.
    pub fn boot(&mut self, boot: Boot) {
        self.stop();
        self.bus.reset();
        self.services.psci.reset();
        for cpu in &mut self.cpus {
            cpu.renew();
            cpu.counts = Counts::default();
        }
        // Interrupts of the host that the former life left unacknowledged.
        self.release();
        let Some(first) = self.cpus.first_mut() else {
            return;
        };
        self.gic.set_online(first.id(), true);
        power_on(first, boot, self.clock.now());
        first.run = Run::Running;
        first.resume();
        self.settle();
    }

    /// Stops all processors.
    pub fn stop(&mut self) {
        let now = self.clock.now();
        for cpu in &mut self.cpus {
            cpu.processor.suspend();
            cpu.wake(now);
            cpu.run = Run::Off;
        }
        self.forget_alarm();
        self.arm();
    }

    pub(super) fn end(&mut self, end: End) -> Reply {
        self.stop();
        Reply::End(end)
    }

    /// Does what a processor's call asked for; says if that is the guest's end.
    pub(super) fn power(&mut self, vcpu: VcpuId, action: Action) -> Option<End> {
        match action {
            Action::Return(_) => {}
            Action::Start(target, start) => {
                self.restart(target, start);
                let cpu = &mut self.cpus[target.index()];
                cpu.run = Run::Running;
                cpu.resume();
                self.services.psci.started(target);
            }
            Action::Off => {
                self.gic.set_online(vcpu, false);
                self.cpus[vcpu.index()].run = Run::Off;
                self.forget_alarm();
                if self.services.psci.all_off() {
                    return Some(End::Off);
                }
            }
            Action::Standby => self.wait(vcpu, false, None, None),
            Action::PowerDown(start) => self.wait(vcpu, false, None, Some(start)),
            Action::SystemOff => return Some(End::Off),
            Action::SystemReset(reset) => return Some(End::Reset(reset)),
        }
        None
    }

    /// Puts a processor into the state after power-on, with a place to start at. It doesn't run
    /// yet.
    pub(super) fn restart(&mut self, vcpu: VcpuId, start: Start) {
        let offset = self.cpus.first_mut().map_or(0, |first| first.read(Register::CntvoffEl2));
        let Some(cpu) = self.cpus.get_mut(vcpu.index()) else {
            return;
        };
        cpu.renew();
        self.gic.set_online(vcpu, true);
        power_on(cpu, power_on::boot_of(start, Mode::AArch64), offset);
    }
}
