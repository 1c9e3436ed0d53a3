//! Frames and page tables.

use super::PA_SIZE;
use crate::{
    CapTypeForFrameObject, CapTypeForFrameObjectOfFixedSize, CapTypeForTranslationTableObject,
    ObjectBlueprint, ObjectBlueprintAArch64, ObjectBlueprintArm, cap_type,
};

/// Sizes of frames.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum FrameObjectType {
    /// 4 KiB.
    SmallPage,
    /// 2 MiB.
    LargePage,
    /// 1 GiB.
    HugePage,
}

impl FrameObjectType {
    /// The smallest size.
    pub const GRANULE: Self = Self::SmallPage;

    /// What to make of untyped memory.
    pub const fn blueprint(self) -> ObjectBlueprint {
        ObjectBlueprint::Arch(match self {
            Self::SmallPage => ObjectBlueprintArm::SmallPage,
            Self::LargePage => ObjectBlueprintArm::LargePage,
            Self::HugePage => ObjectBlueprintArm::SeL4Arch(ObjectBlueprintAArch64::HugePage),
        })
    }

    /// The frame of 2^`bits` bytes, if there is one.
    pub const fn from_bits(bits: usize) -> Option<Self> {
        match bits {
            Self::SMALL_PAGE_BITS => Some(Self::SmallPage),
            Self::LARGE_PAGE_BITS => Some(Self::LargePage),
            Self::HUGE_PAGE_BITS => Some(Self::HugePage),
            _ => None,
        }
    }

    /// Binary logarithm of the bytes of a small page.
    pub const SMALL_PAGE_BITS: usize = Self::SmallPage.bits();
    /// Binary logarithm of the bytes of a large page.
    pub const LARGE_PAGE_BITS: usize = Self::LargePage.bits();
    /// Binary logarithm of the bytes of a huge page.
    pub const HUGE_PAGE_BITS: usize = Self::HugePage.bits();
}

macro_rules! frames {
    ($($name:ident),*) => {
        $(
            impl CapTypeForFrameObject for cap_type::$name {}

            impl CapTypeForFrameObjectOfFixedSize for cap_type::$name {
                const FRAME_OBJECT_TYPE: FrameObjectType = FrameObjectType::$name;
            }
        )*
    };
}

frames!(SmallPage, LargePage, HugePage);

/// Kinds of page tables.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum TranslationTableObjectType {
    /// The root.
    VSpace,
    /// All others.
    PT,
}

impl TranslationTableObjectType {
    /// What to make of untyped memory.
    pub const fn blueprint(&self) -> ObjectBlueprint {
        ObjectBlueprint::Arch(match self {
            Self::VSpace => ObjectBlueprintArm::SeL4Arch(ObjectBlueprintAArch64::VSpace),
            Self::PT => ObjectBlueprintArm::PT,
        })
    }

    /// Binary logarithm of the number of entries.
    pub const fn index_bits(&self) -> usize {
        match self {
            Self::VSpace => PA_SIZE.vspace_index_bits() as usize,
            Self::PT => sel4_abi::aarch64::object::PAGE_TABLE_INDEX_BITS as usize,
        }
    }

    /// The kind that tables of this level are, if there is such a level.
    pub const fn from_level(level: usize) -> Option<Self> {
        match level {
            0 => Some(Self::VSpace),
            1..vspace_levels::NUM_LEVELS => Some(Self::PT),
            _ => None,
        }
    }
}

impl CapTypeForTranslationTableObject for cap_type::VSpace {
    const TRANSLATION_TABLE_OBJECT_TYPE: TranslationTableObjectType =
        TranslationTableObjectType::VSpace;
}

impl CapTypeForTranslationTableObject for cap_type::PT {
    const TRANSLATION_TABLE_OBJECT_TYPE: TranslationTableObjectType =
        TranslationTableObjectType::PT;
}

pub(crate) mod vspace_levels {
    /// How many levels of page tables there are.
    pub const NUM_LEVELS: usize = super::PA_SIZE.levels() as usize;

    /// The highest level, counted from the root, at which frames can be mapped: that of frames
    /// of 1 GiB.
    pub const HIGHEST_LEVEL_WITH_PAGE_ENTRIES: usize = NUM_LEVELS - 3;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vspace_levels::{HIGHEST_LEVEL_WITH_PAGE_ENTRIES, NUM_LEVELS, span_bits, step_bits};

    #[test]
    fn levels_add_up_to_the_width_of_addresses() {
        assert_eq!(span_bits(0), PA_SIZE.bits().max(40) as usize + (NUM_LEVELS - 3) * 4);
        assert_eq!(step_bits(NUM_LEVELS - 1), FrameObjectType::SMALL_PAGE_BITS);
        assert_eq!(step_bits(NUM_LEVELS - 2), FrameObjectType::LARGE_PAGE_BITS);
        let highest = step_bits(HIGHEST_LEVEL_WITH_PAGE_ENTRIES);
        assert_eq!(highest, FrameObjectType::HUGE_PAGE_BITS);
    }
}
