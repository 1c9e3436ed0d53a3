//! The PrimeCell UART PL011 (Arm DDI 0183G).
//!
//! Characters take no time: what the guest writes goes to the host at once, as long as the host
//! takes it, and the receive timeout of 32 bit periods is over as soon as the host has pushed what
//! it had. Baud rate, frame format, IrDA and DMA are registers without an effect.

mod access;
mod registers;

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use vmm::interrupt::InterruptLine;

use crate::prime_cell::PrimeCell;
use registers::{CR_RESET, IFLS_RESET, control, data, interrupt, level, line};

/// Bytes of the registers.
pub const SIZE: u64 = 0x1000;

/// Takes what the guest sends.
pub trait ByteSink {
    /// Takes a byte; false if there is no room. Then the byte stays in the transmit FIFO until
    /// [`Pl011::drain`].
    fn put(&mut self, byte: u8) -> bool;
}

/// Nobody listens.
impl ByteSink for () {
    fn put(&mut self, _byte: u8) -> bool {
        true
    }
}

impl ByteSink for Vec<u8> {
    fn put(&mut self, byte: u8) -> bool {
        self.push(byte);
        true
    }
}

/// Revisions differ in the depth of the FIFOs (3.3.15).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Revision {
    /// 16 characters.
    R1p4,
    /// 32 characters.
    #[default]
    R1p5,
}

impl Revision {
    /// Characters in each FIFO.
    #[must_use]
    pub const fn fifo_depth(self) -> usize {
        match self {
            Self::R1p4 => 16,
            Self::R1p5 => 32,
        }
    }

    const fn prime_cell(self) -> PrimeCell {
        let revision = match self {
            Self::R1p4 => 2,
            Self::R1p5 => 3,
        };
        PrimeCell { part: 0x11, revision }
    }
}

/// Registers that only keep what is written.
#[derive(Clone, Copy, Debug, Default)]
struct Kept {
    irda: u32,
    integer_rate: u32,
    fractional_rate: u32,
    line_control: u32,
    dma: u32,
}

/// A serial port.
#[derive(Debug)]
pub struct Pl011<L, S> {
    revision: Revision,
    interrupt: L,
    sink: S,
    /// Characters with their errors, as UARTDR shows them.
    received: VecDeque<u32>,
    to_send: VecDeque<u8>,
    /// UARTRSR, shifted to where UARTDR has the errors.
    errors: u32,
    kept: Kept,
    control: u32,
    levels: u32,
    mask: u32,
    raw: u32,
    /// What the line is driven to.
    raised: bool,
}

impl<L: InterruptLine, S: ByteSink> Pl011<L, S> {
    /// A serial port after a reset, which drives `interrupt` and sends to `sink`.
    pub fn new(revision: Revision, interrupt: L, sink: S) -> Self {
        Self {
            revision,
            interrupt,
            sink,
            received: VecDeque::with_capacity(revision.fifo_depth()),
            to_send: VecDeque::with_capacity(revision.fifo_depth()),
            errors: 0,
            kept: Kept::default(),
            control: CR_RESET,
            levels: IFLS_RESET,
            mask: 0,
            raw: 0,
            raised: false,
        }
    }

    /// Where output goes.
    #[must_use]
    pub const fn sink(&self) -> &S {
        &self.sink
    }

    /// Where output goes. When it has room again, [`drain`](Self::drain) is to be called.
    pub const fn sink_mut(&mut self) -> &mut S {
        &mut self.sink
    }

    /// Input for the guest. Returns how many bytes were taken: as many as fit, none while the
    /// guest doesn't receive. The rest is to be offered again after the guest has read
    /// ([`room`](Self::room)), so that no input is lost.
    pub fn receive(&mut self, bytes: &[u8]) -> usize {
        let count = bytes.len().min(self.room());
        for &byte in &bytes[..count] {
            self.received.push_back(byte.into());
        }
        if count > 0 {
            self.after_receiving();
        }
        count
    }

    /// A break on the line, as for the magic SysRq key. False if it didn't fit.
    pub fn receive_break(&mut self) -> bool {
        if self.room() == 0 {
            return false;
        }
        self.received.push_back(data::BE);
        self.raw |= interrupt::BE;
        self.after_receiving();
        true
    }

    /// How many bytes [`receive`](Self::receive) would take.
    #[must_use]
    pub fn room(&self) -> usize {
        let receiving = control::UARTEN | control::RXE;
        if self.control & (receiving | control::LBE) == receiving {
            self.depth().saturating_sub(self.received.len())
        } else {
            0
        }
    }

    /// Sends what waits in the transmit FIFO, as far as there is room for it.
    pub fn drain(&mut self) {
        while let Some(&byte) = self.to_send.front() {
            if !self.sink.put(byte) {
                break;
            }
            self.to_send.pop_front();
        }
        self.after_sending();
    }

    fn has_fifos(&self) -> bool {
        self.kept.line_control & line::FEN != 0
    }

    /// Without FIFOs there is one holding register in each direction (3.3.7, FEN).
    fn depth(&self) -> usize {
        if self.has_fifos() { self.revision.fifo_depth() } else { 1 }
    }

    /// From how many characters on the receive interrupt is raised (2.8).
    fn receive_level(&self) -> usize {
        if self.has_fifos() { level(self.levels >> 3, self.depth()) } else { 1 }
    }

    /// Up to how many characters the transmit interrupt is raised (2.8).
    fn transmit_level(&self) -> usize {
        if self.has_fifos() { level(self.levels, self.depth()) } else { 0 }
    }

    fn after_receiving(&mut self) {
        if self.received.len() >= self.receive_level() {
            self.raw |= interrupt::RX;
        }
        if self.has_fifos() && !self.received.is_empty() {
            self.raw |= interrupt::RT;
        }
        self.drive();
    }

    fn after_sending(&mut self) {
        if self.to_send.len() <= self.transmit_level() {
            self.raw |= interrupt::TX;
        } else {
            self.raw &= !interrupt::TX;
        }
        self.drive();
    }

    fn drive(&mut self) {
        let raised = self.raw & self.mask != 0;
        if raised != self.raised {
            self.raised = raised;
            self.interrupt.set_level(raised);
        }
    }
}

#[cfg(test)]
mod test;
