//! Invocations of CNodes: operations on the capabilities in them.
//!
//! seL4 manual, section 10.3.1 "Capability Nodes".

use sel4_abi::{CapRights, InvocationLabel};

use crate::cap::{Cap, EndpointRights};
use crate::derivation;
use crate::error::{Checked, Exception, LookupFailure, Reply, SyscallError};
use crate::invocation::Invocation;
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::object::{Slot, TcbSlot};
use crate::word::Word;

impl<M: Machine> Kernel<M> {
    /// Performs an invocation of a CNode. The first two arguments of every
    /// method name the slot that it is about.
    #[inline(never)]
    pub(crate) fn invoke_cnode(
        &mut self, root: Cap, invocation: &Invocation,
    ) -> Result<Reply, Exception> {
        use InvocationLabel as Label;
        let label = match Label::from_word(invocation.label) {
            Some(label) if (Label::CNodeRevoke..=Label::CNodeSaveCaller).contains(&label) => label,
            _ => return Err(SyscallError::IllegalOperation.into()),
        };
        invocation.require(2, 0)?;
        let target =
            self.target_slot(root, self.argument(invocation, 0), self.argument(invocation, 1))?;
        match label {
            Label::CNodeRevoke => {
                self.begin();
                self.revoke(target)?;
            }
            Label::CNodeDelete => {
                self.begin();
                self.delete(target)?;
            }
            Label::CNodeSaveCaller => {
                self.require_empty(target)?;
                self.begin();
                self.save_caller(target);
            }
            Label::CNodeCancelBadgedSends => match target.cap(&self.machine) {
                Cap::Endpoint(cap) if cap.rights == EndpointRights::ALL => {
                    self.begin();
                    if cap.badge != 0 {
                        self.cancel_badged_sends(cap.endpoint, cap.badge);
                    }
                }
                _ => return Err(SyscallError::IllegalOperation.into()),
            },
            Label::CNodeRotate => self.rotate(target, invocation)?,
            _ => self.copy_or_move(label, target, invocation)?,
        }
        Ok(Reply::Empty)
    }

    fn copy_or_move(
        &mut self, label: InvocationLabel, target: Slot, invocation: &Invocation,
    ) -> Checked<()> {
        use InvocationLabel as Label;
        invocation.require(4, 1)?;
        self.require_empty(target)?;
        let argument = |index| self.argument(invocation, index);
        let source = self.named_source(invocation, 0, 2, true)?;
        let cap = source.cap(&self.machine);
        let rights = || CapRights::from_word(argument(4));
        let (cap, moves) = match label {
            Label::CNodeCopy => {
                invocation.require(5, 1)?;
                (self.derive(source, cap.masked(rights()))?, false)
            }
            Label::CNodeMint => {
                invocation.require(6, 1)?;
                let minted = cap.masked(rights()).with_data(false, argument(5));
                (self.derive(source, minted)?, false)
            }
            Label::CNodeMove => (cap, true),
            _ => {
                invocation.require(5, 1)?;
                (cap.with_data(true, argument(4)), true)
            }
        };
        if cap.is_null() {
            return Err(SyscallError::IllegalOperation);
        }
        self.begin();
        if moves {
            derivation::relocate(&mut self.machine, cap, source, target);
        } else {
            self.insert_cap(cap, source, target);
        }
        Ok(())
    }

    /// The occupied slot named by capability argument `root` and the words
    /// from `first` on. `source` tells how an empty slot is reported.
    fn named_source(
        &self, invocation: &Invocation, root: usize, first: usize, source: bool,
    ) -> Checked<Slot> {
        let slot = self.named_slot(invocation, root, first)?;
        self.require_occupied(slot, self.argument(invocation, first + 1), source)?;
        Ok(slot)
    }

    fn named_slot(&self, invocation: &Invocation, root: usize, first: usize) -> Checked<Slot> {
        let root = invocation.extra(root)?.cap(&self.machine);
        self.source_slot(
            root,
            self.argument(invocation, first),
            self.argument(invocation, first + 1),
        )
    }

    fn require_occupied(&self, slot: Slot, depth: Word, source: bool) -> Checked<()> {
        if !slot.is_empty(&self.machine) {
            return Ok(());
        }
        let failure = LookupFailure::MissingCapability { bits_left: depth };
        Err(SyscallError::FailedLookup { source, failure })
    }

    /// Moves the capability of a pivot slot to the target and that of a source
    /// slot to the pivot, in one step.
    fn rotate(&mut self, target: Slot, invocation: &Invocation) -> Checked<()> {
        invocation.require(8, 2)?;
        let argument = |index| self.argument(invocation, index);
        let source = self.named_slot(invocation, 1, 6)?;
        let pivot = self.named_slot(invocation, 0, 3)?;
        if pivot == source || pivot == target {
            return Err(SyscallError::IllegalOperation);
        }
        if source != target {
            self.require_empty(target)?;
        }
        self.require_occupied(source, argument(7), true)?;
        self.require_occupied(pivot, argument(4), false)?;
        let source_cap = source.cap(&self.machine).with_data(true, argument(5));
        let pivot_cap = pivot.cap(&self.machine).with_data(true, argument(2));
        if source_cap.is_null() || pivot_cap.is_null() {
            return Err(SyscallError::IllegalOperation);
        }
        self.begin();
        let m = &mut self.machine;
        if source == target {
            derivation::swap(m, source_cap, source, pivot_cap, pivot);
        } else {
            derivation::relocate(m, pivot_cap, pivot, target);
            derivation::relocate(m, source_cap, source, pivot);
        }
        Ok(())
    }

    /// Moves the right to reply to the last caller into a slot.
    fn save_caller(&mut self, target: Slot) {
        let caller = self.current().slot(TcbSlot::Caller);
        let cap = caller.cap(&self.machine);
        if !cap.is_null() {
            derivation::relocate(&mut self.machine, cap, caller, target);
        }
    }
}
