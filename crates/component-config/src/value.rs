//! Values of attributes and settings, as bytes of one property.
//!
//! A value is a tag byte and what the tag says: nothing but lengths nests, so reading needs
//! neither recursion nor memory. Numbers are big-endian, as everything in a device tree blob.

/// Tags.
pub(crate) mod tag {
    /// 16 bytes, signed.
    pub const INTEGER: u8 = b'i';
    /// 8 bytes.
    pub const FLOAT: u8 = b'f';
    /// A length, UTF-8.
    pub const STRING: u8 = b's';
    /// A length, values.
    pub const LIST: u8 = b'l';
    /// A length, pairs of a string value and a value.
    pub const DICT: u8 = b'd';
}

/// A value in a blob.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ValueRef<'a> {
    /// A number without a fraction, or a boolean as 0 and 1.
    Integer(i128),
    /// A number with a fraction.
    Float(f64),
    /// Text.
    String(&'a str),
    /// `[...]`
    List(List<'a>),
    /// `{...}`
    Dict(Dict<'a>),
}

impl<'a> ValueRef<'a> {
    /// Reads a value; none if the bytes are not exactly one.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Option<Self> {
        match Self::split(bytes)? {
            (value, []) => Some(value),
            _ => None,
        }
    }

    /// Reads the first value, and gives the bytes after it.
    fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (tag, bytes) = bytes.split_first()?;
        match *tag {
            tag::INTEGER => {
                let (value, rest) = bytes.split_first_chunk()?;
                Some((Self::Integer(i128::from_be_bytes(*value)), rest))
            }
            tag::FLOAT => {
                let (value, rest) = bytes.split_first_chunk()?;
                Some((Self::Float(f64::from_be_bytes(*value)), rest))
            }
            tag => {
                let (length, bytes) = bytes.split_first_chunk()?;
                let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
                let (content, rest) = bytes.split_at_checked(length)?;
                let value = match tag {
                    tag::STRING => Self::String(core::str::from_utf8(content).ok()?),
                    tag::LIST => Self::List(List(content)),
                    tag::DICT => Self::Dict(Dict(content)),
                    _ => return None,
                };
                Some((value, rest))
            }
        }
    }

    /// The integer, if it is one that fits.
    #[must_use]
    pub fn as_integer<T: TryFrom<i128>>(&self) -> Option<T> {
        match self {
            Self::Integer(value) => T::try_from(*value).ok(),
            _ => None,
        }
    }

    /// Whether it is true: an integer other than 0.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Integer(value) => Some(*value != 0),
            _ => None,
        }
    }

    /// The number, of either kind.
    #[must_use]
    // Attributes of a fractional type may be written without a fraction; precision beyond that of
    // the type is lost there as in C.
    #[allow(clippy::cast_precision_loss)]
    pub fn as_float(&self) -> Option<f64> {
        match self {
            Self::Integer(value) => Some(*value as f64),
            Self::Float(value) => Some(*value),
            _ => None,
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> Option<&'a str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The list.
    #[must_use]
    pub fn as_list(&self) -> Option<List<'a>> {
        match self {
            Self::List(list) => Some(*list),
            _ => None,
        }
    }

    /// The dictionary.
    #[must_use]
    pub fn as_dict(&self) -> Option<Dict<'a>> {
        match self {
            Self::Dict(dict) => Some(*dict),
            _ => None,
        }
    }

    /// What messages call this kind of value.
    #[must_use]
    pub fn describe(&self) -> &'static str {
        match self {
            Self::Integer(_) => "an integer",
            Self::Float(_) => "a number with a fraction",
            Self::String(_) => "a string",
            Self::List(_) => "a list",
            Self::Dict(_) => "a dictionary",
        }
    }
}

/// A list in a blob: iterates over its values, and ends where damage begins.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct List<'a>(&'a [u8]);

impl<'a> Iterator for List<'a> {
    type Item = ValueRef<'a>;

    fn next(&mut self) -> Option<ValueRef<'a>> {
        let (value, rest) = ValueRef::split(self.0)?;
        self.0 = rest;
        Some(value)
    }
}

/// A dictionary in a blob: iterates over its entries, and ends where damage begins.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Dict<'a>(&'a [u8]);

impl<'a> Dict<'a> {
    /// The value of a key. Of a key that is there twice, the last.
    #[must_use]
    pub fn get(self, key: &str) -> Option<ValueRef<'a>> {
        self.filter(|(entry, _)| *entry == key).last().map(|(_, value)| value)
    }
}

impl<'a> Iterator for Dict<'a> {
    type Item = (&'a str, ValueRef<'a>);

    fn next(&mut self) -> Option<(&'a str, ValueRef<'a>)> {
        let (key, rest) = ValueRef::split(self.0)?;
        let (value, rest) = ValueRef::split(rest)?;
        self.0 = rest;
        Some((key.as_str()?, value))
    }
}
