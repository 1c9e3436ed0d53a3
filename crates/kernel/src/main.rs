//! The embedded seL4-compatible kernel
#![cfg_attr(target_os = "none", no_std, no_main)]
#![allow(unsafe_code)] // Hardware, page tables and exception entry.

#[cfg(target_os = "none")]
#[allow(dead_code)]
mod arch;
#[cfg(target_os = "none")]
#[allow(dead_code)]
mod platform;

#[cfg(target_os = "none")]
mod start {
    use core::{fmt::Write, panic::PanicInfo};

    use crate::arch::current::{boot, cpu, uart::Console};

    #[unsafe(no_mangle)]
    extern "C" fn kernel_boot() -> ! {
        // SAFETY: first thing at boot, once.
        let result = unsafe { boot::init() };
        let _ = writeln!(Console, "Bootstrapping kernel");
        if let Err(error) = result {
            panic!("{error}");
        }
        cpu::halt()
    }

    #[unsafe(no_mangle)]
    extern "C" fn handle_syscall(_cptr: u64, _message_info: u64, _number: u64) -> ! {
        cpu::halt()
    }

    #[unsafe(no_mangle)]
    extern "C" fn handle_interrupt() -> ! {
        cpu::halt()
    }

    #[unsafe(no_mangle)]
    extern "C" fn handle_abort(_esr: u64) -> ! {
        cpu::halt()
    }

    #[unsafe(no_mangle)]
    extern "C" fn handle_exception(_esr: u64) -> ! {
        cpu::halt()
    }

    #[panic_handler]
    fn panic(info: &PanicInfo) -> ! {
        let _ = writeln!(Console, "kernel panic: {info}");
        cpu::halt()
    }
}

#[cfg(not(target_os = "none"))]
fn main() {}
