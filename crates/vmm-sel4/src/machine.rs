//! A whole virtual machine, one message at a time.
//!
//! A guest's threads run at a priority below the monitor's, so while the monitor looks at one exit
//! none of them runs. Each exit is handled to its end, with everything that follows from it: the
//! interrupts that became deliverable, the processors that they wake, the alarm.
//!
//! A processor that waits for an interrupt has a thread that gets no answer: nothing of the guest
//! is runnable, and the kernel idles. The kernel reports no virtual timer of such a processor, so
//! the alarm is set to what the timer would have done. When it rings, the thread only goes on: the
//! timer's interrupt is then reported at once, as for any processor that runs.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::vec::Vec;

use guest_memory::{Backing, GuestAddress, Regions};
use vgic::v3::CpuInterface;
use vgic::{Gic, Vcpus};
use vmm::bus::Bus;
use vmm::clock::{Alarm, Clock};
use vmm::emulate;
use vmm::exit::{self, Next, Unhandled};
use vmm::interrupt::{Interrupt, Ppi, Spi};
use vmm::layout::Boot;
use vmm::power_on::{self, power_on};
use vmm::psci::{Action, Psci, PsciError, Reset, Start};
use vmm::report::{Mistake, MistakeLog};
use vmm::smccc::{Conduit, Services, trng::Entropy};
use vmm::syndrome::Exit;
use vmm::vcpu::{Register, Vcpu, VcpuId};
use vmm::vtimer::{self, Idle, TimerStep, VirtualTimer};

use crate::cpu::{Cpu, Run, Waiting};
use crate::message::Message;
use crate::processor::Processor;
use ipi::Ipi;
use wait::Turn;

mod ipi;
mod power;
mod wait;

/// A device that wants to be woken.
pub use devices::timed::Timed;

/// What the owner of the endpoint does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// It answers the message, with nothing in the answer.
    Answer,
    /// It answers nobody.
    Nothing,
    /// The guest is at its end, and its processors are stopped.
    End(End),
}

/// How a guest ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It switched itself off.
    Off,
    /// It wants to start again.
    Reset(Reset),
    /// It did something that it can't be told about: an exception in AArch32 state.
    Stuck,
}

/// An interrupt of the host that the guest gets.
pub trait HostInterrupt {
    /// Lets it come again.
    fn acknowledge(&mut self);
}

/// What a machine is made of.
pub struct Parts<P, B, C, A> {
    /// Its processors' objects, in the order of their numbers.
    pub processors: Vec<P>,
    /// How many list registers each has.
    pub list_registers: usize,
    /// Its memory, which device models share.
    pub memory: Rc<Regions<B>>,
    /// Its devices, the interrupt controller's registers included.
    pub bus: Bus,
    /// Its interrupt controller.
    pub gic: Rc<Gic>,
    /// A GICv3's system registers that leave the guest.
    pub system: Option<CpuInterface>,
    /// The counter.
    pub clock: C,
    /// Who wakes the monitor.
    pub alarm: A,
    /// Random bits for the guest; `None` hides the calls for them.
    pub entropy: Option<Box<dyn Entropy>>,
    /// Where its mistakes go.
    pub log: Box<dyn MistakeLog>,
}

/// A virtual machine.
pub struct Machine<P, B, C, A> {
    cpus: Vec<Cpu<P>>,
    memory: Rc<Regions<B>>,
    bus: Bus,
    gic: Rc<Gic>,
    system: Option<CpuInterface>,
    services: Services<Box<dyn Entropy>>,
    clock: C,
    alarm: A,
    /// Whose message is being handled: it gets an answer at the end.
    handling: Option<VcpuId>,
    /// What the alarm is set to; `None` if that isn't known.
    armed: Option<Option<u64>>,
    /// An inter-processor interrupt, for a while after it was sent.
    ipi: Option<Ipi>,
    /// Whose exits come one after another.
    turn: Turn,
    timed: Vec<Box<dyn Timed>>,
    lines: Vec<(Spi, Box<dyn HostInterrupt>)>,
    log: Box<dyn MistakeLog>,
}

