//! Enumerations with fixed numbers.

/// Defines an enumeration over `usize` or `isize` that converts from and to a [`crate::Word`].
/// Negative numbers become words in two's complement.
macro_rules! word_enum {
    (
        $(#[$attr:meta])*
        pub enum $name:ident: $repr:ident {
            $($(#[$variant_attr:meta])* $variant:ident = $value:literal,)+
        }
    ) => {
        $(#[$attr])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr($repr)]
        pub enum $name {
            $($(#[$variant_attr])* $variant = $value,)+
        }

        impl $name {
            /// Every variant, in the order of definition.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The number of variants.
            pub const COUNT: usize = Self::ALL.len();

            /// The variant with this number, if there is one.
            pub const fn from_word(word: $crate::Word) -> Option<Self> {
                $(
                    if word == Self::$variant.as_word() {
                        return Some(Self::$variant);
                    }
                )+
                None
            }

            /// The number as a word.
            #[allow(clippy::cast_sign_loss, reason = "two's complement is meant")]
            pub const fn as_word(self) -> $crate::Word {
                self.number() as $crate::Word
            }

            /// The number.
            pub const fn number(self) -> $repr {
                self as $repr
            }

            /// The variant's name.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($variant),)+
                }
            }
        }
    };
}
