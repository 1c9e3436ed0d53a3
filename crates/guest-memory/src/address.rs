//! Guest-physical addresses (the architecture's intermediate physical addresses), and ranges.

use core::fmt;

/// A guest-physical address. What a guest says is one until it is checked against a memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GuestAddress(pub u64);

impl GuestAddress {
    /// The address `bytes` further on, or `None` past the end of the address space.
    #[must_use]
    pub const fn checked_add(self, bytes: u64) -> Option<Self> {
        match self.0.checked_add(bytes) {
            Some(address) => Some(Self(address)),
            None => None,
        }
    }

    /// The distance from `base` up to this address, or `None` if it lies below `base`.
    #[must_use]
    pub const fn offset_from(self, base: Self) -> Option<u64> {
        self.0.checked_sub(base.0)
    }

    /// Whether the address is a multiple of `alignment`. Nothing is a multiple of zero but zero.
    #[must_use]
    pub const fn is_aligned(self, alignment: u64) -> bool {
        self.0.is_multiple_of(alignment)
    }

    /// The nearest multiple of `alignment` at or above this address, or `None` if there is none
    /// in the address space.
    #[must_use]
    pub const fn align_up(self, alignment: u64) -> Option<Self> {
        match self.0.checked_next_multiple_of(alignment) {
            Some(address) => Some(Self(address)),
            None => None,
        }
    }

    /// The nearest multiple of `alignment` at or below this address, or `None` if `alignment` is
    /// zero.
    #[must_use]
    pub const fn align_down(self, alignment: u64) -> Option<Self> {
        match self.0.checked_rem(alignment) {
            Some(rest) => Some(Self(self.0 - rest)),
            None => None,
        }
    }
}

impl fmt::Display for GuestAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

impl fmt::LowerHex for GuestAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::LowerHex::fmt(&self.0, f)
    }
}

/// A range of guest-physical addresses: not empty, and not past the end of the address space.
///
/// Its last byte may be the last one that 64 bits can name, so there is no method for the address
/// after it that could not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GuestRange {
    start: GuestAddress,
    last: GuestAddress,
}

impl GuestRange {
    /// The `size` bytes from `start`, or `None` if there are none or they wrap.
    #[must_use]
    pub const fn new(start: GuestAddress, size: u64) -> Option<Self> {
        match size.checked_sub(1) {
            None => None,
            Some(more) => match start.checked_add(more) {
                None => None,
                Some(last) => Some(Self { start, last }),
            },
        }
    }

    /// The first byte.
    #[must_use]
    pub const fn start(self) -> GuestAddress {
        self.start
    }

    /// The last byte (inclusive).
    #[must_use]
    pub const fn last(self) -> GuestAddress {
        self.last
    }

    /// The number of bytes. The whole 64-bit address space is counted one byte short.
    #[must_use]
    pub const fn size(self) -> u64 {
        (self.last.0 - self.start.0).saturating_add(1)
    }

    /// Whether `address` lies inside.
    #[must_use]
    pub const fn contains(self, address: GuestAddress) -> bool {
        self.start.0 <= address.0 && address.0 <= self.last.0
    }

    /// Whether all of `other` lies inside.
    #[must_use]
    pub const fn contains_range(self, other: Self) -> bool {
        self.contains(other.start) && self.contains(other.last)
    }

    /// Whether the two have a byte in common.
    #[must_use]
    pub const fn overlaps(self, other: Self) -> bool {
        self.start.0 <= other.last.0 && other.start.0 <= self.last.0
    }
}

/// First and last byte, both inclusive.
impl fmt::Display for GuestRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..={}", self.start, self.last)
    }
}

#[cfg(test)]
mod test {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_range_is_neither_empty_nor_wraps() {
        assert_eq!(GuestRange::new(GuestAddress(0x1000), 0), None);
        assert_eq!(GuestRange::new(GuestAddress(u64::MAX), 2), None);
        let last = GuestRange::new(GuestAddress(u64::MAX), 1).unwrap();
        assert_eq!(last.size(), 1);
        assert!(last.contains(GuestAddress(u64::MAX)));
    }

    #[test]
    fn alignment_does_not_wrap() {
        assert_eq!(GuestAddress(u64::MAX).align_up(0x1000), None);
        assert_eq!(GuestAddress(5).align_up(0), None);
        assert_eq!(GuestAddress(5).align_down(0), None);
        assert_eq!(GuestAddress(0x1001).align_up(0x1000), Some(GuestAddress(0x2000)));
        assert_eq!(GuestAddress(0x1000).align_up(0x1000), Some(GuestAddress(0x1000)));
        assert_eq!(GuestAddress(0x1fff).align_down(0x1000), Some(GuestAddress(0x1000)));
    }

    proptest! {
        #[test]
        fn overlap_is_symmetric_and_means_a_common_byte(
            a in 0u64..64, a_size in 1u64..32, b in 0u64..64, b_size in 1u64..32,
        ) {
            let first = GuestRange::new(GuestAddress(a), a_size).unwrap();
            let second = GuestRange::new(GuestAddress(b), b_size).unwrap();
            let common = (0..128).map(GuestAddress)
                .any(|at| first.contains(at) && second.contains(at));
            prop_assert_eq!(first.overlaps(second), common);
            prop_assert_eq!(second.overlaps(first), common);
            let inside = (b..b + b_size).all(|at| first.contains(GuestAddress(at)));
            prop_assert_eq!(first.contains_range(second), inside);
        }
    }
}
