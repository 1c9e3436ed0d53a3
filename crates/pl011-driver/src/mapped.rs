//! Registers that are mapped into a component.

use component::Dataport;

use crate::{Register, Registers};

/// A page of registers: smaller ones read as zero where they end, and aren't written there.
impl Registers for Dataport {
    fn read(&mut self, register: Register) -> u32 {
        self.load(register.offset()).unwrap_or_default()
    }

    fn write(&mut self, register: Register, value: u32) {
        let _ = self.store(register.offset(), value);
    }

    fn write_each(&mut self, register: Register, bytes: &[u8]) {
        let _ = self.store_each(register.offset(), bytes.iter().copied().map(u32::from));
    }
}
