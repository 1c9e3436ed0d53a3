//! Several arguments, or several answers.

use super::{Decode, Encode, Malformed, Reader, Writer};

macro_rules! tuples {
    ($($($name:ident)*;)*) => { $(
        impl<$($name: Encode),*> Encode for ($($name,)*) {
            #[inline]
            #[allow(non_snake_case, unused_variables)] // the types' names name the values
            fn encode(&self, writer: &mut Writer<'_>) {
                let ($($name,)*) = self;
                $($name.encode(writer);)*
            }
        }

        impl<'a, $($name: Decode<'a>),*> Decode<'a> for ($($name,)*) {
            #[inline]
            #[allow(clippy::unused_unit, unused_variables)] // of nothing
            fn decode(reader: &mut Reader<'a>) -> Result<Self, Malformed> {
                Ok(($($name::decode(reader)?,)*))
            }
        }
    )* };
}

tuples! {
    ;
    A;
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
    A B C D E F G;
    A B C D E F G H;
    A B C D E F G H I;
    A B C D E F G H I J;
    A B C D E F G H I J K;
    A B C D E F G H I J K L;
}
