//! Registers (DDI 0183G, table 3-1), and how they are reached.

use bitflags::bitflags;

/// A serial port's registers, wherever they are.
///
/// On the target these are volatile accesses of 32 bits at the register's
/// [offset](Register::offset), in memory that is mapped as a device; in tests, calls of a model.
pub trait Registers {
    /// Reads a register.
    fn read(&mut self, register: Register) -> u32;

    /// Writes a register.
    fn write(&mut self, register: Register, value: u32);

    /// Writes bytes to a register, one after the other.
    fn write_each(&mut self, register: Register, bytes: &[u8]) {
        for &byte in bytes {
            self.write(register, byte.into());
        }
    }
}

impl<R: Registers + ?Sized> Registers for &mut R {
    fn read(&mut self, register: Register) -> u32 {
        (**self).read(register)
    }

    fn write(&mut self, register: Register, value: u32) {
        (**self).write(register, value);
    }

    fn write_each(&mut self, register: Register, bytes: &[u8]) {
        (**self).write_each(register, bytes);
    }
}

/// The registers that the driver uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum Register {
    /// UARTDR: data, and errors of a received character (3.3.1).
    Data = 0x000,
    /// UARTECR: writing clears an overrun (3.3.2).
    ErrorClear = 0x004,
    /// UARTFR: flags (3.3.3).
    Flags = 0x018,
    /// UARTIBRD: integer part of the baud rate's divisor (3.3.5).
    IntegerBaudRate = 0x024,
    /// UARTFBRD: its fraction, in 64ths (3.3.6).
    FractionalBaudRate = 0x028,
    /// UARTLCR_H: line control (3.3.7).
    LineControl = 0x02c,
    /// UARTCR: control (3.3.8).
    Control = 0x030,
    /// UARTIFLS: fill levels of the interrupts (3.3.9).
    FifoLevels = 0x034,
    /// UARTIMSC: interrupts that are passed on (3.3.10).
    InterruptMask = 0x038,
    /// UARTMIS: those of them that are raised (3.3.12).
    MaskedInterrupts = 0x040,
    /// UARTICR: clears interrupts (3.3.13).
    InterruptClear = 0x044,
    /// UARTPeriphID0: low bits of the part number (3.3.15).
    PeripheralId0 = 0xfe0,
    /// UARTPeriphID1: designer and part number.
    PeripheralId1 = 0xfe4,
    /// UARTPeriphID2: revision and designer.
    PeripheralId2 = 0xfe8,
}

impl Register {
    /// Bytes from the start of the registers, which take 4 KiB.
    #[must_use]
    pub const fn offset(self) -> usize {
        self as usize
    }
}

bitflags! {
    /// Errors of a character in UARTDR (3.3.1).
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) struct Data: u32 {
        const FRAMING = 1 << 8;
        const PARITY = 1 << 9;
        const BREAK = 1 << 10;
        const OVERRUN = 1 << 11;
    }

    /// UARTFR (3.3.3).
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) struct Flags: u32 {
        const BUSY = 1 << 3;
        const RECEIVE_EMPTY = 1 << 4;
        const TRANSMIT_FULL = 1 << 5;
        const TRANSMIT_EMPTY = 1 << 7;
    }

    /// UARTLCR_H (3.3.7).
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) struct LineControl: u32 {
        const FIFOS = 1 << 4;
        const EIGHT_BITS = 0b11 << 5;
    }

    /// UARTCR (3.3.8).
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) struct Control: u32 {
        const ENABLE = 1 << 0;
        const TRANSMIT = 1 << 8;
        const RECEIVE = 1 << 9;
        const TERMINAL_READY = 1 << 10;
        const REQUEST_TO_SEND = 1 << 11;
        const RTS_FLOW_CONTROL = 1 << 14;
        const CTS_FLOW_CONTROL = 1 << 15;
    }

    /// The interrupt registers (3.3.10 to 3.3.13).
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) struct Interrupts: u32 {
        const RECEIVE = 1 << 4;
        const TRANSMIT = 1 << 5;
        const RECEIVE_TIMEOUT = 1 << 6;
        const FRAMING = 1 << 7;
        const PARITY = 1 << 8;
        const BREAK = 1 << 9;
        const OVERRUN = 1 << 10;
        const ALL = 0x7ff;
    }
}
