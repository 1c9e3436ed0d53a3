//! A driver of the PrimeCell UART PL011 (Arm DDI 0183G), by interrupts in both directions.
//!
//! It reaches its registers through [`Registers`], has no `unsafe`, and waits only while it
//! takes the port over. The crate
//! `arm-pl011-uart` was looked at first: it throws a received character away when an earlier one
//! was lost, and cannot be put in front of a model of the device.
//!
//! A server's interrupt handler:
//!
//! ```
//! use pl011_driver::{Pl011, Registers};
//!
//! fn interrupt(
//!     port: &mut Pl011<impl Registers>, input: &mut Vec<u8>, output: &mut Vec<u8>,
//! ) {
//!     let events = port.interrupt();
//!     if events.receive {
//!         let mut buffer = [0; 64];
//!         let received = port.receive(&mut buffer);
//!         input.extend_from_slice(&buffer[..received.count]);
//!     }
//!     if events.transmit {
//!         let sent = port.send(output);
//!         output.drain(..sent);
//!     }
//!     // Then acknowledge the interrupt.
//! }
//! ```

#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

mod config;
#[cfg(feature = "component")]
mod mapped;
mod registers;

pub use config::{Config, Divisor, Level, SpeedError};
pub use registers::{Register, Registers};

use registers::{Control, Data, Flags, Interrupts, LineControl};

/// Looks at the flags before the port is set up although it's still sending: more than a full FIFO
/// takes at 9600 baud, and an end if the port hangs.
const LOOKS_AT_BUSY: u32 = 1_000_000;

const RECEIVE: Interrupts = Interrupts::RECEIVE.union(Interrupts::RECEIVE_TIMEOUT);

/// There is something else where a serial port was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the device's designer is {designer:#x} and its part {part:#x}, expected 0x41 and 0x11 of a PL011"
)]
pub struct NotAPl011 {
    /// Bits 19:12 of the peripheral identification.
    pub designer: u32,
    /// Bits 11:0.
    pub part: u32,
}

/// Why the port interrupts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Events {
    /// [`Pl011::receive`] has something to do.
    pub receive: bool,
    /// [`Pl011::send`] can go on.
    pub transmit: bool,
}

/// What came in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// Characters that were put into the buffer.
    pub count: usize,
    /// The buffer was too small: there are more. They don't interrupt until
    /// [`Pl011::receive`] is called again.
    pub more: bool,
}

/// What went wrong on the line so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineErrors {
    /// Times that characters were lost because they weren't read in time.
    pub overruns: u32,
    /// Breaks, which aren't characters.
    pub breaks: u32,
    /// Characters with the wrong parity; they are received as they came.
    pub parity: u32,
    /// Characters without a stop bit; likewise.
    pub framing: u32,
}

/// A serial port.
#[derive(Debug)]
pub struct Pl011<R> {
    registers: R,
    /// Characters in each FIFO.
    depth: usize,
    /// UARTIMSC.
    mask: Interrupts,
    errors: LineErrors,
}

impl<R: Registers> Pl011<R> {
    /// Takes a port over and sets it up. What it had received before stays and is to be asked for
    /// with [`receive`](Self::receive), since it may not interrupt any more.
    ///
    /// # Errors
    /// The device says that it's another one.
    pub fn new(mut registers: R, config: &Config) -> Result<Self, NotAPl011> {
        let identification = [
            registers.read(Register::PeripheralId0),
            registers.read(Register::PeripheralId1),
            registers.read(Register::PeripheralId2),
        ];
        let part = identification[0] & 0xff | (identification[1] & 0xf) << 8;
        let designer = identification[1] >> 4 & 0xf | (identification[2] & 0xf) << 4;
        if (designer, part) != (0x41, 0x11) {
            return Err(NotAPl011 { designer, part });
        }
        // Revision r1p5 has FIFOs of 32 characters, those before of 16 (3.3.15).
        let depth = if identification[2] >> 4 & 0xf >= 3 { 32 } else { 16 };
        let errors = LineErrors::default();
        let mut port = Self { registers, depth, mask: Interrupts::empty(), errors };
        port.set_up(config);
        Ok(port)
    }

