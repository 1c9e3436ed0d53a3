//! Address spaces: switching, mapping and unmapping.

use super::cap::{ArchCap, FrameCap, Mapping, PageTableCap, VSpaceCap};
use super::hardware::CacheOp;
use super::translation::{Entry, Geometry};
use crate::cap::Cap;
use crate::error::{Checked, LookupFailure, SyscallError};
use crate::kernel::Kernel;
use crate::machine::{Machine, report};
use crate::object::{Tcb, TcbSlot, sizes};
use crate::word::{PhysAddr, WORD_BYTES, Word, bit, mask};

/// Words that the report of a fault shows of a stack.
const STACK_WORDS: Word = 16;

impl<M: Machine> Kernel<M> {
    /// The shape of address spaces.
    pub(super) const GEOMETRY: Geometry = Geometry::new(M::PA_BITS);

    /// Switches user level and virtual processor to those of a thread.
    pub(crate) fn switch_space(&mut self, tcb: Tcb) {
        self.switch_vcpu(tcb.vcpu(&self.machine));
        self.switch_vspace(tcb);
    }

    /// Switches to an address space without mappings, for the idle processor.
    pub(crate) fn switch_to_idle_space(&mut self) {
        self.switch_vcpu(None);
        self.machine.set_empty_user_root();
    }

    /// Makes a change of the current thread's address space take effect.
    pub(super) fn switch_to_current_vspace(&mut self) {
        self.switch_vspace(self.current());
    }

    fn switch_vspace(&mut self, tcb: Tcb) {
        let cap = tcb.slot(TcbSlot::VSpace).cap(&self.machine);
        if let Cap::Arch(ArchCap::VSpace(VSpaceCap { base, asid: Some(asid) })) = cap
            && let Some(entry) = self.asid_entry(asid)
            && entry.root == base
        {
            let vmid = self.vmid_of(asid, entry);
            self.machine.set_user_root(base, vmid);
        } else {
            self.machine.set_empty_user_root();
        }
    }

    /// Whether a thread can have the capability as its address space.
    pub(crate) fn is_vspace_root(&self, cap: Cap) -> bool {
        matches!(cap, Cap::Arch(ArchCap::VSpace(VSpaceCap { asid: Some(_), .. })))
    }

    /// The mapped address space of capability argument number `argument`.
    pub(super) fn mapped_vspace(&self, cap: Cap, argument: Word) -> Checked<(PhysAddr, Word)> {
        let invalid = SyscallError::InvalidCapability(argument);
        let Cap::Arch(ArchCap::VSpace(VSpaceCap { base, asid: Some(asid) })) = cap else {
            return Err(invalid);
        };
        match self.vspace_of(asid) {
            Ok(root) if root == base => Ok((base, asid)),
            Ok(_) => Err(invalid),
            Err(failure) => Err(SyscallError::FailedLookup { source: false, failure }),
        }
    }

    /// Writes an entry of a table.
    pub(super) fn write_entry(&mut self, at: PhysAddr, entry: Entry) {
        self.machine.store(at, entry.0);
        self.machine.clean_entry(at);
    }

    /// Removes the mapping of a frame, if it is still there.
    pub(super) fn unmap_frame(&mut self, frame: FrameCap) {
        let Some(Mapping { asid, address }) = frame.mapping else {
            return;
        };
        let Ok(root) = self.vspace_of(asid) else {
            return;
        };
        let walk = Self::GEOMETRY.walk(&self.machine, root, address);
        if walk.bits == frame.size.bits() && walk.entry.page() == Some(frame.base) {
            self.write_entry(walk.at, Entry::INVALID);
            self.flush_page(asid, address);
        }
    }

    /// Removes a table from its address space, if it is still there.
    pub(super) fn unmap_table(&mut self, table: PageTableCap) {
        let Some(Mapping { asid, address }) = table.mapping else {
            return;
        };
        let Ok(root) = self.vspace_of(asid) else {
            return;
        };
        let mut parent = root;
        for depth in 0..Self::GEOMETRY.levels() - 1 {
            let at = Self::GEOMETRY.entry(parent, depth, address);
            match Entry(self.machine.load(at)).table() {
                Some(found) if found == table.base => {
                    self.write_entry(at, Entry::INVALID);
                    self.flush_asid(asid);
                    return;
                }
                Some(found) => parent = found,
                None => return,
            }
        }
    }

