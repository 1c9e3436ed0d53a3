//! Why a call has no answer.

use component_config::label;

/// Why a call has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallError {
    /// The server has no such interface or method.
    BadMethod,
    /// The server can't make sense of the arguments.
    BadArguments,
    /// The server was halted after a fault, for good.
    ServerGone,
    /// The server was restarted after a fault. This call is lost; the next one may succeed.
    ServerRestarted,
    /// The answer is longer than a message or the shared memory.
    AnswerTooLong,
    /// The server dropped the call without an answer.
    Refused,
    /// The arguments are longer than a message or the shared memory; nothing was sent.
    ArgumentsTooLong,
    /// What the server answered is no answer to this call.
    BadAnswer,
}

impl CallError {
    /// The error that a reply's label stands for; none if it is an answer.
    #[inline]
    pub(crate) const fn of_label(label: u64) -> Option<Self> {
        match label {
            label::OK => None,
            label => Some(Self::of_bad_label(label)),
        }
    }

    #[cold]
    const fn of_bad_label(label: u64) -> Self {
        match label {
            label::BAD_METHOD => Self::BadMethod,
            label::BAD_ARGUMENTS => Self::BadArguments,
            label::SERVER_GONE => Self::ServerGone,
            label::SERVER_RESTARTED => Self::ServerRestarted,
            label::TOO_LONG => Self::AnswerTooLong,
            label::REFUSED => Self::Refused,
            _ => Self::BadAnswer,
        }
    }
}

impl core::fmt::Display for CallError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::BadMethod => "the server has no such method",
            Self::BadArguments => "the server can't make sense of the arguments",
            Self::ServerGone => "the server has stopped after a fault",
            Self::ServerRestarted => "the server was restarted after a fault",
            Self::AnswerTooLong => "the answer is too long",
            Self::Refused => "the server gave no answer",
            Self::ArgumentsTooLong => "the arguments are too long",
            Self::BadAnswer => "the server's answer makes no sense",
        })
    }
}

impl core::error::Error for CallError {}
