//! The message tag.

use core::fmt;

use crate::word::{usize_to_word, word_to_usize};
use crate::{Word, sys};

/// What a message is about and how long it is (`seL4_MessageInfo_t`).
#[derive(Copy, Clone, PartialEq, Eq)]
pub struct MessageInfo(sys::seL4_MessageInfo);

impl MessageInfo {
    /// A tag. Values that don't fit are cut off, as libsel4 does.
    pub const fn new(label: Word, caps_unwrapped: usize, extra_caps: usize, length: usize) -> Self {
        Self(sys::seL4_MessageInfo::new(
            label,
            usize_to_word(caps_unwrapped),
            usize_to_word(extra_caps),
            usize_to_word(length),
        ))
    }

    /// From the raw type.
    pub const fn from_inner(inner: sys::seL4_MessageInfo) -> Self {
        Self(inner)
    }

    /// To the raw type.
    pub const fn into_inner(self) -> sys::seL4_MessageInfo {
        self.0
    }

    /// The label.
    pub const fn label(&self) -> Word {
        self.0.get_label()
    }

    /// Bits in a label.
    pub const fn label_width() -> usize {
        sys::seL4_MessageInfo::width_of_label()
    }

    /// One bit for each received capability that arrived as a badge.
    pub const fn caps_unwrapped(&self) -> usize {
        word_to_usize(self.0.get_capsUnwrapped())
    }

    /// How many capabilities are sent or were received.
    pub const fn extra_caps(&self) -> usize {
        word_to_usize(self.0.get_extraCaps())
    }

    /// How many message registers are used.
    pub const fn length(&self) -> usize {
        word_to_usize(self.0.get_length())
    }
}

impl fmt::Debug for MessageInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageInfo")
            .field("label", &self.label())
            .field("caps_unwrapped", &self.caps_unwrapped())
            .field("extra_caps", &self.extra_caps())
            .field("length", &self.length())
            .finish()
    }
}

impl From<MessageInfoBuilder> for MessageInfo {
    fn from(builder: MessageInfoBuilder) -> Self {
        builder.build()
    }
}

/// Makes a [`MessageInfo`] field by field. All fields begin as 0.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Default)]
#[must_use]
pub struct MessageInfoBuilder {
    label: Word,
    caps_unwrapped: usize,
    extra_caps: usize,
    length: usize,
}

impl MessageInfoBuilder {
    /// The finished tag.
    pub const fn build(self) -> MessageInfo {
        MessageInfo::new(self.label, self.caps_unwrapped, self.extra_caps, self.length)
    }

    /// Sets the label.
    pub const fn label(mut self, label: Word) -> Self {
        self.label = label;
        self
    }

    /// Sets which capabilities are unwrapped.
    pub const fn caps_unwrapped(mut self, caps_unwrapped: usize) -> Self {
        self.caps_unwrapped = caps_unwrapped;
        self
    }

    /// Sets how many capabilities are sent.
    pub const fn extra_caps(mut self, extra_caps: usize) -> Self {
        self.extra_caps = extra_caps;
        self
    }

    /// Sets how many message registers are used.
    pub const fn length(mut self, length: usize) -> Self {
        self.length = length;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_lie_as_in_the_manual() {
        let info = MessageInfoBuilder::default()
            .label(0x1234)
            .caps_unwrapped(0b101)
            .extra_caps(2)
            .length(120)
            .build();
        assert_eq!(info.into_inner().0, 0x1234 << 12 | 0b101 << 9 | 2 << 7 | 120);
        assert_eq!(info.label(), 0x1234);
        assert_eq!(info.caps_unwrapped(), 5);
        assert_eq!(info.extra_caps(), 2);
        assert_eq!(info.length(), 120);
    }

    #[test]
    fn fields_do_not_run_into_each_other() {
        let info = MessageInfo::new(Word::MAX, 0, 4, 128);
        assert_eq!((info.extra_caps(), info.length()), (0, 0));
        assert_eq!(info.label(), Word::MAX >> 12);
    }
}