    /// Clears a table that was unmapped.
    pub(super) fn clear_table(&mut self, base: PhysAddr) {
        self.machine.zero(base, bit(sizes::PAGE_TABLE_BITS));
        self.machine.clean_table(base, bit(sizes::PAGE_TABLE_BITS));
    }

    /// Maintains the caches for `start` to `end` of an address space, which
    /// must lie in one page. Without a page there is nothing to do.
    pub(super) fn maintain_vspace(
        &mut self, op: CacheOp, root: PhysAddr, start: Word, end: Word,
    ) -> Checked<()> {
        let walk = Self::GEOMETRY.walk(&self.machine, root, start);
        if let Some(page) = walk.entry.page() {
            let offset_mask = mask(walk.bits);
            if start & !offset_mask != (end - 1) & !offset_mask {
                let min = start;
                let max = (start & !offset_mask) + offset_mask;
                return Err(SyscallError::Range { min, max });
            }
            self.begin();
            let at = page.offset(start & offset_mask);
            self.machine.maintain_cache(op, at, end - start);
        } else {
            self.begin();
        }
        Ok(())
    }

    /// The IPC buffer of a thread, if its frame can be used like that.
    pub(crate) fn ipc_buffer(&self, tcb: Tcb, write: bool) -> Option<PhysAddr> {
        use super::cap::VmRights;
        let cap = tcb.slot(TcbSlot::IpcBuffer).cap(&self.machine);
        let Cap::Arch(ArchCap::Frame(frame)) = cap else {
            return None;
        };
        let allowed = match frame.rights {
            VmRights::ReadWrite => true,
            VmRights::ReadOnly => !write,
            VmRights::KernelOnly => false,
        };
        if frame.device || !allowed {
            return None;
        }
        Some(frame.base.offset(tcb.ipc_buffer(&self.machine) & mask(frame.size.bits())))
    }

    /// Checks that a frame can hold the IPC buffer at an address.
    pub(crate) fn check_buffer_frame(&self, address: Word, cap: Cap) -> Checked<()> {
        match cap {
            Cap::Arch(ArchCap::Frame(frame)) if !frame.device => {
                if address & mask(sel4_abi::ipc_buffer::SIZE_BITS) == 0 {
                    Ok(())
                } else {
                    Err(SyscallError::Alignment)
                }
            }
            _ => Err(SyscallError::IllegalOperation),
        }
    }

    /// Reads a word of a thread's memory, for reports.
    fn read_user_word(&self, tcb: Tcb, address: Word) -> Result<Word, LookupFailure> {
        let cap = tcb.slot(TcbSlot::VSpace).cap(&self.machine);
        let (root, _) = self.mapped_vspace(cap, 0).map_err(|_| LookupFailure::InvalidRoot)?;
        let walk = Self::GEOMETRY.walk(&self.machine, root, address);
        let missing = LookupFailure::MissingCapability { bits_left: walk.bits as Word };
        let page = walk.entry.page().ok_or(missing)?;
        let at = page.offset(address & mask(walk.bits));
        if self.machine.is_ordinary_memory(at) { Ok(self.machine.load(at)) } else { Err(missing) }
    }

    /// Reports the top of a thread's stack.
    pub(crate) fn report_stack(&mut self, tcb: Tcb, sp: Word) {
        if tcb.vcpu(&self.machine).is_some() || !sp.is_multiple_of(WORD_BYTES) {
            return;
        }
        for index in 0..STACK_WORDS {
            let Some(address) = sp.checked_add(index * WORD_BYTES) else {
                return;
            };
            let Ok(word) = self.read_user_word(tcb, address) else {
                return;
            };
            report!(self.machine, "  stack {address:#x}: {word:#018x}\n");
        }
    }
}
