//! The start of the program, and its end.

use component_config::{Config, start};

use crate::console::Output;
use crate::local::state;
use crate::{heap, logging};

mod restart;

#[cfg(target_arch = "aarch64")]
core::arch::global_asm! {
    ".section .text._start, \"ax\"",
    ".global _start",
    ".type _start, %function",
    "_start:",
    // x0: configuration, x1: reason. The stack pointer is set. After a fault the thread pointer
    // may still say that the IPC buffer is borrowed, in bits below its alignment. An initializer
    // that can't set it leaves it zero: then x2 is the buffer's address.
    "mrs x9, tpidr_el0",
    "cbnz x9, 1f",
    "mov x9, x2",
    "1:",
    "and x9, x9, #{mask}",
    "msr tpidr_el0, x9",
    // There is no caller: a backtrace ends here.
    "mov x29, xzr",
    "mov x30, xzr",
    "b {entry}",
    ".size _start, . - _start",
    mask = const !(align_of::<sel4::IpcBuffer>() as u64 - 1),
    entry = sym entry,
}

#[cfg(not(target_arch = "aarch64"))]
compile_error!("components have an entry point for aarch64 only, so far");

unsafe extern "Rust" {
    /// What `main!` makes of the component.
    safe fn __component_main() -> !;
}

/// # Safety
///
/// To be called once at a start, with what the assembler gave to the thread.
unsafe extern "C" fn entry(blob: *const u8, reason: u64) -> ! {
    // SAFETY: the assembler's configuration is mapped there, read-only, for good.
    let Some(blob) = (unsafe { restart::blob(blob) }) else { panic() };
    let Ok(config) = Config::new(blob) else { panic() };
    match reason {
        start::HALTED => restart::refuse_all(&config),
        start::FIRST => (),
        _ => restart::tell_callers(&config),
    }
    // SAFETY: nothing has used a static variable yet.
    unsafe { restart::restore_data(&config, reason != start::FIRST) };

    let state = state();
    // They are as the program declares them, which is empty.
    let _ = state.config.set(config);
    state.output.set(Output::configured(config.console()));
    // SAFETY: this is the only place, and this instance's configuration.
    unsafe { heap::init(&config) };
    logging::init();
    __component_main()
}

#[panic_handler]
fn on_panic(info: &core::panic::PanicInfo<'_>) -> ! {
    match info.location() {
        Some(place) => crate::print!("{}: panic at {place}: ", logging::instance()),
        None => crate::print!("{}: panic: ", logging::instance()),
    }
    match heap::complaint() {
        Some(complaint) => crate::println!("{} ({complaint})", info.message()),
        None => crate::println!("{}", info.message()),
    }
    panic()
}

/// Ends in a way that the monitor takes for a panic.
fn panic() -> ! {
    // SAFETY: the instruction faults, which ends the program.
    unsafe { core::arch::asm!("brk #{}", const start::PANIC_BREAKPOINT, options(noreturn)) }
}
