//! What is mapped at an address.

use core::fmt;

use sel4::vspace_levels::{NUM_LEVELS, span_bits, step_bits};
use system_spec::flat::{Kind, Spec};
use system_spec::model::{Cap, ObjectId};

/// What is at an address of an address space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// A frame with this name.
    In(&'a str, &'static str),
    /// Nothing; a frame with this name begins at the next page, as a stack does that has
    /// overflowed.
    Below(&'a str),
    /// Nothing; a frame with this name ends at the page.
    Above(&'a str),
    /// Nothing.
    Nowhere,
}

const PAGE: u64 = 1 << step_bits(NUM_LEVELS - 1);

impl<'a> Place<'a> {
    /// Looks it up in the description.
    pub fn find(spec: &Spec<'a>, space: ObjectId, address: u64) -> Self {
        let name = |address: Option<u64>| mapped(spec, space, address?);
        if let Some((name, cap)) = name(Some(address)) {
            let how = match (cap.rights.write, cap.memory.executable) {
                (true, false) => "which can be written",
                (true, true) => "which can be written and executed",
                (false, true) => "which can be executed",
                (false, false) => "which can be read",
            };
            return Self::In(name, how);
        }
        if let Some((name, _)) = name(address.checked_add(PAGE)) {
            return Self::Below(name);
        }
        match name(address.checked_sub(PAGE)) {
            Some((name, _)) => Self::Above(name),
            None => Self::Nowhere,
        }
    }
}

fn mapped<'a>(spec: &Spec<'a>, space: ObjectId, address: u64) -> Option<(&'a str, Cap)> {
    if address >> span_bits(0) != 0 {
        return None;
    }
    let mut table = space;
    for level in 0..NUM_LEVELS {
        let Kind::TranslationTable { entries, .. } = spec.object(table)?.kind() else {
            return None;
        };
        let index =
            address >> step_bits(level) & ((1 << (span_bits(level) - step_bits(level))) - 1);
        let (_, cap) = entries.into_iter().find(|(at, _)| u64::from(*at) == index)?;
        let object = spec.object(cap.object)?;
        match object.kind() {
            Kind::Frame { .. } => return Some((object.name(), cap)),
            _ => table = cap.object,
        }
    }
    None
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::In(name, how) => write!(f, "in `{name}`, {how}"),
            Self::Below(name) => write!(f, "just below `{name}`"),
            Self::Above(name) => write!(f, "just above `{name}`"),
            Self::Nowhere => f.write_str("where nothing is mapped"),
        }
    }
}
