//! Why there is no plan, and what somebody should know about one.

use alloc::vec::Vec;
use core::fmt;

use guest_memory::{GuestAddress, Name, NamedRange};

/// Why there is no place for everything.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// A guest without memory.
    #[error("the guest has no memory")]
    NoRam,
    /// A file of no bytes, or one that goes past the end of the address space.
    #[error("{file}: {size} bytes can't be placed at {at}")]
    Impossible {
        /// The file.
        file: Name,
        /// Its size.
        size: u64,
        /// Where it should go.
        at: GuestAddress,
    },
    /// A part isn't in memory.
    #[error("{part} is not inside of the guest's memory: {ram}")]
    OutsideRam {
        /// The part.
        part: NamedRange,
        /// All there is.
        ram: Ranges,
    },
    /// Two parts share addresses.
    #[error("{second} overlaps {first}")]
    Overlap {
        /// One of them.
        first: NamedRange,
        /// The other one.
        second: NamedRange,
    },
    /// There is nowhere for something.
    #[error("no room for {file} ({size} bytes) in {ram}{rule}")]
    NoRoom {
        /// The file.
        file: Name,
        /// Its size.
        size: u64,
        /// All memory there is.
        ram: Ranges,
        /// What else limits it.
        rule: &'static str,
    },
    /// A part breaks a rule of the boot protocol.
    #[error("{part}: {rule}")]
    Rule {
        /// The part.
        part: NamedRange,
        /// The rule.
        rule: &'static str,
    },
    /// An ELF file was given an address.
    #[error("{file} is an ELF file and is entered at {entry}, not at {given}")]
    ElfAddress {
        /// The file.
        file: Name,
        /// Its own entry.
        entry: GuestAddress,
        /// The address that it was given.
        given: GuestAddress,
    },
}

/// Ranges for a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranges(pub(super) Vec<NamedRange>);

impl fmt::Display for Ranges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, range) in self.0.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}{range}")?;
        }
        Ok(())
    }
}

/// Something that is legal, but that somebody should know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Note {
    /// The kernel's address is not the one that its header asks for. Linux says so itself when it
    /// boots.
    #[error(
        "{file} is at {at}, but asks for an address that is {text_offset:#x} above a multiple of \
         2 MiB"
    )]
    Misaligned {
        /// The file.
        file: Name,
        /// Where it is.
        at: GuestAddress,
        /// What its header says.
        text_offset: u64,
    },
}
