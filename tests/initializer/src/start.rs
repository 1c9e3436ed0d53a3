//! From the first instruction to the main function, and output.

use core::fmt;
use core::panic::PanicInfo;

use sel4::cap;
use system_spec::log_ring::LogRing;

use crate::{address, slot};

core::arch::global_asm! {
    ".section .text._start, \"ax\"",
    ".global _start",
    ".type _start, %function",
    "_start:",
    "mov x29, xzr",
    "mov x30, xzr",
    "b main",
    ".size _start, . - _start",
}

fn ring() -> &'static LogRing {
    // SAFETY: the builder maps the ring there, and all of it is atomic.
    unsafe { &*core::ptr::with_exposed_provenance::<LogRing>(address::LOG) }
}

/// Writes to the ring of output, and tells the monitor at the end of lines.
#[derive(Debug)]
pub struct Output;

impl fmt::Write for Output {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            let written = ring().write(rest);
            rest = rest.get(written..).unwrap_or_default();
            if !rest.is_empty() {
                cap::Notification::from_bits(slot::MONITOR).signal();
            }
        }
        if text.ends_with('\n') {
            cap::Notification::from_bits(slot::MONITOR).signal();
        }
        Ok(())
    }
}

/// Prints a line.
#[macro_export]
macro_rules! say {
    ($($argument:tt)*) => {{
        // The ring takes everything.
        let _ = ::core::fmt::Write::write_fmt(
            &mut $crate::Output,
            ::core::format_args!("{}\n", ::core::format_args!($($argument)*)),
        );
    }};
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    say!("{info}");
    // SAFETY: the instruction only faults, and the monitor doesn't let the thread go on.
    unsafe { core::arch::asm!("brk #0xca5a", options(noreturn)) }
}
