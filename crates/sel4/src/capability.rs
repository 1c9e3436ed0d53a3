//! Capabilities with their types.

use core::fmt;
use core::hash::Hash;
use core::marker::PhantomData;

use crate::{CPtr, CPtrBits, InvocationContext, IpcBuffer, NoExplicitInvocationContext};

/// Marks a [`Cap`] with its type.
pub trait CapType: Copy + Eq + Ord + Hash {
    /// Name of the type, for messages.
    const NAME: &'static str;
}

/// A capability in the current thread's CSpace: a pointer, and the type `T` that it is taken to
/// have. `C` says where the IPC buffer of an invocation comes from.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub struct Cap<T: CapType, C = NoExplicitInvocationContext> {
    cptr: CPtr,
    invocation_context: C,
    _phantom: PhantomData<T>,
}

impl<T: CapType> Cap<T> {
    /// The capability at `cptr`, used with the thread's own IPC buffer.
    pub const fn from_cptr(cptr: CPtr) -> Self {
        Self { cptr, invocation_context: NoExplicitInvocationContext::new(), _phantom: PhantomData }
    }

    /// The capability that `bits` point to, used with the thread's own IPC buffer.
    pub const fn from_bits(bits: CPtrBits) -> Self {
        Self::from_cptr(CPtr::from_bits(bits))
    }
}

impl<T: CapType, C> Cap<T, C> {
    /// The pointer.
    pub const fn cptr(&self) -> CPtr {
        self.cptr
    }

    /// The pointer's bits.
    pub const fn bits(&self) -> CPtrBits {
        self.cptr.bits()
    }

    /// The same pointer with another type.
    pub fn cast<T1: CapType>(self) -> Cap<T1, C> {
        Cap { cptr: self.cptr, invocation_context: self.invocation_context, _phantom: PhantomData }
    }

    /// Forgets the type.
    pub fn upcast(self) -> cap::Unspecified<C> {
        self.cast()
    }

    /// The same capability, used with an IPC buffer that the caller has at hand. It has to be the
    /// one that the kernel knows for this thread, unless neither the message nor the reply is
    /// longer than [`NUM_FAST_MESSAGE_REGISTERS`](crate::NUM_FAST_MESSAGE_REGISTERS) and no
    /// capability is passed.
    pub fn with<C1>(self, context: C1) -> Cap<T, C1> {
        Cap { cptr: self.cptr, invocation_context: context, _phantom: PhantomData }
    }

    /// The same capability, used with the thread's own IPC buffer.
    pub fn without_context(self) -> Cap<T> {
        self.with(NoExplicitInvocationContext::new())
    }

    /// Gives the invocation context back.
    pub fn into_invocation_context(self) -> C {
        self.invocation_context
    }
}

impl<C> cap::Unspecified<C> {
    /// Takes the capability for one of type `T`.
    pub fn downcast<T: CapType>(self) -> Cap<T, C> {
        self.cast()
    }
}

impl<T: CapType, C: InvocationContext> Cap<T, C> {
    /// Calls `f` with the pointer and the IPC buffer to use.
    pub(crate) fn invoke<R>(self, f: impl FnOnce(CPtrBits, &mut IpcBuffer) -> R) -> R {
        let bits = self.bits();
        self.into_invocation_context().with_context(|ipc_buffer| f(bits, ipc_buffer))
    }
}

impl<T: CapType, C> fmt::Debug for Cap<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({:#x})", T::NAME, self.bits())
    }
}

/// Declares marker types of capabilities.
macro_rules! cap_types {
    ($($(#[$meta:meta])* $name:ident,)*) => {
        $(
            $(#[$meta])*
            #[derive(Debug, Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash)]
            pub struct $name;

            impl $crate::CapType for $name {
                const NAME: &'static str = stringify!($name);
            }
        )*
    };
}

/// Declares aliases of [`Cap`] for marker types.
macro_rules! cap_aliases {
    ($($name:ident,)*) => {
        $(
            #[doc = concat!("A capability of type [`", stringify!($name),
                "`](crate::cap_type::", stringify!($name), ").")]
            pub type $name<C = $crate::NoExplicitInvocationContext> =
                $crate::Cap<$crate::cap_type::$name, C>;
        )*
    };
}

pub(crate) use {cap_aliases, cap_types};

/// Markers for the type of a [`Cap`].
pub mod cap_type {
    pub use crate::arch::cap_type_arch::*;

    cap_types! {
        /// Memory that isn't used yet (`seL4_Untyped`).
        Untyped,
        /// An endpoint, possibly badged.
        Endpoint,
        /// A notification, possibly badged.
        Notification,
        /// A thread (`seL4_TCB`).
        Tcb,
        /// A table of capabilities (`seL4_CNode`).
        CNode,
        /// The right to make interrupt handlers (`seL4_IRQControl`).
        IrqControl,
        /// One interrupt (`seL4_IRQHandler`).
        IrqHandler,
        /// The right to make pools of address space identifiers.
        AsidControl,
        /// A pool of address space identifiers.
        AsidPool,
        /// The right to configure domains (`seL4_DomainSet`).
        DomainSet,
        /// The right to send one software generated interrupt.
        SgiSignal,
        /// An empty slot.
        Null,
        /// Any capability.
        Unspecified,
        /// A frame of any size.
        UnspecifiedPage,
        /// A page table of any level.
        UnspecifiedIntermediateTranslationTable,
    }
}

/// Aliases of [`Cap`], one for each type.
pub mod cap {
    pub use crate::arch::cap_arch::*;

    cap_aliases! {
        Untyped,
        Endpoint,
        Notification,
        Tcb,
        CNode,
        IrqControl,
        IrqHandler,
        AsidControl,
        AsidPool,
        DomainSet,
        SgiSignal,
        Null,
        Unspecified,
        UnspecifiedPage,
        UnspecifiedIntermediateTranslationTable,
        VSpace,
        Granule,
    }
}
