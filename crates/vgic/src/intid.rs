//! Numbers, priorities and groups of interrupts.

use core::fmt;

use vmm::interrupt::{Ppi, Spi};

/// How many interrupts one register with a bit for each of them covers.
pub(crate) const PER_BLOCK: usize = 32;

/// A software-generated interrupt, 0 to 15 (IHI 0048B 2.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sgi(u8);

impl Sgi {
    /// How many there are.
    pub const COUNT: usize = 16;

    /// Takes the low four bits of a field.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Self {
        Self((bits & 0xf) as u8)
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The position in a table of SGIs.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// The identifier of an interrupt: SGIs are 0 to 15, PPIs 16 to 31, SPIs 32 to 1019
/// (IHI 0048B 2.2.1, IHI 0069H 2.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IntId(u16);

impl IntId {
    /// One more than the largest.
    pub const END: u16 = 1020;

    /// The interrupt with this identifier; `None` from 1020, which have special meanings.
    #[must_use]
    pub const fn new(number: u16) -> Option<Self> {
        if number < Self::END { Some(Self(number)) } else { None }
    }

    /// The interrupt at `bit` of the registers number `block`.
    pub(crate) fn at(block: usize, bit: u32) -> Option<Self> {
        let bit = usize::try_from(bit).ok()?;
        Self::new(u16::try_from(block * PER_BLOCK + bit).ok()?)
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0
    }

    /// Which of the registers with a bit for each interrupt it is in.
    pub(crate) fn block(self) -> usize {
        usize::from(self.0) / PER_BLOCK
    }

    /// The interrupt's bit in that register.
    pub(crate) fn mask(self) -> u32 {
        1 << (self.0 % 32)
    }

    /// The SGI, if it is one.
    #[must_use]
    pub const fn sgi(self) -> Option<Sgi> {
        if self.0 < 16 { Some(Sgi::from_bits(self.0 as u64)) } else { None }
    }
}

impl fmt::Display for IntId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0..16 => write!(f, "SGI {}", self.0),
            16..32 => write!(f, "PPI {}", self.0 - 16),
            _ => write!(f, "SPI {}", self.0 - 32),
        }
    }
}

impl From<Sgi> for IntId {
    fn from(sgi: Sgi) -> Self {
        Self(sgi.0.into())
    }
}

impl From<Ppi> for IntId {
    fn from(ppi: Ppi) -> Self {
        Self(u16::from(ppi.number()) + 16)
    }
}

impl From<Spi> for IntId {
    fn from(spi: Spi) -> Self {
        Self(spi.number() + 32)
    }
}

/// The priority of an interrupt; a lower number is more urgent (IHI 0048B 3.3).
///
/// 32 priorities exist, since list registers have five bits for them (IHI 0048B 5.3.8). So the
/// low three bits of a priority field read as zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Priority(u8);

impl Priority {
    /// The priority in a field of IPRIORITYR.
    #[must_use]
    pub const fn from_field(field: u8) -> Self {
        Self(field & 0xf8)
    }

    /// The field of IPRIORITYR.
    #[must_use]
    pub const fn field(self) -> u8 {
        self.0
    }

    /// The five bits of a list register, 0 to 31.
    #[must_use]
    pub const fn level(self) -> u8 {
        self.0 >> 3
    }
}

/// The group of an interrupt (IHI 0048B 2.2.2). A guest sees a controller with one security
/// state, where the group only chooses between IRQ and FIQ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// Group 0: FIQ, if the guest wants so.
    Zero,
    /// Group 1: always IRQ.
    One,
}

#[cfg(test)]
mod test {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn identifiers_have_bounds_and_kinds() {
        assert_eq!(IntId::new(1020), None);
        assert_eq!(IntId::at(31, 28), None);
        assert_eq!(IntId::at(31, 27), IntId::new(1019));
        let names: [_; 3] = [15, 27, 33].map(|n| IntId::new(n).unwrap().to_string());
        assert_eq!(names, ["SGI 15", "PPI 11", "SPI 1"]);
        assert_eq!(IntId::new(15).unwrap().sgi(), Some(Sgi::from_bits(0x1f)));
        assert_eq!(IntId::new(16).unwrap().sgi(), None);
        assert_eq!(IntId::from(Ppi::VIRTUAL_TIMER), IntId::new(27).unwrap());
        assert_eq!(IntId::from(Spi::new(1).unwrap()), IntId::new(33).unwrap());
    }

    #[test]
    fn a_priority_has_five_bits() {
        assert_eq!(Priority::from_field(0xa7).field(), 0xa0);
        assert_eq!(Priority::from_field(0xff).level(), 31);
        assert!(Priority::from_field(0x80) < Priority::from_field(0xa0));
    }
}
