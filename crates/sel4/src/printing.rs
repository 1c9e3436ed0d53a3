//! Printing on the kernel's console.

use core::fmt;

use sel4_config::{sel4_cfg, sel4_cfg_if};

#[sel4_cfg(PRINTING)]
use crate::sys;

/// `seL4_DebugPutChar`: prints one byte on the kernel's console.
#[sel4_cfg(PRINTING)]
pub fn debug_put_char(byte: u8) {
    sys::seL4_DebugPutChar(byte);
}

/// `seL4_DebugDumpScheduler`: prints a table of all threads on the kernel's console.
#[sel4_cfg(PRINTING)]
pub fn debug_dump_scheduler() {
    sys::seL4_DebugDumpScheduler();
}

/// Writes to the kernel's console. Where the kernel can't print, writing does nothing.
#[derive(Copy, Clone, Debug)]
pub struct DebugWrite;

impl fmt::Write for DebugWrite {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        sel4_cfg_if! {
            if #[sel4_cfg(PRINTING)] {
                s.bytes().for_each(debug_put_char);
            } else {
                let _ = s;
            }
        }
        Ok(())
    }
}

#[doc(hidden)]
pub fn print(args: fmt::Arguments) {
    // A value's own `Display` can fail; what was printed before stays, and that says enough.
    let _ = fmt::Write::write_fmt(&mut DebugWrite, args);
}

/// Prints on the kernel's console. Where the kernel can't print, it does nothing.
#[macro_export]
macro_rules! debug_print {
    ($($arg:tt)*) => { $crate::_private::print(::core::format_args!($($arg)*)) };
}

/// Prints on the kernel's console, and ends the line. Where the kernel can't print, it does
/// nothing.
#[macro_export]
macro_rules! debug_println {
    () => { $crate::debug_print!("\n") };
    ($($arg:tt)*) => { $crate::debug_print!("{}\n", ::core::format_args!($($arg)*)) };
}
