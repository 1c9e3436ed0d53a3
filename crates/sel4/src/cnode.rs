//! Slots of CNodes, and what can be done with the capability in one.

use crate::cap::CNode;
use crate::sys;
use crate::word::usize_to_word;
use crate::{
    CPtrBits, CPtrWithDepth, CapRights, HasCPtrWithDepth, InvocationContext, IpcBuffer,
    NoExplicitInvocationContext, Result, WORD_SIZE, Word,
};

/// Guard of a CNode capability, for [`AbsoluteCPtr::mint`] and
/// [`Tcb::tcb_configure`](crate::cap::Tcb).
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct CNodeCapData(sys::seL4_CNode_CapData);

impl CNodeCapData {
    /// A guard of `guard_size` bits with the value `guard`.
    pub const fn new(guard: Word, guard_size: usize) -> Self {
        Self(sys::seL4_CNode_CapData::new(guard, usize_to_word(guard_size)))
    }

    /// A guard of `num_bits` zeros.
    pub const fn skip(num_bits: usize) -> Self {
        Self::new(0, num_bits)
    }

    /// The guard of zeros that makes a CNode with 2^`cnode_size_bits` slots resolve a whole word.
    pub const fn skip_high_bits(cnode_size_bits: usize) -> Self {
        Self::skip(WORD_SIZE - cnode_size_bits)
    }

    /// The guard as a badge.
    pub const fn into_word(self) -> Word {
        self.0.0
    }
}

/// A slot: a path that starts at a CNode, instead of at the current thread's root.
///
/// The invocations of a CNode (`seL4_CNode_*`) are methods of this type. The slot is the one that
/// is invoked, so it is the destination of copies and moves.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub struct AbsoluteCPtr<C = NoExplicitInvocationContext> {
    root: CNode<C>,
    path: CPtrWithDepth,
}

impl<C> AbsoluteCPtr<C> {
    /// The slot at `path` from `root`.
    pub const fn new(root: CNode<C>, path: CPtrWithDepth) -> Self {
        Self { root, path }
    }

    /// The CNode that the path starts at.
    pub const fn root(&self) -> &CNode<C> {
        &self.root
    }

    /// The CNode that the path starts at.
    pub fn into_root(self) -> CNode<C> {
        self.root
    }

    /// The path.
    pub const fn path(&self) -> &CPtrWithDepth {
        &self.path
    }

    /// The same slot, used with another IPC buffer.
    pub fn with<C1>(self, context: C1) -> AbsoluteCPtr<C1> {
        AbsoluteCPtr::new(self.root.with(context), self.path)
    }

    /// The same slot, used with the thread's own IPC buffer.
    pub fn without_context(self) -> AbsoluteCPtr {
        self.with(NoExplicitInvocationContext::new())
    }
}

impl<C> CNode<C> {
    /// The slot at `path` from this CNode.
    pub fn absolute_cptr<T: HasCPtrWithDepth>(self, path: T) -> AbsoluteCPtr<C> {
        AbsoluteCPtr::new(self, path.cptr_with_depth())
    }

    /// The slot at the lowest `depth` bits of `bits` from this CNode.
    pub fn absolute_cptr_from_bits_with_depth(
        self, bits: CPtrBits, depth: usize,
    ) -> AbsoluteCPtr<C> {
        self.absolute_cptr(CPtrWithDepth::from_bits_with_depth(bits, depth))
    }

    /// The CNode itself, as the destination of new objects.
    pub fn absolute_cptr_for_self(self) -> AbsoluteCPtr<C> {
        self.absolute_cptr(CPtrWithDepth::empty())
    }
}

impl<C: InvocationContext> AbsoluteCPtr<C> {
    /// Calls `f` with root, index, depth and IPC buffer, and makes a result of the error number.
    fn invoke(
        self,
        f: impl FnOnce(CPtrBits, CPtrBits, u8, &mut sys::seL4_IPCBuffer) -> sys::seL4_Error::Type,
    ) -> Result<()> {
        let path = self.path;
        self.root.invoke(|root, ipc_buffer: &mut IpcBuffer| {
            let error = f(root, path.bits(), path.depth_for_kernel(), ipc_buffer.inner_mut());
            ipc_buffer.result(error)
        })
    }

