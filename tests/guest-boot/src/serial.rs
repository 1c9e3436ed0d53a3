//! The board's serial port, for the guest's console.

use devices::pl011::ByteSink;

/// Where its registers are mapped.
pub const ADDRESS: usize = 0x7f_0000_0000;
/// Where they are, physically.
pub const PHYSICAL: usize = 0x900_0000;
/// Its interrupt.
pub const INTID: u64 = 33;

/// Data, flags, interrupt mask, interrupt clear (Arm DDI 0183G 3.2).
const DR: usize = 0x000;
const FR: usize = 0x018;
const LCR_H: usize = 0x02c;
const CR: usize = 0x030;
const IMSC: usize = 0x038;
const ICR: usize = 0x044;
const RECEIVE_EMPTY: u32 = 1 << 4;
const TRANSMIT_FULL: u32 = 1 << 5;
const RECEIVE_INTERRUPTS: u32 = 1 << 4 | 1 << 6;

/// The mapped port.
#[derive(Clone, Copy)]
pub struct Serial(());

impl Serial {
    /// # Safety
    /// The registers are mapped at [`ADDRESS`].
    pub const unsafe fn new() -> Self {
        Self(())
    }

    fn read(self, register: usize) -> u32 {
        // SAFETY: the registers are mapped.
        unsafe { core::ptr::with_exposed_provenance::<u32>(ADDRESS + register).read_volatile() }
    }

    fn write(self, register: usize, value: u32) {
        let at = core::ptr::with_exposed_provenance_mut::<u32>(ADDRESS + register);
        // SAFETY: the registers are mapped.
        unsafe { at.write_volatile(value) }
    }

    /// Enables the interrupt of input.
    pub fn enable(self) {
        self.write(LCR_H, 0x70);
        self.write(CR, 0x301);
        self.write(IMSC, RECEIVE_INTERRUPTS);
    }

    /// Input, if there is some.
    pub fn get(self) -> Option<u8> {
        if self.read(FR) & RECEIVE_EMPTY != 0 {
            return None;
        }
        Some(self.read(DR).to_le_bytes()[0])
    }

    /// Clears the interrupt.
    pub fn clear(self) {
        self.write(ICR, RECEIVE_INTERRUPTS);
    }
}

impl ByteSink for Serial {
    fn put(&mut self, byte: u8) -> bool {
        while self.read(FR) & TRANSMIT_FULL != 0 {}
        self.write(DR, byte.into());
        true
    }
}
