//! Messages on a PL011 (Arm DDI 0183).

use core::fmt::{self, Write};

use loader::Platform;

const DR: u64 = 0x00;
const FR: u64 = 0x18;
const LCR_H: u64 = 0x2c;
const CR: u64 = 0x30;

const FR_BUSY: u32 = 1 << 3;
const FR_TX_FULL: u32 = 1 << 5;
const LCR_8_BITS_FIFO: u32 = 0x70;
const CR_ENABLE: u32 = 1;
const CR_TX_RX: u32 = 3 << 8;

/// A UART to write to, or nothing on platforms without one.
pub struct Console {
    base: u64,
}

impl Console {
    /// The console of `platform`. The baud rate stays what the firmware set.
    pub fn new(platform: &Platform) -> Self {
        let mut console = Self { base: platform.uart };
        if console.read(CR) & CR_ENABLE == 0 {
            console.write(LCR_H, LCR_8_BITS_FIFO);
            console.write(CR, CR_ENABLE | CR_TX_RX);
        }
        console
    }

    /// Writes a line in the form of an error.
    pub fn report(&mut self, problem: impl fmt::Display) {
        // Writing to the UART cannot fail.
        let _ = writeln!(self, "loader: error: {problem}");
    }

    /// Waits until the last character has left.
    pub fn flush(&self) {
        while self.read(FR) & FR_BUSY != 0 {}
    }

    fn put(&mut self, byte: u8) {
        while self.read(FR) & FR_TX_FULL != 0 {}
        self.write(DR, byte.into());
    }

    fn read(&self, register: u64) -> u32 {
        if self.base == 0 {
            return 0;
        }
        // SAFETY: the packer takes the base of a PL011 from the device tree. Its
        // registers are mapped as device memory once the MMU is on, and used by
        // nobody else before the kernel starts.
        unsafe { core::ptr::read_volatile((self.base + register) as *const u32) }
    }

    fn write(&mut self, register: u64, value: u32) {
        if self.base != 0 {
            // SAFETY: as in `read`; `&mut self` and one core make it exclusive.
            unsafe { core::ptr::write_volatile((self.base + register) as *mut u32, value) }
        }
    }
}

impl Write for Console {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            if byte == b'\n' {
                self.put(b'\r');
            }
            self.put(byte);
        }
        Ok(())
    }
}
