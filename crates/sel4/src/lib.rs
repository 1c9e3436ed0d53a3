//! Typed bindings to the seL4 API.
//!
//! The crate is generated at build time from an installed kernel: `SEL4_PREFIX` names the
//! directory, or `SEL4_INCLUDE_DIRS` its include directories. Names are those of rust-sel4, and
//! every function says which one of libsel4 it corresponds to; the seL4 manual explains the
//! concepts.
//!
//! - [`Cap`] is a capability with its type. Invocations are its methods, and of [`AbsoluteCPtr`]
//!   where they work on a slot instead of an object.
//! - Every call goes through an [`IpcBuffer`]. By default it is the calling thread's own, which
//!   the thread has made known with [`set_ipc_buffer`]; [`Cap::with`] takes another one.
//! - [`Error`] carries what the kernel tells about the error.
//! - [`sys`] is the raw layer, with libsel4's names.
//!
//! Code that is written for rust-sel4 compiles with this crate, with a few exceptions: variants
//! of [`Error`] have fields (a pattern like `Error::RangeError { .. }` fits both), and only
//! kernels without MCS for AArch64 are known. Fault messages that no kernel sends give
//! [`Fault::NullFault`] and don't panic. There is more here than there: `tcb_copy_registers`,
//! `tcb_read_register_words`, `tcb_write_register_words`,
//! `tcb_set_ipc_buffer`, `cancel_badged_sends`, `rotate`, `pt_unmap`, operations on caches, and
//! signals to other cores.

#![no_std]
// System calls need assembly, and the IPC buffer and the bootinfo are memory that the kernel
// hands over by address.
#![allow(unsafe_code)]

pub use sel4_config::{
    self as config, sel4_cfg, sel4_cfg_attr, sel4_cfg_bool, sel4_cfg_enum, sel4_cfg_if,
    sel4_cfg_match, sel4_cfg_str, sel4_cfg_struct, sel4_cfg_usize, sel4_cfg_word,
    sel4_cfg_wrap_match,
};

pub mod sys;

mod arch;
mod bootinfo;
mod cap_rights;
mod capability;
mod cnode;
mod cptr;
mod error;
mod fault;
mod invocation_context;
mod invocations;
mod ipc_buffer;
mod message_info;
mod object;
mod printing;
mod state;
mod syscalls;
mod vspace;
mod word;

pub mod init_thread;

pub use arch::top_level::*;
pub use bootinfo::{
    BootInfo, BootInfoExtra, BootInfoExtraId, BootInfoExtraIter, BootInfoPtr, UntypedDesc,
};
pub use cap_rights::{CapRights, CapRightsBuilder};
pub use capability::{Cap, CapType, cap, cap_type};
pub use cnode::{AbsoluteCPtr, CNodeCapData};
pub use cptr::{CPtr, CPtrBits, CPtrWithDepth, HasCPtrWithDepth};
pub use error::{Error, LookupFailure, Result};
pub use fault::{CapFault, NullFault};
pub use invocation_context::{
    ImplicitInvocationContext, InvocationContext, NoExplicitInvocationContext, NoInvocationContext,
};
pub use invocations::{TcbFlagsBuilder, Time};
pub use ipc_buffer::IpcBuffer;
pub use message_info::{MessageInfo, MessageInfoBuilder};
pub use object::{
    CapTypeForObject, CapTypeForObjectOfFixedSize, CapTypeForObjectOfVariableSize, ObjectBlueprint,
    ObjectType,
};
pub use state::{
    BorrowError, ipc_buffer_is_thread_local, set_ipc_buffer, try_with_ipc_buffer_slot,
    with_ipc_buffer, with_ipc_buffer_mut,
};
pub use syscalls::{
    Badge, CallWithMRs, ConveysReplyAuthority, FastMessages, NUM_FAST_MESSAGE_REGISTERS,
    NUM_MESSAGE_REGISTERS, RecvWithMRs, ReplyAuthority, r#yield,
};
#[sel4_cfg(not(KERNEL_MCS))]
pub use syscalls::{ImplicitReplyAuthority, reply};
pub use vspace::{
    CapTypeForFrameObject, CapTypeForFrameObjectOfFixedSize, CapTypeForTranslationTableObject,
    vspace_levels,
};

#[sel4_cfg(DEBUG_BUILD)]
pub use syscalls::debug::{debug_halt, debug_snapshot};

pub use printing::DebugWrite;
#[sel4_cfg(PRINTING)]
pub use printing::{debug_dump_scheduler, debug_put_char};

#[doc(hidden)]
pub mod _private {
    pub use crate::printing::print;
}

/// A machine word of the kernel.
pub type Word = sys::seL4_Word;

/// Bits in a [`Word`].
pub const WORD_SIZE: usize = sel4_cfg_usize!(WORD_SIZE);
