//! The virtual timer (Arm ARM D12.2, the EL1 virtual timer), and when an idle processor wakes.
//!
//! The hardware does the timing while the guest runs. The monitor needs to know two things: whether
//! a timer is due that a stopped processor can't see, and when it will be. Interrupts of the timer
//! are level-sensitive, and arrive through the hypervisor, which masks the hardware's line until
//! the monitor acknowledges; [`TimerLine`] keeps the guest's line, the mask and the
//! acknowledgement in step.

use crate::vcpu::{Register, Vcpu};

/// CNTV_CTL_EL0.ENABLE.
const ENABLE: u64 = 1 << 0;
/// CNTV_CTL_EL0.IMASK.
const IMASK: u64 = 1 << 1;

/// The state of a processor's virtual timer at an exit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VirtualTimer {
    /// CNTV_CTL_EL0. The bit ISTATUS doesn't matter: a stopped timer's is stale.
    pub control: u64,
    /// CNTV_CVAL_EL0: the virtual count from which on the timer's condition is met.
    pub compare: u64,
    /// CNTVOFF_EL2: how far the virtual count is behind the physical one.
    pub offset: u64,
}

impl VirtualTimer {
    /// Reads the timer of a processor. One that is off costs one register.
    pub fn read(vcpu: &mut impl Vcpu) -> Self {
        let control = vcpu.read(Register::CntvCtlEl0);
        if !delivers(control) {
            return Self { control, ..Self::default() };
        }
        let compare = vcpu.read(Register::CntvCvalEl0);
        Self { control, compare, offset: vcpu.read(Register::CntvoffEl2) }
    }

    /// The virtual count at the physical count `now`.
    #[must_use]
    pub const fn count(self, now: u64) -> u64 {
        now.wrapping_sub(self.offset)
    }

    /// Whether the timer drives its interrupt at the physical count `now`.
    #[must_use]
    pub const fn is_pending(self, now: u64) -> bool {
        delivers(self.control) && self.count(now) >= self.compare
    }

    /// The physical count at which the timer drives its interrupt: `now` if it already does, and
    /// `None` if it never will, being off, masked or beyond the counter's end.
    #[must_use]
    pub const fn deadline(self, now: u64) -> Option<u64> {
        if !delivers(self.control) {
            return None;
        }
        now.checked_add(self.compare.saturating_sub(self.count(now)))
    }
}

const fn delivers(control: u64) -> bool {
    control & (ENABLE | IMASK) == ENABLE
}

/// What to do about a timer's interrupt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimerStep {
    /// Nothing.
    None,
    /// Drive the guest's interrupt line high.
    Raise,
    /// Drive the guest's line low, and acknowledge to the hypervisor, which unmasks the hardware's.
    LowerAndAcknowledge,
}

/// The virtual timer's interrupt line of one processor.
///
/// An acknowledgement without an interrupt that was delivered would lose the tick and, with it, a
/// guest that waits for nothing else. So the only way to an acknowledgement leads through
/// [`fired`](TimerLine::fired), which raises the guest's line, and the guest's end of that
/// interrupt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimerLine {
    /// The hypervisor masked the hardware's line and waits for an acknowledgement.
    masked: bool,
    /// The guest's line is high.
    raised: bool,
}

impl TimerLine {
    /// The hypervisor reports the interrupt; the hardware's line is masked from now on.
    pub fn fired(&mut self) -> TimerStep {
        self.masked = true;
        self.raise()
    }

    /// The monitor found by the clock that the timer of a processor which doesn't run is due.
    /// The hardware will report the same interrupt when the processor runs, and nothing is
    /// unmasked for it.
    pub fn due(&mut self) -> TimerStep {
        self.raise()
    }

    fn raise(&mut self) -> TimerStep {
        if self.raised {
            return TimerStep::None;
        }
        self.raised = true;
        TimerStep::Raise
    }

    /// The guest ended the interrupt (deactivated it in its interrupt controller). If the timer's
    /// condition still holds, the hardware reports it again after the acknowledgement, as a
    /// level-sensitive line does. The step comes before the interrupt controller delivers again,
    /// or the line that is still high would be delivered once too often.
    pub fn ended(&mut self) -> TimerStep {
        if !self.raised {
            return TimerStep::None;
        }
        self.raised = false;
        self.masked = false;
        TimerStep::LowerAndAcknowledge
    }

    /// Whether the hypervisor waits for an acknowledgement.
    #[must_use]
    pub const fn is_masked(self) -> bool {
        self.masked
    }

    /// Whether the guest's line is high.
    #[must_use]
    pub const fn is_raised(self) -> bool {
        self.raised
    }

    /// The state after a reset of the processor. True if the hypervisor has to be told with an
    /// acknowledgement.
    #[must_use]
    pub fn reset(&mut self) -> bool {
        core::mem::take(self).masked
    }
}

/// What a processor does that executed WFI or WFE (Arm ARM D1.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idle {
    /// It goes on at once.
    Continue,
    /// It goes on when the physical count is reached, or with an interrupt.
    Until(u64),
    /// It goes on with an interrupt.
    Forever,
}

/// Decides how long a processor waits.
///
/// `interrupt_pending` says whether an interrupt is pending for it that its interrupt controller
/// would signal; whether PSTATE masks it makes no difference. `timeout` is the virtual count of
/// WFIT and WFET. The timer counts only as long as its line isn't raised already: an interrupt that
/// the guest doesn't take (disabled in the controller, or active) must not keep it awake.
#[must_use]
pub fn idle(
    interrupt_pending: bool, timer: VirtualTimer, line: TimerLine, timeout: Option<u64>, now: u64,
) -> Idle {
    if interrupt_pending {
        return Idle::Continue;
    }
    let timer_deadline = if line.is_raised() { None } else { timer.deadline(now) };
    let timeout = timeout.and_then(|at| now.checked_add(at.saturating_sub(timer.count(now))));
    let first = match (timer_deadline, timeout) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, other) => one.or(other),
    };
    match first {
        None => Idle::Forever,
        Some(at) if at <= now => Idle::Continue,
        Some(at) => Idle::Until(at),
    }
}

#[cfg(test)]
mod test;
