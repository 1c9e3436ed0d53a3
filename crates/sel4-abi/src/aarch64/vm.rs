//! Attributes of mappings and cache maintenance.

use crate::Word;

/// Attributes of a mapping (`seL4_ARM_VMAttributes`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct VmAttributes(Word);

impl VmAttributes {
    /// Nothing set: device memory.
    pub const NONE: Self = Self(0);
    /// Normal write-back memory instead of device memory.
    pub const PAGE_CACHEABLE: Self = Self(1);
    /// Without effect on AArch64.
    pub const PARITY_ENABLED: Self = Self(2);
    /// [`Self::PAGE_CACHEABLE`] and [`Self::PARITY_ENABLED`].
    pub const DEFAULT: Self = Self(3);
    /// No instruction fetches.
    pub const EXECUTE_NEVER: Self = Self(4);

    /// The attributes in a word. Unknown bits are kept; the kernel ignores them.
    pub const fn from_word(word: Word) -> Self {
        Self(word)
    }

    /// The packed word.
    pub const fn as_word(self) -> Word {
        self.0
    }

    /// These attributes and others.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of `other` are set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl Default for VmAttributes {
    fn default() -> Self {
        Self::DEFAULT
    }
}

word_enum! {
    /// Access of user space to a mapped frame, as the stage 2 descriptor has it (S2AP, Arm
    /// Architecture Reference Manual D8.4). Rights without reading map nothing that user space
    /// could use.
    pub enum VmRights: usize {
        /// None.
        KernelOnly = 0,
        /// Reading and writing.
        ReadWrite = 1,
        /// Reading.
        ReadOnly = 3,
    }
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn default_is_cached() {
        let all = VmAttributes::PAGE_CACHEABLE.union(VmAttributes::PARITY_ENABLED);
        assert_eq!(all, VmAttributes::DEFAULT);
        assert!(all.contains(VmAttributes::PAGE_CACHEABLE));
        assert!(!all.contains(VmAttributes::EXECUTE_NEVER));
        assert_eq!(all.union(VmAttributes::EXECUTE_NEVER).as_word(), 7);
    }
}
