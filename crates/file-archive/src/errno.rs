//! Numbers of errors, as Linux and musl have them.

use core::fmt;

/// An error, by its positive number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Errno(i32);

/// The lowest number that may be an error, as it is returned.
const LAST: i32 = -4095;

macro_rules! errnos {
    ($($name:ident = $code:literal, $text:literal;)*) => {
        impl Errno {
            $(#[doc = $text] pub const $name: Self = Self($code);)*

            fn describe(self) -> Option<(&'static str, &'static str)> {
                match self {
                    $(Self::$name => Some((stringify!($name), $text)),)*
                    _ => None,
                }
            }
        }
    };
}

errnos! {
    ENOENT = 2, "no such file";
    EIO = 5, "the archive is damaged";
    EBADF = 9, "not an open descriptor of this client";
    EACCES = 13, "neither a file nor a directory";
    EEXIST = 17, "the file exists";
    ENOTDIR = 20, "not a directory";
    EISDIR = 21, "a directory";
    EINVAL = 22, "invalid argument";
    EMFILE = 24, "too many open descriptors";
    EROFS = 30, "files are read-only";
    ENAMETOOLONG = 36, "the name is too long";
    EOVERFLOW = 75, "the number is too large";
}

impl Errno {
    /// The error that a returned number stands for, if it is one.
    #[must_use]
    pub fn from_returned(value: i64) -> Option<Self> {
        match i32::try_from(value) {
            Ok(value @ LAST..0) => Some(Self(-value)),
            _ => None,
        }
    }

    /// The number as it is returned: negative.
    #[must_use]
    pub fn returned(self) -> i32 {
        -self.0
    }

    /// The positive number.
    #[must_use]
    pub fn code(self) -> i32 {
        self.0
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.describe() {
            Some((name, text)) => write!(f, "{text} ({name})"),
            None => write!(f, "error {}", self.0),
        }
    }
}

impl fmt::Debug for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.describe() {
            Some((name, _)) => f.write_str(name),
            None => write!(f, "Errno({})", self.0),
        }
    }
}

impl core::error::Error for Errno {}

#[cfg(test)]
mod test {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn only_small_negative_numbers_are_errors() {
        assert_eq!(Errno::from_returned(-2), Some(Errno::ENOENT));
        assert_eq!(Errno::from_returned(-4095).map(Errno::code), Some(4095));
        for value in [0, 1, i64::MAX, -4096, i64::MIN] {
            assert_eq!(Errno::from_returned(value), None, "{value}");
        }
        assert_eq!(Errno::EMFILE.returned(), -24);
        assert_eq!(Errno::EROFS.to_string(), "files are read-only (EROFS)");
        assert_eq!(Errno(99).to_string(), "error 99");
    }
}
