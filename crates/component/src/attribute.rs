//! Attributes with types.

use core::fmt;
use core::marker::PhantomData;

use component_config::ValueRef;
use component_config::value::{Dict, List as Values};

use crate::logging::instance;

/// A value of any type.
pub type Value = ValueRef<'static>;

/// A value has another type than its attribute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mismatch {
    /// The field that has it, and the field that has that, outermost first; the rest is empty.
    path: [&'static str; 4],
    found: &'static str,
    expected: &'static str,
}

impl Mismatch {
    fn new(found: &'static str, expected: &'static str) -> Self {
        Self { path: [""; 4], found, expected }
    }

    fn inside(mut self, field: &'static str) -> Self {
        self.path.rotate_right(1);
        self.path[0] = field;
        self
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, field) in self.path.iter().filter(|field| !field.is_empty()).enumerate() {
            write!(f, "{}{field}", if index == 0 { "" } else { "." })?;
        }
        write!(f, " is {}, expected {}", self.found, self.expected)
    }
}

/// Types that an attribute can have.
pub trait FromValue: Sized {
    /// The value in this type.
    ///
    /// # Errors
    /// It has another one.
    fn from_value(value: Value) -> Result<Self, Mismatch>;

    /// What stands for a value that is not there.
    ///
    /// # Errors
    /// There has to be one.
    fn absent() -> Result<Self, Mismatch> {
        Err(Mismatch::new("missing", "a value"))
    }
}

macro_rules! integers {
    ($($ty:ty, $expected:literal;)*) => { $(
        impl FromValue for $ty {
            fn from_value(value: Value) -> Result<Self, Mismatch> {
                match value {
                    ValueRef::Integer(number) => Self::try_from(number)
                        .map_err(|_| Mismatch::new("a number out of range", $expected)),
                    other => Err(Mismatch::new(other.describe(), $expected)),
                }
            }
        }
    )* };
}

integers! {
    u8, "an integer of 8 bits";
    u16, "an integer of 16 bits";
    u32, "an integer of 32 bits";
    u64, "an integer of 64 bits";
    usize, "an integer of a word";
    i8, "a signed integer of 8 bits";
    i16, "a signed integer of 16 bits";
    i32, "a signed integer of 32 bits";
    i64, "a signed integer of 64 bits";
    isize, "a signed integer of a word";
}

macro_rules! simple {
    ($($ty:ty, $value:ident => $get:expr, $expected:literal;)*) => { $(
        impl FromValue for $ty {
            fn from_value($value: Value) -> Result<Self, Mismatch> {
                $get.ok_or(Mismatch::new($value.describe(), $expected))
            }
        }
    )* };
}

simple! {
    bool, value => value.as_bool(), "a boolean";
    &'static str, value => value.as_str(), "a string";
    f64, value => value.as_float(), "a number";
    Values<'static>, value => value.as_list(), "a list";
    Dict<'static>, value => value.as_dict(), "a dictionary";
    Value, value => Some(value), "a value";
}

impl FromValue for f32 {
    // Precision beyond that of the type is lost, as in C.
    #[allow(clippy::cast_possible_truncation)]
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        f64::from_value(value).map(|number| number as Self)
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        T::from_value(value).map(Some)
    }

    fn absent() -> Result<Self, Mismatch> {
        Ok(None)
    }
}

/// A list of values of one type, which stays where the configuration is.
#[derive(Clone, Copy, Debug)]
pub struct List<T> {
    values: Values<'static>,
    ty: PhantomData<fn() -> T>,
}

impl<T: FromValue> List<T> {
    /// The elements.
    pub fn iter(&self) -> impl Iterator<Item = T> + use<T> {
        // All of them were looked at before.
        self.values.filter_map(|value| T::from_value(value).ok())
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.count()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<T> {
        self.iter().nth(index)
    }
}

impl<T: FromValue> FromValue for List<T> {
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        let values = value.as_list().ok_or(Mismatch::new(value.describe(), "a list"))?;
        values.map(T::from_value).try_for_each(|element| element.map(drop))?;
        Ok(Self { values, ty: PhantomData })
    }
}

/// A field of a struct.
///
/// # Errors
/// It is missing, or has another type.
pub fn field<T: FromValue>(fields: Dict<'static>, name: &'static str) -> Result<T, Mismatch> {
    let value = fields.get(name).map_or_else(T::absent, T::from_value);
    value.map_err(|mismatch| mismatch.inside(name))
}

/// The fields of a struct.
///
/// # Errors
/// The value is none.
pub fn fields(value: Value) -> Result<Dict<'static>, Mismatch> {
    value.as_dict().ok_or(Mismatch::new(value.describe(), "a dictionary"))
}

/// All attributes of the instance, as a struct.
#[doc(hidden)]
#[must_use]
pub fn attributes<T>(read: impl FnOnce(Dict<'static>) -> Result<T, Mismatch>) -> T {
    let config = crate::runtime::Runtime::new().config();
    read(config.attributes()).unwrap_or_else(|mismatch| {
        panic!("attribute {}.{mismatch}", instance());
    })
}

#[cfg(test)]
mod test {
    extern crate std;

    use alloc::string::ToString;

    use super::*;

    fn value(bytes: &'static [u8]) -> Value {
        ValueRef::new(bytes).unwrap()
    }

    const TEXT: &[u8] = b"s\0\0\0\x03abc";
    const LIST: &[u8] =
        b"l\0\0\0\x22i\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x05i\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xff";

    #[test]
    fn values_have_types() {
        assert_eq!(<&str>::from_value(value(TEXT)), Ok("abc"));
        let list = List::<u8>::from_value(value(LIST)).unwrap();
        assert_eq!((list.len(), list.get(1), list.get(2)), (2, Some(255), None));
        assert_eq!(Option::<u8>::absent(), Ok(None));
    }

    #[test]
    fn mismatches_name_the_field() {
        let text = |mismatch: Mismatch| mismatch.to_string();
        let error = List::<i8>::from_value(value(LIST)).map(|_| ()).unwrap_err();
        assert_eq!(
            text(error.inside("b").inside("a")),
            "a.b is a number out of range, expected a signed integer of 8 bits"
        );
        let error = field::<u8>(Dict::default(), "port").unwrap_err();
        assert_eq!(text(error), "port is missing, expected a value");
        let error = bool::from_value(value(TEXT)).unwrap_err().inside("x");
        assert_eq!(text(error), "x is a string, expected a boolean");
    }
}
