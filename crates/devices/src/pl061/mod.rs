//! The PrimeCell general-purpose input/output PL061 (Arm DDI 0190B): eight pins.

use vmm::interrupt::InterruptLine;
use vmm::mmio::{Access, MmioDevice, Widths};
use vmm::report::DeviceLog;

use crate::prime_cell::{self, PrimeCell};
use crate::register::{not_writable, register, word};

/// Bytes of the registers.
pub const SIZE: u64 = 0x1000;

/// Data (3.3.1): bits 9:2 of the offset say which pins.
const DATA_END: u64 = 0x400;
/// Direction (3.3.2): set for outputs.
const DIR: u64 = 0x400;
/// Interrupt sense (3.3.3): set for levels.
const IS: u64 = 0x404;
/// Interrupt on both edges (3.3.4).
const IBE: u64 = 0x408;
/// Interrupt event (3.3.5): set for high levels and rising edges.
const IEV: u64 = 0x40c;
/// Interrupt mask (3.3.6): set for enabled.
const IE: u64 = 0x410;
/// Raw interrupt status (3.3.7).
const RIS: u64 = 0x414;
/// Masked interrupt status (3.3.8).
const MIS: u64 = 0x418;
/// Interrupt clear (3.3.9).
const IC: u64 = 0x41c;
/// Mode control (3.3.10): set for pins that hardware controls. There is none here.
const AFSEL: u64 = 0x420;

const ID: PrimeCell = PrimeCell { part: 0x61, revision: 0 };

/// Registers, a bit for each pin.
#[derive(Clone, Copy, Debug, Default)]
struct Registers {
    data: u8,
    direction: u8,
    level: u8,
    both_edges: u8,
    event: u8,
    enabled: u8,
    /// Edges since the last clear.
    edges: u8,
    mode: u8,
}

/// Eight pins.
#[derive(Debug)]
pub struct Pl061<L> {
    interrupt: L,
    /// What the host drives.
    inputs: u8,
    registers: Registers,
}

impl<L: InterruptLine> Pl061<L> {
    /// Pins that all are low inputs.
    pub fn new(interrupt: L) -> Self {
        Self { interrupt, inputs: 0, registers: Registers::default() }
    }

    /// Drives a pin, 0 to 7, from outside. It has an effect while the guest has it as an input.
    pub fn set_input(&mut self, pin: u8, high: bool) {
        let mask = 1_u8.checked_shl(pin.into()).unwrap_or(0);
        self.change(|gpio| {
            if high {
                gpio.inputs |= mask;
            } else {
                gpio.inputs &= !mask;
            }
        });
    }

    /// The levels of all pins; those of outputs are what the guest drives.
    #[must_use]
    pub const fn pins(&self) -> u8 {
        let outputs = self.registers.direction;
        self.registers.data & outputs | self.inputs & !outputs
    }

    /// Changes something, and notices the edges of pins.
    fn change(&mut self, change: impl FnOnce(&mut Self)) {
        let before = self.pins();
        change(self);
        let now = self.pins();
        let Registers { both_edges, event, .. } = self.registers;
        let rising = now & !before & (both_edges | event);
        let falling = before & !now & (both_edges | !event);
        self.registers.edges |= (rising | falling) & !self.registers.level;
        self.interrupt.set_level(self.masked_status() != 0);
    }

    const fn raw_status(&self) -> u8 {
        let Registers { level, event, edges, .. } = self.registers;
        let at_level = !(self.pins() ^ event);
        at_level & level | edges & !level
    }

    const fn masked_status(&self) -> u8 {
        self.raw_status() & self.registers.enabled
    }
}

/// The pins in bits 9:2 of an offset (3.3.1).
const fn addressed(offset: u64) -> u8 {
    (offset >> 2).to_le_bytes()[0]
}

impl<L: InterruptLine> MmioDevice for Pl061<L> {
    fn widths(&self) -> Widths {
        Widths::UP_TO_WORDS
    }

    fn read(&mut self, access: Access, log: &mut DeviceLog<'_>) -> u64 {
        let Some(offset) = register(access, log) else {
            return 0;
        };
        let registers = &self.registers;
        let value = match offset {
            ..DATA_END => self.pins() & addressed(offset),
            DIR => registers.direction,
            IS => registers.level,
            IBE => registers.both_edges,
            IEV => registers.event,
            IE => registers.enabled,
            RIS => self.raw_status(),
            MIS => self.masked_status(),
            AFSEL => registers.mode,
            prime_cell::FIRST..prime_cell::END => return ID.read(offset).into(),
            _ => 0,
        };
        value.into()
    }

    fn write(&mut self, access: Access, value: u64, log: &mut DeviceLog<'_>) {
        let Some(offset) = register(access, log) else {
            return;
        };
        let [byte, ..] = value.to_le_bytes();
        self.change(|gpio| {
            let registers = &mut gpio.registers;
            match offset {
                ..DATA_END => {
                    let pins = addressed(offset);
                    registers.data = registers.data & !pins | byte & pins;
                }
                DIR => registers.direction = byte,
                IS => registers.level = byte,
                IBE => registers.both_edges = byte,
                IEV => registers.event = byte,
                IE => registers.enabled = byte,
                IC => registers.edges &= !byte,
                AFSEL => registers.mode = byte,
                _ => not_writable(offset, word(value), log),
            }
        });
    }

    /// What the host drives stays.
    fn reset(&mut self) {
        self.registers = Registers::default();
        self.interrupt.set_level(false);
    }
}

#[cfg(test)]
mod test;
