//! Calls of a guest by SMC and HVC: the calling convention, version 1.1 (Arm DEN0028), and who
//! answers.
//!
//! Answered are PSCI ([`crate::psci`]), the convention's own functions, and the entropy interface
//! ([`trng`]). Everything else returns NOT_SUPPORTED, with one report: no call reaches the
//! machine's firmware.

use guest_memory::GuestAddress;

use crate::psci::{Action, Function, Psci, Status};
use crate::report::{Mistake, MistakeLog};
use crate::vcpu::{Register, Vcpu};

pub mod trng;

use trng::Entropy;

/// How a call was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conduit {
    /// By SMC: the program counter is at the instruction.
    Smc,
    /// By HVC: the program counter is behind it.
    Hvc,
}

/// What SMCCC_ARCH_SOC_ID answers (Arm DEN0028 7.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SocId {
    /// The JEP-106 bank and identification code of the maker, and the kind of chip.
    pub version: u32,
    /// The revision.
    pub revision: u32,
}

/// What a guest can call.
#[derive(Debug)]
pub struct Services<E> {
    /// Power.
    pub psci: Psci,
    /// The chip's identity, if the guest is to know it.
    pub soc_id: Option<SocId>,
    /// Random bits. `None` hides the entropy interface.
    pub entropy: Option<E>,
}

const SMCCC_VERSION: u32 = 0x8000_0000;
const SMCCC_ARCH_FEATURES: u32 = 0x8000_0001;
const SMCCC_ARCH_SOC_ID: u32 = 0x8000_0002;

/// The functions of the convention that guests ask for by ARCH_FEATURES and may call without
/// having asked: workarounds for processor errata, which the guest can't need to have done here.
const fn is_arch_call(id: u32) -> bool {
    id & 0xbfff_0000 == 0x8000_0000
}

impl<E: Entropy> Services<E> {
    /// Answers a call: reads x0 and the arguments that the function has, writes the results, and
    /// goes on behind the instruction.
    ///
    /// The action is already done if it is [`Action::Return`]; the result of [`Action::Start`] and
    /// [`Action::Standby`] is in place. The caller does the rest. `executable` says whether a
    /// guest address may be an entry point.
    pub fn call(
        &mut self, vcpu: &mut impl Vcpu, conduit: Conduit, immediate: u16,
        log: &mut dyn MistakeLog, executable: impl Fn(GuestAddress) -> bool,
    ) -> Action {
        let action = self.decide(vcpu, conduit, immediate, log, executable);
        match action {
            Action::Return(value) => vcpu.write(Register::X(0), value),
            Action::Start(..) | Action::Standby => {
                vcpu.write(Register::X(0), Status::Success.register());
            }
            Action::Off | Action::PowerDown(_) | Action::SystemOff | Action::SystemReset(_) => {}
        }
        if conduit == Conduit::Smc {
            vcpu.skip_instruction(false);
        }
        action
    }

    fn decide(
        &mut self, vcpu: &mut impl Vcpu, conduit: Conduit, immediate: u16,
        log: &mut dyn MistakeLog, executable: impl Fn(GuestAddress) -> bool,
    ) -> Action {
        let not_supported = Action::from(Status::NotSupported);
        let id = low(vcpu.read(Register::X(0)));
        if immediate != 0 {
            let name = name(conduit);
            log.mistake(
                "calls",
                Mistake {
                    kind: "immediate",
                    detail: u64::from(immediate),
                    did: format_args!("made the call {name} #{immediate} (w0 is {id:#010x})"),
                    rule: "DEN0028 2.9: the immediate is zero",
                },
            );
            return not_supported;
        }
        if let Some(function) = Function::from_id(id) {
            let wide = id & 1 << 30 != 0;
            let mut argument = |number| {
                let value = vcpu.read(Register::X(number));
                if wide { value } else { value & 0xffff_ffff }
            };
            let arguments = match function {
                Function::CpuSuspend | Function::CpuOn => [argument(1), argument(2), argument(3)],
                Function::AffinityInfo | Function::SystemReset2 => [argument(1), argument(2), 0],
                Function::Features => [argument(1), 0, 0],
                _ => [0; 3],
            };
            return self.psci.call(vcpu.id(), function, arguments, executable);
        }
        match id {
            SMCCC_VERSION => Action::Return(0x1_0001),
            SMCCC_ARCH_FEATURES => {
                let asked = low(vcpu.read(Register::X(1)));
                let there = matches!(asked, SMCCC_VERSION | SMCCC_ARCH_FEATURES)
                    || (asked == SMCCC_ARCH_SOC_ID && self.soc_id.is_some());
                if there { Status::Success.into() } else { not_supported }
            }
            SMCCC_ARCH_SOC_ID => match (self.soc_id, low(vcpu.read(Register::X(1)))) {
                (None, _) => not_supported,
                (Some(soc), 0) => Action::Return(u64::from(soc.version)),
                (Some(soc), 1) => Action::Return(u64::from(soc.revision)),
                (Some(_), _) => Status::InvalidParameters.into(),
            },
            id if trng::is_trng(id) => match &mut self.entropy {
                Some(entropy) => Action::Return(trng::call(id, vcpu, entropy)),
                None => not_supported,
            },
            id if Function::is_psci(id) || is_arch_call(id) => not_supported,
            id => {
                let name = name(conduit);
                let owner = owner(id);
                log.mistake(
                    "calls",
                    Mistake {
                        kind: "unknown-call",
                        detail: u64::from(id),
                        did: format_args!("called {id:#010x} by {name}, a function of {owner}"),
                        rule: "this virtual machine has no such function: NOT_SUPPORTED",
                    },
                );
                not_supported
            }
        }
    }
}

const fn name(conduit: Conduit) -> &'static str {
    match conduit {
        Conduit::Smc => "SMC",
        Conduit::Hvc => "HVC",
    }
}

/// Who owns a function identifier (Arm DEN0028 6.1): bits 29:24, of a fast call.
const fn owner(id: u32) -> &'static str {
    match (id >> 24) & 0x3f {
        0 => "the Arm architecture",
        1 => "the CPU",
        2 => "the chip's maker",
        3 => "the board's maker",
        4 => "the standard secure services",
        5 => "the standard hypervisor services",
        6 => "the hypervisor's vendor",
        48..=49 => "a trusted application",
        50..=63 => "a trusted OS",
        _ => "nobody known",
    }
}

/// The low half of a register.
const fn low(register: u64) -> u32 {
    (register & 0xffff_ffff) as u32
}

#[cfg(test)]
mod test;
