//! AArch64 with the virtualization extensions: the kernel at EL2, user level
//! at EL0 behind stage-2 translation.

mod asid;
mod boot;
mod cap;
mod fault;
mod fpu;
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
pub use fpu::FpuOwner;
pub use hardware::{CacheOp, Hardware, ListRegisterFormat, Vmid};
pub use vcpu::VcpuState;

/// The architecture's part of the kernel's state.
#[derive(Debug)]
pub struct ArchState {
    /// Address space identifiers.
    pub asids: AsidState,
    /// The virtual processor in the hardware.
    pub vcpu: VcpuState,
    /// The floating-point registers.
    pub fpu: FpuOwner,
}

impl ArchState {
    /// The state before the first thread runs.
    pub const fn new() -> Self {
        Self { asids: AsidState::new(), vcpu: VcpuState::new(), fpu: FpuOwner::new() }
    }
}

impl Default for ArchState {
    fn default() -> Self {
        Self::new()
    }
}
