//! The shape of address spaces.

use crate::{
    CapType, CapTypeForObjectOfFixedSize, FrameObjectType, TranslationTableObjectType, cap_type,
};

impl FrameObjectType {
    /// Binary logarithm of the size in bytes.
    pub const fn bits(self) -> usize {
        self.blueprint().physical_size_bits()
    }

    /// The size in bytes.
    pub const fn bytes(self) -> usize {
        1 << self.bits()
    }
}

/// Types of capabilities to frames.
pub trait CapTypeForFrameObject: CapType {}

impl CapTypeForFrameObject for cap_type::UnspecifiedPage {}

/// Types of capabilities to frames of one size.
pub trait CapTypeForFrameObjectOfFixedSize:
    CapTypeForObjectOfFixedSize + CapTypeForFrameObject
{
    /// The size.
    const FRAME_OBJECT_TYPE: FrameObjectType;
}

/// Types of capabilities to page tables.
pub trait CapTypeForTranslationTableObject: CapTypeForObjectOfFixedSize {
    /// The level.
    const TRANSLATION_TABLE_OBJECT_TYPE: TranslationTableObjectType;
}

/// The levels of page tables, from 0, the root, to `NUM_LEVELS - 1`.
pub mod vspace_levels {
    pub use crate::arch::vspace_levels::{HIGHEST_LEVEL_WITH_PAGE_ENTRIES, NUM_LEVELS};
    use crate::{FrameObjectType, TranslationTableObjectType};

    /// Bits of an address that one table of this level covers.
    ///
    /// # Panics
    ///
    /// If there is no such level.
    pub const fn span_bits(level: usize) -> usize {
        step_bits(level) + index_bits(level)
    }

    /// Bits of an address that one entry in a table of this level covers.
    ///
    /// # Panics
    ///
    /// If there is no such level.
    pub const fn step_bits(level: usize) -> usize {
        assert!(level < NUM_LEVELS, "no such level of page tables");
        let mut bits = FrameObjectType::GRANULE.bits();
        let mut below = NUM_LEVELS - 1;
        while below > level {
            bits += index_bits(below);
            below -= 1;
        }
        bits
    }

    const fn index_bits(level: usize) -> usize {
        match TranslationTableObjectType::from_level(level) {
            Some(table) => table.index_bits(),
            None => panic!("no such level of page tables"),
        }
    }
}
