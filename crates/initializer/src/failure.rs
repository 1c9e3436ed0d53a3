//! Why a system can't be made.

use core::fmt;

use system_spec::flat::{Object, Spec};
use system_spec::model::ObjectId;

use crate::size::{About, Bytes};

/// What went wrong, and with which object.
#[derive(Clone, Copy, Debug)]
pub struct Failure<'a> {
    subject: Option<(&'a str, Option<&'a str>)>,
    cause: Cause<'a>,
}

/// What went wrong.
#[derive(Clone, Copy, Debug)]
pub enum Cause<'a> {
    /// There is too little memory.
    Memory {
        /// Bytes that the object takes.
        needed: Bytes,
        /// Bytes that are left in all untypeds.
        left: Bytes,
        /// The largest piece among them.
        largest: Bytes,
    },
    /// No untyped has that physical memory.
    NoUntyped {
        /// Where the object has to be.
        paddr: u64,
        /// Its size.
        size: Bytes,
    },
    /// Another object is at that physical address.
    Taken {
        /// Where the object has to be.
        paddr: u64,
        /// What is there.
        by: &'a str,
    },
    /// The kernel refused something.
    Kernel {
        /// What.
        action: &'static str,
        /// The kernel's answer.
        error: sel4::Error,
    },
    /// The root CNode is full.
    Slots {
        /// How many slots it has.
        count: usize,
    },
    /// The description asks for something that this kernel or program can't do.
    Unsupported(&'static str),
}

impl<'a> Failure<'a> {
    /// A failure that concerns no single object.
    pub fn general(cause: Cause<'a>) -> Self {
        Self { subject: None, cause }
    }

    /// A failure with one object.
    pub fn of(spec: &Spec<'a>, object: &Object<'a>, cause: Cause<'a>) -> Self {
        let owner = object.owner().and_then(|id| spec.instance(id)).map(|owner| owner.name());
        Self { subject: Some((object.name(), owner)), cause }
    }

    /// The same failure, of an object if there was none.
    pub fn with(self, spec: &Spec<'a>, id: ObjectId) -> Self {
        if self.subject.is_some() { self } else { Self::at(spec, id, self.cause) }
    }

    /// As [`of`](Self::of), for the object with this identifier.
    pub fn at(spec: &Spec<'a>, id: ObjectId, cause: Cause<'a>) -> Self {
        match spec.object(id) {
            Some(object) => Self::of(spec, &object, cause),
            None => Self::general(cause),
        }
    }
}

impl fmt::Display for Failure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.subject {
            Some((name, Some(owner))) => write!(f, "cannot make `{name}` of {owner}: ")?,
            Some((name, None)) => write!(f, "cannot make `{name}`: ")?,
            None => write!(f, "cannot make the system: ")?,
        }
        match self.cause {
            Cause::Memory { needed, left, largest } => write!(
                f,
                "no untyped has {needed} left; {} are left in all, {largest} in one piece",
                About(left.0)
            ),
            Cause::NoUntyped { paddr, size } => {
                write!(f, "no untyped has the {size} at physical address {paddr:#x}")
            }
            Cause::Taken { paddr, by } => {
                write!(f, "physical address {paddr:#x} belongs to `{by}` already")
            }
            Cause::Kernel { action, error } => write!(f, "{action}: {error}"),
            Cause::Slots { count } => write!(f, "all {count} slots of the root CNode are used"),
            Cause::Unsupported(what) => f.write_str(what),
        }
    }
}
