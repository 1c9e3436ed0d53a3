//! Messages of the faults that depend on the architecture.

/// Message of [`crate::FaultType::UnknownSyscall`]. A reply with label 0 writes the registers
/// back, as far as the reply is long.
pub mod unknown_syscall {
    /// Register x0; x1 to x7 follow.
    pub const X0: usize = 0;
    /// Register x7.
    pub const X7: usize = 7;
    /// Address of the instruction.
    pub const FAULT_IP: usize = 8;
    /// Stack pointer.
    pub const SP: usize = 9;
    /// Link register.
    pub const LR: usize = 10;
    /// Saved program status.
    pub const SPSR: usize = 11;
    /// The unknown number.
    pub const SYSCALL: usize = 12;
    /// Words of the message.
    pub const LENGTH: usize = 13;
}

/// Message of [`crate::FaultType::UserException`]. A reply with label 0 writes the first three
/// words back, as far as the reply is long.
pub mod user_exception {
    /// Address of the instruction.
    pub const FAULT_IP: usize = 0;
    /// Stack pointer.
    pub const SP: usize = 1;
    /// Saved program status.
    pub const SPSR: usize = 2;
    /// Exception syndrome (ESR).
    pub const NUMBER: usize = 3;
    /// Zero on AArch64.
    pub const CODE: usize = 4;
    /// Words of the message.
    pub const LENGTH: usize = 5;
}

/// Message of [`crate::FaultType::VMFault`].
pub mod vm_fault {
    /// Address of the instruction.
    pub const IP: usize = 0;
    /// Address of the access.
    pub const ADDR: usize = 1;
    /// 1 for an instruction fetch, 0 for data.
    pub const PREFETCH_FAULT: usize = 2;
    /// Exception syndrome (ESR).
    pub const FSR: usize = 3;
    /// Words of the message.
    pub const LENGTH: usize = 4;
}

/// Message of [`crate::FaultType::VGICMaintenance`].
pub mod vgic_maintenance {
    /// Number of the list register, or all ones.
    pub const IDX: usize = 0;
    /// Words of the message.
    pub const LENGTH: usize = 1;
}

/// Message of [`crate::FaultType::VCPUFault`].
pub mod vcpu_fault {
    /// Exception syndrome (ESR_EL2), 32 bits.
    pub const HSR: usize = 0;
    /// Words of the message.
    pub const LENGTH: usize = 1;
}

/// Message of [`crate::FaultType::VPPIEvent`].
pub mod vppi_event {
    /// Number of the interrupt.
    pub const IRQ: usize = 0;
    /// Words of the message.
    pub const LENGTH: usize = 1;
}