impl<P: Processor, B: Backing, C: Clock, A: Alarm> Machine<P, B, C, A> {
    /// A machine that is off.
    ///
    /// # Errors
    /// It has no processors or too many.
    pub fn new(parts: Parts<P, B, C, A>) -> Result<Self, PsciError> {
        let Parts {
            processors,
            list_registers,
            memory,
            bus,
            gic,
            system,
            clock,
            alarm,
            entropy,
            log,
        } = parts;
        let ids = || (0..=u8::MAX).map(VcpuId);
        let mpidrs: Vec<u64> = ids().zip(&processors).map(|(id, _)| power_on::mpidr(id)).collect();
        let services = Services { psci: Psci::new(&mpidrs)?, soc_id: None, entropy };
        let cpus = ids()
            .zip(processors)
            .map(|(id, processor)| Cpu::new(id, processor, list_registers))
            .collect();
        Ok(Self {
            cpus,
            memory,
            bus,
            gic,
            system,
            services,
            clock,
            alarm,
            handling: None,
            armed: None,
            ipi: None,
            turn: Turn::default(),
            timed: Vec::new(),
            lines: Vec::new(),
            log,
        })
    }

    /// The guest's memory.
    pub fn memory(&self) -> &Regions<B> {
        &self.memory
    }

    /// The guest's processors.
    pub fn cpus(&self) -> &[Cpu<P>] {
        &self.cpus
    }

    /// Adds a device that wants to be woken.
    pub fn add_timed(&mut self, device: Box<dyn Timed>) {
        self.timed.push(device);
    }

    /// Gives an interrupt of the host to the guest.
    pub fn add_line(&mut self, spi: Spi, interrupt: Box<dyn HostInterrupt>) {
        self.lines.push((spi, interrupt));
    }

    /// Handles a message of a processor's thread.
    pub fn handle(&mut self, vcpu: VcpuId, message: Message) -> Reply {
        let Some(cpu) = self.cpus.get_mut(vcpu.index()) else {
            return Reply::Nothing;
        };
        cpu.context.forget();
        // Whoever sends is running, whatever was known before: a guest can send messages too.
        let woken = cpu.is_waiting();
        if woken {
            cpu.wake(self.clock.now());
        }
        self.handling = Some(vcpu);
        let is_access = matches!(message, Message::Access { .. });
        let next = match message {
            Message::Access { ip, address, syndrome } => {
                cpu.context.learn(Register::Pc, ip);
                let address = GuestAddress(address);
                if emulate::usual(syndrome, address, cpu, &mut self.bus, &mut *self.log) {
                    cpu.counts.accesses = cpu.counts.accesses.saturating_add(1);
                    Next::Resume
                } else {
                    self.exit(vcpu, syndrome, address)
                }
            }
            Message::Trap { syndrome } => self.exit(vcpu, syndrome, GuestAddress(0)),
            Message::Ended(index) => {
                cpu.counts.ends = cpu.counts.ends.saturating_add(1);
                if let Some(index) = index {
                    self.gic.ended(vcpu, index);
                }
                Next::Resume
            }
            Message::Fired(irq) => {
                cpu.counts.timers = cpu.counts.timers.saturating_add(1);
                if irq == u64::from(Ppi::VIRTUAL_TIMER.intid()) {
                    // It is fired and not only raised: the kernel waits for an acknowledgement,
                    // which the controller asks for when the guest has ended the interrupt.
                    let _: TimerStep = cpu.timer.fired();
                    self.gic.fire(Interrupt::Ppi(vcpu, Ppi::VIRTUAL_TIMER));
                }
                Next::Resume
            }
            Message::HypervisorCall { ip } => self.hypervisor_call(vcpu, ip),
            Message::Unknown(label) => {
                self.log.mistake(
                    "machine",
                    Mistake {
                        kind: "message",
                        detail: 0,
                        did: format_args!("sent a message with the label {label:#x}, ignored"),
                        rule: "a guest's HVC can be a system call, and has nothing to say to anybody",
                    },
                );
                Next::Resume
            }
        };
        let reply = match next {
            Next::Resume if !woken && self.nothing_follows(vcpu, is_access) => self.answer(vcpu),
            next => self.proceed(vcpu, next),
        };
        self.handling = None;
        reply
    }

    /// An interrupt of the host that was given to the guest has come.
    pub fn host_interrupt(&mut self, spi: Spi) {
        self.gic.fire(Interrupt::Spi(spi));
        self.settle();
    }

    /// A device was changed from outside, by input for example: the guest gets its interrupts.
    pub fn device_changed(&mut self) {
        self.settle();
    }

    /// The alarm has rung: processors and devices whose time has come go on.
    pub fn alarm_rang(&mut self) {
        let now = self.clock.now();
        self.armed = None;
        for device in &mut self.timed {
            device.poll();
        }
        self.step_for_ipis(now);
        for index in 0..self.cpus.len() {
            if self.cpus[index].deadline().is_some_and(|deadline| deadline <= now) {
                self.wake(index);
            }
        }
        self.settle();
    }

