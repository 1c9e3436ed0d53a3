//! Words made of fields, passed to the kernel as they are. The fields are `sel4-abi`'s; these
//! types have the kernel's word for them, and libsel4's names.

use sel4_abi::{CapData, MessageInfo};

use super::seL4_Word;
use crate::word::{usize_to_word, word_to_usize};

/// Which capability rights to keep: bit 0 write, 1 read, 2 grant, 3 grant reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct seL4_CapRights(pub seL4_Word);

/// Guard and guard size of a CNode capability, in the form of a badge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct seL4_CNode_CapData(pub seL4_Word);

impl seL4_CNode_CapData {
    /// A guard of `guard_size` bits. Bits that don't fit are cut off, as libsel4 does.
    pub const fn new(guard: seL4_Word, guard_size: seL4_Word) -> Self {
        let data = CapData::new(word_to_usize(guard), word_to_usize(guard_size));
        Self(usize_to_word(data.as_word()))
    }
}

/// The message tag: label, unwrapped capabilities, extra capabilities, length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(transparent)]
pub struct seL4_MessageInfo(pub seL4_Word);

impl seL4_MessageInfo {
    /// Packs the fields. Bits that don't fit are cut off, as libsel4 does.
    pub const fn new(
        label: seL4_Word, caps_unwrapped: seL4_Word, extra_caps: seL4_Word, length: seL4_Word,
    ) -> Self {
        let info = MessageInfo::new(
            word_to_usize(label),
            word_to_usize(caps_unwrapped),
            word_to_usize(extra_caps),
            word_to_usize(length),
        );
        Self(usize_to_word(info.as_word()))
    }

    const fn fields(self) -> MessageInfo {
        MessageInfo::from_word(word_to_usize(self.0))
    }

    /// The label: what the message is about, or the error of an invocation.
    pub const fn get_label(self) -> seL4_Word {
        usize_to_word(self.fields().label())
    }

    /// One bit for each received capability that arrived as a badge.
    pub const fn get_capsUnwrapped(self) -> seL4_Word {
        usize_to_word(self.fields().caps_unwrapped())
    }

    /// How many capabilities are sent or were received.
    pub const fn get_extraCaps(self) -> seL4_Word {
        usize_to_word(self.fields().extra_caps())
    }

    /// How many message registers are used.
    pub const fn get_length(self) -> seL4_Word {
        usize_to_word(self.fields().length())
    }

    /// How many bits a label has.
    pub const fn width_of_label() -> usize {
        Self(seL4_Word::MAX).get_label().count_ones() as usize
    }
}
