//! Invocations of the architecture's objects.
//!
//! seL4 manual, chapter 7 "Address Spaces and Virtual Memory" and section 10.5
//! "AArch64-Specific Object Methods".

use sel4_abi::aarch64::vm::VmAttributes;
use sel4_abi::{CapRights, InvocationLabel};

use super::asid::{POOL_INDEX_BITS, POOLS};
use super::cap::{ArchCap, Asid, FrameCap, Mapping, PageTableCap, VSpaceCap};
use super::hardware::CacheOp;
use super::translation::Entry;
use crate::cap::{Cap, UntypedCap};
use crate::derivation::is_final;
use crate::error::{Checked, Exception, LookupFailure, Reply, SyscallError};
use crate::invocation::Invocation;
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::object::sizes;
use crate::word::{PhysAddr, Word, bit, mask};

impl<M: Machine> Kernel<M> {
    /// The highest virtual address of user level.
    pub(crate) const USER_TOP: Word = mask(M::PA_BITS);

    /// Performs an invocation of a capability of the architecture.
    #[inline(never)]
    pub(crate) fn invoke_arch(&mut self, invocation: &Invocation) -> Result<Reply, Exception> {
        let label = InvocationLabel::from_word(invocation.label);
        // Unpacked here once more: cheaper than to move it.
        let Cap::Arch(cap) = invocation.slot.cap(&self.machine) else {
            return Err(SyscallError::InvalidCapability(0).into());
        };
        match cap {
            ArchCap::Frame(frame) => self.invoke_frame(label, frame, invocation),
            ArchCap::PageTable(table) => Ok(self.invoke_page_table(label, table, invocation)?),
            ArchCap::VSpace(vspace) => Ok(self.invoke_vspace(label, vspace, invocation)?),
            ArchCap::AsidControl => Ok(self.invoke_asid_control(label, invocation)?),
            ArchCap::AsidPool { first, pool } => {
                Ok(self.invoke_asid_pool(label, first, pool, invocation)?)
            }
            ArchCap::Vcpu(vcpu) => self.invoke_vcpu(vcpu, invocation),
            ArchCap::SgiSignal { irq, target } => {
                self.begin();
                self.machine.send_sgi(irq, target);
                Ok(Reply::Empty)
            }
        }
    }

    fn invoke_frame(
        &mut self, label: Option<InvocationLabel>, frame: FrameCap, invocation: &Invocation,
    ) -> Result<Reply, Exception> {
        use InvocationLabel as Label;
        match label {
            Some(Label::ARMPageMap) => self.map_frame(frame, invocation)?,
            Some(Label::ARMPageUnmap) => {
                self.begin();
                self.unmap_frame(frame);
                let cap = ArchCap::Frame(FrameCap { mapping: None, ..frame });
                invocation.slot.set_cap(&mut self.machine, Cap::Arch(cap));
            }
            Some(Label::ARMPageClean_Data) => {
                self.maintain_frame(CacheOp::Clean, frame, invocation)?;
            }
            Some(Label::ARMPageInvalidate_Data) => {
                self.maintain_frame(CacheOp::Invalidate, frame, invocation)?;
            }
            Some(Label::ARMPageCleanInvalidate_Data) => {
                self.maintain_frame(CacheOp::CleanInvalidate, frame, invocation)?;
            }
            Some(Label::ARMPageUnify_Instruction) => {
                self.maintain_frame(CacheOp::UnifyInstruction, frame, invocation)?;
            }
            Some(Label::ARMPageGetAddress) => {
                self.begin();
                return Ok(Reply::Word(frame.base.0));
            }
            _ => return Err(SyscallError::IllegalOperation.into()),
        }
        Ok(Reply::Empty)
    }

