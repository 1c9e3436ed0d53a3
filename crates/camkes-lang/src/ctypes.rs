//! The C types that attributes and parameters may have.
//!
//! CAmkES files name C types, and `include` the headers that define them. No C
//! compiler runs here, so the types are listed: a name that is not on the list
//! is refused, instead of being given a wrong layout.

/// What a type is, by its layout.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CType {
    /// An integer.
    Integer {
        /// Its width.
        width: Width,
        /// Whether it can be negative.
        signed: bool,
    },
    /// `bool`: one byte, 0 or 1.
    Bool,
    /// `char`: one byte of text.
    Char,
    /// `float` or `double`.
    Float {
        /// 32 or 64.
        bits: u8,
    },
    /// `string`: text that ends in a zero byte.
    String,
    /// A C struct.
    Struct(&'static CStruct),
}

/// The width of an integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// That many bits.
    Bits(u8),
    /// A machine word: `long`, `size_t`, `seL4_Word`.
    Word,
}

/// A struct of a C header.
#[derive(Debug, PartialEq)]
pub struct CStruct {
    /// Its name.
    pub name: &'static str,
    /// The header that defines it.
    pub header: &'static str,
    /// Its fields, laid out as C does.
    pub fields: &'static [CField],
}

/// A field of a [`CStruct`].
#[derive(Debug, PartialEq)]
pub struct CField {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub ty: CType,
    /// How many, for an array; 1 otherwise.
    pub count: usize,
}

const fn integer(bits: u8, signed: bool) -> CType {
    CType::Integer {
        width: Width::Bits(bits),
        signed,
    }
}

const fn word(signed: bool) -> CType {
    CType::Integer {
        width: Width::Word,
        signed,
    }
}

/// What a type name stands for, if it is known.
#[must_use]
pub fn lookup(name: &str) -> Option<CType> {
    SCALARS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, ty)| *ty)
}

/// Every known name, for suggestions.
pub fn names() -> impl Iterator<Item = &'static str> {
    SCALARS.iter().map(|(name, _)| *name)
}

const SCALARS: &[(&str, CType)] = &[
    ("int", integer(32, true)),
    ("unsigned int", integer(32, false)),
    ("char", CType::Char),
    ("signed char", integer(8, true)),
    ("unsigned char", integer(8, false)),
    ("string", CType::String),
    ("bool", CType::Bool),
    ("float", CType::Float { bits: 32 }),
    ("double", CType::Float { bits: 64 }),
    ("int8_t", integer(8, true)),
    ("int16_t", integer(16, true)),
    ("int32_t", integer(32, true)),
    ("int64_t", integer(64, true)),
    ("uint8_t", integer(8, false)),
    ("uint16_t", integer(16, false)),
    ("uint32_t", integer(32, false)),
    ("uint64_t", integer(64, false)),
    ("intptr_t", word(true)),
    ("uintptr_t", word(false)),
    ("size_t", word(false)),
    ("ssize_t", word(true)),
    ("seL4_Word", word(false)),
    ("seL4_CPtr", word(false)),
];
