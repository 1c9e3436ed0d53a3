//! Widths of single accesses.

use core::fmt;

/// The width of one load or store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Width {
    /// 8 bits.
    One,
    /// 16 bits.
    Two,
    /// 32 bits.
    Four,
    /// 64 bits.
    Eight,
}

impl Width {
    /// All widths, narrowest first.
    pub const ALL: [Self; 4] = [Self::One, Self::Two, Self::Four, Self::Eight];

    /// The width of `2^log2` bytes, or `None` above 8 bytes.
    #[must_use]
    pub const fn from_log2(log2: u32) -> Option<Self> {
        match log2 {
            0 => Some(Self::One),
            1 => Some(Self::Two),
            2 => Some(Self::Four),
            3 => Some(Self::Eight),
            _ => None,
        }
    }

    /// The number of bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Four => 4,
            Self::Eight => 8,
        }
    }

    /// The number of bytes, as a length in this process's memory.
    #[must_use]
    pub const fn size(self) -> usize {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Four => 4,
            Self::Eight => 8,
        }
    }

    /// The number of bits.
    #[must_use]
    pub const fn bits(self) -> u32 {
        match self {
            Self::One => 8,
            Self::Two => 16,
            Self::Four => 32,
            Self::Eight => 64,
        }
    }

    /// A value with as many low bits set as an access has.
    #[must_use]
    pub const fn mask(self) -> u64 {
        u64::MAX >> (64 - self.bits())
    }

    /// `value` without the bits above this width.
    #[must_use]
    pub const fn truncate(self, value: u64) -> u64 {
        value & self.mask()
    }

    /// `value` of this width, its sign bit copied into all bits above.
    #[must_use]
    pub const fn sign_extend(self, value: u64) -> u64 {
        let sign = 1 << (self.bits() - 1);
        (self.truncate(value) ^ sign).wrapping_sub(sign)
    }
}

impl fmt::Display for Width {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bits", self.bits())
    }
}

#[cfg(test)]
mod test {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn widths_agree_with_themselves() {
        for (log2, width) in (0..).zip(Width::ALL) {
            assert_eq!(Width::from_log2(log2), Some(width));
            assert_eq!(width.bytes(), 1 << log2);
            assert_eq!(u64::from(width.bits()), width.bytes() * 8);
            assert_eq!(width.size(), 1 << log2);
        }
        assert_eq!(Width::from_log2(4), None);
    }

    proptest! {
        #[test]
        fn sign_extension_is_the_one_of_the_language(value: u64) {
            let b = value.to_le_bytes();
            prop_assert_eq!(Width::One.sign_extend(value), i64::from(b[0].cast_signed()).cast_unsigned());
            let two = i64::from(i16::from_le_bytes([b[0], b[1]]));
            prop_assert_eq!(Width::Two.sign_extend(value), two.cast_unsigned());
            let four = i64::from(i32::from_le_bytes([b[0], b[1], b[2], b[3]]));
            prop_assert_eq!(Width::Four.sign_extend(value), four.cast_unsigned());
            prop_assert_eq!(Width::Eight.sign_extend(value), value);
        }
    }
}
