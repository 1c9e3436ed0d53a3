//! The console.
//!
//! Where the kernel can print (a configuration with `PRINTING`), the console is the kernel's.
//! Elsewhere it is the platform's UART, which the device tree of the prefix names: at start the
//! runtime makes a frame of it from the untyped that covers it and maps it over a page of the
//! image.
//!
//! What that means for the rest of the root task: that untyped has one child, the UART's frame,
//! and the part of it before the UART can't be retyped any more. No slot and no memory from the
//! bootinfo's lists is used up. Revoking the untyped, or giving the UART to another task,
//! takes the console away: call [`release`] before.

use core::fmt;

use sel4::{BootInfoPtr, sel4_cfg_bool};

use crate::pl011;

/// The platform's UART.
#[allow(dead_code)] // depends on the platform
enum Uart {
    /// Arm PrimeCell UART PL011.
    Pl011 {
        /// Physical address of its registers.
        paddr: usize,
    },
}

include!(concat!(env!("OUT_DIR"), "/uart.rs"));

/// Makes the console ready. Failures have no way to be told.
pub(crate) fn init(bootinfo: &BootInfoPtr) {
    if sel4_cfg_bool!(PRINTING) {
        return;
    }
    match UART {
        Some(Uart::Pl011 { paddr }) => pl011::init(bootinfo, paddr),
        None => {}
    }
}

/// Gives the UART back: nothing is printed any more, and its frame is deleted. Does nothing where
/// the console is the kernel's.
///
/// # Errors
///
/// If the frame's capability is gone already.
pub fn release() -> sel4::Result<()> {
    pl011::release()
}

/// Makes the console ready again after [`release`], if the untyped that has the UART has no
/// children.
pub fn reopen(bootinfo: &BootInfoPtr) {
    init(bootinfo);
}

/// The physical address of the UART, if the platform has one that can be driven.
pub fn uart_paddr() -> Option<usize> {
    UART.map(|Uart::Pl011 { paddr }| paddr)
}

/// Takes a UART that was mapped elsewhere, after [`release`].
///
/// # Safety
///
/// The registers of the platform's UART ([`uart_paddr`]) have to be mapped there, as device
/// memory, for as long as anything is printed.
pub unsafe fn adopt(registers: *mut u8) {
    pl011::adopt(registers);
}

/// Writes to the console. Where there is none, writing does nothing.
#[derive(Copy, Clone, Debug)]
pub struct Console;

impl fmt::Write for Console {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        if sel4_cfg_bool!(PRINTING) {
            return sel4::DebugWrite.write_str(s);
        }
        pl011::write(s);
        Ok(())
    }
}

#[doc(hidden)]
pub fn print(args: fmt::Arguments) {
    // A value's own `Display` can fail; what was printed before stays, and that says enough.
    let _ = fmt::Write::write_fmt(&mut Console, args);
}

/// Prints on the console.
#[macro_export]
macro_rules! debug_print {
    ($($arg:tt)*) => { $crate::_private::print(::core::format_args!($($arg)*)) };
}

/// Prints on the console, and ends the line.
#[macro_export]
macro_rules! debug_println {
    () => { $crate::debug_print!("\n") };
    ($($arg:tt)*) => { $crate::debug_print!("{}\n", ::core::format_args!($($arg)*)) };
}
