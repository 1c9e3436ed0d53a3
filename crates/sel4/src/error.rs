//! Errors of invocations, with what the kernel tells about them.

use core::fmt;

use sel4_abi::error::{Error as Abi, msg};

use crate::word::{usize_to_word, word_to_usize};
use crate::{IpcBuffer, Word, sys};

/// The result of an invocation.
pub type Result<T> = core::result::Result<T, Error>;

/// `seL4_Error`, with the message registers that describe the error.
///
/// Numbers of arguments and capabilities count from 0; what is counted is written in the seL4
/// manual, and not the same for all invocations.
#[derive(Debug, Clone, Copy, Eq, PartialEq)]
pub enum Error {
    /// An argument has a value that it can't have.
    InvalidArgument {
        /// Which one.
        number: Word,
    },
    /// A capability isn't of the kind that is needed.
    InvalidCapability {
        /// Which one; 0 is the one invoked.
        number: Word,
    },
    /// The object can't do that.
    IllegalOperation,
    /// An argument is out of range.
    RangeError {
        /// Lowest value that would be taken.
        min: Word,
        /// Highest value that would be taken.
        max: Word,
    },
    /// An address isn't aligned as the object's size asks for.
    AlignmentError,
    /// No capability was found.
    FailedLookup {
        /// Whether it was the source's path that failed, rather than the destination's.
        source: bool,
        /// Why the path leads nowhere.
        failure: LookupFailure,
    },
    /// The message has too few registers or capabilities.
    TruncatedMessage,
    /// The destination isn't empty.
    DeleteFirst,
    /// The object has derived capabilities.
    RevokeFirst,
    /// The untyped has too little memory left.
    NotEnoughMemory {
        /// Bytes that are left.
        available: Word,
    },
    /// A number that this version of the API doesn't have.
    Unknown {
        /// The label of the reply.
        number: Word,
    },
}

/// Why a path through CNodes leads to no capability (`seL4_LookupFailureType`).
#[derive(Debug, Clone, Copy, Eq, PartialEq)]
pub enum LookupFailure {
    /// The root isn't a CNode.
    InvalidRoot,
    /// A slot on the way is empty, or the one at the end is.
    MissingCapability {
        /// Bits that were not resolved yet.
        bits_left: Word,
    },
    /// The path ends inside a CNode, or goes on where there is none.
    DepthMismatch {
        /// Bits that were not resolved yet.
        bits_left: Word,
        /// Bits that the CNode found there would resolve.
        bits_found: Word,
    },
    /// The guard of a CNode differs from the path.
    GuardMismatch {
        /// Bits that were not resolved yet.
        bits_left: Word,
        /// The guard.
        guard_found: Word,
        /// Bits of the guard.
        guard_size: Word,
    },
    /// A number that this version of the API doesn't have.
    Unknown {
        /// The failure's number.
        number: Word,
    },
}

impl LookupFailure {
    /// Reads a failure whose number is in `message[0]`.
    pub(crate) fn read(message: &[Word]) -> Self {
        // The kernel leaves out registers that a failure has no use for.
        let [number, bits_left, second, third] =
            [0, 1, 2, 3].map(|i| message.get(i).copied().unwrap_or_default());
        match number {
            1 => Self::InvalidRoot,
            2 => Self::MissingCapability { bits_left },
            3 => Self::DepthMismatch { bits_left, bits_found: second },
            4 => Self::GuardMismatch { bits_left, guard_found: second, guard_size: third },
            _ => Self::Unknown { number },
        }
    }
}

