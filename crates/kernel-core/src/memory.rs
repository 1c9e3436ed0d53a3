//! Access to the memory that holds kernel objects.

use crate::word::{PhysAddr, Word};

/// Physical memory, one naturally aligned word at a time.
///
/// All kernel objects live in memory that user level handed over by retyping,
/// so the algorithms reach every object through this trait: the kernel backs
/// it with its window onto physical memory, the tests with a vector.
///
/// Addresses come from capabilities that the kernel itself made; an
/// implementation may panic on any other.
pub trait Memory {
    /// Reads the word at `at`.
    fn load(&self, at: PhysAddr) -> Word;

    /// Writes the word at `at`.
    fn store(&mut self, at: PhysAddr, value: Word);

    /// Clears `bytes` bytes, a multiple of the word size.
    fn zero(&mut self, start: PhysAddr, bytes: Word);

    /// Copies `bytes` bytes, a multiple of the word size, between ranges that
    /// do not overlap.
    fn copy(&mut self, to: PhysAddr, from: PhysAddr, bytes: Word) {
        for index in 0..bytes / crate::word::WORD_BYTES {
            let value = self.load(from.word(index));
            self.store(to.word(index), value);
        }
    }
}

/// A value that fits one word of a kernel object.
pub trait WordField {
    /// Decodes the stored word.
    fn from_word(word: Word) -> Self;
    /// Encodes the value.
    fn to_word(self) -> Word;
}

impl WordField for Word {
    fn from_word(word: Word) -> Self {
        word
    }
    fn to_word(self) -> Word {
        self
    }
}

impl WordField for bool {
    fn from_word(word: Word) -> Self {
        word != 0
    }
    fn to_word(self) -> Word {
        Word::from(self)
    }
}

/// Declares a handle type: the address of a kernel object, with a getter and
/// a setter for each word of it. A stored zero is `None` for optional handles,
/// since no platform keeps objects at physical address zero.
macro_rules! kernel_object {
    (
        $(#[$doc:meta])*
        $name:ident { $( $(#[$field_doc:meta])* $get:ident, $set:ident: $ty:ty = $index:expr; )* }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub struct $name($crate::word::PhysAddr);

        impl $name {
            /// The object at `address`.
            pub const fn at(address: $crate::word::PhysAddr) -> Self {
                Self(address)
            }

            /// The object's physical address.
            pub const fn address(self) -> $crate::word::PhysAddr {
                self.0
            }

            $(
                $(#[$field_doc])*
                pub fn $get(self, memory: &impl $crate::memory::Memory) -> $ty {
                    $crate::memory::WordField::from_word(memory.load(self.0.word($index)))
                }

                #[doc = concat!("Sets what [`Self::", stringify!($get), "`] reads.")]
                pub fn $set(self, memory: &mut impl $crate::memory::Memory, value: $ty) {
                    memory.store(self.0.word($index), $crate::memory::WordField::to_word(value));
                }
            )*
        }

        impl $crate::memory::WordField for Option<$name> {
            fn from_word(word: $crate::word::Word) -> Self {
                (word != 0).then_some($name($crate::word::PhysAddr(word)))
            }
            fn to_word(self) -> $crate::word::Word {
                self.map_or(0, |object| object.0.0)
            }
        }
    };
}
pub(crate) use kernel_object;
