//! Values of attributes.

use std::fmt;

use crate::source::Span;

/// A value and the place where it is written.
#[derive(Clone, Debug)]
pub struct Value {
    /// The value.
    pub kind: ValueKind,
    /// Where it is written. For what a query gave, the query.
    pub span: Span,
}

/// Values are equal if they say the same, wherever they are written.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

/// The kinds of value.
#[derive(Clone, Debug, PartialEq)]
pub enum ValueKind {
    /// A number without a fraction. Booleans are 0 and 1. Wide enough for every
    /// 64-bit number of either sign.
    Integer(i128),
    /// A number with a fraction.
    Float(f64),
    /// Text.
    String(String),
    /// `[...]`
    List(Vec<Value>),
    /// `{key: value, ...}`, in the order written.
    Dict(Vec<(Key, Value)>),
}

/// A key of a dictionary.
#[derive(Clone, Debug)]
pub struct Key {
    /// The key. A number is a key as well; it is kept as its decimal text.
    pub text: String,
    /// Where it is written.
    pub span: Span,
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Value {
    /// The integer, if it is one.
    #[must_use]
    pub fn as_integer(&self) -> Option<i128> {
        match self.kind {
            ValueKind::Integer(value) => Some(value),
            _ => None,
        }
    }

    /// The integer, if it is one that fits.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        self.as_integer().and_then(|value| value.try_into().ok())
    }

    /// Whether it is true: an integer other than 0.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        self.as_integer().map(|value| value != 0)
    }

    /// The text, if it is a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            ValueKind::String(text) => Some(text),
            _ => None,
        }
    }

    /// The elements, if it is a list.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Value]> {
        match &self.kind {
            ValueKind::List(items) => Some(items),
            _ => None,
        }
    }

    /// The entries, if it is a dictionary.
    #[must_use]
    pub fn as_dict(&self) -> Option<&[(Key, Value)]> {
        match &self.kind {
            ValueKind::Dict(entries) => Some(entries),
            _ => None,
        }
    }

    /// The entry of a dictionary. Of a key that is written twice, the last.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_dict()?.iter().rev().find(|(entry, _)| entry.text == key).map(|(_, value)| value)
    }

    /// What messages call this kind of value, with its article.
    #[must_use]
    pub fn describe(&self) -> &'static str {
        match self.kind {
            ValueKind::Integer(_) => "an integer",
            ValueKind::Float(_) => "a number with a fraction",
            ValueKind::String(_) => "a string",
            ValueKind::List(_) => "a list",
            ValueKind::Dict(_) => "a dictionary",
        }
    }
}

/// Writes the value as CAmkES source.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ValueKind::Integer(value) => write!(f, "{value}"),
            ValueKind::Float(value) => write!(f, "{value:?}"),
            ValueKind::String(text) => write!(f, "\"{text}\""),
            ValueKind::List(items) => {
                write!(f, "[")?;
                for (index, item) in items.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(f, "{comma}{item}")?;
                }
                write!(f, "]")
            }
            ValueKind::Dict(entries) => {
                write!(f, "{{")?;
                for (index, (key, item)) in entries.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(f, "{comma}\"{}\": {item}", key.text)?;
                }
                write!(f, "}}")
            }
        }
    }
}
