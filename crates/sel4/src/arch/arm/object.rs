//! Types of Arm's objects.

use sel4_abi::ObjectType as Abi;
use sel4_abi::aarch64::object::{
    HUGE_PAGE_BITS, LARGE_PAGE_BITS, PAGE_BITS, PAGE_TABLE_BITS, VCPU_BITS,
};
use sel4_config::{sel4_cfg, sel4_cfg_bool, sel4_cfg_enum, sel4_cfg_wrap_match};

use super::PA_SIZE;
use crate::object::fixed_size;
use crate::{ObjectBlueprint, ObjectType};

/// Binary logarithm of the bytes of a thread. Hardware breakpoints need more.
pub(crate) const TCB_BITS: usize =
    sel4_abi::aarch64::object::TCB_BITS as usize + sel4_cfg_bool!(HARDWARE_DEBUG_API) as usize;

/// Binary logarithm of the bytes of a pool of address space identifiers.
pub(crate) const ASID_POOL_BITS: usize = sel4_abi::aarch64::object::ASID_POOL_BITS as usize;

/// Types of this architecture's objects.
pub type ObjectTypeArch = ObjectTypeArm;
/// Blueprints of this architecture's objects.
pub type ObjectBlueprintArch = ObjectBlueprintArm;
/// Types of objects that only AArch64 has.
pub type ObjectTypeSeL4Arch = ObjectTypeAArch64;
/// Blueprints of objects that only AArch64 has.
pub type ObjectBlueprintSeL4Arch = ObjectBlueprintAArch64;

/// Types of Arm's objects (`seL4_ArchObjectType`).
#[sel4_cfg_enum]
#[derive(Debug, Copy, Clone, Eq, PartialEq)]
#[allow(missing_docs)]
pub enum ObjectTypeArm {
    SmallPage,
    LargePage,
    PT,
    #[sel4_cfg(ARM_HYPERVISOR_SUPPORT)]
    VCpu,
    SeL4Arch(ObjectTypeSeL4Arch),
}

/// Types of objects that only AArch64 has (`seL4_ModeObjectType`).
#[derive(Debug, Copy, Clone, Eq, PartialEq)]
#[allow(missing_docs)]
pub enum ObjectTypeAArch64 {
    HugePage,
    VSpace,
}

impl ObjectTypeArm {
    pub(crate) const fn into_abi(self) -> Abi {
        sel4_cfg_wrap_match! {
            match self {
                Self::SmallPage => Abi::SmallPage,
                Self::LargePage => Abi::LargePage,
                Self::PT => Abi::PageTable,
                #[sel4_cfg(ARM_HYPERVISOR_SUPPORT)]
                Self::VCpu => Abi::Vcpu,
                Self::SeL4Arch(ObjectTypeAArch64::HugePage) => Abi::HugePage,
                Self::SeL4Arch(ObjectTypeAArch64::VSpace) => Abi::VSpace,
            }
        }
    }
}

impl From<ObjectTypeAArch64> for ObjectTypeArm {
    fn from(ty: ObjectTypeAArch64) -> Self {
        Self::SeL4Arch(ty)
    }
}

impl From<ObjectTypeAArch64> for ObjectType {
    fn from(ty: ObjectTypeAArch64) -> Self {
        ObjectTypeArm::from(ty).into()
    }
}

/// What to make of untyped memory, on Arm. All sizes are fixed.
#[sel4_cfg_enum]
#[derive(Debug, Copy, Clone, Eq, PartialEq, Ord, PartialOrd)]
pub enum ObjectBlueprintArm {
    /// A frame of 4 KiB.
    SmallPage,
    /// A frame of 2 MiB.
    LargePage,
    /// A page table below the root.
    PT,
    /// A virtual processor.
    #[sel4_cfg(ARM_HYPERVISOR_SUPPORT)]
    VCpu,
    /// An object that only AArch64 has.
    SeL4Arch(ObjectBlueprintSeL4Arch),
}

/// What to make of untyped memory, on AArch64 only.
#[derive(Debug, Copy, Clone, Eq, PartialEq, Ord, PartialOrd)]
pub enum ObjectBlueprintAArch64 {
    /// A frame of 1 GiB.
    HugePage,
    /// The root of an address space.
    VSpace,
}

impl ObjectBlueprintArm {
    pub(crate) const fn ty(self) -> ObjectTypeArm {
        sel4_cfg_wrap_match! {
            match self {
                Self::SmallPage => ObjectTypeArm::SmallPage,
                Self::LargePage => ObjectTypeArm::LargePage,
                Self::PT => ObjectTypeArm::PT,
                #[sel4_cfg(ARM_HYPERVISOR_SUPPORT)]
                Self::VCpu => ObjectTypeArm::VCpu,
                Self::SeL4Arch(ObjectBlueprintAArch64::HugePage) => {
                    ObjectTypeArm::SeL4Arch(ObjectTypeAArch64::HugePage)
                }
                Self::SeL4Arch(ObjectBlueprintAArch64::VSpace) => {
                    ObjectTypeArm::SeL4Arch(ObjectTypeAArch64::VSpace)
                }
            }
        }
    }

    pub(crate) const fn physical_size_bits(self) -> usize {
        let bits = sel4_cfg_wrap_match! {
            match self {
                Self::SmallPage => PAGE_BITS,
                Self::LargePage => LARGE_PAGE_BITS,
                Self::PT => PAGE_TABLE_BITS,
                #[sel4_cfg(ARM_HYPERVISOR_SUPPORT)]
                Self::VCpu => VCPU_BITS,
                Self::SeL4Arch(ObjectBlueprintAArch64::HugePage) => HUGE_PAGE_BITS,
                Self::SeL4Arch(ObjectBlueprintAArch64::VSpace) => PA_SIZE.vspace_bits(),
            }
        };
        bits as usize
    }
}

impl From<ObjectBlueprintAArch64> for ObjectBlueprintArm {
    fn from(blueprint: ObjectBlueprintAArch64) -> Self {
        Self::SeL4Arch(blueprint)
    }
}

impl From<ObjectBlueprintAArch64> for ObjectBlueprint {
    fn from(blueprint: ObjectBlueprintAArch64) -> Self {
        ObjectBlueprintArm::from(blueprint).into()
    }
}

fixed_size!(ObjectTypeArm, ObjectBlueprintArm: SmallPage, LargePage, PT);
fixed_size!(ObjectTypeAArch64, ObjectBlueprintAArch64: HugePage, VSpace);
#[sel4_cfg(ARM_HYPERVISOR_SUPPORT)]
fixed_size!(ObjectTypeArm, ObjectBlueprintArm: VCpu);
