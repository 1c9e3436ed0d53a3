//! Where the IPC buffer of an invocation comes from.

use core::cell::RefCell;

use crate::{IpcBuffer, with_ipc_buffer_mut};

/// A way to find the IPC buffer of the current thread.
pub trait InvocationContext {
    /// Calls `f` with the IPC buffer.
    fn with_context<T>(&mut self, f: impl FnOnce(&mut IpcBuffer) -> T) -> T;
}

/// The absence of an IPC buffer: a capability with this context can be named but not invoked.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NoInvocationContext;

impl NoInvocationContext {
    /// The value.
    pub const fn new() -> Self {
        Self
    }
}

/// The IPC buffer that the thread has set with [`set_ipc_buffer`](crate::set_ipc_buffer).
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImplicitInvocationContext;

impl ImplicitInvocationContext {
    /// The value.
    pub const fn new() -> Self {
        Self
    }
}

/// The context of capabilities that none is given for.
pub type NoExplicitInvocationContext = ImplicitInvocationContext;

impl InvocationContext for ImplicitInvocationContext {
    fn with_context<T>(&mut self, f: impl FnOnce(&mut IpcBuffer) -> T) -> T {
        with_ipc_buffer_mut(f)
    }
}

impl InvocationContext for &mut IpcBuffer {
    fn with_context<T>(&mut self, f: impl FnOnce(&mut IpcBuffer) -> T) -> T {
        f(self)
    }
}

impl<U: InvocationContext> InvocationContext for &mut U {
    fn with_context<T>(&mut self, f: impl FnOnce(&mut IpcBuffer) -> T) -> T {
        U::with_context(self, f)
    }
}

impl<U: InvocationContext> InvocationContext for &RefCell<U> {
    fn with_context<T>(&mut self, f: impl FnOnce(&mut IpcBuffer) -> T) -> T {
        self.borrow_mut().with_context(f)
    }
}
