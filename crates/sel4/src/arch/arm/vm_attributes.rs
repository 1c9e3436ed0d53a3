//! Attributes of mappings.

use core::ops::{BitAnd, BitAndAssign, BitOr, BitOrAssign, Not};

use sel4_abi::aarch64::vm::VmAttributes as Abi;

use crate::Word;
use crate::word::usize_to_word;

/// How a frame is mapped (`seL4_ARM_VMAttributes`).
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub struct VmAttributes(Word);

impl VmAttributes {
    /// Device memory, executable.
    pub const NONE: Self = Self(usize_to_word(Abi::NONE.as_word()));
    /// Cached, executable.
    pub const DEFAULT: Self = Self(usize_to_word(Abi::DEFAULT.as_word()));
    /// Normal cached memory, not device memory.
    pub const PAGE_CACHEABLE: Self = Self(usize_to_word(Abi::PAGE_CACHEABLE.as_word()));
    /// Parity checked, on machines that can.
    pub const PARITY_ENABLED: Self = Self(usize_to_word(Abi::PARITY_ENABLED.as_word()));
    /// Not executable.
    pub const EXECUTE_NEVER: Self = Self(usize_to_word(Abi::EXECUTE_NEVER.as_word()));

    /// From the raw word.
    pub const fn from_inner(inner: Word) -> Self {
        Self(inner)
    }

    /// To the raw word.
    pub const fn into_inner(self) -> Word {
        self.0
    }

    /// Whether the two have an attribute in common.
    pub const fn has(self, rhs: Self) -> bool {
        self.0 & rhs.0 != 0
    }
}

impl Default for VmAttributes {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl Not for VmAttributes {
    type Output = Self;

    fn not(self) -> Self {
        Self(!self.0)
    }
}

impl BitOr for VmAttributes {
    type Output = Self;

    fn bitor(self, rhs: Self) -> Self {
        Self(self.0 | rhs.0)
    }
}

impl BitOrAssign for VmAttributes {
    fn bitor_assign(&mut self, rhs: Self) {
        self.0 |= rhs.0;
    }
}

impl BitAnd for VmAttributes {
    type Output = Self;

    fn bitand(self, rhs: Self) -> Self {
        Self(self.0 & rhs.0)
    }
}

impl BitAndAssign for VmAttributes {
    fn bitand_assign(&mut self, rhs: Self) {
        self.0 &= rhs.0;
    }
}
