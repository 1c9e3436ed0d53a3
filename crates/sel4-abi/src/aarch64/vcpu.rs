//! Registers of a virtual processor.

word_enum! {
    /// Guest registers that `ARMVCPUReadReg` and `ARMVCPUWriteReg` reach (`seL4_VCPUReg`). Arm
    /// Architecture Reference Manual D19 has their meaning.
    pub enum VcpuReg: usize {
        /// SCTLR_EL1, system control.
        Sctlr = 0,
        /// CPACR_EL1, access to floating point.
        Cpacr = 1,
        /// TTBR0_EL1, translation table base.
        Ttbr0 = 2,
        /// TTBR1_EL1, translation table base.
        Ttbr1 = 3,
        /// TCR_EL1, translation control.
        Tcr = 4,
        /// MAIR_EL1, memory attributes.
        Mair = 5,
        /// AMAIR_EL1, auxiliary memory attributes.
        Amair = 6,
        /// CONTEXTIDR_EL1, context ID.
        Cidr = 7,
        /// ACTLR_EL1, auxiliary control.
        Actlr = 8,
        /// AFSR0_EL1, auxiliary fault status.
        Afsr0 = 9,
        /// AFSR1_EL1, auxiliary fault status.
        Afsr1 = 10,
        /// ESR_EL1, exception syndrome.
        Esr = 11,
        /// FAR_EL1, fault address.
        Far = 12,
        /// PAR_EL1, result of address translation instructions.
        Par = 13,
        /// VBAR_EL1, exception vectors.
        Vbar = 14,
        /// TPIDR_EL1, thread pointer.
        TpidrEl1 = 15,
        /// VMPIDR_EL2, the guest's MPIDR_EL1.
        VmpidrEl2 = 16,
        /// SP_EL1, stack pointer.
        SpEl1 = 17,
        /// ELR_EL1, exception return address.
        ElrEl1 = 18,
        /// SPSR_EL1, saved program status.
        SpsrEl1 = 19,
        /// CNTV_CTL_EL0, control of the virtual timer.
        CntvCtl = 20,
        /// CNTV_CVAL_EL0, compare value of the virtual timer.
        CntvCval = 21,
        /// CNTVOFF_EL2, offset of the virtual counter.
        Cntvoff = 22,
        /// CNTKCTL_EL1, access to timers from EL0.
        CntkctlEl1 = 23,
    }
}

/// The first register that the kernel saves for the guest as a range.
pub const SAVE_RANGE_START: VcpuReg = VcpuReg::Ttbr0;
/// The last register of that range.
pub const SAVE_RANGE_END: VcpuReg = VcpuReg::SpsrEl1;