    fn exit(&mut self, vcpu: VcpuId, syndrome: u64, address: GuestAddress) -> Next {
        let Self { memory, bus, system, services, log, cpus, .. } = self;
        let cpu = &mut cpus[vcpu.index()];
        let exit = Exit::decode(syndrome);
        cpu.counts.exit(&exit);
        let mut machine =
            exit::Machine { memory: &**memory, bus, registers: system, services, log: &mut **log };
        let executable = |address| memory.find(address).is_some();
        machine.decoded(exit, address, cpu, executable)
    }

    /// An HVC that was no system call: `ip` is the address of the instruction.
    fn hypervisor_call(&mut self, vcpu: VcpuId, ip: u64) -> Next {
        let Self { memory, services, log, cpus, .. } = self;
        let cpu = &mut cpus[vcpu.index()];
        cpu.counts.calls = cpu.counts.calls.saturating_add(1);
        cpu.write(Register::Pc, ip.wrapping_add(4));
        let executable = |address| memory.find(address).is_some();
        match services.call(cpu, Conduit::Hvc, 0, &mut **log, executable) {
            Action::Return(_) => Next::Resume,
            action => Next::Power(action),
        }
    }

    /// Whether an exit has changed nothing for anybody else, as most accesses don't.
    fn nothing_follows(&mut self, vcpu: VcpuId, is_access: bool) -> bool {
        !self.gic.has_changed()
            && !self.bus.take_used_timed()
            && (self.cpus.len() == 1 || is_access && self.turn.goes_on(vcpu))
    }

    fn proceed(&mut self, vcpu: VcpuId, next: Next) -> Reply {
        match next {
            Next::Resume => {}
            Next::Wait { for_event, timeout } => self.wait(vcpu, for_event, timeout, None),
            Next::Power(action) => {
                if let Some(end) = self.power(vcpu, action) {
                    return self.end(end);
                }
            }
            Next::Unhandled(unhandled) => {
                if !self.refuse(vcpu, unhandled) {
                    return self.end(End::Stuck);
                }
            }
        }
        self.share(vcpu);
        self.end_pauses();
        self.settle();
        self.answer(vcpu)
    }

    /// Lets the processor whose message was handled go on, if it runs.
    fn answer(&mut self, vcpu: VcpuId) -> Reply {
        let cpu = &mut self.cpus[vcpu.index()];
        if cpu.run != Run::Running {
            return Reply::Nothing;
        }
        cpu.context.store(false, &mut cpu.processor);
        Reply::Answer
    }

    /// Gives the guest an exception; false if that isn't possible.
    fn refuse(&mut self, vcpu: VcpuId, unhandled: Unhandled) -> bool {
        let Self { memory, bus, system, services, log, cpus, .. } = self;
        let mut machine =
            exit::Machine { memory: &**memory, bus, registers: system, services, log: &mut **log };
        machine.refuse(unhandled, &mut cpus[vcpu.index()]).is_ok()
    }

    /// Lets everything follow that a change of devices and interrupts brings with it.
    fn settle(&mut self) {
        if self.gic.take_changed() {
            self.release();
            self.deliver();
            self.note_ipis();
            // That changed the controller, too, but leaves nothing to do.
            self.gic.take_changed();
        }
        self.arm();
    }

    fn deliver(&mut self) {
        for vcpu in self.gic.deliverable().iter() {
            let Some(cpu) = self.cpus.get_mut(vcpu.index()) else {
                continue;
            };
            if cpu.run == Run::Off {
                continue;
            }
            self.gic.deliver(vcpu, cpu);
            self.wake(vcpu.index());
        }
    }

    /// Acknowledges the host's interrupts that the guest has ended, before anything else is
    /// delivered.
    fn release(&mut self) {
        while let Some(interrupt) = self.gic.next_released() {
            match interrupt {
                Interrupt::Ppi(vcpu, Ppi::VIRTUAL_TIMER) => {
                    let Some(cpu) = self.cpus.get_mut(vcpu.index()) else {
                        continue;
                    };
                    if cpu.timer.ended() == TimerStep::LowerAndAcknowledge {
                        cpu.processor.acknowledge_timer();
                    }
                }
                Interrupt::Ppi(..) => {}
                Interrupt::Spi(spi) => {
                    for (_, line) in self.lines.iter_mut().filter(|(of, _)| *of == spi) {
                        line.acknowledge();
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod test;
