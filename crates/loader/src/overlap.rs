//! The check that no two parts of an image share memory.

use core::fmt;

use crate::Range;

/// Two named parts that share memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlap<'a> {
    /// The part that comes first in the list, and its range.
    pub first: (&'a str, Range),
    /// The part that runs into it.
    pub second: (&'a str, Range),
}

impl fmt::Display for Overlap<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ((first, at), (second, other)) = (self.first, self.second);
        write!(f, "{first} at {at} overlaps {second} at {other}; they must be apart")
    }
}

/// The first pair among `parts` that shares memory. Empty ranges never do.
#[must_use]
pub fn find_overlap<'a>(parts: &[(&'a str, Range)]) -> Option<Overlap<'a>> {
    parts.iter().enumerate().find_map(|(index, first)| {
        let second = parts.get(index + 1..)?.iter().find(|part| part.1.overlaps(&first.1))?;
        Some(Overlap { first: *first, second: *second })
    })
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::string::ToString;

    use super::*;

    #[test]
    fn finds_the_pair_and_names_it() {
        let parts = [
            ("kernel", Range::new(0x1000, 0x3000)),
            ("device tree", Range::new(0x3000, 0x4000)),
            ("root task", Range::new(0x3fff, 0x5000)),
        ];
        assert_eq!(
            find_overlap(&parts).expect("they overlap").to_string(),
            "device tree at 0x3000..0x4000 overlaps root task at 0x3fff..0x5000; they must be apart"
        );
        assert_eq!(find_overlap(&parts[..2]), None);
    }
}
