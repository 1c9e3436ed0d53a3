//! The state of a guest's virtual interrupts.

/// GICH_HCR.En, ICH_HCR_EL2.En: the virtual CPU interface is on.
pub const HCR_ENABLE: u32 = 1 << 0;
/// The most list registers that a GIC has.
pub const MAX_LIST_REGISTERS: usize = 64;

/// The state of the virtual interface that belongs to a guest.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct VirtualInterface {
    /// GICH_HCR, ICH_HCR_EL2.
    pub hcr: u32,
    /// GICH_VMCR, ICH_VMCR_EL2.
    pub vmcr: u32,
    /// GICH_APR, ICH_AP1R0_EL2.
    pub apr: u32,
    /// ICH_AP0R0_EL2: a GICv3 has one for each group.
    pub apr_group0: u32,
    /// GICH_LRn, ICH_LRn_EL2, as far as the hardware has them.
    pub list_registers: [u64; MAX_LIST_REGISTERS],
}
