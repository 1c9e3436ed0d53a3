//! Offsets and bits (DDI 0183G, table 3-1).

/// Data (3.3.1).
pub const DR: u64 = 0x000;
/// Receive status, error clear (3.3.2).
pub const RSR_ECR: u64 = 0x004;
/// Flags (3.3.3).
pub const FR: u64 = 0x018;
/// IrDA low-power counter (3.3.4).
pub const ILPR: u64 = 0x020;
/// Integer baud rate (3.3.5).
pub const IBRD: u64 = 0x024;
/// Fractional baud rate (3.3.6).
pub const FBRD: u64 = 0x028;
/// Line control (3.3.7).
pub const LCR_H: u64 = 0x02c;
/// Control (3.3.8).
pub const CR: u64 = 0x030;
/// Interrupt FIFO level select (3.3.9).
pub const IFLS: u64 = 0x034;
/// Interrupt mask (3.3.10).
pub const IMSC: u64 = 0x038;
/// Raw interrupt status (3.3.11).
pub const RIS: u64 = 0x03c;
/// Masked interrupt status (3.3.12).
pub const MIS: u64 = 0x040;
/// Interrupt clear (3.3.13).
pub const ICR: u64 = 0x044;
/// DMA control (3.3.14).
pub const DMACR: u64 = 0x048;

/// Bits of UARTDR above the data: errors of a character (3.3.1).
pub mod data {
    /// Break error.
    pub const BE: u32 = 1 << 10;
    /// Overrun error.
    pub const OE: u32 = 1 << 11;
    /// All errors; shifted down by 8 they are UARTRSR.
    pub const ERRORS: u32 = 0xf00;
}

/// Bits of UARTFR (3.3.3).
pub mod flag {
    /// Clear to send.
    pub const CTS: u32 = 1 << 0;
    /// Data set ready.
    pub const DSR: u32 = 1 << 1;
    /// Data carrier detect.
    pub const DCD: u32 = 1 << 2;
    /// Transmitting.
    pub const BUSY: u32 = 1 << 3;
    /// Receive FIFO empty.
    pub const RXFE: u32 = 1 << 4;
    /// Transmit FIFO full.
    pub const TXFF: u32 = 1 << 5;
    /// Receive FIFO full.
    pub const RXFF: u32 = 1 << 6;
    /// Transmit FIFO empty.
    pub const TXFE: u32 = 1 << 7;
    /// Ring indicator.
    pub const RI: u32 = 1 << 8;
}

/// Bits of UARTLCR_H (3.3.7).
pub mod line {
    /// FIFOs enabled.
    pub const FEN: u32 = 1 << 4;
}

/// Bits of UARTCR (3.3.8).
pub mod control {
    /// UART enable.
    pub const UARTEN: u32 = 1 << 0;
    /// Loopback.
    pub const LBE: u32 = 1 << 7;
    /// Transmit enable.
    pub const TXE: u32 = 1 << 8;
    /// Receive enable.
    pub const RXE: u32 = 1 << 9;
    /// Data terminal ready.
    pub const DTR: u32 = 1 << 10;
    /// Request to send.
    pub const RTS: u32 = 1 << 11;
    /// Out1; loops to DCD.
    pub const OUT1: u32 = 1 << 12;
    /// Out2; loops to RI.
    pub const OUT2: u32 = 1 << 13;
    /// Bits that aren't reserved.
    pub const WRITABLE: u32 = 0xff87;
}

/// Bits of the interrupt registers (3.3.10 to 3.3.13).
pub mod interrupt {
    /// Ring indicator changed.
    pub const RI: u32 = 1 << 0;
    /// Clear to send changed.
    pub const CTS: u32 = 1 << 1;
    /// Data carrier detect changed.
    pub const DCD: u32 = 1 << 2;
    /// Data set ready changed.
    pub const DSR: u32 = 1 << 3;
    /// Receive FIFO has as many characters as selected.
    pub const RX: u32 = 1 << 4;
    /// Transmit FIFO has as few characters as selected.
    pub const TX: u32 = 1 << 5;
    /// Received characters wait, and no more came.
    pub const RT: u32 = 1 << 6;
    /// Break error.
    pub const BE: u32 = 1 << 9;
    /// Overrun error.
    pub const OE: u32 = 1 << 10;
    /// All.
    pub const ALL: u32 = 0x7ff;
}

/// After a reset (table 3-1).
pub const CR_RESET: u32 = control::TXE | control::RXE;
/// After a reset: both at one half.
pub const IFLS_RESET: u32 = 0x12;

/// The number of characters that a three-bit field of UARTIFLS selects, for FIFOs of `depth`.
pub fn level(select: u32, depth: usize) -> usize {
    match select & 7 {
        0 => depth / 8,
        1 => depth / 4,
        2 => depth / 2,
        3 => depth / 4 * 3,
        // The others are reserved.
        _ => depth / 8 * 7,
    }
}