    /// In the order that 3.3.8 asks for: off, after the current character, before anything of
    /// the line is changed. The divisor counts from the write of UARTLCR_H (3.3.7).
    fn set_up(&mut self, config: &Config) {
        let registers = &mut self.registers;
        registers.write(Register::InterruptMask, 0);
        for _ in 0..LOOKS_AT_BUSY {
            let flags = Flags::from_bits_retain(registers.read(Register::Flags));
            if !flags.contains(Flags::BUSY) {
                break;
            }
        }
        registers.write(Register::Control, 0);
        if let Some(divisor) = config.speed {
            registers.write(Register::IntegerBaudRate, divisor.integer());
            registers.write(Register::FractionalBaudRate, divisor.fraction());
        }
        registers
            .write(Register::LineControl, (LineControl::EIGHT_BITS | LineControl::FIFOS).bits());
        let levels = config.transmit_level as u32 | (config.receive_level as u32) << 3;
        registers.write(Register::FifoLevels, levels);
        registers.write(Register::InterruptClear, Interrupts::ALL.bits());
        let mut control = Control::ENABLE
            | Control::TRANSMIT
            | Control::RECEIVE
            | Control::TERMINAL_READY
            | Control::REQUEST_TO_SEND;
        control.set(
            Control::RTS_FLOW_CONTROL | Control::CTS_FLOW_CONTROL,
            config.hardware_flow_control,
        );
        registers.write(Register::Control, control.bits());
        self.set_mask(RECEIVE, true);
    }

    /// Why the port interrupts. Interrupts that reading or writing characters doesn't end are
    /// cleared; the others stay until [`receive`](Self::receive) and [`send`](Self::send).
    pub fn interrupt(&mut self) -> Events {
        let raised = Interrupts::from_bits_retain(self.registers.read(Register::MaskedInterrupts));
        let clear = raised.difference(RECEIVE);
        if !clear.is_empty() {
            self.registers.write(Register::InterruptClear, clear.bits());
        }
        Events {
            receive: raised.intersects(RECEIVE),
            transmit: raised.contains(Interrupts::TRANSMIT),
        }
    }

    /// Fills a buffer with what came in. If it's too small for all, receiving stops to interrupt
    /// until this is called again; then the FIFO, and the other end if it is held off, keep the
    /// rest.
    pub fn receive(&mut self, buffer: &mut [u8]) -> Received {
        let mut count = 0;
        loop {
            let flags = Flags::from_bits_retain(self.registers.read(Register::Flags));
            if flags.contains(Flags::RECEIVE_EMPTY) {
                self.set_mask(RECEIVE, true);
                return Received { count, more: false };
            }
            let Some(free) = buffer.get_mut(count) else {
                self.set_mask(RECEIVE, false);
                return Received { count, more: true };
            };
            let character = self.registers.read(Register::Data);
            let errors = Data::from_bits_truncate(character);
            if !errors.is_empty() {
                self.note(errors);
            }
            if !errors.contains(Data::BREAK) {
                *free = character.to_le_bytes()[0];
                count += 1;
            }
        }
    }

    fn note(&mut self, errors: Data) {
        let counts = [
            (Data::OVERRUN, &mut self.errors.overruns),
            (Data::BREAK, &mut self.errors.breaks),
            (Data::PARITY, &mut self.errors.parity),
            (Data::FRAMING, &mut self.errors.framing),
        ];
        for (error, count) in counts {
            if errors.contains(error) {
                *count = count.saturating_add(1);
            }
        }
        if errors.contains(Data::OVERRUN) {
            self.registers.write(Register::ErrorClear, 0);
        }
    }

    /// Sends as many characters as fit, and returns how many those are. If that's not all, the
    /// port interrupts when there is room again.
    pub fn send(&mut self, bytes: &[u8]) -> usize {
        let mut left = bytes;
        while !left.is_empty() {
            let flags = Flags::from_bits_retain(self.registers.read(Register::Flags));
            let room = if flags.contains(Flags::TRANSMIT_EMPTY) {
                self.depth
            } else if flags.contains(Flags::TRANSMIT_FULL) {
                break;
            } else {
                1
            };
            let (now, later) = left.split_at(room.min(left.len()));
            self.registers.write_each(Register::Data, now);
            left = later;
        }
        // The interrupt is raised when the FIFO becomes empty enough (2.8.3): if characters are
        // left, it is full now, so that will happen.
        self.set_mask(Interrupts::TRANSMIT, !left.is_empty());
        bytes.len() - left.len()
    }

    /// What went wrong on the line so far.
    #[must_use]
    pub const fn errors(&self) -> LineErrors {
        self.errors
    }

    /// The registers.
    pub const fn registers_mut(&mut self) -> &mut R {
        &mut self.registers
    }

    fn set_mask(&mut self, interrupts: Interrupts, on: bool) {
        let mut mask = self.mask;
        mask.set(interrupts, on);
        if mask != self.mask {
            self.mask = mask;
            self.registers.write(Register::InterruptMask, mask.bits());
        }
    }
}
