//! Console output on an Arm PL011 UART (Arm DDI 0183), as the boot loader set it
//! up.

use core::fmt;

use super::mmio::DevicePage;
use crate::platform;

const PAGE: DevicePage = DevicePage::new(platform::UART);

/// UARTDR, data register.
const DR: u64 = 0x000;
/// UARTFR, flag register.
const FR: u64 = 0x018;
/// UARTFR.TXFF: transmit FIFO full.
const FR_TXFF: u32 = 1 << 5;

/// Sends one byte, waiting for room in the FIFO. A line feed is preceded by a
/// carriage return.
pub fn put_byte(byte: u8) {
    if byte == b'\n' {
        send(b'\r');
    }
    send(byte);
}

fn send(byte: u8) {
    while PAGE.read(FR) & FR_TXFF != 0 {
        core::hint::spin_loop();
    }
    PAGE.write(DR, byte.into());
}

/// The console as a [`fmt::Write`]; writing never fails.
pub struct Console;

impl fmt::Write for Console {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.bytes().for_each(put_byte);
        Ok(())
    }
}
