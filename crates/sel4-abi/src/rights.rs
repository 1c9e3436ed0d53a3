//! Rights of capabilities.

use crate::Word;

/// Bits of a rights word.
pub const BITS: u32 = 4;

/// Rights of a capability (`seL4_CapRights_t`).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct CapRights(Word);

impl CapRights {
    const WRITE: Word = 1 << 0;
    const READ: Word = 1 << 1;
    const GRANT: Word = 1 << 2;
    const GRANT_REPLY: Word = 1 << 3;

    /// No right.
    pub const NONE: Self = Self(0);
    /// Every right.
    pub const ALL: Self = Self::new(true, true, true, true);
    /// Reading and writing.
    pub const READ_WRITE: Self = Self::new(false, false, true, true);
    /// Reading.
    pub const READ_ONLY: Self = Self::new(false, false, true, false);
    /// Writing.
    pub const WRITE_ONLY: Self = Self::new(false, false, false, true);

    /// Rights in the order that seL4's own constructor takes them.
    pub const fn new(grant_reply: bool, grant: bool, read: bool, write: bool) -> Self {
        Self(
            bit(grant_reply, Self::GRANT_REPLY)
                | bit(grant, Self::GRANT)
                | bit(read, Self::READ)
                | bit(write, Self::WRITE),
        )
    }

    /// The rights in a word. Other bits are dropped.
    pub const fn from_word(word: Word) -> Self {
        Self(word & ((1 << BITS) - 1))
    }

    /// The packed word.
    pub const fn as_word(self) -> Word {
        self.0
    }

    /// Whether a reply capability that passes gives the right to reply with capabilities.
    pub const fn grant_reply(self) -> bool {
        self.0 & Self::GRANT_REPLY != 0
    }

    /// Whether messages may carry capabilities.
    pub const fn grant(self) -> bool {
        self.0 & Self::GRANT != 0
    }

    /// Whether one may receive, or read memory.
    pub const fn read(self) -> bool {
        self.0 & Self::READ != 0
    }

    /// Whether one may send, or write memory.
    pub const fn write(self) -> bool {
        self.0 & Self::WRITE != 0
    }

    /// The rights that both have.
    #[must_use]
    pub const fn intersect(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl core::fmt::Debug for CapRights {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("CapRights")
            .field("grant_reply", &self.grant_reply())
            .field("grant", &self.grant())
            .field("read", &self.read())
            .field("write", &self.write())
            .finish()
    }
}

const fn bit(set: bool, value: Word) -> Word {
    if set { value } else { 0 }
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn bits_have_their_places() {
        assert_eq!(CapRights::new(true, false, false, false).as_word(), 8);
        assert_eq!(CapRights::new(false, true, false, false).as_word(), 4);
        assert_eq!(CapRights::READ_ONLY.as_word(), 2);
        assert_eq!(CapRights::WRITE_ONLY.as_word(), 1);
        assert_eq!(CapRights::ALL.as_word(), 15);
        assert_eq!(CapRights::from_word(usize::MAX), CapRights::ALL);
    }

    #[test]
    fn rights_only_shrink() {
        let both = CapRights::READ_WRITE.intersect(CapRights::new(true, true, true, false));
        assert_eq!(both, CapRights::READ_ONLY);
        assert!(both.read() && !both.write() && !both.grant() && !both.grant_reply());
    }
}
