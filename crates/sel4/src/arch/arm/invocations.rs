//! Invocations of Arm's objects.

use sel4_config::sel4_cfg;

use crate::cap::{
    AsidControl, AsidPool, IrqControl, PT, UnspecifiedIntermediateTranslationTable, Untyped, VSpace,
};
use crate::invocations::invoke;
use crate::word::{usize_to_word, word_to_usize};
use crate::{
    AbsoluteCPtr, Cap, CapRights, CapTypeForFrameObject, InvocationContext, Result,
    TranslationTableObjectType, VmAttributes, Word, cap_type,
};

/// Declares the four operations on caches for a range of addresses.
macro_rules! cache_operations {
    ($range:literal: $($(#[$meta:meta])* $name:ident = $stub:ident,)*) => {
        $(
            $(#[$meta])*
            #[doc = concat!("`", stringify!($stub), "`. ", $range)]
            pub fn $name(self, start: usize, end: usize) -> Result<()> {
                invoke!(self, $stub, usize_to_word(start), usize_to_word(end))
            }
        )*
    };
}

impl<T: CapTypeForFrameObject, C: InvocationContext> Cap<T, C> {
    /// `seL4_ARM_Page_Map`: maps the frame, or changes rights and attributes of its mapping.
    pub fn frame_map(
        self,
        vspace: VSpace,
        vaddr: usize,
        rights: CapRights,
        attrs: VmAttributes,
    ) -> Result<()> {
        invoke!(
            self,
            seL4_ARM_Page_Map,
            vspace.bits(),
            usize_to_word(vaddr),
            rights.into_inner(),
            attrs.into_inner(),
        )
    }

    /// `seL4_ARM_Page_Unmap`.
    pub fn frame_unmap(self) -> Result<()> {
        invoke!(self, seL4_ARM_Page_Unmap)
    }

    /// `seL4_ARM_Page_GetAddress`: the frame's physical address.
    pub fn frame_get_address(self) -> Result<usize> {
        self.invoke(|cptr, ipc_buffer| {
            let reply = ipc_buffer.inner_mut().seL4_ARM_Page_GetAddress(cptr);
            ipc_buffer.value(reply.error, word_to_usize(reply.paddr))
        })
    }

    cache_operations! {
        "From byte `start` of the frame to before byte `end`.":
        /// Writes cached data to memory:
        frame_clean_data = seL4_ARM_Page_Clean_Data,
        /// Drops cached data:
        frame_invalidate_data = seL4_ARM_Page_Invalidate_Data,
        /// Writes cached data to memory and drops it:
        frame_clean_invalidate_data = seL4_ARM_Page_CleanInvalidate_Data,
        /// Makes new instructions visible:
        frame_unify_instruction = seL4_ARM_Page_Unify_Instruction,
    }
}

impl<C: InvocationContext> VSpace<C> {
    cache_operations! {
        "From virtual address `start` to before `end`, inside one frame.":
        /// Writes cached data to memory:
        vspace_clean_data = seL4_ARM_VSpace_Clean_Data,
        /// Drops cached data:
        vspace_invalidate_data = seL4_ARM_VSpace_Invalidate_Data,
        /// Writes cached data to memory and drops it:
        vspace_clean_invalidate_data = seL4_ARM_VSpace_CleanInvalidate_Data,
        /// Makes new instructions visible:
        vspace_unify_instruction = seL4_ARM_VSpace_Unify_Instruction,
    }
}

impl<C: InvocationContext> PT<C> {
    /// `seL4_ARM_PageTable_Map`: maps the table at the highest level that has none at `vaddr`.
    pub fn pt_map(self, vspace: VSpace, vaddr: usize, attr: VmAttributes) -> Result<()> {
        invoke!(
            self,
            seL4_ARM_PageTable_Map,
            vspace.bits(),
            usize_to_word(vaddr),
            attr.into_inner(),
        )
    }

    /// `seL4_ARM_PageTable_Unmap`.
    pub fn pt_unmap(self) -> Result<()> {
        invoke!(self, seL4_ARM_PageTable_Unmap)
    }
}

impl<C: InvocationContext> UnspecifiedIntermediateTranslationTable<C> {
    /// Maps a page table of the given kind.
    ///
    /// # Panics
    ///
    /// If it is the root, which can't be mapped.
    pub fn generic_intermediate_translation_table_map(
        self,
        ty: TranslationTableObjectType,
        vspace: VSpace,
        vaddr: usize,
        attr: VmAttributes,
    ) -> Result<()> {
        match ty {
            TranslationTableObjectType::PT => {
                self.cast::<cap_type::PT>().pt_map(vspace, vaddr, attr)
            }
            TranslationTableObjectType::VSpace => panic!("the root of an address space isn't mapped"),
        }
    }
}

impl<C: InvocationContext> IrqControl<C> {
    /// `seL4_IRQControl_GetTrigger`: makes a handler of interrupt `irq`, and sets whether it is
    /// triggered by edges or levels.
    pub fn irq_control_get_trigger(
        self,
        irq: Word,
        edge_triggered: bool,
        dst: &AbsoluteCPtr,
    ) -> Result<()> {
        invoke!(
            self,
            seL4_IRQControl_GetTrigger,
            irq,
            edge_triggered.into(),
            dst.root().bits(),
            dst.path().bits(),
            dst.path().depth_for_kernel(),
        )
    }

    /// `seL4_IRQControl_GetTriggerCore`: as
    /// [`irq_control_get_trigger`](Self::irq_control_get_trigger), for node `target`.
    #[sel4_cfg(ENABLE_SMP_SUPPORT)]
    pub fn irq_control_get_trigger_core(
        self,
        irq: Word,
        edge_triggered: bool,
        target: Word,
        dst: &AbsoluteCPtr,
    ) -> Result<()> {
        invoke!(
            self,
            seL4_IRQControl_GetTriggerCore,
            irq,
            edge_triggered.into(),
            dst.root().bits(),
            dst.path().bits(),
            dst.path().depth_for_kernel(),
            target,
        )
    }

    /// `seL4_IRQControl_IssueSGISignal`: makes a capability that sends software generated
    /// interrupt `irq` to node `target` when it is signalled.
    #[sel4_cfg(not(ENABLE_SMP_SUPPORT))]
    pub fn irq_control_issue_sgi_signal(
        self,
        irq: Word,
        target: Word,
        dst: &AbsoluteCPtr,
    ) -> Result<()> {
        invoke!(
            self,
            seL4_IRQControl_IssueSGISignal,
            irq,
            target,
            dst.root().bits(),
            dst.path().bits(),
            dst.path().depth_for_kernel(),
        )
    }
}

impl<C: InvocationContext> AsidControl<C> {
    /// `seL4_ARM_ASIDControl_MakePool`: makes a pool of address space identifiers of an untyped
    /// of 4 KiB.
    pub fn asid_control_make_pool(self, untyped: Untyped, dst: &AbsoluteCPtr) -> Result<()> {
        invoke!(
            self,
            seL4_ARM_ASIDControl_MakePool,
            untyped.bits(),
            dst.root().bits(),
            dst.path().bits(),
            dst.path().depth_for_kernel(),
        )
    }
}

impl<C: InvocationContext> AsidPool<C> {
    /// `seL4_ARM_ASIDPool_Assign`: gives the address space an identifier, without which nothing
    /// can be mapped in it.
    pub fn asid_pool_assign(self, vspace: VSpace) -> Result<()> {
        invoke!(self, seL4_ARM_ASIDPool_Assign, vspace.bits())
    }
}
