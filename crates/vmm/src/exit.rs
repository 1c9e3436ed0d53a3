//! The way of one exit: from the syndrome to what the guest does next.
//!
//! [`Machine::exit`] decodes the syndrome, finds whoever is responsible (a device, a system
//! register, the calls), and leaves the processor ready to go on, or says what only the owner of
//! the processor can do.

use core::fmt;

use guest_memory::{GuestAddress, GuestMemory};

use crate::bus::Bus;
use crate::emulate::{self, NotEmulated};
use crate::inject::{self, Exception};
use crate::psci::Action;
use crate::report::{Mistake, MistakeLog};
use crate::smccc::{Conduit, Services, trng::Entropy};
use crate::syndrome::{Class, DataAbort, Exit, Fault};
use crate::sysreg::{self, SystemRegisters};
use crate::vcpu::{Register, Vcpu};
use crate::walk;

/// What answers a guest's exits.
pub struct Machine<'a, M, S, E> {
    /// The guest's memory.
    pub memory: &'a M,
    /// Its devices.
    pub bus: &'a mut Bus,
    /// Its system registers that aren't the hardware's.
    pub registers: &'a mut S,
    /// What it can call.
    pub services: &'a mut Services<E>,
    /// Where its mistakes go.
    pub log: &'a mut dyn MistakeLog,
}

/// What the owner of the processor does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It lets the processor go on.
    Resume,
    /// It lets the processor wait as WFI and WFE do; see [`crate::vtimer::idle`]. The program
    /// counter is behind the instruction.
    Wait {
        /// Any event ends it: a yield to the guest's other processors is enough.
        for_event: bool,
        /// The virtual count that ends it, of WFIT and WFET.
        timeout: Option<u64>,
    },
    /// It changes who is powered. Never [`Action::Return`].
    Power(Action),
    /// It decides: map something and let the processor try again, or have the exit
    /// [refused](Machine::refuse).
    Unhandled(Unhandled),
}

/// An exit that nobody in the machine can handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unhandled {
    /// A load or store that could not be done.
    Access(DataAbort, NotEmulated),
    /// An instruction can't be fetched from this address.
    Fetch(Fault, GuestAddress),
    /// A kind of exception that has no meaning here.
    Class(Class),
}

impl Unhandled {
    fn kind(&self) -> &'static str {
        match self {
            Self::Access(..) => "access",
            Self::Fetch(..) => "fetch",
            Self::Class(_) => "exception",
        }
    }

    /// Tells reports apart: by page, or by class.
    fn detail(&self) -> u64 {
        match self {
            Self::Access(_, why) => why.address().0 >> 12,
            Self::Fetch(_, address) => address.0 >> 12,
            Self::Class(class) => class.number().into(),
        }
    }
}

impl fmt::Display for Unhandled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Access(_, why) => write!(f, "{why}"),
            Self::Fetch(_, address) => write!(f, "no memory to execute from at {address}"),
            Self::Class(class) => write!(f, "unexpected exception: {class}"),
        }
    }
}

impl<M: GuestMemory, S: SystemRegisters, E: Entropy> Machine<'_, M, S, E> {
    /// Handles one exit. `syndrome` is ESR_EL2, and `address` the guest-physical address of an
    /// abort, which other exits don't have.
    pub fn exit(
        &mut self, syndrome: u64, address: GuestAddress, vcpu: &mut impl Vcpu,
        executable: impl Fn(GuestAddress) -> bool,
    ) -> Next {
        self.decoded(Exit::decode(syndrome), address, vcpu, executable)
    }

    /// As [`exit`](Self::exit), for somebody who has decoded the syndrome.
    pub fn decoded(
        &mut self, exit: Exit, address: GuestAddress, vcpu: &mut impl Vcpu,
        executable: impl Fn(GuestAddress) -> bool,
    ) -> Next {
        match exit {
            Exit::DataAbort(abort) => {
                let memory = self.memory;
                let fetch = |vcpu: &mut _| walk::fetch(vcpu, memory);
                match emulate::data_abort(&abort, address, vcpu, self.bus, self.log, fetch) {
                    Ok(()) => Next::Resume,
                    Err(why) => Next::Unhandled(Unhandled::Access(abort, why)),
                }
            }
            Exit::InstructionAbort(fault) => Next::Unhandled(Unhandled::Fetch(fault, address)),
            Exit::Wait(wait) => {
                let timeout = wait.timeout.map(|register| vcpu.read_or_zero(register));
                vcpu.skip_instruction(false);
                Next::Wait { for_event: wait.for_event, timeout }
            }
            Exit::Hvc(immediate) => self.call(Conduit::Hvc, immediate, vcpu, executable),
            Exit::Smc(immediate) => self.call(Conduit::Smc, immediate, vcpu, executable),
            Exit::SystemRegister(trap) => {
                sysreg::handle(trap, vcpu, self.registers, self.log);
                Next::Resume
            }
            Exit::Other(class) => Next::Unhandled(Unhandled::Class(class)),
        }
    }

    fn call(
        &mut self, conduit: Conduit, immediate: u16, vcpu: &mut impl Vcpu,
        executable: impl Fn(GuestAddress) -> bool,
    ) -> Next {
        match self.services.call(vcpu, conduit, immediate, self.log, executable) {
            Action::Return(_) => Next::Resume,
            action => Next::Power(action),
        }
    }

    /// Does with an unhandled exit what hardware would: the guest gets an exception, and the
    /// mistake is reported.
    ///
    /// # Errors
    /// The guest is in AArch32 state and gets nothing; it can only be stopped.
    pub fn refuse(
        &mut self, unhandled: Unhandled, vcpu: &mut impl Vcpu,
    ) -> Result<(), inject::AArch32State> {
        let pc = vcpu.read(Register::Pc);
        let exception = match unhandled {
            Unhandled::Access(abort, _) => Exception::DataAbort(abort.direction),
            Unhandled::Fetch(..) => Exception::InstructionAbort,
            Unhandled::Class(_) => Exception::Undefined,
        };
        inject::inject(vcpu, exception)?;
        self.log.mistake(
            "machine",
            Mistake {
                kind: unhandled.kind(),
                detail: unhandled.detail(),
                did: format_args!("{unhandled} (pc {pc:#x})"),
                rule: "it gets an exception, as from a machine without such a thing",
            },
        );
        Ok(())
    }
}

#[cfg(test)]
mod test;
