//! Slots of an instance's capability space: one CNode, with a guard that makes slot number and
//! capability pointer the same.

/// Where faults of the thread go. The component has no use for it.
pub const FAULT_ENDPOINT: u32 = 1;
/// The instance's endpoint, if it provides procedures.
pub const ENDPOINT: u32 = 2;
/// The instance's notification, which is bound to its thread, if it receives events.
pub const NOTIFICATION: u32 = 3;
/// The monitor's notification, to be signalled after output was written.
pub const MONITOR: u32 = 4;
/// The CNode itself, if the instance saves replies.
pub const CNODE: u32 = 5;
/// The first one that the assembler uses as it likes.
pub const FIRST_FREE: u32 = 6;