impl Error {
    /// The error with this number, described by the message registers of the reply. None for
    /// `seL4_NoError`.
    #[cold]
    pub fn from_sys(number: sys::seL4_Error::Type, ipc_buffer: &IpcBuffer) -> Option<Self> {
        let message = ipc_buffer.msg_regs();
        Some(match Abi::from_word(word_to_usize(number)) {
            Some(Abi::NoError) => return None,
            Some(Abi::InvalidArgument) => {
                Self::InvalidArgument { number: message[msg::ARGUMENT_NUMBER] }
            }
            Some(Abi::InvalidCapability) => {
                Self::InvalidCapability { number: message[msg::CAP_NUMBER] }
            }
            Some(Abi::IllegalOperation) => Self::IllegalOperation,
            Some(Abi::RangeError) => {
                Self::RangeError { min: message[msg::RANGE_MIN], max: message[msg::RANGE_MAX] }
            }
            Some(Abi::AlignmentError) => Self::AlignmentError,
            Some(Abi::FailedLookup) => Self::FailedLookup {
                source: message[msg::LOOKUP_WAS_SOURCE] != 0,
                failure: LookupFailure::read(&message[msg::LOOKUP_FAILURE..]),
            },
            Some(Abi::TruncatedMessage) => Self::TruncatedMessage,
            Some(Abi::DeleteFirst) => Self::DeleteFirst,
            Some(Abi::RevokeFirst) => Self::RevokeFirst,
            Some(Abi::NotEnoughMemory) => {
                Self::NotEnoughMemory { available: message[msg::MEMORY_LEFT] }
            }
            None => Self::Unknown { number },
        })
    }

    /// The error's number.
    pub const fn into_sys(self) -> sys::seL4_Error::Type {
        let abi = match self {
            Self::InvalidArgument { .. } => Abi::InvalidArgument,
            Self::InvalidCapability { .. } => Abi::InvalidCapability,
            Self::IllegalOperation => Abi::IllegalOperation,
            Self::RangeError { .. } => Abi::RangeError,
            Self::AlignmentError => Abi::AlignmentError,
            Self::FailedLookup { .. } => Abi::FailedLookup,
            Self::TruncatedMessage => Abi::TruncatedMessage,
            Self::DeleteFirst => Abi::DeleteFirst,
            Self::RevokeFirst => Abi::RevokeFirst,
            Self::NotEnoughMemory { .. } => Abi::NotEnoughMemory,
            Self::Unknown { number } => return number,
        };
        usize_to_word(abi.as_word())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidArgument { number } => write!(f, "argument {number} is invalid"),
            Self::InvalidCapability { number } => write!(f, "capability {number} is invalid"),
            Self::IllegalOperation => f.write_str("the object can't do that"),
            Self::RangeError { min, max } => {
                write!(f, "an argument is out of range, expected {min:#x} to {max:#x}")
            }
            Self::AlignmentError => f.write_str("an address isn't aligned to the object's size"),
            Self::FailedLookup { source, failure } => {
                let which = if *source { "source" } else { "destination" };
                write!(f, "lookup of the {which} failed: {failure}")
            }
            Self::TruncatedMessage => f.write_str("the message is too short"),
            Self::DeleteFirst => f.write_str("the destination isn't empty"),
            Self::RevokeFirst => f.write_str("there are capabilities derived from this one"),
            Self::NotEnoughMemory { available } => {
                write!(f, "the untyped has only {available:#x} bytes left")
            }
            Self::Unknown { number } => write!(f, "unknown error {number}"),
        }
    }
}

impl fmt::Display for LookupFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidRoot => f.write_str("the root isn't a CNode"),
            Self::MissingCapability { bits_left } => {
                write!(f, "no capability there, with {bits_left} bits left")
            }
            Self::DepthMismatch { bits_left, bits_found } => {
                write!(f, "a CNode of {bits_found} bits, with {bits_left} bits left")
            }
            Self::GuardMismatch { bits_left, guard_found, guard_size } => write!(
                f,
                "the guard is {guard_found:#x} in {guard_size} bits, with {bits_left} bits left"
            ),
            Self::Unknown { number } => write!(f, "unknown failure {number}"),
        }
    }
}

impl core::error::Error for Error {}

#[cfg(test)]
#[path = "error_test.rs"]
mod tests;
