//! Reports of faults, for people.

use core::fmt;

use sel4::{Fault, LookupFailure};
use system_spec::flat::{Instance, Kind, Spec};
use system_spec::model::ObjectId;
use system_spec::symbols;

use super::place::Place;
use crate::arch;

/// What a thread did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Explained {
    /// Address of the instruction, if the message has it.
    pub pc: Option<u64>,
    /// What it was.
    pub what: What,
}

/// Kinds of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A component's own message that it can't go on.
    Panic,
    /// An access to memory that isn't there, or not for that.
    Memory {
        /// Which kind.
        access: Access,
        /// Where.
        address: u64,
    },
    /// A system call that the kernel doesn't have.
    SystemCall(u64),
    /// A capability that isn't there.
    Capability {
        /// The pointer.
        pointer: u64,
        /// Whether it was to receive.
        receiving: bool,
        /// Where the lookup ended.
        failure: LookupFailure,
    },
    /// Another exception.
    Exception {
        /// In words.
        name: &'static str,
        /// The processor's number.
        syndrome: u64,
    },
}

/// Kinds of access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// A load.
    Read,
    /// A store.
    Write,
    /// An instruction.
    Execute,
}

/// A fault with what is known of the thread.
pub struct Report<'m, 'a> {
    spec: &'m Spec<'a>,
    instance: Option<&'m Instance<'a>>,
    space: Option<ObjectId>,
    explained: Option<Explained>,
}

impl<'m, 'a> Report<'m, 'a> {
    /// Gathers what is known. `pc` is for faults whose message doesn't say it.
    pub fn new(
        spec: &'m Spec<'a>, instance: Option<&'m Instance<'a>>, thread: Option<ObjectId>,
        pc: Option<u64>, fault: &Fault,
    ) -> Self {
        let space = thread.and_then(|id| match spec.object(id)?.kind() {
            Kind::Tcb(thread) => Some(thread.vspace),
            _ => None,
        });
        let explained = arch::explain(fault);
        let explained = explained.map(|this| Explained { pc: this.pc.or(pc), ..this });
        Self { spec, instance, space, explained }
    }

    fn at(&self, f: &mut fmt::Formatter<'_>, pc: Option<u64>) -> fmt::Result {
        let Some(pc) = pc else {
            return Ok(());
        };
        write!(f, " at {pc:#x}")?;
        let symbols = self.instance.and_then(|instance| instance.symbols());
        let table = symbols.and_then(|id| self.spec.content(id));
        match table.and_then(|table| symbols::find(table.bytes(), pc)) {
            Some(symbol) => write!(f, " in {symbol}"),
            None => Ok(()),
        }
    }

    fn place(&self, f: &mut fmt::Formatter<'_>, address: u64) -> fmt::Result {
        match self.space {
            Some(space) => write!(f, " ({})", Place::find(self.spec, space, address)),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Report<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(Explained { pc, what }) = self.explained else {
            return f.write_str("sent a message that is no fault");
        };
        match what {
            What::Panic => {
                f.write_str("panicked")?;
                self.at(f, pc)
            }
            What::Memory { access, address } => {
                let access = match access {
                    Access::Read => "read of",
                    Access::Write => "write to",
                    Access::Execute => "jump to",
                };
                write!(f, "{access} {address:#x}")?;
                self.place(f, address)?;
                if pc == Some(address) { Ok(()) } else { self.at(f, pc) }
            }
            What::SystemCall(number) => {
                write!(f, "unknown system call {number:#x}")?;
                self.at(f, pc)
            }
            What::Capability { pointer, receiving, failure } => {
                let what = if receiving { "receiving from" } else { "sending to" };
                write!(f, "{what} capability {pointer:#x} ({failure})")?;
                self.at(f, pc)
            }
            What::Exception { name, syndrome } => {
                write!(f, "{name} (syndrome {syndrome:#x})")?;
                self.at(f, pc)
            }
        }
    }
}