    fn map_frame(&mut self, frame: FrameCap, invocation: &Invocation) -> Checked<()> {
        invocation.require(3, 1)?;
        let address = self.argument(invocation, 0);
        let rights = frame.rights.masked(CapRights::from_word(self.argument(invocation, 1)));
        let attributes = VmAttributes::from_word(self.argument(invocation, 2));
        let vspace = invocation.extra(0)?.cap(&self.machine);
        let (root, asid) = self.mapped_vspace(vspace, 1)?;
        let size_bits = frame.size.bits();
        if address & mask(size_bits) != 0 {
            return Err(SyscallError::Alignment);
        }
        match frame.mapping {
            Some(mapping) if mapping.asid != asid => {
                return Err(SyscallError::InvalidCapability(1));
            }
            Some(mapping) if mapping.address != address => {
                return Err(SyscallError::InvalidArgument(0));
            }
            None if address.wrapping_add(mask(size_bits)) > Self::USER_TOP => {
                return Err(SyscallError::InvalidArgument(0));
            }
            _ => {}
        }
        let walk = Self::GEOMETRY.walk(&self.machine, root, address);
        if walk.bits != size_bits {
            let failure = LookupFailure::MissingCapability { bits_left: walk.bits as Word };
            return Err(SyscallError::FailedLookup { source: false, failure });
        }
        self.begin();
        let entry = Entry::for_page(
            frame.base,
            frame.size,
            rights,
            attributes.contains(VmAttributes::PAGE_CACHEABLE),
            attributes.contains(VmAttributes::EXECUTE_NEVER),
        );
        let cap = FrameCap { mapping: Some(Mapping { asid, address }), ..frame };
        invocation.slot.set_cap(&mut self.machine, Cap::Arch(ArchCap::Frame(cap)));
        if walk.entry.is_valid() {
            // Break before make: other memory or attributes can't follow at once.
            self.write_entry(walk.at, Entry::INVALID);
            self.flush_page(asid, address);
        }
        self.write_entry(walk.at, entry);
        Ok(())
    }

    fn maintain_frame(
        &mut self, op: CacheOp, frame: FrameCap, invocation: &Invocation,
    ) -> Checked<()> {
        invocation.require(2, 0)?;
        let mapping = frame.mapping.ok_or(SyscallError::IllegalOperation)?;
        if let Err(failure) = self.vspace_of(mapping.asid) {
            return Err(SyscallError::FailedLookup { source: false, failure });
        }
        let (start, end) = (self.argument(invocation, 0), self.argument(invocation, 1));
        if end <= start {
            return Err(SyscallError::InvalidArgument(1));
        }
        let size = bit(frame.size.bits());
        if start >= size || end > size {
            return Err(SyscallError::InvalidArgument(0));
        }
        // The kernel has no window onto memory beyond this address.
        if frame.base.0 + end > M::WINDOW_TOP {
            return Err(SyscallError::IllegalOperation);
        }
        self.begin();
        self.machine.maintain_cache(op, frame.base.offset(start), end - start);
        Ok(())
    }

    #[inline(never)]
    fn invoke_page_table(
        &mut self, label: Option<InvocationLabel>, table: PageTableCap, invocation: &Invocation,
    ) -> Checked<Reply> {
        use InvocationLabel as Label;
        match label {
            Some(Label::ARMPageTableUnmap) => {
                if !is_final(&self.machine, invocation.slot) {
                    return Err(SyscallError::RevokeFirst);
                }
                self.begin();
                if table.mapping.is_some() {
                    self.unmap_table(table);
                    self.clear_table(table.base);
                }
                let cap = ArchCap::PageTable(PageTableCap { mapping: None, ..table });
                invocation.slot.set_cap(&mut self.machine, Cap::Arch(cap));
            }
            Some(Label::ARMPageTableMap) => self.map_page_table(table, invocation)?,
            _ => return Err(SyscallError::IllegalOperation),
        }
        Ok(Reply::Empty)
    }

    fn map_page_table(&mut self, table: PageTableCap, invocation: &Invocation) -> Checked<()> {
        invocation.require(2, 1)?;
        if table.mapping.is_some() {
            return Err(SyscallError::InvalidCapability(0));
        }
        let address = self.argument(invocation, 0);
        let vspace = invocation.extra(0)?.cap(&self.machine);
        if !self.is_vspace_root(vspace) {
            return Err(SyscallError::InvalidCapability(1));
        }
        if address > Self::USER_TOP {
            return Err(SyscallError::InvalidArgument(0));
        }
        let (root, asid) = self.mapped_vspace(vspace, 1)?;
        let walk = Self::GEOMETRY.walk(&self.machine, root, address);
        if walk.bits == super::PageSize::Small.bits() || walk.entry.is_valid() {
            return Err(SyscallError::DeleteFirst);
        }
        self.begin();
        let mapping = Some(Mapping { asid, address: address & !mask(walk.bits) });
        let cap = ArchCap::PageTable(PageTableCap { mapping, ..table });
        invocation.slot.set_cap(&mut self.machine, Cap::Arch(cap));
        self.write_entry(walk.at, Entry::for_table(table.base));
        Ok(())
    }

