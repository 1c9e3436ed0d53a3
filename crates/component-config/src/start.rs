//! How an instance's thread is started: at the program's `_start`, with the address of the
//! configuration in the first argument register, the reason in the second, and the address of the
//! IPC buffer in the thread pointer register. At the first start that address is in the third
//! argument register as well, for initializers that can't set thread pointers.

/// The first start.
pub const FIRST: u64 = 0;
/// After a fault, to run again.
pub const RESTART: u64 = 1;
/// After a fault, to do nothing any more but to refuse calls.
pub const HALTED: u64 = 2;

/// Operand of the breakpoint instruction that a panic ends with: the monitor knows from it that
/// the place of the error was printed already.
pub const PANIC_BREAKPOINT: u16 = 0xca5a;
