//! Initial capabilities (`seL4_RootCNodeCapSlots`): slots of the first thread's root CNode.
//! Capabilities that a kernel doesn't have are null capabilities.

/// Never a capability.
pub const NULL: usize = 0;
/// TCB of the first thread.
pub const INIT_THREAD_TCB: usize = 1;
/// Root CNode of the first thread.
pub const INIT_THREAD_CNODE: usize = 2;
/// Address space of the first thread.
pub const INIT_THREAD_VSPACE: usize = 3;
/// Control of all interrupts.
pub const IRQ_CONTROL: usize = 4;
/// Creation of ASID pools.
pub const ASID_CONTROL: usize = 5;
/// ASID pool that has the first thread's address space.
pub const INIT_THREAD_ASID_POOL: usize = 6;
/// Control of I/O ports (x86).
pub const IO_PORT_CONTROL: usize = 7;
/// I/O address space (IOMMU).
pub const IO_SPACE: usize = 8;
/// Frame with the boot information.
pub const BOOT_INFO_FRAME: usize = 9;
/// Frame with the first thread's IPC buffer.
pub const INIT_THREAD_IPC_BUFFER: usize = 10;
/// Control of scheduling domains.
pub const DOMAIN: usize = 11;
/// Control of SMMU stream IDs.
pub const SMMU_SID_CONTROL: usize = 12;
/// Control of SMMU context banks.
pub const SMMU_CB_CONTROL: usize = 13;
/// Scheduling context of the first thread (MCS).
pub const INIT_THREAD_SC: usize = 14;
/// Secure Monitor Calls.
pub const SMC: usize = 15;
/// Number of slots with a fixed meaning; the rest is described by [`crate::BootInfo`].
pub const NUM_INITIAL_CAPS: usize = 16;