    /// `seL4_CNode_Revoke`: deletes all capabilities that were derived from this one.
    pub fn revoke(self) -> Result<()> {
        self.invoke(|root, index, depth, ipc| ipc.seL4_CNode_Revoke(root, index, depth))
    }

    /// `seL4_CNode_Delete`: empties the slot. The object goes with its last capability.
    pub fn delete(self) -> Result<()> {
        self.invoke(|root, index, depth, ipc| ipc.seL4_CNode_Delete(root, index, depth))
    }

    /// `seL4_CNode_CancelBadgedSends`: makes all threads try again that are sending through
    /// endpoint capabilities with the badge of the one in this slot.
    pub fn cancel_badged_sends(self) -> Result<()> {
        self.invoke(|root, index, depth, ipc| ipc.seL4_CNode_CancelBadgedSends(root, index, depth))
    }

    /// `seL4_CNode_Copy`: puts a copy of `src` with at most these rights into the slot.
    pub fn copy(self, src: &AbsoluteCPtr, rights: CapRights) -> Result<()> {
        let (src_root, src_path) = (src.root.bits(), src.path);
        self.invoke(|root, index, depth, ipc| {
            ipc.seL4_CNode_Copy(
                root,
                index,
                depth,
                src_root,
                src_path.bits(),
                src_path.depth_for_kernel(),
                rights.into_inner(),
            )
        })
    }

    /// `seL4_CNode_Mint`: as [`copy`](Self::copy), with a badge, or a guard for a CNode
    /// ([`CNodeCapData`]).
    pub fn mint(self, src: &AbsoluteCPtr, rights: CapRights, badge: Word) -> Result<()> {
        let (src_root, src_path) = (src.root.bits(), src.path);
        self.invoke(|root, index, depth, ipc| {
            ipc.seL4_CNode_Mint(
                root,
                index,
                depth,
                src_root,
                src_path.bits(),
                src_path.depth_for_kernel(),
                rights.into_inner(),
                badge,
            )
        })
    }

    /// `seL4_CNode_Move`: moves the capability in `src` into this slot.
    pub fn move_(self, src: &AbsoluteCPtr) -> Result<()> {
        let (src_root, src_path) = (src.root.bits(), src.path);
        self.invoke(|root, index, depth, ipc| {
            ipc.seL4_CNode_Move(
                root,
                index,
                depth,
                src_root,
                src_path.bits(),
                src_path.depth_for_kernel(),
            )
        })
    }

    /// `seL4_CNode_Mutate`: moves the capability in `src` into this slot and sets its badge or
    /// guard.
    pub fn mutate(self, src: &AbsoluteCPtr, badge: Word) -> Result<()> {
        let (src_root, src_path) = (src.root.bits(), src.path);
        self.invoke(|root, index, depth, ipc| {
            ipc.seL4_CNode_Mutate(
                root,
                index,
                depth,
                src_root,
                src_path.bits(),
                src_path.depth_for_kernel(),
                badge,
            )
        })
    }

    /// `seL4_CNode_Rotate`: moves `pivot` into this slot and `src` into the pivot's slot, both
    /// with new badges or guards. This slot may be `src`, which exchanges the two.
    pub fn rotate(
        self, badge: Word, pivot: &AbsoluteCPtr, pivot_badge: Word, src: &AbsoluteCPtr,
    ) -> Result<()> {
        let (pivot_root, pivot_path) = (pivot.root.bits(), pivot.path);
        let (src_root, src_path) = (src.root.bits(), src.path);
        self.invoke(|root, index, depth, ipc| {
            ipc.seL4_CNode_Rotate(
                root,
                index,
                depth,
                badge,
                pivot_root,
                pivot_path.bits(),
                pivot_path.depth_for_kernel(),
                pivot_badge,
                src_root,
                src_path.bits(),
                src_path.depth_for_kernel(),
            )
        })
    }

    /// `seL4_CNode_SaveCaller`: moves the thread's reply capability into the slot, so that the
    /// reply can be given later.
    #[sel4_config::sel4_cfg(not(KERNEL_MCS))]
    pub fn save_caller(self) -> Result<()> {
        self.invoke(|root, index, depth, ipc| ipc.seL4_CNode_SaveCaller(root, index, depth))
    }
}
