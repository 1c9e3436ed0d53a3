//! Numbers and booleans.

use alloc::vec::Vec;

use zerocopy::{Immutable, IntoBytes, KnownLayout, TryFromBytes};

use super::{Decode, Encode, Malformed, Reader, Word, Writer};

/// Types whose arrays are sent as bytes: numbers and booleans.
pub trait Packed: Copy + TryFromBytes + IntoBytes + Immutable + KnownLayout + 'static {}

/// A type that is sent as the word that `$to` makes, and that `$from` makes of a word.
macro_rules! scalar {
    ($($ty:ty, |$value:ident| $to:expr, |$word:ident| $from:expr;)*) => { $(
        impl Packed for $ty {}

        impl Encode for $ty {
            #[inline]
            fn encode(&self, writer: &mut Writer<'_>) {
                let $value = *self;
                writer.word($to);
            }

            fn encode_items(items: &[Self], writer: &mut Writer<'_>) {
                writer.count(items.len());
                writer.bytes(items.as_bytes());
            }
        }

        impl<'a> Decode<'a> for $ty {
            #[inline]
            fn decode(reader: &mut Reader<'a>) -> Result<Self, Malformed> {
                let $word = reader.word()?;
                $from
            }

            fn decode_items(reader: &mut Reader<'a>) -> Result<Vec<Self>, Malformed> {
                <&[Self]>::decode(reader).map(<[Self]>::to_vec)
            }
        }
    )* };
}

/// The number, if it is one of the type's.
fn narrow<T: TryFrom<U>, U>(value: U) -> Result<T, Malformed> {
    T::try_from(value).map_err(|_| Malformed)
}

// A signed number is extended to a word, and a word taken for a signed number, bit by bit. `usize`
// and `isize` have no `From` to 64 bits, although every target has at most these.
#[allow(clippy::cast_sign_loss, clippy::cast_possible_wrap)]
mod impls {
    use super::*;

    scalar! {
        u8, |value| value.into(), |word| narrow(word);
        u16, |value| value.into(), |word| narrow(word);
        u32, |value| value.into(), |word| narrow(word);
        u64, |value| value, |word| Ok(word);
        usize, |value| value as Word, |word| narrow(word);
        i8, |value| i64::from(value) as Word, |word| narrow(word as i64);
        i16, |value| i64::from(value) as Word, |word| narrow(word as i64);
        i32, |value| i64::from(value) as Word, |word| narrow(word as i64);
        i64, |value| value as Word, |word| Ok(word as i64);
        isize, |value| value as i64 as Word, |word| narrow(word as i64);
        f32, |value| value.to_bits().into(), |word| narrow(word).map(Self::from_bits);
        f64, |value| value.to_bits(), |word| Ok(Self::from_bits(word));
        bool, |value| value.into(), |word| match word {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Malformed),
        };
    }
}
