//! How the port is set up.

/// Settings of a port. The line has 8 data bits, no parity and one stop bit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// The speed; `None` keeps what firmware has set.
    pub speed: Option<Divisor>,
    /// From how full a receive FIFO on the port interrupts. Fewer characters do so as well, after
    /// the time of 32 bits (2.8.2).
    pub receive_level: Level,
    /// Up to how full a transmit FIFO it does, while characters wait to be sent.
    pub transmit_level: Level,
    /// Both ends hold each other off by RTS and CTS (2.9).
    pub hardware_flow_control: bool,
}

/// A fill level of a FIFO (3.3.9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Level {
    /// 1/8: early for receiving, late for sending.
    #[default]
    Eighth = 0,
    /// 1/4.
    Quarter = 1,
    /// 1/2.
    Half = 2,
    /// 3/4.
    ThreeQuarters = 3,
    /// 7/8.
    SevenEighths = 4,
}

/// What the port's clock is divided by: 16 times the baud rate, in 64ths (3.3.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Divisor(u32);

/// A speed that can't be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{baud} baud of a clock of {clock} Hz, expected a rate of {} to {} baud",
    .clock.div_ceil(16 * 65535).max(1), .clock / 16)]
pub struct SpeedError {
    /// The rate that was asked for.
    pub baud: u32,
    /// The clock, in Hz.
    pub clock: u32,
}

impl Divisor {
    /// The divisor for a baud rate, to the nearest 64th, out of a clock in Hz.
    ///
    /// # Errors
    /// The divisor would be below 1 or above 65535.
    pub fn new(clock: u32, baud: u32) -> Result<Self, SpeedError> {
        let error = SpeedError { baud, clock };
        let doubled = (u64::from(clock) * 8).checked_div(baud.into()).ok_or(error)?;
        let divisor = u32::try_from(doubled.div_ceil(2)).map_err(|_| error)?;
        if (1 << 6..=0xffff << 6).contains(&divisor) { Ok(Self(divisor)) } else { Err(error) }
    }

    /// UARTIBRD.
    #[must_use]
    pub const fn integer(self) -> u32 {
        self.0 >> 6
    }

    /// UARTFBRD.
    #[must_use]
    pub const fn fraction(self) -> u32 {
        self.0 & 0x3f
    }
}

#[cfg(test)]
mod test {
    use super::*;
    use std::string::ToString;

    /// The document's own examples (3.3.6, example 3-1 and table 3-9), at 4 MHz.
    #[test]
    fn divisors() {
        for (baud, integer, fraction) in
            [(230_400, 1, 5), (115_200, 2, 11), (76_800, 3, 16), (38_400, 6, 33), (2_400, 104, 11)]
        {
            let divisor = Divisor::new(4_000_000, baud).unwrap();
            assert_eq!((divisor.integer(), divisor.fraction()), (integer, fraction), "{baud}");
        }
    }

    #[test]
    fn impossible_speeds() {
        let text = Divisor::new(24_000_000, 2_000_000).unwrap_err().to_string();
        let expected =
            "2000000 baud of a clock of 24000000 Hz, expected a rate of 23 to 1500000 baud";
        assert_eq!(text, expected);
        for (clock, baud) in [(24_000_000, 0), (24_000_000, 22), (u32::MAX, 1), (0, 9_600)] {
            assert_eq!(Divisor::new(clock, baud), Err(SpeedError { baud, clock }));
        }
        for baud in [23, 1_500_000] {
            Divisor::new(24_000_000, baud).unwrap();
        }
    }
}
