//! Faults and the messages that the kernel sends to a fault handler.
//!
//! The message's label is the fault type. Each module below names the message registers of one
//! fault and the length of its message. Faults of the architecture are in
//! [`crate::aarch64::fault`].

use crate::error::lookup_detail;

word_enum! {
    /// Type of a fault (`seL4_FaultType`). 4 are debug exceptions, which only kernels with the
    /// hardware debug API send.
    pub enum FaultType: usize {
        /// No fault.
        NullFault = 0,
        /// A capability address led nowhere.
        CapFault = 1,
        /// A system call number that the kernel doesn't know.
        UnknownSyscall = 2,
        /// An exception that is neither a system call nor a memory fault.
        UserException = 3,
        /// A memory access without a mapping or the right.
        VMFault = 5,
        /// A virtual interrupt asks for maintenance.
        VGICMaintenance = 6,
        /// A trapped instruction of a guest.
        VCPUFault = 7,
        /// A virtual private peripheral interrupt fired.
        VPPIEvent = 8,
    }
}

/// Message of [`FaultType::CapFault`] (`seL4_CapFault_Msg`).
pub mod cap_fault {
    use super::lookup_detail;

    /// Address of the instruction to start again at.
    pub const IP: usize = 0;
    /// The capability address.
    pub const ADDR: usize = 1;
    /// 1 if the thread was receiving, 0 if sending.
    pub const IN_RECV_PHASE: usize = 2;
    /// A [`crate::LookupFailure`].
    pub const LOOKUP_FAILURE_TYPE: usize = 3;
    /// See [`lookup_detail::BITS_LEFT`].
    pub const BITS_LEFT: usize = LOOKUP_FAILURE_TYPE + lookup_detail::BITS_LEFT;
    /// See [`lookup_detail::DEPTH_MISMATCH_BITS_FOUND`].
    pub const DEPTH_MISMATCH_BITS_FOUND: usize =
        LOOKUP_FAILURE_TYPE + lookup_detail::DEPTH_MISMATCH_BITS_FOUND;
    /// See [`lookup_detail::GUARD_MISMATCH_GUARD_FOUND`].
    pub const GUARD_MISMATCH_GUARD_FOUND: usize =
        LOOKUP_FAILURE_TYPE + lookup_detail::GUARD_MISMATCH_GUARD_FOUND;
    /// See [`lookup_detail::GUARD_MISMATCH_BITS_FOUND`].
    pub const GUARD_MISMATCH_BITS_FOUND: usize =
        LOOKUP_FAILURE_TYPE + lookup_detail::GUARD_MISMATCH_BITS_FOUND;
}

pub use crate::aarch64::fault::{
    unknown_syscall, user_exception, vcpu_fault, vgic_maintenance, vm_fault, vppi_event,
};
