//! Conversions between the kernel's word and `usize`, which have the same width on every
//! machine that seL4 runs on.

use crate::Word;

const _: () = assert!(Word::BITS <= usize::BITS);

/// A word as an index or address.
#[expect(clippy::cast_possible_truncation)] // see the assertion
pub(crate) const fn word_to_usize(word: Word) -> usize {
    word as usize
}

/// An index or address as a word.
pub(crate) const fn usize_to_word(value: usize) -> Word {
    value as Word
}
