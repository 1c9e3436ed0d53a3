//! Sizes for people.

use core::fmt;

/// A number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub u64);

impl Bytes {
    /// 2^`bits` bytes.
    pub fn from_bits(bits: usize) -> Self {
        Self(u32::try_from(bits).ok().and_then(|bits| 1_u64.checked_shl(bits)).unwrap_or(u64::MAX))
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
        match units.iter().find(|(bits, _)| self.0 != 0 && self.0.is_multiple_of(1 << bits)) {
            Some((bits, unit)) => write!(f, "{} {unit}", self.0 >> bits),
            None => write!(f, "{} bytes", self.0),
        }
    }
}

/// A number of bytes, rounded.
#[derive(Clone, Copy, Debug)]
pub struct About(pub u64);

impl fmt::Display for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
        match units.iter().find(|(bits, _)| self.0 >> bits != 0) {
            Some((bits, unit)) => {
                let tenths = (self.0 >> (bits - 10)).saturating_mul(10) >> 10;
                write!(f, "{}.{} {unit}", tenths / 10, tenths % 10)
            }
            None => write!(f, "{} bytes", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::string::ToString;

    use super::*;

    #[test]
    fn sizes_are_readable() {
        assert_eq!(Bytes(2 << 20).to_string(), "2 MiB");
        assert_eq!(Bytes(4097).to_string(), "4097 bytes");
        assert_eq!(Bytes(0).to_string(), "0 bytes");
        assert_eq!(Bytes::from_bits(12).to_string(), "4 KiB");
        assert_eq!(About(4_333_696).to_string(), "4.1 MiB");
        assert_eq!(About(1023).to_string(), "1023 bytes");
        assert_eq!(About(u64::MAX).to_string(), "17179869183.9 GiB");
    }
}
