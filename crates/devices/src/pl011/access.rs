//! What the guest does with the registers.

use vmm::interrupt::InterruptLine;
use vmm::mmio::{Access, MmioDevice, Widths};
use vmm::report::{DeviceLog, Mistake};

use super::registers::{
    CR, CR_RESET, DMACR, DR, FBRD, FR, IBRD, ICR, IFLS, IFLS_RESET, ILPR, IMSC, LCR_H, MIS, RIS,
    RSR_ECR, control, data, flag, interrupt,
};
use super::{ByteSink, Kept, Pl011};
use crate::prime_cell;
use crate::register::{not_writable, register, word};

impl<L: InterruptLine, S: ByteSink> Pl011<L, S> {
    fn read_data(&mut self) -> u32 {
        let Some(character) = self.received.pop_front() else {
            return 0;
        };
        // Errors are those of the character that was read last; an overrun stays until cleared.
        self.errors = character & data::ERRORS | self.errors & data::OE;
        if self.received.len() < self.receive_level() {
            self.raw &= !interrupt::RX;
        }
        if self.received.is_empty() {
            self.raw &= !interrupt::RT;
        }
        self.drive();
        character
    }

    fn write_data(&mut self, byte: u8, log: &mut DeviceLog<'_>) {
        if self.control & control::LBE != 0 {
            if self.received.len() < self.depth() {
                self.received.push_back(byte.into());
                self.after_receiving();
            } else {
                self.errors |= data::OE;
                self.raw |= interrupt::OE;
            }
            self.after_sending();
            return;
        }
        if self.control & (control::UARTEN | control::TXE) != control::UARTEN | control::TXE {
            // Firmware enables the port on hardware; a guest that starts without one counts on it.
            log.mistake(Mistake {
                kind: "disabled",
                detail: 0,
                did: format_args!("sent a character before it enabled the port; it was sent"),
                rule: "DDI 0183G 3.3.8: UARTCR.UARTEN and TXE enable the transmitter",
            });
        }
        if self.to_send.len() >= self.depth() {
            log.mistake(Mistake {
                kind: "overflow",
                detail: 0,
                did: format_args!("wrote to the full transmit FIFO; a character is lost"),
                rule: "DDI 0183G 3.3.3: UARTFR.TXFF says that there is no room",
            });
            return;
        }
        self.to_send.push_back(byte);
        self.drain();
    }

    /// Inputs of the modem: a cable with somebody at its end, or the outputs (3.3.8, LBE).
    fn modem(&self) -> u32 {
        if self.control & control::LBE == 0 {
            return flag::CTS | flag::DSR | flag::DCD;
        }
        let loops = [
            (control::RTS, flag::CTS),
            (control::DTR, flag::DSR),
            (control::OUT1, flag::DCD),
            (control::OUT2, flag::RI),
        ];
        let connected = loops.iter().filter(|(out, _)| self.control & out != 0);
        connected.fold(0, |flags, (_, input)| flags | input)
    }

    fn flags(&self) -> u32 {
        let transmit = match self.to_send.len() {
            0 => flag::TXFE,
            sending if sending >= self.depth() => flag::BUSY | flag::TXFF,
            _ => flag::BUSY,
        };
        let receive = match self.received.len() {
            0 => flag::RXFE,
            received if received >= self.depth() => flag::RXFF,
            _ => 0,
        };
        self.modem() | transmit | receive
    }

    fn write_control(&mut self, value: u32) {
        let before = self.modem();
        self.control = value & control::WRITABLE;
        let changed = before ^ self.modem();
        let interrupts = [
            (flag::CTS, interrupt::CTS),
            (flag::DSR, interrupt::DSR),
            (flag::DCD, interrupt::DCD),
            (flag::RI, interrupt::RI),
        ];
        for (input, interrupt) in interrupts {
            if changed & input != 0 {
                self.raw |= interrupt;
            }
        }
        self.drive();
    }

    /// A receive interrupt that was cleared with characters still waiting comes back when it is
    /// enabled: the timeout is over by then. A driver that clears, drains and enables would
    /// otherwise never see what came in between.
    fn write_mask(&mut self, value: u32) {
        let enabled = value & !self.mask;
        self.mask = value & interrupt::ALL;
        if enabled & (interrupt::RX | interrupt::RT) != 0 && !self.received.is_empty() {
            self.after_receiving();
        }
        self.drive();
    }
}

impl<L: InterruptLine, S: ByteSink> MmioDevice for Pl011<L, S> {
    fn widths(&self) -> Widths {
        Widths::UP_TO_WORDS
    }

    fn is_timed(&self) -> bool {
        false
    }

    fn read(&mut self, access: Access, log: &mut DeviceLog<'_>) -> u64 {
        let Some(offset) = register(access, log) else {
            return 0;
        };
        let value = match offset {
            DR => self.read_data(),
            RSR_ECR => self.errors >> 8,
            FR => self.flags(),
            ILPR => self.kept.irda,
            IBRD => self.kept.integer_rate,
            FBRD => self.kept.fractional_rate,
            LCR_H => self.kept.line_control,
            CR => self.control,
            IFLS => self.levels,
            IMSC => self.mask,
            RIS => self.raw,
            MIS => self.raw & self.mask,
            DMACR => self.kept.dma,
            prime_cell::FIRST..prime_cell::END => self.revision.prime_cell().read(offset),
            _ => 0,
        };
        access.width.truncate(value.into())
    }

    fn write(&mut self, access: Access, value: u64, log: &mut DeviceLog<'_>) {
        let Some(offset) = register(access, log) else {
            return;
        };
        let value = word(value);
        match offset {
            DR => self.write_data(value.to_le_bytes()[0], log),
            RSR_ECR => self.errors = 0,
            ILPR => self.kept.irda = value & 0xff,
            IBRD => self.kept.integer_rate = value & 0xffff,
            FBRD => self.kept.fractional_rate = value & 0x3f,
            LCR_H => self.kept.line_control = value & 0xff,
            CR => self.write_control(value),
            IFLS => self.levels = value & 0x3f,
            IMSC => self.write_mask(value),
            ICR => {
                self.raw &= !value;
                self.drive();
            }
            DMACR => self.kept.dma = value & 0x7,
            _ => not_writable(offset, value, log),
        }
    }

    fn reset(&mut self) {
        self.received.clear();
        self.to_send.clear();
        self.errors = 0;
        self.kept = Kept::default();
        self.control = CR_RESET;
        self.levels = IFLS_RESET;
        self.mask = 0;
        self.raw = 0;
        self.raised = false;
        self.interrupt.set_level(false);
    }
}
