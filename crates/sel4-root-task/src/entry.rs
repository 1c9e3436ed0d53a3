//! From the kernel to the main function.

use sel4::BootInfoPtr;

use crate::{Termination, abort};
#[cfg(target_os = "none")]
use crate::{console, stack};

#[cfg(all(target_os = "none", target_arch = "aarch64"))]
core::arch::global_asm! {
    ".section .text._start, \"ax\"",
    ".global _start",
    ".type _start, %function",
    "_start:",
    // x0 holds the address of the bootinfo. There is no caller: frame pointer and link register
    // are 0, so that a backtrace ends here.
    "adrp x9, {stack_top}",
    "ldr x9, [x9, :lo12:{stack_top}]",
    "mov sp, x9",
    "mov x29, xzr",
    "mov x30, xzr",
    "b {entry}",
    ".size _start, . - _start",
    stack_top = sym stack::__sel4_root_task_stack_top,
    entry = sym entry,
}

#[cfg(all(target_os = "none", not(target_arch = "aarch64")))]
compile_error!("sel4-root-task has an entry point for aarch64 only, so far");

#[cfg(target_os = "none")]
unsafe extern "Rust" {
    /// What `#[root_task]` makes of the main function.
    fn __sel4_root_task_main(bootinfo: &BootInfoPtr) -> !;
}

/// # Safety
///
/// To be called once, with the address that the kernel gave to the initial thread.
#[cfg(target_os = "none")]
unsafe extern "C" fn entry(bootinfo: *const sel4::BootInfo) -> ! {
    // SAFETY: the caller promises that it is the kernel's bootinfo, which nothing changes.
    let bootinfo = unsafe { BootInfoPtr::new(bootinfo) };
    // SAFETY: the kernel has mapped the buffer there and told nobody else.
    sel4::set_ipc_buffer(unsafe { &mut *bootinfo.ipc_buffer() });
    // First of all the console, so that everything else can complain.
    console::init(&bootinfo);
    stack::guard(&bootinfo);
    // SAFETY: `declare_main` defines it with this signature.
    unsafe { __sel4_root_task_main(&bootinfo) }
}

/// Calls the main function, and reports how it ended.
#[doc(hidden)]
pub fn run_main<T: Termination>(main: impl FnOnce(&BootInfoPtr) -> T, bootinfo: &BootInfoPtr) -> ! {
    abort!("main ended: {:?}", main(bootinfo).report())
}

/// Defines the function that the entry point calls.
#[doc(hidden)]
#[macro_export]
macro_rules! declare_main {
    ($main:expr) => {
        const _: () = {
            #[unsafe(no_mangle)]
            fn __sel4_root_task_main(bootinfo: &$crate::_private::BootInfoPtr) -> ! {
                $crate::_private::run_main($main, bootinfo)
            }
        };
    };
}
