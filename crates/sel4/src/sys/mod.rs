//! The raw layer: types, numbers and functions with libsel4's names.
//!
//! System call numbers, invocation labels, structures and the invocation stubs are generated
//! from the prefix's interface description. The stubs are methods of [`seL4_IPCBuffer`], so the
//! IPC buffer that a call uses is always in sight.

// The names are libsel4's, so that they can be looked up in the seL4 manual.
#![allow(non_upper_case_globals, non_snake_case, non_camel_case_types)]

mod abi;
mod arch;
mod bitfields;
mod calls;
mod invoke;
#[cfg(test)]
mod tests;

pub use abi::*;
pub use bitfields::{seL4_CNode_CapData, seL4_CapRights, seL4_MessageInfo};
pub use calls::seL4_Yield;
#[sel4_config::sel4_cfg(DEBUG_BUILD)]
pub use calls::{seL4_DebugCapIdentify, seL4_DebugHalt, seL4_DebugNameThread, seL4_DebugSnapshot};
#[sel4_config::sel4_cfg(PRINTING)]
pub use calls::{seL4_DebugDumpScheduler, seL4_DebugPutChar};
pub use generated::*;

#[cfg(all(test, not(target_os = "none")))]
pub(crate) use arch::kernel as host_kernel;
pub(crate) use arch::{set_thread_pointer, thread_pointer};

// Functions take as many parameters as the invocation has. A word is cut to the width of what it
// holds, and shifts by 0 are left to the compiler. Briefs come from the prefix, which may have
// none.
#[allow(
    clippy::cast_possible_truncation,
    clippy::identity_op,
    clippy::too_many_arguments,
    missing_docs
)]
mod generated {
    use super::*;

    include!(concat!(env!("OUT_DIR"), "/numbers.rs"));
    include!(concat!(env!("OUT_DIR"), "/stubs.rs"));
}
