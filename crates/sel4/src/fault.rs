//! Faults, as the kernel reports them to a thread's fault endpoint.

use sel4_abi::fault::cap_fault;

use crate::error::LookupFailure;
use crate::word::word_to_usize;
use crate::{Fault, IpcBuffer, MessageInfo, Word};

/// Declares a type that holds the words of a fault message.
macro_rules! fault_type {
    ($(#[$meta:meta])* $name:ident [$length:expr] {
        $($(#[$field_meta:meta])* $field:ident = $index:expr,)*
    }) => {
        $(#[$meta])*
        #[derive(Copy, Clone, PartialEq, Eq)]
        pub struct $name([$crate::Word; $length]);

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.debug_struct(stringify!($name))
                    $(.field(stringify!($field), &format_args!("{:#x}", self.$field())))*
                    .finish()
            }
        }

        impl $name {
            /// Reads the fault from the message registers. None if there are too few.
            pub(crate) fn read(message: &[$crate::Word]) -> Option<Self> {
                Some(Self(*message.first_chunk()?))
            }

            $(
                $(#[$field_meta])*
                pub const fn $field(&self) -> $crate::Word {
                    self.0[$index]
                }
            )*
        }
    };
}

pub(crate) use fault_type;

fault_type! {
    /// No fault: the message came from somebody else than the kernel.
    NullFault [0] {}
}

/// A capability that a system call needed wasn't found.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub struct CapFault {
    ip: Word,
    addr: Word,
    in_recv_phase: bool,
    lookup_failure: LookupFailure,
}

impl CapFault {
    pub(crate) fn read(message: &[Word]) -> Option<Self> {
        Some(Self {
            ip: *message.get(cap_fault::IP)?,
            addr: *message.get(cap_fault::ADDR)?,
            in_recv_phase: *message.get(cap_fault::IN_RECV_PHASE)? != 0,
            lookup_failure: LookupFailure::read(message.get(cap_fault::LOOKUP_FAILURE_TYPE..)?),
        })
    }

    /// Address of the instruction that made the system call.
    pub const fn ip(&self) -> Word {
        self.ip
    }

    /// The capability pointer.
    pub const fn addr(&self) -> Word {
        self.addr
    }

    /// Whether the call was receiving. Else it was sending.
    pub const fn in_recv_phase(&self) -> bool {
        self.in_recv_phase
    }

    /// Why the pointer leads nowhere.
    pub const fn lookup_failure(&self) -> LookupFailure {
        self.lookup_failure
    }
}

impl Fault {
    /// The fault that a message describes.
    ///
    /// A message that is none of the kernel's, by its label or length, gives
    /// [`Fault::NullFault`]: whoever has the right to send to a fault endpoint, a guest for
    /// example, can send anything.
    pub fn new(ipc_buffer: &IpcBuffer, info: &MessageInfo) -> Self {
        let registers = ipc_buffer.msg_regs();
        let message = &registers[..info.length().min(registers.len())];
        sel4_abi::FaultType::from_word(word_to_usize(info.label()))
            .and_then(|ty| Self::read(ty, message))
            .unwrap_or(Self::NullFault(NullFault([])))
    }
}
