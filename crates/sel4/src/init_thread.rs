//! The CSpace of the initial thread.

use core::marker::PhantomData;
use core::ops::Range;

use crate::word::usize_to_word;
use crate::{CPtr, CPtrBits, Cap, CapType, cap_type};

/// A slot in the initial thread's root CNode.
#[derive(Debug, Copy, Clone, Ord, PartialOrd, Eq, PartialEq, Hash)]
pub struct Slot<T: CapType = cap_type::Unspecified> {
    index: usize,
    _phantom: PhantomData<T>,
}

impl<T: CapType> Slot<T> {
    /// The slot with this number.
    pub const fn from_index(index: usize) -> Self {
        Self { index, _phantom: PhantomData }
    }

    /// The slot's number.
    pub const fn index(&self) -> usize {
        self.index
    }

    /// Bits of the capability pointer to the slot.
    pub const fn cptr_bits(&self) -> CPtrBits {
        usize_to_word(self.index)
    }

    /// The capability pointer to the slot.
    pub const fn cptr(&self) -> CPtr {
        CPtr::from_bits(self.cptr_bits())
    }

    /// The capability in the slot.
    pub const fn cap(&self) -> Cap<T> {
        self.cptr().cast()
    }

    /// The same slot, for another type.
    pub const fn cast<T1: CapType>(&self) -> Slot<T1> {
        Slot::from_index(self.index)
    }

    /// The same slot, for any type.
    pub const fn upcast(&self) -> Slot {
        self.cast()
    }
}

impl Slot {
    /// The same slot, for a capability of type `T`.
    pub const fn downcast<T: CapType>(&self) -> Slot<T> {
        self.cast()
    }
}

/// A range of slots (`seL4_SlotRegion`).
#[derive(Debug, Clone, Eq, PartialEq)]
pub struct SlotRegion<T: CapType> {
    range: Range<usize>,
    _phantom: PhantomData<T>,
}

impl<T: CapType> From<sel4_abi::SlotRegion> for SlotRegion<T> {
    fn from(region: sel4_abi::SlotRegion) -> Self {
        Self { range: region.start..region.end, _phantom: PhantomData }
    }
}

impl<T: CapType> SlotRegion<T> {
    /// The first slot.
    pub const fn start(&self) -> usize {
        self.range.start
    }

    /// The first slot after the range.
    pub const fn end(&self) -> usize {
        self.range.end
    }

    /// The slots.
    pub const fn range(&self) -> Range<usize> {
        self.start()..self.end()
    }

    /// How many slots there are.
    pub fn len(&self) -> usize {
        self.range.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.range.is_empty()
    }

    /// Slot number `i` of the range.
    ///
    /// # Panics
    ///
    /// If the range is shorter.
    pub fn index(&self, i: usize) -> Slot<T> {
        assert!(i < self.len(), "slot {i} of {}", self.len());
        Slot::from_index(self.range.start + i)
    }
}

/// Slots that the kernel fills (`seL4_RootCNodeCapSlots`). One whose object this kernel doesn't
/// have is empty.
pub mod slot {
    use sel4_abi::slot;

    use super::Slot;
    use crate::cap_type;

    macro_rules! slots {
        ($($(#[$meta:meta])* $name:ident: $ty:ident = $abi:ident,)*) => {
            $(
                $(#[$meta])*
                pub const $name: Slot<cap_type::$ty> = Slot::from_index(slot::$abi);
            )*
        };
    }

    slots! {
        /// Always empty.
        NULL: Null = NULL,
        /// The initial thread.
        TCB: Tcb = INIT_THREAD_TCB,
        /// Its root CNode.
        CNODE: CNode = INIT_THREAD_CNODE,
        /// Its address space.
        VSPACE: VSpace = INIT_THREAD_VSPACE,
        /// The right to make interrupt handlers.
        IRQ_CONTROL: IrqControl = IRQ_CONTROL,
        /// The right to make pools of address space identifiers.
        ASID_CONTROL: AsidControl = ASID_CONTROL,
        /// The pool that the initial thread's address space is in.
        ASID_POOL: AsidPool = INIT_THREAD_ASID_POOL,
        /// The right to make capabilities to I/O ports.
        IO_PORT_CONTROL: Null = IO_PORT_CONTROL,
        /// The bootinfo.
        BOOT_INFO_FRAME: Granule = BOOT_INFO_FRAME,
        /// The initial thread's IPC buffer.
        IPC_BUFFER: Granule = INIT_THREAD_IPC_BUFFER,
        /// The right to configure domains.
        DOMAIN_SET: DomainSet = DOMAIN,
        /// The right to configure stream identifiers of the SMMU.
        SMMU_SID_CONTROL: Null = SMMU_SID_CONTROL,
        /// The right to configure context banks of the SMMU.
        SMMU_CB_CONTROL: Null = SMMU_CB_CONTROL,
        /// The right to call the secure monitor.
        SMC: Null = SMC,
    }
}

/// Suspends the initial thread.
///
/// # Panics
///
/// If the thread's capability to itself is gone.
pub fn suspend_self<T>() -> T {
    let result = slot::TCB.cap().tcb_suspend();
    unreachable!("the initial thread can't suspend itself: {result:?}")
}
