//! Machine words, bit fields and physical addresses.

/// The kernel's word, `seL4_Word` of the seL4 manual.
pub type Word = usize;

/// Bits in a [`Word`].
pub const WORD_BITS: u32 = Word::BITS;

/// Bytes in a [`Word`].
pub const WORD_BYTES: Word = size_of::<Word>();

/// A word with only bit `n` set. `n` must be below [`WORD_BITS`].
pub const fn bit(n: u32) -> Word {
    1 << n
}

/// A word with the lowest `n` bits set; `n` may equal [`WORD_BITS`].
pub const fn mask(n: u32) -> Word {
    if n >= WORD_BITS { Word::MAX } else { (1 << n) - 1 }
}

/// The `width` bits of `word` that start at bit `shift`.
pub const fn bits(word: Word, shift: u32, width: u32) -> Word {
    (word >> shift) & mask(width)
}

/// Narrows a small field, such as a size in bits, to `u32`.
///
/// Only for values that come out of a bit field narrower than 32 bits.
#[expect(clippy::cast_possible_truncation, reason = "callers pass masked fields")]
pub const fn small(word: Word) -> u32 {
    word as u32
}

/// Rounds `value` up to a multiple of 2^`align_bits` bytes.
pub const fn align_up(value: Word, align_bits: u32) -> Word {
    (value + mask(align_bits)) & !mask(align_bits)
}

/// Rounds `value` down to a multiple of 2^`align_bits` bytes.
pub const fn align_down(value: Word, align_bits: u32) -> Word {
    value & !mask(align_bits)
}

/// A physical address, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct PhysAddr(pub Word);

impl PhysAddr {
    /// The address `bytes` after this one.
    pub const fn offset(self, bytes: Word) -> Self {
        Self(self.0 + bytes)
    }

    /// The address of word `index` of an object that starts here.
    pub const fn word(self, index: Word) -> Self {
        Self(self.0 + index * WORD_BYTES)
    }
}
