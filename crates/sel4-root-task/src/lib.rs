//! A runtime for root tasks.
//!
//! The crate has the entry point. It sets up the stack with a guard page below it, the IPC
//! buffer, the console and, if asked for, a heap, and then calls the function that is marked with
//! [`#[root_task]`](root_task):
//!
//! ```ignore
//! #![no_std]
//! #![no_main]
//!
//! use sel4_root_task::{Never, debug_println, root_task};
//!
//! #[root_task]
//! fn main(bootinfo: &sel4::BootInfoPtr) -> Never {
//!     debug_println!("{} untypeds", bootinfo.untyped().len());
//!     sel4::init_thread::suspend_self()
//! }
//! ```
//!
//! - **Linking.** rust-lld needs no script: the image begins at 0x200000, and its segments share
//!   no page.
//! - **Output** goes to the kernel's console, or where the kernel can't print, to the platform's
//!   UART: see [`console`].
//! - **Panics** print message and place, then suspend the initial thread.
//! - **Threads.** The thread pointer register is the `sel4` crate's: it holds the address of the
//!   thread's IPC buffer. There are no thread-local variables.

#![no_std]
// The entry point, the image's own frames and the UART are reached by address.
#![allow(unsafe_code)]

pub mod console;
pub mod image;

mod entry;
mod heap;
mod logging;
mod pl011;
mod stack;
mod termination;

pub use logging::set_logger;
pub use sel4_root_task_macros::root_task;
pub use stack::DEFAULT_STACK_SIZE;
pub use termination::{Never, Termination};

// For the macros.
#[doc(hidden)]
pub mod _private {
    pub use crate::console::print;
    pub use crate::entry::run_main;
    pub use crate::heap::{Heap, HeapMemory};
    pub use crate::stack::{Stack, StackTop};
    pub use crate::termination::abort;
    pub use sel4::BootInfoPtr;
}
