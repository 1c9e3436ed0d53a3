//! Thread control blocks.

/// Lowest priority.
pub const MIN_PRIORITY: usize = 0;
/// Number of priorities; the highest is one less.
pub const NUM_PRIORITIES: usize = 256;
/// Highest priority.
pub const MAX_PRIORITY: usize = NUM_PRIORITIES - 1;

/// Flags of `TCBSetFlags` (`seL4_TCBFlag`).
pub mod flag {
    use crate::Word;

    /// The thread may not use floating point and SIMD registers.
    pub const FPU_DISABLED: Word = 1;
    /// All flags that exist.
    pub const MASK: Word = FPU_DISABLED;
}

/// Slots of the capabilities that a TCB holds.
///
/// Not visible to user space; the order decides what the capability derivation tree shows.
pub mod slot {
    /// Root of the CSpace.
    pub const CSPACE: usize = 0;
    /// Root of the VSpace.
    pub const VSPACE: usize = 1;
    /// Master reply capability of this thread.
    pub const REPLY: usize = 2;
    /// Reply capability to the thread that called last.
    pub const CALLER: usize = 3;
    /// Frame of the IPC buffer.
    pub const IPC_BUFFER: usize = 4;
    /// Number of slots.
    pub const COUNT: usize = 5;
}
