//! Capability pointers.

use crate::{Cap, CapType};
use crate::{WORD_SIZE, sys};

/// A capability pointer as the kernel sees it.
pub type CPtrBits = sys::seL4_CPtr;

/// A path to a slot, resolved with all its bits.
#[derive(Copy, Clone, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub struct CPtr(CPtrBits);

impl CPtr {
    /// The pointer with these bits.
    pub const fn from_bits(bits: CPtrBits) -> Self {
        Self(bits)
    }

    /// The bits of the pointer.
    pub const fn bits(self) -> CPtrBits {
        self.0
    }

    /// Takes what the pointer names for a capability of type `T`. Whether it is one turns out
    /// when it is used.
    pub const fn cast<T: CapType>(self) -> Cap<T> {
        Cap::from_cptr(self)
    }
}

/// A path to a slot, and how many bits of it to resolve. With fewer than all bits, the slot of a
/// CNode can be named instead of a slot inside that CNode.
#[derive(Copy, Clone, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub struct CPtrWithDepth {
    bits: CPtrBits,
    depth: usize,
}

impl CPtrWithDepth {
    /// The lowest `depth` bits of `bits`.
    pub const fn from_bits_with_depth(bits: CPtrBits, depth: usize) -> Self {
        Self { bits, depth }
    }

    /// The empty path: the root itself.
    pub const fn empty() -> Self {
        Self::from_bits_with_depth(0, 0)
    }

    /// The bits of the path.
    pub const fn bits(&self) -> CPtrBits {
        self.bits
    }

    /// How many bits to resolve.
    pub const fn depth(&self) -> usize {
        self.depth
    }

    /// The depth as invocations take it. A depth that doesn't fit saturates, and the kernel
    /// refuses it with a range error as it does any depth of more than a word's bits.
    pub(crate) fn depth_for_kernel(&self) -> u8 {
        u8::try_from(self.depth).unwrap_or(u8::MAX)
    }
}

impl From<CPtr> for CPtrWithDepth {
    fn from(cptr: CPtr) -> Self {
        Self::from_bits_with_depth(cptr.bits(), WORD_SIZE)
    }
}

/// Types that name a slot.
pub trait HasCPtrWithDepth {
    /// The path to the slot.
    fn cptr_with_depth(self) -> CPtrWithDepth;
}

impl HasCPtrWithDepth for CPtr {
    fn cptr_with_depth(self) -> CPtrWithDepth {
        self.into()
    }
}

impl HasCPtrWithDepth for CPtrWithDepth {
    fn cptr_with_depth(self) -> CPtrWithDepth {
        self
    }
}

impl<T: CapType, C> HasCPtrWithDepth for Cap<T, C> {
    fn cptr_with_depth(self) -> CPtrWithDepth {
        self.cptr().into()
    }
}
