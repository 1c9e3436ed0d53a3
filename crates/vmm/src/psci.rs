//! The power state coordination interface, version 1.1 (Arm DEN0022F).
//!
//! [`Psci`] keeps which processors are on and decides; it starts and stops nobody. What is to be
//! done comes back as an [`Action`], so that power off and reset are done by whoever owns the
//! virtual machine, and can't be answered without being done.

use alloc::vec::Vec;

use guest_memory::GuestAddress;

use crate::vcpu::VcpuId;

mod function;

pub use function::{Function, Status};

/// The bits of MPIDR_EL1 that hold affinity: Aff3 and Aff2 to Aff0.
const AFFINITY: u64 = 0xff_00ff_ffff;

/// Whether a processor is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// It runs, or waits for an interrupt.
    On,
    /// It was told to start and hasn't yet.
    OnPending,
    /// It is off.
    Off,
}

/// What a processor starts with. All other registers are those of a reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// The first instruction.
    pub entry: GuestAddress,
    /// The content of x0.
    pub context: u64,
}

/// How a system is reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reset {
    /// SYSTEM_RESET: as after power-on.
    Cold,
    /// SYSTEM_RESET2 of type SYSTEM_WARM_RESET: what memory holds may stay.
    Warm,
}

/// What is to be done after a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The call returns this in x0.
    Return(u64),
    /// Another processor is to be started; the call returns `SUCCESS`. When the processor runs,
    /// [`Psci::started`] is told.
    Start(VcpuId, Start),
    /// The caller is off and doesn't return.
    Off,
    /// The caller waits for an interrupt, then the call returns `SUCCESS`.
    Standby,
    /// The caller waits for an interrupt, then starts afresh.
    PowerDown(Start),
    /// The virtual machine ends.
    SystemOff,
    /// The virtual machine starts again.
    SystemReset(Reset),
}

impl From<Status> for Action {
    fn from(status: Status) -> Self {
        Self::Return(status.register())
    }
}

/// Why a set of processors is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PsciError {
    /// There must be somebody to boot.
    #[error("a virtual machine needs a vCPU")]
    NoVcpu,
    /// There are numbers for 256.
    #[error("{0} vCPUs are too many: there can be 256")]
    TooMany(usize),
    /// Two processors have the same affinity, so CPU_ON could not tell them apart.
    #[error("{first} and {second} have the same affinity {affinity:#x}")]
    SameAffinity {
        /// One of them.
        first: VcpuId,
        /// The other one.
        second: VcpuId,
        /// What both have.
        affinity: u64,
    },
}

#[derive(Clone, Copy, Debug)]
struct Processor {
    affinity: u64,
    power: Power,
}

/// The processors of a virtual machine and their power.
#[derive(Clone, Debug)]
pub struct Psci {
    processors: Vec<Processor>,
}

impl Psci {
    /// Processors with these values of MPIDR_EL1, in the order of their numbers. The first one is
    /// on, the others are off.
    ///
    /// # Errors
    /// There are none, too many, or two of the same affinity.
    pub fn new(mpidrs: &[u64]) -> Result<Self, PsciError> {
        if mpidrs.is_empty() {
            return Err(PsciError::NoVcpu);
        }
        if mpidrs.len() > 256 {
            return Err(PsciError::TooMany(mpidrs.len()));
        }
        let affinity = |mpidr: &u64| mpidr & AFFINITY;
        for (second, mpidr) in (0..=255).zip(mpidrs) {
            for (first, other) in (0..second).zip(mpidrs) {
                if affinity(mpidr) == affinity(other) {
                    return Err(PsciError::SameAffinity {
                        first: VcpuId(first),
                        second: VcpuId(second),
                        affinity: affinity(mpidr),
                    });
                }
            }
        }
        let processors = mpidrs
            .iter()
            .map(|mpidr| Processor { affinity: affinity(mpidr), power: Power::Off })
            .collect();
        let mut psci = Self { processors };
        psci.reset();
        Ok(psci)
    }

    /// The first processor on, the others off.
    pub fn reset(&mut self) {
        for processor in &mut self.processors {
            processor.power = Power::Off;
        }
        self.processors[0].power = Power::On;
    }

    /// A processor that was told to start runs.
    pub fn started(&mut self, vcpu: VcpuId) {
        if let Some(processor) = self.processors.get_mut(vcpu.index())
            && processor.power == Power::OnPending
        {
            processor.power = Power::On;
        }
    }

    /// The power of a processor, or `None` if there is no such one.
    #[must_use]
    pub fn power(&self, vcpu: VcpuId) -> Option<Power> {
        self.processors.get(vcpu.index()).map(|processor| processor.power)
    }

