//! Texts and arrays.

use alloc::string::String;
use alloc::vec::Vec;

use zerocopy::TryFromBytes;

use super::{Decode, Encode, Malformed, Packed, Reader, Writer};

impl<T: Encode + ?Sized> Encode for &T {
    #[inline]
    fn encode(&self, writer: &mut Writer<'_>) {
        (**self).encode(writer);
    }
}

impl Encode for str {
    fn encode(&self, writer: &mut Writer<'_>) {
        writer.count(self.len());
        writer.bytes(self.as_bytes());
    }
}

impl Encode for String {
    fn encode(&self, writer: &mut Writer<'_>) {
        self.as_str().encode(writer);
    }
}

impl<T: Encode> Encode for [T] {
    fn encode(&self, writer: &mut Writer<'_>) {
        T::encode_items(self, writer);
    }
}

impl<T: Encode> Encode for Vec<T> {
    fn encode(&self, writer: &mut Writer<'_>) {
        T::encode_items(self, writer);
    }
}

impl<'a> Decode<'a> for &'a str {
    fn decode(reader: &mut Reader<'a>) -> Result<Self, Malformed> {
        let length = reader.count(1)?;
        core::str::from_utf8(reader.bytes(length)?).map_err(|_| Malformed)
    }
}

impl<'a, T: Packed> Decode<'a> for &'a [T] {
    fn decode(reader: &mut Reader<'a>) -> Result<Self, Malformed> {
        let count = reader.count(size_of::<T>())?;
        // A word is aligned as the largest of these types.
        <[T]>::try_ref_from_bytes(reader.bytes(count * size_of::<T>())?).map_err(|_| Malformed)
    }
}

impl<'a, T: Decode<'a>> Decode<'a> for Vec<T> {
    fn decode(reader: &mut Reader<'a>) -> Result<Self, Malformed> {
        T::decode_items(reader)
    }
}

/// A part of a C struct.
impl<T: Encode, const N: usize> Encode for [T; N] {
    fn encode(&self, writer: &mut Writer<'_>) {
        T::encode_items(self, writer);
    }
}

impl<'a, T: Decode<'a>, const N: usize> Decode<'a> for [T; N] {
    fn decode(reader: &mut Reader<'a>) -> Result<Self, Malformed> {
        T::decode_items(reader)?.try_into().map_err(|_| Malformed)
    }
}
