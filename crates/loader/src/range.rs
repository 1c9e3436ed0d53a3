//! Ranges of physical addresses.

use core::fmt;

/// The bytes from `start` up to, and not including, `end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Range {
    /// Address of the first byte.
    pub start: u64,
    /// Address after the last byte.
    pub end: u64,
}

impl Range {
    /// The range that holds nothing.
    pub const EMPTY: Self = Self { start: 0, end: 0 };

    /// The range from `start` up to `end`.
    #[must_use]
    pub const fn new(start: u64, end: u64) -> Self {
        Self { start, end }
    }

    /// Bytes in the range, zero if it ends before it starts.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.end.saturating_sub(self.start)
    }

    /// Whether the range holds nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.end <= self.start
    }

    /// Whether `other` lies wholly inside this range.
    #[must_use]
    pub const fn contains(&self, other: &Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Whether the two ranges share a byte.
    #[must_use]
    pub const fn overlaps(&self, other: &Self) -> bool {
        !self.is_empty() && !other.is_empty() && self.start < other.end && other.start < self.end
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}..{:#x}", self.start, self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn touching_ranges_do_not_overlap() {
        assert!(!Range::new(0, 4).overlaps(&Range::new(4, 8)));
        assert!(Range::new(0, 5).overlaps(&Range::new(4, 8)));
        assert!(!Range::new(5, 5).overlaps(&Range::new(4, 8)));
    }

    #[test]
    fn a_backward_range_is_empty() {
        assert!(Range::new(8, 4).is_empty());
        assert_eq!(Range::new(8, 4).len(), 0);
    }
}