    /// Whether all processors are off, so that nothing will ever happen again.
    #[must_use]
    pub fn all_off(&self) -> bool {
        self.processors.iter().all(|processor| processor.power == Power::Off)
    }

    /// Decides a call that `caller` made. Arguments are x1 to x3; of a call by the 32-bit
    /// convention the low halves count. `executable` says whether a guest address may be an entry
    /// point.
    pub fn call(
        &mut self, caller: VcpuId, function: Function, arguments: [u64; 3],
        executable: impl Fn(GuestAddress) -> bool,
    ) -> Action {
        match function {
            Function::Version => Action::Return(0x1_0001),
            Function::CpuSuspend => suspend(arguments, executable),
            Function::CpuOff => self.off(caller),
            Function::CpuOn => self.on(arguments, executable),
            Function::AffinityInfo => self.affinity_info(arguments),
            // Type 2: there is no Trusted OS, or it doesn't need migration.
            Function::MigrateInfoType => Action::Return(2),
            Function::SystemOff => Action::SystemOff,
            Function::SystemReset => Action::SystemReset(Reset::Cold),
            Function::Features => features(arguments[0]),
            Function::SystemReset2 => match arguments[0] & 0xffff_ffff {
                0 => Action::SystemReset(Reset::Warm),
                _ => Status::InvalidParameters.into(),
            },
        }
    }

    /// 5.6 CPU_ON.
    fn on(&mut self, arguments: [u64; 3], executable: impl Fn(GuestAddress) -> bool) -> Action {
        let [target, entry, context] = arguments;
        let found = self.processors.iter().position(|processor| processor.affinity == target);
        let Some(index) = found else {
            return Status::InvalidParameters.into();
        };
        match self.processors[index].power {
            Power::On => return Status::AlreadyOn.into(),
            Power::OnPending => return Status::OnPending.into(),
            Power::Off => {}
        }
        let entry = GuestAddress(entry);
        if !entry.is_aligned(4) || !executable(entry) {
            return Status::InvalidAddress.into();
        }
        self.processors[index].power = Power::OnPending;
        let vcpu = VcpuId(u8::try_from(index).unwrap_or(u8::MAX));
        Action::Start(vcpu, Start { entry, context })
    }

    /// 5.5 CPU_OFF.
    fn off(&mut self, caller: VcpuId) -> Action {
        match self.processors.get_mut(caller.index()) {
            Some(processor) => {
                processor.power = Power::Off;
                Action::Off
            }
            None => Status::InternalFailure.into(),
        }
    }

    /// 5.7 AFFINITY_INFO. A level above 0 asks for a group of processors, which is as powered as
    /// its most powered member.
    fn affinity_info(&self, arguments: [u64; 3]) -> Action {
        let [target, level, _] = arguments;
        let ignored = match level {
            0 => 0,
            1 => 0xff,
            2 => 0xffff,
            3 => 0xff_ffff,
            _ => return Status::InvalidParameters.into(),
        };
        if target & !AFFINITY != 0 {
            return Status::InvalidParameters.into();
        }
        let group = self.processors.iter().filter(|p| (p.affinity ^ target) & !ignored == 0);
        let most = group.map(|processor| processor.power).min_by_key(|power| match power {
            Power::On => 0,
            Power::OnPending => 1,
            Power::Off => 2,
        });
        match most {
            None => Status::InvalidParameters.into(),
            Some(Power::On) => Action::Return(0),
            Some(Power::Off) => Action::Return(1),
            Some(Power::OnPending) => Action::Return(2),
        }
    }
}

/// 5.4 CPU_SUSPEND, with the original format of power states (5.4.2) and platform coordination.
/// The only power level is that of a processor.
fn suspend(arguments: [u64; 3], executable: impl Fn(GuestAddress) -> bool) -> Action {
    const STATE_ID: u64 = 0xffff;
    const POWER_DOWN: u64 = 1 << 16;
    let [state, entry, context] = arguments;
    let state = state & 0xffff_ffff;
    if state & !(STATE_ID | POWER_DOWN) != 0 {
        return Status::InvalidParameters.into();
    }
    if state & POWER_DOWN == 0 {
        return Action::Standby;
    }
    let entry = GuestAddress(entry);
    if !entry.is_aligned(4) || !executable(entry) {
        return Status::InvalidAddress.into();
    }
    Action::PowerDown(Start { entry, context })
}

/// 5.16 PSCI_FEATURES. No function here has feature flags that are set.
fn features(id: u64) -> Action {
    const SMCCC_VERSION: u32 = 0x8000_0000;
    let id = function::low(id);
    if id == SMCCC_VERSION || Function::from_id(id).is_some() {
        Status::Success.into()
    } else {
        Status::NotSupported.into()
    }
}

#[cfg(test)]
mod test;
