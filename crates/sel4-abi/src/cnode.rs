//! CNodes.

use crate::Word;

/// Size of a slot (log2 of bytes).
pub const SLOT_BITS: u32 = 5;
/// Bits of the guard's size.
pub const GUARD_SIZE_BITS: u32 = 6;
/// Bits of the guard.
pub const GUARD_BITS: u32 = 58;
/// Bits of a badge.
pub const BADGE_BITS: u32 = 64;

/// Guard of a CNode capability (`seL4_CNode_CapData_t`): the bits that an address must have
/// before the CNode's own index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
#[repr(transparent)]
pub struct CapData(Word);

impl CapData {
    /// A guard of `size` bits. Bits that don't fit are dropped.
    pub const fn new(guard: Word, size: usize) -> Self {
        Self(guard << GUARD_SIZE_BITS | size & ((1 << GUARD_SIZE_BITS) - 1))
    }

    /// The data in a word.
    pub const fn from_word(word: Word) -> Self {
        Self(word)
    }

    /// The packed word.
    pub const fn as_word(self) -> Word {
        self.0
    }

    /// The guard.
    pub const fn guard(self) -> Word {
        self.0 >> GUARD_SIZE_BITS
    }

    /// Bits of the guard.
    pub const fn guard_size(self) -> usize {
        self.0 & ((1 << GUARD_SIZE_BITS) - 1)
    }
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn packs_and_unpacks() {
        let data = CapData::new(0xabc, 46);
        assert_eq!(data.as_word(), 0xabc << 6 | 46);
        assert_eq!((data.guard(), data.guard_size()), (0xabc, 46));
        assert_eq!(CapData::new(0, 64).guard_size(), 0);
        assert_eq!(CapData::from_word(data.as_word()), data);
    }
}
