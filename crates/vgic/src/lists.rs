//! List registers, as the hardware's virtual CPU interface has them.

use vmm::vcpu::VcpuId;

use crate::intid::{Group, IntId, Priority};

/// Most list registers of a processor that are used. (GICv3 has at most 16, IHI 0069H 12.4, ICH_VTR_EL2;
/// GICv2 may have 64, but no implementation does.)
pub const MOST_LIST_REGISTERS: usize = 16;

/// An interrupt that goes into a list register, in the pending state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Injection {
    /// Which interrupt.
    pub intid: IntId,
    /// Its priority.
    pub priority: Priority,
    /// Its group.
    pub group: Group,
    /// Who sent it, for an SGI of a GICv2; vCPU 0 for others. seL4 can't tell the guest.
    pub source: VcpuId,
}

/// The list register holds an active interrupt, so nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InUse;

/// The list registers of one processor.
///
/// They are only written: seL4 offers no way to read them. In exchange, every injection must ask
/// for a maintenance interrupt when the guest ends the interrupt, and
/// [`Gic::ended`](crate::Gic::ended) must be told.
pub trait ListRegisters {
    /// How many there are. Doesn't change.
    fn count(&self) -> usize;

    /// Makes an interrupt pending in list register `index`, below [`count`](Self::count).
    ///
    /// # Errors
    /// The register is in use in a way that the caller couldn't know.
    fn inject(&mut self, index: usize, injection: Injection) -> Result<(), InUse>;
}
