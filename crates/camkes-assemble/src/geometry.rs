//! How a kernel's address spaces are built: levels of tables, sizes of pages.

/// The smallest page, in bytes. The same on every architecture that the tool knows.
pub const PAGE: u64 = 1 << PAGE_BITS;
/// The same as a power of two.
pub const PAGE_BITS: u8 = 12;

/// The shape of an address space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Entries of the tables, as powers of two, from the root on.
    levels: Vec<u8>,
    /// Sizes of frames, as powers of two, ascending.
    frames: Vec<u8>,
}

impl Geometry {
    /// AArch64 with 4 KiB pages, whose root table has 2^`root` entries.
    #[must_use]
    pub fn aarch64(levels: u32, root: u32) -> Self {
        let root = u8::try_from(root).unwrap_or(9);
        let mut entries = vec![root];
        entries.extend((1..levels).map(|_| 9));
        Self { levels: entries, frames: vec![12, 21, 30] }
    }

    /// How many levels of tables there are.
    #[must_use]
    pub fn level_count(&self) -> usize {
        self.levels.len()
    }

    /// Entries of the root table, as a power of two.
    #[must_use]
    pub fn root_entries(&self) -> u8 {
        self.levels.first().copied().unwrap_or(0)
    }

    /// The same for [`system_spec::check`].
    #[must_use]
    pub fn for_check(&self) -> system_spec::check::Geometry {
        match self.levels.len() {
            3 => system_spec::check::Geometry::AARCH64_40,
            _ => system_spec::check::Geometry::AARCH64_44,
        }
    }

    /// Bytes that one entry of a table at `level` stands for, as a power of two.
    #[must_use]
    pub fn entry_bits(&self, level: usize) -> u8 {
        let below: u8 = self.levels.iter().skip(level + 1).sum();
        below + PAGE_BITS
    }

    /// The index in a table at `level` of the entry for `address`.
    #[must_use]
    pub fn index(&self, level: usize, address: u64) -> u32 {
        let entries = self.levels.get(level).copied().unwrap_or(0);
        let index = (address >> self.entry_bits(level)) & ((1 << entries) - 1);
        u32::try_from(index).unwrap_or(u32::MAX)
    }

    /// The level whose entries are frames of 2^`bits` bytes.
    #[must_use]
    pub fn level_of_frame(&self, bits: u8) -> Option<usize> {
        (0..self.levels.len()).find(|level| self.entry_bits(*level) == bits)
    }

    /// The first address behind the address space.
    #[must_use]
    pub fn end(&self) -> u64 {
        1 << (self.entry_bits(0) + self.levels.first().copied().unwrap_or(0)).min(63)
    }

    /// The largest frame that memory anywhere is made of: larger ones can't be counted on to be
    /// free in one piece.
    #[must_use]
    pub fn large_bits(&self) -> u8 {
        self.frames.get(1).copied().unwrap_or(PAGE_BITS)
    }

    /// The largest frame of at most 2^`limit` bytes that may begin at `offset` and is no longer
    /// than `rest`.
    #[must_use]
    pub fn frame_at(&self, offset: u64, rest: u64, limit: u8) -> u8 {
        let fits = |bits: &&u8| {
            **bits <= limit && offset.is_multiple_of(1 << **bits) && (1 << **bits) <= rest
        };
        self.frames.iter().rev().find(fits).copied().unwrap_or(PAGE_BITS)
    }

    /// The largest frame there is.
    #[must_use]
    pub fn huge_bits(&self) -> u8 {
        self.frames.last().copied().unwrap_or(PAGE_BITS)
    }
}

/// The next multiple of the page size; the last one there is if that is beyond 64 bits.
#[must_use]
pub fn pages(size: u64) -> u64 {
    size.checked_next_multiple_of(PAGE).unwrap_or(u64::MAX - (PAGE - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forty_bits_have_three_levels() {
        let geometry = Geometry::aarch64(3, 10);
        assert_eq!(geometry.end(), 1 << 40);
        assert_eq!([0, 1, 2].map(|level| geometry.entry_bits(level)), [30, 21, 12]);
        assert_eq!(geometry.index(0, 0xff_c000_0000), 1023);
        assert_eq!(geometry.index(1, 0x40_0000), 2);
        assert_eq!(geometry.level_of_frame(21), Some(1));
        assert_eq!(geometry.level_of_frame(30), Some(0));
        assert_eq!(geometry.level_of_frame(16), None);
    }

    #[test]
    fn forty_four_bits_have_four() {
        let geometry = Geometry::aarch64(4, 9);
        assert_eq!(geometry.entry_bits(0), 39);
        assert_eq!(geometry.level_of_frame(30), Some(1));
        assert_eq!(geometry.end(), 1 << 48);
    }

    #[test]
    fn frames_are_as_large_as_place_and_rest_allow() {
        let geometry = Geometry::aarch64(3, 10);
        assert_eq!(geometry.frame_at(0, 1 << 30, 30), 30);
        assert_eq!(geometry.frame_at(0, 1 << 30, 21), 21);
        assert_eq!(geometry.frame_at(0x20_0000, 1 << 30, 30), 21);
        assert_eq!(geometry.frame_at(0x20_0000, 0x1f_f000, 30), 12);
        assert_eq!(geometry.frame_at(0x1000, 1 << 30, 30), 12);
    }

    #[test]
    fn sizes_are_rounded_up_to_pages() {
        assert_eq!(pages(0), 0);
        assert_eq!(pages(1), PAGE);
        assert_eq!(pages(u64::MAX), u64::MAX - 0xfff);
    }
}
