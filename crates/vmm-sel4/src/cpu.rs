//! One of a guest's processors.

use sel4::VCpuReg;
use vgic::{InUse, Injection, ListRegisters};
use vmm::counts::Counts;
use vmm::psci::Start;
use vmm::vcpu::{Register, Vcpu, VcpuId};
use vmm::vtimer::TimerLine;

use crate::context::Context;
use crate::processor::Processor;

/// What a processor does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Run {
    /// It is off.
    Off,
    /// Its thread can run, or its exit is being handled.
    Running,
    /// Its thread is stopped, since the processor waits for an interrupt.
    Waiting(Waiting),
}

/// How a processor waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// When it began.
    pub since: u64,
    /// The physical count that ends it.
    pub until: Option<u64>,
    /// Where it starts afresh; `None` if it goes on where it was.
    pub start: Option<Start>,
    /// It only lets others of the guest run, and goes on when none of them does.
    pub pause: bool,
}

/// A processor: its objects, and what the monitor knows about it.
#[derive(Debug)]
pub struct Cpu<P> {
    id: VcpuId,
    /// The kernel's objects.
    pub processor: P,
    /// The thread's registers, as far as the monitor has looked at them since the last exit.
    pub context: Context,
    /// What it does.
    pub run: Run,
    /// The line of its virtual timer.
    pub timer: TimerLine,
    /// What it has done.
    pub counts: Counts,
    /// CNTVOFF_EL2, which the guest can't change.
    offset: u64,
    list_registers: usize,
}

impl<P: Processor> Cpu<P> {
    /// A processor that is off. The hardware has `list_registers`; a number that is too large
    /// costs a refused invocation each.
    pub fn new(id: VcpuId, processor: P, list_registers: usize) -> Self {
        Self {
            id,
            processor,
            context: Context::default(),
            run: Run::Off,
            timer: TimerLine::default(),
            counts: Counts::default(),
            offset: 0,
            list_registers,
        }
    }

    /// Lets the thread go on, with what was changed of its registers.
    pub fn resume(&mut self) {
        self.context.store(true, &mut self.processor);
    }

    /// Takes a processor in the state after power-on, whose registers are to be set next.
    pub fn renew(&mut self) {
        self.processor.renew();
        self.context.forget();
        // The new object reports the timer without an acknowledgement.
        let _ = self.timer.reset();
    }

    /// Ends a wait: the time that it took is counted.
    pub fn wake(&mut self, now: u64) -> Option<Start> {
        let Run::Waiting(Waiting { since, start, .. }) = self.run else {
            return None;
        };
        self.counts.idle = self.counts.idle.saturating_add(now.saturating_sub(since));
        self.run = Run::Running;
        start
    }

    /// Whether it waits.
    #[must_use]
    pub const fn is_waiting(&self) -> bool {
        matches!(self.run, Run::Waiting(_))
    }

    /// The count at which its wait ends.
    #[must_use]
    pub const fn deadline(&self) -> Option<u64> {
        match self.run {
            Run::Waiting(Waiting { until, .. }) => until,
            _ => None,
        }
    }
}

/// The registers that are the VCPU's, and not the thread's.
const fn of_vcpu(register: Register) -> Option<VCpuReg> {
    Some(match register {
        Register::SpEl1 => VCpuReg::SP_EL1,
        Register::SctlrEl1 => VCpuReg::SCTLR,
        Register::ActlrEl1 => VCpuReg::ACTLR,
        Register::CpacrEl1 => VCpuReg::CPACR,
        Register::Ttbr0El1 => VCpuReg::TTBR0,
        Register::Ttbr1El1 => VCpuReg::TTBR1,
        Register::TcrEl1 => VCpuReg::TCR,
        Register::MairEl1 => VCpuReg::MAIR,
        Register::AmairEl1 => VCpuReg::AMAIR,
        Register::ContextidrEl1 => VCpuReg::CIDR,
        Register::VbarEl1 => VCpuReg::VBAR,
        Register::ElrEl1 => VCpuReg::ELR_EL1,
        Register::SpsrEl1 => VCpuReg::SPSR_EL1,
        Register::EsrEl1 => VCpuReg::ESR,
        Register::FarEl1 => VCpuReg::FAR,
        Register::Afsr0El1 => VCpuReg::AFSR0,
        Register::Afsr1El1 => VCpuReg::AFSR1,
        Register::ParEl1 => VCpuReg::PAR,
        Register::TpidrEl1 => VCpuReg::TPIDR_EL1,
        Register::VmpidrEl2 => VCpuReg::VMPIDR_EL2,
        Register::CntkctlEl1 => VCpuReg::CNTKCTL_EL1,
        Register::CntvCtlEl0 => VCpuReg::CNTV_CTL,
        Register::CntvCvalEl0 => VCpuReg::CNTV_CVAL,
        Register::CntvoffEl2 => VCpuReg::CNTVOFF,
        _ => return None,
    })
}

impl<P: Processor> Vcpu for Cpu<P> {
    fn id(&self) -> VcpuId {
        self.id
    }

    fn read(&mut self, register: Register) -> u64 {
        if register == Register::CntvoffEl2 {
            return self.offset;
        }
        if let Some(value) = self.context.read(register, &mut self.processor) {
            return value;
        }
        of_vcpu(register).map_or(0, |register| self.processor.read(register))
    }

    fn write(&mut self, register: Register, value: u64) {
        if register == Register::CntvoffEl2 {
            self.offset = value;
        }
        if !self.context.write(register, value)
            && let Some(register) = of_vcpu(register)
        {
            self.processor.write(register, value);
        }
    }
}

impl<P: Processor> ListRegisters for Cpu<P> {
    fn count(&self) -> usize {
        self.list_registers
    }

    fn inject(&mut self, index: usize, injection: Injection) -> Result<(), InUse> {
        self.processor.inject(index, injection)?;
        self.counts.interrupts = self.counts.interrupts.saturating_add(1);
        Ok(())
    }
}
