//! Message information and the limits of messages.

use crate::Word;

/// Bits of a message's length.
pub const LENGTH_BITS: u32 = 7;
/// Bits of the number of capabilities in a message.
pub const EXTRA_CAPS_BITS: u32 = 2;
/// Bits that say which capabilities were unwrapped to badges.
pub const CAPS_UNWRAPPED_BITS: u32 = 3;
/// Words of the longest message.
pub const MAX_LENGTH: usize = 120;
/// Capabilities that a message carries at most.
pub const MAX_EXTRA_CAPS: usize = mask(EXTRA_CAPS_BITS);

const EXTRA_CAPS_SHIFT: u32 = LENGTH_BITS;
const CAPS_UNWRAPPED_SHIFT: u32 = EXTRA_CAPS_SHIFT + EXTRA_CAPS_BITS;
const LABEL_SHIFT: u32 = CAPS_UNWRAPPED_SHIFT + CAPS_UNWRAPPED_BITS;

/// The word that describes a message (`seL4_MessageInfo_t`): label, capabilities and length.
#[derive(Clone, Copy, PartialEq, Eq, Default, Hash)]
#[repr(transparent)]
pub struct MessageInfo(Word);

impl MessageInfo {
    /// Packs the parts. Bits that don't fit are dropped.
    pub const fn new(label: Word, caps_unwrapped: Word, extra_caps: Word, length: usize) -> Self {
        Self(
            label << LABEL_SHIFT
                | (caps_unwrapped & mask(CAPS_UNWRAPPED_BITS)) << CAPS_UNWRAPPED_SHIFT
                | (extra_caps & mask(EXTRA_CAPS_BITS)) << EXTRA_CAPS_SHIFT
                | length & mask(LENGTH_BITS),
        )
    }

    /// The word as user space gave it: the length may exceed [`MAX_LENGTH`].
    pub const fn from_word(word: Word) -> Self {
        Self(word)
    }

    /// The word with a length of at most [`MAX_LENGTH`], as the kernel takes it.
    pub const fn from_user(word: Word) -> Self {
        let info = Self(word);
        if info.length() > MAX_LENGTH { Self(word & !mask(LENGTH_BITS) | MAX_LENGTH) } else { info }
    }

    /// The packed word.
    pub const fn as_word(self) -> Word {
        self.0
    }

    /// What the message is about: a method, a fault, an error, or whatever the threads agreed on.
    pub const fn label(self) -> Word {
        self.0 >> LABEL_SHIFT
    }

    /// Bit `n` says that capability `n` arrived as a badge.
    pub const fn caps_unwrapped(self) -> Word {
        self.0 >> CAPS_UNWRAPPED_SHIFT & mask(CAPS_UNWRAPPED_BITS)
    }

    /// Number of capabilities.
    pub const fn extra_caps(self) -> usize {
        self.0 >> EXTRA_CAPS_SHIFT & mask(EXTRA_CAPS_BITS)
    }

    /// Number of message words.
    pub const fn length(self) -> usize {
        self.0 & mask(LENGTH_BITS)
    }
}

impl core::fmt::Debug for MessageInfo {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("MessageInfo")
            .field("label", &self.label())
            .field("caps_unwrapped", &self.caps_unwrapped())
            .field("extra_caps", &self.extra_caps())
            .field("length", &self.length())
            .finish()
    }
}

const fn mask(bits: u32) -> Word {
    (1 << bits) - 1
}

const _: () = assert!(size_of::<MessageInfo>() == size_of::<Word>());
const _: () = assert!(MAX_LENGTH <= mask(LENGTH_BITS));

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn packs_and_unpacks() {
        let info = MessageInfo::new(0x1234, 0b101, 3, 120);
        assert_eq!(info.as_word(), 0x1234 << 12 | 0b101 << 9 | 3 << 7 | 120);
        assert_eq!(info.label(), 0x1234);
        assert_eq!(info.caps_unwrapped(), 0b101);
        assert_eq!(info.extra_caps(), 3);
        assert_eq!(info.length(), 120);
        assert_eq!(MessageInfo::from_word(info.as_word()), info);
    }

    #[test]
    fn parts_stay_in_their_fields() {
        let info = MessageInfo::new(0, 0xff, 0xff, 0xfff);
        assert_eq!(info.as_word(), 0xfff);
        let info = MessageInfo::new(usize::MAX, 0, 0, 0);
        assert_eq!(info.label(), usize::MAX >> 12);
        assert_eq!(info.length(), 0);
    }

    #[test]
    fn the_kernel_cuts_long_messages() {
        assert_eq!(MessageInfo::from_user(0x1fff).as_word(), 0x1ff8);
        assert_eq!(MessageInfo::from_user(0x1005).length(), 5);
    }
}
