//! Labels of messages, and their limits.
//!
//! The label of a call is the method's number, in the order of the source. The label of a reply
//! says whether the rest is an answer.

/// The answer is there.
pub const OK: u64 = 0;
/// The server has no such interface or method.
pub const BAD_METHOD: u64 = 1;
/// The arguments can't be decoded.
pub const BAD_ARGUMENTS: u64 = 2;
/// The server was halted after a fault.
pub const SERVER_GONE: u64 = 3;
/// The server was restarted after a fault; this call is lost, the next one may succeed.
pub const SERVER_RESTARTED: u64 = 4;
/// The answer is longer than a message or the shared memory.
pub const TOO_LONG: u64 = 5;
/// The server dropped the call without an answer.
pub const REFUSED: u64 = 6;

/// Words of arguments or answers in a message.
pub const MAX_WORDS: usize = 120;

/// Words that are passed in machine registers.
pub const FAST_WORDS: usize = 4;
