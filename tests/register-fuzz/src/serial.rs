//! The serial port: a PL011, which a run leaves in any state.

use core::fmt::{self, Write};

use crate::access::{read32, write32};

/// Where the guest has it.
pub const BASE: u64 = 0x900_0000;

// PL011 TRM (DDI 0183), 3.2.
const DATA: u64 = 0x00;
const FLAGS: u64 = 0x18;
const INTEGER_DIVISOR: u64 = 0x24;
const FRACTIONAL_DIVISOR: u64 = 0x28;
const LINE_CONTROL: u64 = 0x2c;
const CONTROL: u64 = 0x30;
const MASK: u64 = 0x38;
const CLEAR: u64 = 0x44;
const RECEIVE_EMPTY: u32 = 1 << 4;
const TRANSMIT_FULL: u32 = 1 << 5;

/// Brings the port from any state to one in which it sends and receives.
pub fn reset() {
    write32(BASE + CONTROL, 0);
    write32(BASE + MASK, 0);
    write32(BASE + CLEAR, 0x7ff);
    write32(BASE + INTEGER_DIVISOR, 13);
    write32(BASE + FRACTIONAL_DIVISOR, 1);
    // Eight bits, buffers on.
    write32(BASE + LINE_CONTROL, 0x70);
    // On, both directions.
    write32(BASE + CONTROL, 0x301);
}

struct Port;

impl Write for Port {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            while read32(BASE + FLAGS) & TRANSMIT_FULL != 0 {}
            write32(BASE + DATA, byte.into());
        }
        Ok(())
    }
}

/// Prints.
pub fn print(text: fmt::Arguments<'_>) {
    // The port never fails.
    let _ = Port.write_fmt(text);
}

/// Reads a line into `buffer`, and returns what fits.
pub fn line(buffer: &mut [u8]) -> &str {
    let mut length = 0;
    loop {
        while read32(BASE + FLAGS) & RECEIVE_EMPTY != 0 {}
        let byte = read32(BASE + DATA).to_le_bytes()[0];
        match byte {
            b'\n' | b'\r' => break,
            _ => {
                if let Some(free) = buffer.get_mut(length) {
                    *free = byte;
                    length += 1;
                }
            }
        }
    }
    core::str::from_utf8(&buffer[..length]).unwrap_or_default()
}
