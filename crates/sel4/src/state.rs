//! The current thread's IPC buffer.
//!
//! Its address is in the thread pointer register, which the kernel switches with the thread: no
//! memory is needed, and no thread can see another one's. The buffer is aligned to its size, so
//! the low bits are free, and count how often it is borrowed.

use core::fmt;
use core::ptr::NonNull;

use crate::IpcBuffer;
use crate::sys::{set_thread_pointer, thread_pointer};

/// Low bits of the register that don't belong to the address.
const BORROW: usize = align_of::<IpcBuffer>() - 1;
/// Borrowed mutably.
const EXCLUSIVE: usize = BORROW;

/// Why the IPC buffer can't be borrowed.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct BorrowError;

impl BorrowError {
    const MESSAGE: &str = "the IPC buffer is in use: with_ipc_buffer was called inside itself, or \
         an invocation was made there";
}

impl fmt::Display for BorrowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::MESSAGE)
    }
}

impl core::error::Error for BorrowError {}

/// A borrow, given back when dropped.
struct Borrow {
    buffer: Option<NonNull<IpcBuffer>>,
    previous: usize,
}

impl Borrow {
    fn shared() -> Result<Self, BorrowError> {
        let previous = thread_pointer();
        // One less than exclusive is the most that can be counted.
        if previous & BORROW >= EXCLUSIVE - 1 {
            return Err(BorrowError);
        }
        Ok(Self::new(previous, previous + 1))
    }

    fn exclusive() -> Result<Self, BorrowError> {
        let previous = thread_pointer();
        if previous & BORROW != 0 {
            return Err(BorrowError);
        }
        Ok(Self::new(previous, previous | EXCLUSIVE))
    }

    fn new(previous: usize, now: usize) -> Self {
        set_thread_pointer(now);
        Self {
            buffer: NonNull::new(core::ptr::with_exposed_provenance_mut(previous & !BORROW)),
            previous,
        }
    }
}

impl Drop for Borrow {
    fn drop(&mut self) {
        set_thread_pointer(self.previous);
    }
}

/// Makes `ipc_buffer` the one that the current thread's calls use.
///
/// A thread that was started with `tcb_set_tls_base` of its IPC buffer's address has done so
/// already.
///
/// # Panics
///
/// If the current IPC buffer is borrowed.
#[track_caller]
pub fn set_ipc_buffer(ipc_buffer: &'static mut IpcBuffer) {
    assert!(thread_pointer() & BORROW == 0, "{BorrowError}");
    set_thread_pointer(core::ptr::from_mut(ipc_buffer).expose_provenance());
}

/// Calls `f` with the current thread's IPC buffer, if it is set.
///
/// # Errors
///
/// [`BorrowError`] if the IPC buffer is borrowed mutably.
pub fn try_with_ipc_buffer_slot<T>(
    f: impl FnOnce(Result<Option<&IpcBuffer>, BorrowError>) -> T,
) -> T {
    match Borrow::shared() {
        Err(err) => f(Err(err)),
        // SAFETY: the register holds 0 or what `set_ipc_buffer` or the thread's creator put
        // there, a buffer that lives as long as the thread; the count keeps mutable borrows away.
        Ok(borrow) => f(Ok(borrow.buffer.map(|buffer| unsafe { buffer.as_ref() }))),
    }
}

/// Calls `f` with the current thread's IPC buffer.
///
/// # Panics
///
/// If none is set, or if it is borrowed mutably.
#[track_caller]
pub fn with_ipc_buffer<T>(f: impl FnOnce(&IpcBuffer) -> T) -> T {
    let borrow = Borrow::shared().expect(BorrowError::MESSAGE);
    let buffer = borrow.buffer.expect("this thread has set no IPC buffer");
    // SAFETY: as in `try_with_ipc_buffer_slot`.
    f(unsafe { buffer.as_ref() })
}

/// Calls `f` with the current thread's IPC buffer.
///
/// # Panics
///
/// If none is set, or if it is borrowed.
#[track_caller]
pub fn with_ipc_buffer_mut<T>(f: impl FnOnce(&mut IpcBuffer) -> T) -> T {
    let borrow = Borrow::exclusive().expect(BorrowError::MESSAGE);
    let mut buffer = borrow.buffer.expect("this thread has set no IPC buffer");
    // SAFETY: as in `try_with_ipc_buffer_slot`, and there was no other borrow.
    f(unsafe { buffer.as_mut() })
}

/// Whether each thread has its own IPC buffer here: yes.
pub const fn ipc_buffer_is_thread_local() -> bool {
    true
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::boxed::Box;
    use std::thread;

    use super::*;

    #[test]
    fn borrows_are_counted_and_given_back() {
        set_ipc_buffer(Box::leak(Box::default()));
        with_ipc_buffer(|_| {
            with_ipc_buffer(|_| ());
            assert!(Borrow::exclusive().is_err());
        });
        with_ipc_buffer_mut(|ipc_buffer| {
            ipc_buffer.set_user_data(7);
            assert!(Borrow::shared().is_err());
            try_with_ipc_buffer_slot(|slot| assert_eq!(slot.err(), Some(BorrowError)));
        });
        assert_eq!(with_ipc_buffer(IpcBuffer::user_data), 7);
    }

    #[test]
    fn threads_have_their_own() {
        set_ipc_buffer(Box::leak(Box::default()));
        thread::spawn(|| try_with_ipc_buffer_slot(|slot| assert!(slot.unwrap().is_none())))
            .join()
            .unwrap();
    }
}
