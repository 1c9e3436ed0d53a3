//! Where a parameter lies in the message.

use sel4_build_env::Result;
use sel4_prefix::interfaces::{Interfaces, Param};

/// How a parameter is represented in a message.
#[derive(Clone, PartialEq, Eq)]
pub enum Kind {
    /// A number of this many bits; a flag is a number of one bit.
    Bits(usize),
    /// A `seL4_CapRights` bit field of one word.
    Rights,
    /// A capability, which travels beside the message.
    Cap,
    /// A structure with these members, one word each.
    Struct(Vec<String>),
}

/// One parameter's place in the message.
pub struct Placed<'a> {
    pub param: &'a Param,
    pub kind: Kind,
    /// First message register.
    pub word: usize,
    /// First bit in that register.
    pub shift: usize,
}

/// Capability types that have no interface of their own.
const OTHER_CAPS: [&str; 3] = ["seL4_CPtr", "seL4_ARM_IOSpace", "seL4_X86_IOSpace"];

/// Types of one machine word.
const WORDS: [&str; 6] = [
    "seL4_Word",
    "seL4_ARM_VMAttributes",
    "seL4_X86_VMAttributes",
    "seL4_X86_EPT_VMAttributes",
    "seL4_VCPUReg",
    "long",
];

pub fn kind(ty: &str, api: &Interfaces, word_size: usize) -> Result<Kind> {
    if OTHER_CAPS.contains(&ty) || api.interfaces.iter().any(|i| i.name == ty) {
        return Ok(Kind::Cap);
    }
    if let Some(found) = api.structs.iter().find(|s| s.name == ty) {
        return Ok(Kind::Struct(found.members.clone()));
    }
    match ty {
        "seL4_Bool" => Ok(Kind::Bits(1)),
        "seL4_Uint8" => Ok(Kind::Bits(8)),
        "seL4_Uint16" => Ok(Kind::Bits(16)),
        "seL4_Uint32" | "int" => Ok(Kind::Bits(32)),
        "seL4_Uint64" | "seL4_Time" => Ok(Kind::Bits(64)),
        "seL4_CapRights_t" => Ok(Kind::Rights),
        _ if WORDS.contains(&ty) => Ok(Kind::Bits(word_size)),
        _ => Err(format!("parameter type {ty} is unknown, so its size is")),
    }
}

/// The Rust type of a parameter of this kind.
pub fn rust_type(kind: &Kind, ty: &str, word_size: usize) -> String {
    match kind {
        Kind::Bits(1) => "bool".to_owned(),
        Kind::Bits(bits) if *bits == word_size => "seL4_Word".to_owned(),
        Kind::Bits(bits) => format!("u{bits}"),
        Kind::Rights => "seL4_CapRights".to_owned(),
        Kind::Cap => "seL4_CPtr".to_owned(),
        Kind::Struct(_) => ty.to_owned(),
    }
}

/// Places parameters one after the other, each aligned to its own size or to a word, whichever
/// is smaller. Returns the number of words used as well. Capabilities take no place.
pub fn place<'a>(
    params: impl Iterator<Item = &'a Param>, api: &Interfaces, word_size: usize,
) -> Result<(Vec<Placed<'a>>, usize)> {
    let mut placed = Vec::new();
    let mut used: usize = 0;
    for param in params {
        let kind = kind(&param.ty, api, word_size)?;
        let size = match &kind {
            Kind::Bits(bits) => *bits,
            Kind::Rights => word_size,
            Kind::Cap => 0,
            Kind::Struct(members) => members.len() * word_size,
        };
        if size != 0 {
            used = used.next_multiple_of(size.min(word_size));
        }
        let (word, shift) = (used / word_size, used % word_size);
        placed.push(Placed { param, kind, word, shift });
        used += size;
    }
    Ok((placed, used.div_ceil(word_size)))
}
