//! Where attributes come from.

use alloc::format;
use alloc::string::String;
use core::fmt;

use crate::error::ConfigError;

/// A value of an attribute or of one of its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// A number.
    Integer(i64),
    /// A truth value.
    Bool(bool),
    /// A text.
    Text(&'a str),
    /// Something else, by the name that a message calls it.
    Other(&'static str),
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(number) => write!(f, "{number}"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Other(name) => f.write_str(name),
        }
    }
}

/// The attributes of an instance, defaults included.
pub trait Attributes {
    /// The value of an attribute, or of a field of it.
    fn value(&self, attribute: &str, field: Option<&str>) -> Option<Value<'_>>;

    /// How many elements a list has; none if there is no such attribute.
    fn count(&self, attribute: &str) -> usize;

    /// A field of an element of a list.
    fn element(&self, attribute: &str, index: usize, field: &str) -> Option<Value<'_>>;
}

/// The fields of one attribute, read with errors that name them.
pub(crate) struct Fields<'a, A> {
    pub source: &'a A,
    pub attribute: &'a str,
}

impl<'a, A: Attributes> Fields<'a, A> {
    pub fn of(source: &'a A, attribute: &'a str) -> Self {
        Self { source, attribute }
    }

    pub fn name(&self, field: &str) -> String {
        format!("{}.{field}", self.attribute)
    }

    fn value(&self, field: &str) -> Option<Value<'a>> {
        self.source.value(self.attribute, Some(field))
    }

    /// Whether the attribute says anything.
    pub fn has(&self, field: &str) -> bool {
        !matches!(self.value(field), None | Some(Value::Text("")))
    }

    /// A number, written as such or as text; `None` for a missing one, an empty text and -1.
    pub fn optional_number(&self, field: &str) -> Result<Option<u64>, ConfigError> {
        match self.value(field) {
            None | Some(Value::Text("" | "-1") | Value::Integer(-1)) => Ok(None),
            Some(value) => number(value).map(Some).ok_or_else(|| ConfigError::Value {
                attribute: self.name(field),
                found: format!("{value}"),
                expected: "a number from 0, as 1024, \"1024\" or \"0x400\"",
            }),
        }
    }

    pub fn number(&self, field: &str) -> Result<u64, ConfigError> {
        self.optional_number(field)?
            .ok_or_else(|| ConfigError::Missing { attribute: self.name(field), what: "a number" })
    }

    pub fn flag(&self, field: &str, default: bool) -> Result<bool, ConfigError> {
        match self.value(field) {
            None => Ok(default),
            Some(Value::Bool(value)) => Ok(value),
            Some(Value::Integer(number @ (0 | 1))) => Ok(number == 1),
            Some(value) => Err(ConfigError::Value {
                attribute: self.name(field),
                found: format!("{value}"),
                expected: "true or false, or 1 or 0",
            }),
        }
    }

    /// A text; `None` if it is missing or empty.
    pub fn text(&self, field: &str) -> Result<Option<&'a str>, ConfigError> {
        match self.value(field) {
            None | Some(Value::Text("")) => Ok(None),
            Some(Value::Text(text)) if text.contains('\0') => Err(ConfigError::Value {
                attribute: self.name(field),
                found: format!("{text:?}"),
                expected: "text without a zero byte",
            }),
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(value) => Err(ConfigError::Value {
                attribute: self.name(field),
                found: format!("{value}"),
                expected: "a text",
            }),
        }
    }
}

/// A number as C's `strtoul` with base 0 takes it: decimal, 0x hexadecimal, 0 octal; but nothing
/// else may stand in the text.
pub(crate) fn number(value: Value<'_>) -> Option<u64> {
    match value {
        Value::Integer(number) => u64::try_from(number).ok(),
        Value::Text(text) => {
            let text = text.trim();
            let (digits, radix) = match text.as_bytes() {
                [b'0', b'x' | b'X', ..] => (&text[2..], 16),
                [b'0', _, ..] => (&text[1..], 8),
                _ => (text, 10),
            };
            // The parser takes a sign, which has no place behind a prefix.
            if digits.starts_with(['+', '-']) {
                return None;
            }
            u64::from_str_radix(digits, radix).ok()
        }
        Value::Bool(_) | Value::Other(_) => None,
    }
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn numbers_are_those_of_c() {
        let text = |text| number(Value::Text(text));
        assert_eq!(text("0x4F000000"), Some(0x4f00_0000));
        assert_eq!((text(" 1024 "), text("010"), text("0")), (Some(1024), Some(8), Some(0)));
        for wrong in ["", "0x", "12 MiB", "-3", "0x-3", "+1", "08", "0x1_0", "99999999999999999999"]
        {
            assert_eq!(text(wrong), None, "{wrong}");
        }
        assert_eq!(number(Value::Integer(-2)), None);
    }
}
