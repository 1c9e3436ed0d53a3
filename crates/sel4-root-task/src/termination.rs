//! The end of the root task.

use core::fmt;

use sel4::{IpcBuffer, init_thread};

use crate::debug_println;

/// A type without values, for functions that don't return. As `!` would be, in places where
/// stable Rust doesn't take it.
#[derive(Debug, Copy, Clone, PartialOrd, Ord, PartialEq, Eq, Hash)]
pub enum Never {}

impl fmt::Display for Never {
    fn fmt(&self, _: &mut fmt::Formatter) -> fmt::Result {
        match *self {}
    }
}

/// Types that the main function can return: a root task ends with an error or not at all.
pub trait Termination {
    /// The error.
    type Error: fmt::Debug;

    /// Gives the error.
    fn report(self) -> Self::Error;
}

impl Termination for Never {
    type Error = Self;

    fn report(self) -> Self {
        self
    }
}

impl<E: fmt::Debug> Termination for Result<Never, E> {
    type Error = E;

    fn report(self) -> E {
        match self {
            Ok(never) => match never {},
            Err(err) => err,
        }
    }
}

/// Prints a message and suspends the initial thread.
#[doc(hidden)]
pub fn abort(message: fmt::Arguments) -> ! {
    debug_println!("root task aborted: {message}");
    // The thread's own IPC buffer may be in use. Suspending takes nothing from it, so one that
    // the kernel doesn't know will do.
    let mut ipc_buffer = IpcBuffer::default();
    loop {
        let tcb = init_thread::slot::TCB.cap();
        // If even that is refused there is nothing left to do but to let the others run.
        let _ = tcb.with(&mut ipc_buffer).tcb_suspend();
        sel4::r#yield();
    }
}

/// Ends the root task: prints a message, in the form that `format!` takes, and suspends the
/// initial thread.
#[macro_export]
macro_rules! abort {
    () => { $crate::abort!("without a message") };
    ($($arg:tt)*) => { $crate::_private::abort(::core::format_args!($($arg)*)) };
}

#[cfg(target_os = "none")]
#[panic_handler]
fn panic(info: &core::panic::PanicInfo) -> ! {
    abort!("{info}")
}
