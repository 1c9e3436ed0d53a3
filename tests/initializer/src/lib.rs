//! What the test programs share: the start of a thread, output, and the numbers that they and the
//! builder of the system agree on.

#![no_std]
// The entry point, and memory that is reached by address.
#![allow(unsafe_code)]

#[cfg(target_os = "none")]
mod start;

#[cfg(target_os = "none")]
pub use start::Output;

/// Slots of the programs' CNodes.
pub mod slot {
    /// The fault endpoint.
    pub const FAULTS: u64 = 1;
    /// The server's endpoint, to receive.
    pub const SERVER: u64 = 2;
    /// The notification that is bound to the thread.
    pub const EVENTS: u64 = 3;
    /// The monitor's notification.
    pub const MONITOR: u64 = 4;
    /// The server's endpoint, to call.
    pub const CALL: u64 = 5;
    /// An interrupt.
    pub const IRQ: u64 = 6;
    /// An untyped of 4 KiB.
    pub const UNTYPED: u64 = 7;
    /// The program's own CNode.
    pub const CNODE: u64 = 8;
    /// An empty slot.
    pub const EMPTY: u64 = 9;
}

/// Bits of the programs' CNodes.
pub const CNODE_BITS: u8 = 6;

/// What the server is asked to do.
pub mod method {
    /// Add one to the first message register.
    pub const ADD_ONE: u64 = 0;
    /// Say how often the server was started.
    pub const STARTS: u64 = 1;
    /// Read address 0.
    pub const READ_NULL: u64 = 2;
    /// Write into the code.
    pub const WRITE_CODE: u64 = 3;
    /// Jump into the stack.
    pub const RUN_STACK: u64 = 4;
    /// Overflow the stack.
    pub const RECURSE: u64 = 5;
    /// Panic.
    pub const PANIC: u64 = 6;
    /// Make a system call that isn't there.
    pub const SYSTEM_CALL: u64 = 7;
    /// Receive from a capability that isn't there.
    pub const CAPABILITY: u64 = 8;
    /// Execute an undefined instruction.
    pub const UNDEFINED: u64 = 9;
    /// Send something to the fault endpoint.
    pub const LIE: u64 = 10;
}

/// Labels of replies.
pub mod reply {
    /// All went well.
    pub const OK: u64 = 0;
    /// The server is gone.
    pub const HALTED: u64 = 3;
    /// The server was restarted.
    pub const RESTARTED: u64 = 4;
}

/// Reasons to start.
pub mod reason {
    /// The first time.
    pub const FIRST: u64 = 0;
    /// After a fault.
    pub const RESTART: u64 = 1;
    /// To answer clients with an error, and no more.
    pub const HALT: u64 = 2;
}

/// Addresses of what the builder maps beside the program.
pub mod address {
    /// The ring of output.
    pub const LOG: usize = 0x1000_0000;
    /// The IPC buffer.
    pub const IPC_BUFFER: usize = 0x1001_0000;
    /// The end of the stack.
    pub const STACK_END: usize = 0x1002_8000;
    /// Registers of the board's clock.
    pub const DEVICE: usize = 0x1003_0000;
    /// Two pages of 2 MiB, filled from a file.
    pub const LARGE: usize = 0x1020_0000;
}

/// Bytes of the file that the large pages are filled from.
pub const FILE_SIZE: usize = (3 << 20) + 123;

/// A byte of that file.
pub fn file_byte(at: usize) -> u8 {
    (at ^ (at >> 8) ^ (at >> 16)).to_le_bytes()[0]
}

/// The badge of the client at the server's endpoint.
pub const CLIENT_BADGE: u64 = 0x1_0007;

/// The first argument of a server that faults even while it should only say that it is gone.
pub const BROKEN: u64 = 0xbad;

/// The bit that the interrupt raises.
pub const IRQ_BADGE: u64 = 1 << 63 | 1 << 5;
