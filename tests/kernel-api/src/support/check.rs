//! How a test says that something is wrong.

use core::fmt::{self, Debug, Write};
use core::panic::Location;

use heapless::String;
use sel4_root_task::debug_println;

/// What a test ends with.
pub type Outcome<T = ()> = Result<T, Failure>;

/// Why a test didn't pass.
#[allow(clippy::large_enum_variant)] // no heap
pub enum Failure {
    /// The kernel did something else than expected.
    Failed(String<400>),
    /// The test doesn't apply to this kernel, for this reason.
    Skipped(&'static str),
}

impl Failure {
    /// A failure with a reason, which is cut off where it gets too long.
    #[track_caller]
    pub fn new(reason: fmt::Arguments) -> Self {
        let place = Location::caller();
        let mut text = String::new();
        let file = place.file().rsplit('/').next().unwrap_or_default();
        let _ = write!(text, "{file}:{}: {reason}", place.line());
        Self::Failed(text)
    }
}

/// Prints how `program` ended, for whoever waits for its last line.
pub fn report(program: &str, outcome: Outcome) {
    match outcome {
        Ok(()) => debug_println!("caravan: done"),
        Err(Failure::Failed(reason)) => debug_println!("{program}: FAILED: {reason}"),
        Err(Failure::Skipped(reason)) => debug_println!("{program}: skipped: {reason}"),
    }
}

impl From<sel4::Error> for Failure {
    #[track_caller]
    fn from(error: sel4::Error) -> Self {
        Self::new(format_args!("unexpected {error:?}"))
    }
}

/// Fails unless the two are equal.
#[track_caller]
pub fn equal<T: PartialEq + Debug>(got: T, expected: T) -> Outcome {
    if got == expected {
        return Ok(());
    }
    Err(Failure::new(format_args!("got {got:x?}, expected {expected:x?}")))
}

/// Fails unless the condition holds.
#[track_caller]
pub fn holds(condition: bool, what: &str) -> Outcome {
    if condition {
        return Ok(());
    }
    Err(Failure::new(format_args!("not true: {what}")))
}

/// Fails unless the invocation was refused with this error and these details.
#[track_caller]
pub fn refused<T: Debug>(result: sel4::Result<T>, expected: sel4::Error) -> Outcome {
    match result {
        Err(error) if error == expected => Ok(()),
        Err(error) => Err(Failure::new(format_args!("got {error:x?}, expected {expected:x?}"))),
        Ok(value) => Err(Failure::new(format_args!("got Ok({value:x?}), expected {expected:x?}"))),
    }
}
