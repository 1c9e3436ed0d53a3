//! Object types and sizes.

use crate::aarch64::{PaSize, object as arch};

word_enum! {
    /// Types that `UntypedRetype` creates (`seL4_ObjectType`).
    pub enum ObjectType: usize {
        /// Untyped memory; the size is an argument.
        Untyped = 0,
        /// Thread control block.
        Tcb = 1,
        /// Endpoint.
        Endpoint = 2,
        /// Notification.
        Notification = 3,
        /// CNode; the number of slots (log2) is an argument.
        CapTable = 4,
        /// Frame of 1 GiB.
        HugePage = 5,
        /// Root of an address space.
        VSpace = 6,
        /// Frame of 4 KiB.
        SmallPage = 7,
        /// Frame of 2 MiB.
        LargePage = 8,
        /// Page table below the root.
        PageTable = 9,
        /// Virtual processor.
        Vcpu = 10,
    }
}

/// Size of an endpoint (log2 of bytes).
pub const ENDPOINT_BITS: u32 = 4;
/// Size of a notification (log2 of bytes).
pub const NOTIFICATION_BITS: u32 = 5;
/// Smallest untyped (log2 of bytes).
pub const MIN_UNTYPED_BITS: u32 = 4;
/// Largest untyped (log2 of bytes).
pub const MAX_UNTYPED_BITS: u32 = 47;

impl ObjectType {
    /// Number of types that exist on every architecture.
    pub const NUM_GENERIC: usize = 5;

    /// Size of an object (log2 of bytes). `size_bits` is the argument of `UntypedRetype`, which
    /// counts for untypeds (bytes, log2) and CNodes (slots, log2) only.
    pub const fn bits(self, size_bits: u32, pa_size: PaSize) -> u32 {
        match self {
            Self::Untyped => size_bits,
            Self::Tcb => arch::TCB_BITS,
            Self::Endpoint => ENDPOINT_BITS,
            Self::Notification => NOTIFICATION_BITS,
            Self::CapTable => crate::cnode::SLOT_BITS + size_bits,
            Self::HugePage => arch::HUGE_PAGE_BITS,
            Self::VSpace => pa_size.vspace_bits(),
            Self::SmallPage => arch::PAGE_BITS,
            Self::LargePage => arch::LARGE_PAGE_BITS,
            Self::PageTable => arch::PAGE_TABLE_BITS,
            Self::Vcpu => arch::VCPU_BITS,
        }
    }

    /// Whether the type is a frame, the only type besides untyped memory that device memory can
    /// become.
    pub const fn is_frame(self) -> bool {
        matches!(self, Self::SmallPage | Self::LargePage | Self::HugePage)
    }
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn sizes_follow_arguments_and_address_width() {
        assert_eq!(ObjectType::CapTable.bits(18, PaSize::Bits40), 23);
        assert_eq!(ObjectType::Untyped.bits(18, PaSize::Bits40), 18);
        assert_eq!(ObjectType::Tcb.bits(18, PaSize::Bits40), 11);
        assert_eq!(ObjectType::VSpace.bits(0, PaSize::Bits40), 13);
        assert_eq!(ObjectType::VSpace.bits(0, PaSize::Bits44), 12);
    }

    #[test]
    fn numbers_are_the_manuals() {
        assert_eq!(ObjectType::from_word(4), Some(ObjectType::CapTable));
        assert_eq!(ObjectType::from_word(10), Some(ObjectType::Vcpu));
        assert_eq!(ObjectType::from_word(11), None);
        assert_eq!(ObjectType::NUM_GENERIC, ObjectType::HugePage.as_word());
    }
}
