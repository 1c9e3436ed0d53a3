//! Why an invocation did not run to its end.

use crate::word::Word;

/// Why a capability address did not resolve, `seL4_LookupFailureType`.
///
/// seL4 manual, section 3.4 "Lookup Failure Description".
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LookupFailure {
    /// The CSpace root is no CNode.
    InvalidRoot,
    /// The slot is empty, or its capability lacks the right.
    MissingCapability {
        /// Address bits that were left to resolve.
        bits_left: Word,
    },
    /// The address ends inside a CNode, or a CNode needs more bits than it has.
    DepthMismatch {
        /// Address bits that were left to resolve.
        bits_left: Word,
        /// Bits that the CNode at hand translates.
        bits_found: Word,
    },
    /// A CNode's guard differs from the address.
    GuardMismatch {
        /// Address bits that were left to resolve.
        bits_left: Word,
        /// The CNode's guard.
        guard_found: Word,
        /// The guard's size in bits.
        bits_found: Word,
    },
}

impl LookupFailure {
    /// The failure as the words that a message carries: the type, then up to
    /// three details; and how many there are.
    pub fn message(self) -> ([Word; 4], usize) {
        match self {
            Self::InvalidRoot => ([1, 0, 0, 0], 1),
            Self::MissingCapability { bits_left } => ([2, bits_left, 0, 0], 2),
            Self::DepthMismatch { bits_left, bits_found } => ([3, bits_left, bits_found, 0], 3),
            Self::GuardMismatch { bits_left, guard_found, bits_found } => {
                ([4, bits_left, guard_found, bits_found], 4)
            }
        }
    }

    /// The inverse of [`Self::message`], for failures kept in a TCB.
    pub fn from_message(words: [Word; 4]) -> Self {
        match words[0] {
            2 => Self::MissingCapability { bits_left: words[1] },
            3 => Self::DepthMismatch { bits_left: words[1], bits_found: words[2] },
            4 => Self::GuardMismatch {
                bits_left: words[1],
                guard_found: words[2],
                bits_found: words[3],
            },
            _ => Self::InvalidRoot,
        }
    }
}

/// An error that the invoker gets as a reply, `seL4_Error`, with the values
/// that go into its message registers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SyscallError {
    /// Argument number `.0` is not acceptable.
    InvalidArgument(Word),
    /// Capability argument number `.0` is not acceptable; 0 is the invoked one.
    InvalidCapability(Word),
    /// The object does not do that, or not now.
    IllegalOperation,
    /// A value lies outside `min..=max`.
    Range {
        /// Smallest acceptable value.
        min: Word,
        /// Largest acceptable value.
        max: Word,
    },
    /// An address is not aligned to the object's size.
    Alignment,
    /// A capability address did not resolve.
    FailedLookup {
        /// Whether the address was that of the source rather than the target.
        source: bool,
        /// What went wrong.
        failure: LookupFailure,
    },
    /// The message is shorter, or has fewer capabilities, than the method needs.
    TruncatedMessage,
    /// A destination slot is occupied.
    DeleteFirst,
    /// The capability has children.
    RevokeFirst,
    /// The untyped memory has only this many bytes left.
    NotEnoughMemory(Word),
}

impl SyscallError {
    /// The message label, a value of `seL4_Error`.
    pub fn label(self) -> Word {
        use sel4_abi::Error;
        let error = match self {
            Self::InvalidArgument(_) => Error::InvalidArgument,
            Self::InvalidCapability(_) => Error::InvalidCapability,
            Self::IllegalOperation => Error::IllegalOperation,
            Self::Range { .. } => Error::RangeError,
            Self::Alignment => Error::AlignmentError,
            Self::FailedLookup { .. } => Error::FailedLookup,
            Self::TruncatedMessage => Error::TruncatedMessage,
            Self::DeleteFirst => Error::DeleteFirst,
            Self::RevokeFirst => Error::RevokeFirst,
            Self::NotEnoughMemory(_) => Error::NotEnoughMemory,
        };
        error as Word
    }

    /// The message registers that describe the error, and how many there are.
    pub fn message(self) -> ([Word; 5], usize) {
        match self {
            Self::InvalidArgument(number) | Self::InvalidCapability(number) => {
                ([number, 0, 0, 0, 0], 1)
            }
            Self::Range { min, max } => ([min, max, 0, 0, 0], 2),
            Self::FailedLookup { source, failure } => {
                let (words, count) = failure.message();
                ([Word::from(source), words[0], words[1], words[2], words[3]], count + 1)
            }
            Self::NotEnoughMemory(left) => ([left, 0, 0, 0, 0], 1),
            Self::IllegalOperation
            | Self::Alignment
            | Self::TruncatedMessage
            | Self::DeleteFirst
            | Self::RevokeFirst => ([0; 5], 0),
        }
    }
}

/// What ends an invocation early.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exception {
    /// The invoker made a mistake and is told so.
    Error(SyscallError),
    /// An interrupt is pending; the invocation starts again afterwards and
    /// goes on where it was.
    Preempted,
}

impl From<SyscallError> for Exception {
    fn from(error: SyscallError) -> Self {
        Self::Error(error)
    }
}

/// The result of a step that only the invoker's mistakes can end.
pub type Checked<T> = Result<T, SyscallError>;

/// What a finished invocation answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reply {
    /// An empty message.
    Empty,
    /// One word.
    Word(Word),
    /// A message whose registers are already written, of this many words.
    Written(Word),
}
