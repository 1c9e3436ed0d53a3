//! Differences between `sel4-abi` and an installed kernel.
//!
//! [`compare`] looks at both sources of the ABI in a prefix: the descriptions (XML and packed
//! structures), and the constants that exist only in C headers. A C compiler for the target
//! prints the latter.

mod descriptions;
mod expected;
mod headers;

use std::fmt;

use crate::error::Result;
use crate::prefix::Prefix;

pub use headers::Compiler;

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// What differs: a C name, or a path in a description.
    pub name: String,
    /// The value in `sel4-abi`.
    pub ours: String,
    /// The value in the prefix.
    pub theirs: String,
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, ours, theirs } = self;
        write!(f, "{name}: sel4-abi has {ours}, the prefix has {theirs}")
    }
}

/// What was compared, and what differs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Number of compared values.
    pub compared: usize,
    /// The differences.
    pub drifts: Vec<Drift>,
}

impl Report {
    fn value(&mut self, name: impl Into<String>, ours: impl ToString, theirs: impl ToString) {
        let (ours, theirs) = (ours.to_string(), theirs.to_string());
        self.compared += 1;
        if ours != theirs {
            self.drifts.push(Drift { name: name.into(), ours, theirs });
        }
    }

    /// The differences, one per line.
    pub fn to_text(&self) -> String {
        self.drifts.iter().map(|drift| format!("{drift}\n")).collect()
    }
}

/// Compares `sel4-abi` with the descriptions of a prefix, and with its C headers if it has some.
pub fn compare(prefix: &Prefix, compiler: &Compiler) -> Result<Report> {
    let mut report = compare_descriptions(prefix)?;
    if prefix.has_c_headers() {
        headers::compare(prefix, compiler, &mut report)?;
    }
    Ok(report)
}

/// Compares `sel4-abi` with the descriptions of a prefix. Texts for people don't count.
pub fn compare_descriptions(prefix: &Prefix) -> Result<Report> {
    let mut report = Report::default();
    descriptions::compare(prefix, &mut report)?;
    Ok(report)
}

#[cfg(test)]
mod test;
