//! Entering the kernel, and the register that holds a thread's own pointer.

use super::seL4_MessageInfo;
use super::seL4_Word;

#[cfg(all(target_os = "none", target_arch = "aarch64"))]
#[path = "aarch64.rs"]
mod imp;

#[cfg(not(target_os = "none"))]
#[path = "host.rs"]
mod imp;

#[cfg(all(target_os = "none", not(target_arch = "aarch64")))]
compile_error!("the sel4 crate makes system calls on aarch64 only, so far");

pub(crate) use imp::*;

/// How many message registers are machine registers.
pub(crate) const MESSAGE_REGISTERS: usize = super::seL4_FastMessageRegisters;

/// What the kernel leaves in the machine registers.
pub(crate) struct Reply {
    pub badge: seL4_Word,
    pub info: seL4_MessageInfo,
    pub registers: [seL4_Word; MESSAGE_REGISTERS],
}
