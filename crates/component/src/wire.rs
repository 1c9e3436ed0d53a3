//! Arguments and answers as the words of a message.
//!
//! A scalar takes one word; a text or an array of scalars its length (in bytes, in elements) and
//! then its bytes, packed; everything else its parts, one after the other. What arrives is a claim
//! of another component: reading is checked, and copies nothing but scalars.

use alloc::string::String;
use alloc::vec::Vec;

mod collections;
mod scalar;
mod tuple;

pub use scalar::Packed;

/// What messages are made of.
pub type Word = u64;

/// Bytes of a word.
pub(crate) const WORD: usize = size_of::<Word>();

/// The words are not what was to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// There is no room for the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

/// Takes words one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    words: &'a [Word],
}

impl<'a> Reader<'a> {
    /// Reads these words.
    #[must_use]
    pub const fn new(words: &'a [Word]) -> Self {
        Self { words }
    }

    /// Reads all of the words.
    ///
    /// # Errors
    /// They are no `T`, or more than that.
    #[inline]
    pub fn all<T: Decode<'a>>(mut self) -> Result<T, Malformed> {
        let value = T::decode(&mut self)?;
        if self.words.is_empty() { Ok(value) } else { Err(Malformed) }
    }

    /// The next word.
    ///
    /// # Errors
    /// There is none.
    #[inline]
    pub fn word(&mut self) -> Result<Word, Malformed> {
        let (word, rest) = self.words.split_first().ok_or(Malformed)?;
        self.words = rest;
        Ok(*word)
    }

    /// The next word, as the number of things that take at least `size` bytes each.
    ///
    /// # Errors
    /// There are not as many bytes.
    fn count(&mut self, size: usize) -> Result<usize, Malformed> {
        let count = usize::try_from(self.word()?).map_err(|_| Malformed)?;
        match count.checked_mul(size) {
            Some(bytes) if bytes <= self.words.len() * WORD => Ok(count),
            _ => Err(Malformed),
        }
    }

    /// The next words' first bytes.
    fn bytes(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let (words, rest) = self.words.split_at_checked(length.div_ceil(WORD)).ok_or(Malformed)?;
        self.words = rest;
        zerocopy::IntoBytes::as_bytes(words).get(..length).ok_or(Malformed)
    }
}

/// Puts words one after the other.
#[derive(Debug)]
pub struct Writer<'a> {
    words: &'a mut [Word],
    /// Words that were put; more than there is room for means that the rest was dropped.
    length: usize,
}

impl<'a> Writer<'a> {
    /// Writes to these words.
    pub fn new(words: &'a mut [Word]) -> Self {
        Self { words, length: 0 }
    }

    /// How many words were put.
    ///
    /// # Errors
    /// Not all of them had room.
    #[inline]
    pub fn finish(&self) -> Result<usize, TooLong> {
        if self.length <= self.words.len() { Ok(self.length) } else { Err(TooLong) }
    }

    /// Puts a word.
    #[inline]
    pub fn word(&mut self, word: Word) {
        if let Some(place) = self.words.get_mut(self.length) {
            *place = word;
        }
        self.length = self.length.saturating_add(1);
    }

    /// Puts a number of things.
    fn count(&mut self, count: usize) {
        // A slice has less than 2^63 elements.
        self.word(count as Word);
    }

    /// Puts bytes, and zeros to the end of the last word.
    fn bytes(&mut self, bytes: &[u8]) {
        let end = self.length.saturating_add(bytes.len().div_ceil(WORD));
        if let Some(words) = self.words.get_mut(self.length..end) {
            if let Some(last) = words.last_mut() {
                *last = 0;
            }
            let room = zerocopy::IntoBytes::as_mut_bytes(words);
            room[..bytes.len()].copy_from_slice(bytes);
        }
        self.length = end;
    }
}

/// Values that can be sent.
pub trait Encode {
    /// Puts the value's words.
    fn encode(&self, writer: &mut Writer<'_>);

    /// Puts an array.
    fn encode_items(items: &[Self], writer: &mut Writer<'_>)
    where
        Self: Sized,
    {
        writer.count(items.len());
        items.iter().for_each(|item| item.encode(writer));
    }
}

/// Values that can be received.
pub trait Decode<'a>: Sized {
    /// Takes the value's words.
    ///
    /// # Errors
    /// They are not there, or not a value of this type.
    fn decode(reader: &mut Reader<'a>) -> Result<Self, Malformed>;

    /// Takes an array.
    ///
    /// # Errors
    /// As for [`decode`](Self::decode).
    fn decode_items(reader: &mut Reader<'a>) -> Result<Vec<Self>, Malformed> {
        // Every item takes a word at least, so the memory is bounded by the message.
        let count = reader.count(WORD)?;
        (0..count).map(|_| Self::decode(reader)).collect()
    }
}

impl<'a> Decode<'a> for String {
    fn decode(reader: &mut Reader<'a>) -> Result<Self, Malformed> {
        <&str>::decode(reader).map(Self::from)
    }
}

#[cfg(test)]
mod test;
