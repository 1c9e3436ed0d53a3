//! Registers with a bit or a field for every interrupt, the same in all of the GIC's frames.

use crate::intid::{PER_BLOCK, Priority};

/// A register with one bit for each of 32 interrupts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Bits {
    /// IGROUPR (IHI 0048B 4.3.4).
    Group,
    /// ISENABLER (4.3.5).
    SetEnable,
    /// ICENABLER (4.3.6).
    ClearEnable,
    /// ISPENDR (4.3.7).
    SetPending,
    /// ICPENDR (4.3.8).
    ClearPending,
    /// ISACTIVER (4.3.9).
    SetActive,
    /// ICACTIVER (4.3.10).
    ClearActive,
}

/// A register for a range of interrupts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Register {
    /// Bits for the interrupts of a block of 32.
    Bits(Bits, usize),
    /// IPRIORITYR: a byte each, from this interrupt on (4.3.11).
    Priority(usize),
    /// ICFGR: two bits for each of 16 interrupts, from this one on (4.3.13).
    Config(usize),
}

impl Register {
    /// The register at `offset`, which is a multiple of 4 except for bytes of IPRIORITYR.
    pub fn at(offset: u64) -> Option<Self> {
        let offset = usize::try_from(offset).ok()?;
        let kind = match offset {
            0x080..0x100 => Bits::Group,
            0x100..0x180 => Bits::SetEnable,
            0x180..0x200 => Bits::ClearEnable,
            0x200..0x280 => Bits::SetPending,
            0x280..0x300 => Bits::ClearPending,
            0x300..0x380 => Bits::SetActive,
            0x380..0x400 => Bits::ClearActive,
            0x400..0x800 => return Some(Self::Priority(offset - 0x400)),
            0xc00..0xd00 => return Some(Self::Config((offset - 0xc00) * 4)),
            _ => return None,
        };
        Some(Self::Bits(kind, offset % 0x80 / 4))
    }

    /// The block of 32 interrupts that it belongs to.
    pub const fn block(self) -> usize {
        match self {
            Self::Bits(_, block) => block,
            Self::Priority(first) | Self::Config(first) => first / PER_BLOCK,
        }
    }

    /// Whether it may be accessed byte by byte (4.1.4).
    pub const fn has_bytes(self) -> bool {
        matches!(self, Self::Priority(_))
    }
}

/// The bits of a block's interrupts from `first` on, as the two-bit fields of ICFGR.
pub(crate) fn config_fields(edge: u32, first: usize) -> u32 {
    let half = edge >> (first % PER_BLOCK);
    (0..16).fold(0, |fields, n| fields | (half >> n & 1) << (2 * n + 1))
}

/// The inverse of [`config_fields`]: `edge` with 16 bits replaced.
pub(crate) fn with_config_fields(edge: u32, first: usize, fields: u32) -> u32 {
    let shift = first % PER_BLOCK;
    let half = (0..16).fold(0, |half, n| half | (fields >> (2 * n + 1) & 1) << n);
    edge & !(0xffff << shift) | half << shift
}

/// The priorities in the bytes of a value, lowest first.
pub(crate) fn priorities(value: u32) -> impl Iterator<Item = Priority> {
    value.to_le_bytes().into_iter().map(Priority::from_field)
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn offsets_are_those_of_the_specification() {
        // IHI 0048B table 4-1.
        let at = |offset| Register::at(offset);
        assert_eq!(at(0x080), Some(Register::Bits(Bits::Group, 0)));
        assert_eq!(at(0x17c), Some(Register::Bits(Bits::SetEnable, 31)));
        assert_eq!(at(0x184), Some(Register::Bits(Bits::ClearEnable, 1)));
        assert_eq!(at(0x208), Some(Register::Bits(Bits::SetPending, 2)));
        assert_eq!(at(0x280), Some(Register::Bits(Bits::ClearPending, 0)));
        assert_eq!(at(0x300), Some(Register::Bits(Bits::SetActive, 0)));
        assert_eq!(at(0x380), Some(Register::Bits(Bits::ClearActive, 0)));
        assert_eq!(at(0x421), Some(Register::Priority(33)));
        assert_eq!(at(0xc08), Some(Register::Config(32)));
        assert_eq!((at(0x07c), at(0x800), at(0xd00)), (None, None, None));
        assert_eq!(at(0xc0c).map(Register::block), Some(1));
    }

    #[test]
    fn configuration_fields_are_the_upper_bits_of_pairs() {
        assert_eq!(config_fields(0xffff_0001, 32), 0b10);
        assert_eq!(config_fields(0xffff_0001, 48), 0xaaaa_aaaa);
        assert_eq!(with_config_fields(0x0001_ffff, 32, 0x8000_0005), 0x0001_8000);
        assert_eq!(with_config_fields(0, 48, 0b10), 0x0001_0000);
    }
}
