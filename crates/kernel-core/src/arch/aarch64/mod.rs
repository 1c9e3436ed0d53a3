//! AArch64 with the virtualization extensions: the kernel at EL2, user level
//! at EL0 behind stage-2 translation.

mod asid;
mod boot;
mod cap;
mod fault;
mod hardware;
mod invocation;
mod object;
pub mod registers;
pub(crate) mod translation;
pub mod vcpu;
mod vcpu_invocation;
mod vspace;

pub use asid::AsidState;
pub(crate) use boot::RootSpace;
pub use cap::{ArchCap, Asid, FrameCap, Mapping, PageSize, PageTableCap, VSpaceCap, VmRights};
pub use fault::ArchFault;
pub use hardware::{CacheOp, Hardware, Vmid};
pub use vcpu::VcpuState;

use crate::object::Tcb;

/// The architecture's part of the kernel's state.
#[derive(Debug)]
pub struct ArchState {
    /// Address space identifiers.
    pub asids: AsidState,
    /// The virtual processor in the hardware.
    pub vcpu: VcpuState,
    /// Whose floating-point state is in the registers.
    pub fpu_owner: Option<Tcb>,
}

impl ArchState {
    /// The state before the first thread runs.
    pub const fn new() -> Self {
        Self { asids: AsidState::new(), vcpu: VcpuState::new(), fpu_owner: None }
    }
}

impl Default for ArchState {
    fn default() -> Self {
        Self::new()
    }
}