    #[inline(never)]
    fn invoke_vspace(
        &mut self, label: Option<InvocationLabel>, vspace: VSpaceCap, invocation: &Invocation,
    ) -> Checked<Reply> {
        use InvocationLabel as Label;
        let op = match label {
            Some(Label::ARMVSpaceClean_Data) => CacheOp::Clean,
            Some(Label::ARMVSpaceInvalidate_Data) => CacheOp::Invalidate,
            Some(Label::ARMVSpaceCleanInvalidate_Data) => CacheOp::CleanInvalidate,
            Some(Label::ARMVSpaceUnify_Instruction) => CacheOp::UnifyInstruction,
            _ => return Err(SyscallError::IllegalOperation),
        };
        invocation.require(2, 0)?;
        let (start, end) = (self.argument(invocation, 0), self.argument(invocation, 1));
        if end <= start {
            return Err(SyscallError::InvalidArgument(1));
        }
        if end > Self::USER_TOP {
            return Err(SyscallError::IllegalOperation);
        }
        let (root, _) = self.mapped_vspace(Cap::Arch(ArchCap::VSpace(vspace)), 0)?;
        self.maintain_vspace(op, root, start, end)?;
        Ok(Reply::Empty)
    }

    #[inline(never)]
    fn invoke_asid_control(
        &mut self, label: Option<InvocationLabel>, invocation: &Invocation,
    ) -> Checked<Reply> {
        if label != Some(InvocationLabel::ARMASIDControlMakePool) {
            return Err(SyscallError::IllegalOperation);
        }
        invocation.require(2, 2)?;
        let (index, depth) = (self.argument(invocation, 0), self.argument(invocation, 1));
        let parent = invocation.extra(0)?;
        let root = invocation.extra(1)?.cap(&self.machine);
        let free = (0..POOLS).find(|pool| self.arch.asids.pools[*pool].is_none());
        let number = free.ok_or(SyscallError::DeleteFirst)?;
        let untyped = match parent.cap(&self.machine) {
            Cap::Untyped(untyped)
                if untyped.size_bits == sizes::ASID_POOL_BITS && !untyped.device =>
            {
                untyped
            }
            _ => return Err(SyscallError::InvalidCapability(1)),
        };
        self.require_childless(parent)?;
        let target = self.empty_target_slot(root, index, depth)?;
        self.begin();
        let full = UntypedCap { used: bit(untyped.size_bits), ..untyped };
        parent.set_cap(&mut self.machine, Cap::Untyped(full));
        self.machine.zero(untyped.base, bit(untyped.size_bits));
        let first = number << POOL_INDEX_BITS;
        let cap = Cap::Arch(ArchCap::AsidPool { first, pool: untyped.base });
        self.insert_cap(cap, parent, target);
        self.arch.asids.pools[number] = Some(untyped.base);
        Ok(Reply::Empty)
    }

    #[inline(never)]
    fn invoke_asid_pool(
        &mut self, label: Option<InvocationLabel>, first: Asid, pool: PhysAddr,
        invocation: &Invocation,
    ) -> Checked<Reply> {
        if label != Some(InvocationLabel::ARMASIDPoolAssign) {
            return Err(SyscallError::IllegalOperation);
        }
        let slot = invocation.extra(0)?;
        let Cap::Arch(ArchCap::VSpace(VSpaceCap { base, asid: None })) = slot.cap(&self.machine)
        else {
            return Err(SyscallError::InvalidCapability(1));
        };
        match self.arch.asids.pools[first >> POOL_INDEX_BITS] {
            None => {
                let failure = LookupFailure::InvalidRoot;
                return Err(SyscallError::FailedLookup { source: false, failure });
            }
            Some(current) if current != pool => return Err(SyscallError::InvalidCapability(0)),
            Some(_) => {}
        }
        let asid = self.free_asid(first).ok_or(SyscallError::DeleteFirst)?;
        self.begin();
        let cap = ArchCap::VSpace(VSpaceCap { base, asid: Some(asid) });
        slot.set_cap(&mut self.machine, Cap::Arch(cap));
        self.assign_asid(asid, base);
        Ok(Reply::Empty)
    }
}
