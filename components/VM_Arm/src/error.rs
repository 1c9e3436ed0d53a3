//! Why a module can't be added.

use alloc::boxed::Box;
use alloc::string::ToString;
use core::fmt::Display;

/// Why a module can't be added, in a sentence. Everything with a text can become one, with `?`.
#[derive(Debug)]
pub struct Error(Box<str>);

impl Error {
    /// The sentence.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }
}

// It has no text by that trait itself, since it would become one of itself otherwise.
impl<E: Display> From<E> for Error {
    fn from(error: E) -> Self {
        Self(error.to_string().into())
    }
}
