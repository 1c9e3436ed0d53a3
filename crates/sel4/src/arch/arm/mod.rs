//! Arm. The parts for AArch64 are in files of their own.

use sel4_config::{sel4_cfg_bool, sel4_cfg_if};

mod invocations;
pub(crate) mod object;
mod user_context;
mod vm_attributes;
mod vspace;

pub(crate) mod fault;

sel4_cfg_if! {
    if #[sel4_cfg(ARM_HYPERVISOR_SUPPORT)] {
        mod vcpu;
    }
}

pub(crate) mod top_level {
    pub use super::fault::{Fault, UnknownSyscall, UserException, VmFault};
    #[sel4_config::sel4_cfg(ARM_HYPERVISOR_SUPPORT)]
    pub use super::fault::{VCpuFault, VGicMaintenance, VPpiEvent};
    pub use super::object::{
        ObjectBlueprintAArch64, ObjectBlueprintArch, ObjectBlueprintArm, ObjectBlueprintSeL4Arch,
        ObjectTypeAArch64, ObjectTypeArch, ObjectTypeArm, ObjectTypeSeL4Arch,
    };
    pub use super::user_context::UserContext;
    #[sel4_config::sel4_cfg(ARM_HYPERVISOR_SUPPORT)]
    pub use super::vcpu::VCpuReg;
    pub use super::vm_attributes::VmAttributes;
    pub use super::vspace::{FrameObjectType, TranslationTableObjectType};
}

pub(crate) use vspace::vspace_levels;

/// Width of physical addresses. It decides how many levels of page tables there are.
pub(crate) const PA_SIZE: sel4_abi::aarch64::PaSize = if sel4_cfg_bool!(ARM_PA_SIZE_BITS_40) {
    sel4_abi::aarch64::PaSize::Bits40
} else {
    sel4_abi::aarch64::PaSize::Bits44
};

pub(crate) mod cap_type_arch {
    use crate::capability::cap_types;

    #[sel4_config::sel4_cfg(ARM_HYPERVISOR_SUPPORT)]
    cap_types! {
        /// A virtual processor.
        VCpu,
    }

    cap_types! {
        /// A frame of 4 KiB.
        SmallPage,
        /// A frame of 2 MiB.
        LargePage,
        /// A frame of 1 GiB.
        HugePage,
        /// The root of an address space.
        VSpace,
        /// A page table below the root.
        PT,
    }

    /// The smallest frame.
    pub type Granule = SmallPage;
}

pub(crate) mod cap_arch {
    use crate::capability::cap_aliases;

    #[sel4_config::sel4_cfg(ARM_HYPERVISOR_SUPPORT)]
    cap_aliases!(VCpu,);

    cap_aliases!(SmallPage, LargePage, HugePage, PT,);
}
