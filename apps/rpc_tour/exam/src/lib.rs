//! What the examiners of the tour share: a check's outcome is an empty text if all is well.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::format;
use alloc::string::String;
use core::fmt::Debug;

/// Reports outcomes by a function that takes a check's name and its failure.
pub struct Exam<R: Fn(&str, &str)>(pub R);

impl<R: Fn(&str, &str)> Exam<R> {
    /// What was found has to be what was expected.
    pub fn same<T: PartialEq<U> + Debug, U: Debug>(&self, check: &str, found: T, expected: U) {
        let failure = match found == expected {
            true => String::new(),
            false => format!("found {found:?}, expected {expected:?}"),
        };
        (self.0)(check, &failure);
    }

    /// Something that is too long to be shown has to hold.
    pub fn holds(&self, check: &str, holds: bool) {
        (self.0)(check, if holds { "" } else { "it isn't so" });
    }
}
