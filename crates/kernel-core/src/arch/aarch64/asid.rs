//! Address space identifiers.
//!
//! User level sees 2^16 identifiers in 128 pools; a pool is an object of 512
//! entries. The hardware has only 2^8 tags (VMIDs) for cached translations, so
//! an address space gets one when it first runs, and may lose it to another.
//! VMID 0 stays with the address space without mappings, which must not hit
//! anybody's translations.

use super::cap::Asid;
use super::hardware::Vmid;
use crate::error::LookupFailure;
use crate::kernel::Kernel;
use crate::machine::Machine;
use crate::word::{PhysAddr, Word, bit, mask};

/// log2 of the entries of a pool.
pub(super) const POOL_INDEX_BITS: u32 = sel4_abi::aarch64::object::ASID_POOL_INDEX_BITS;
/// Pools in the system.
pub(super) const POOLS: usize = 1 << sel4_abi::aarch64::object::NUM_ASID_POOLS_BITS;

/// An entry of a pool: an address space, and the VMID that it has now.
///
/// Packed as the root table's address with, in the lowest bits, the VMID above
/// a bit that tells whether there is one. Zero is no address space.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Entry {
    pub(super) root: PhysAddr,
    pub(super) vmid: Option<Vmid>,
}

impl Entry {
    fn decode(word: Word) -> Option<Self> {
        let root = PhysAddr(word & !mask(12));
        let [vmid, ..] = (word >> 1).to_le_bytes();
        (word != 0).then_some(Self { root, vmid: (word & bit(0) != 0).then_some(vmid) })
    }

    fn encode(entry: Option<Self>) -> Word {
        entry.map_or(0, |Self { root, vmid }| {
            root.0 | vmid.map_or(0, |vmid| Word::from(vmid) << 1 | bit(0))
        })
    }
}

/// The pools, and who has which VMID.
#[derive(Debug)]
pub struct AsidState {
    pub(super) pools: [Option<PhysAddr>; POOLS],
    /// The identifier whose address space has each VMID; 0 for none.
    owners: [u16; 256],
    /// The VMID to take from its owner when none is free.
    next: Vmid,
}

impl AsidState {
    pub(super) const fn new() -> Self {
        Self { pools: [None; POOLS], owners: [0; 256], next: 1 }
    }
}

/// Where an identifier's entry is in its pool.
fn entry_address(pool: PhysAddr, asid: Asid) -> PhysAddr {
    pool.word(asid & mask(POOL_INDEX_BITS))
}

impl<M: Machine> Kernel<M> {
    fn entry_slot(&self, asid: Asid) -> Option<PhysAddr> {
        let pool = self.arch.asids.pools.get(asid >> POOL_INDEX_BITS).copied().flatten()?;
        Some(entry_address(pool, asid))
    }

    /// The entry of an identifier.
    pub(super) fn asid_entry(&self, asid: Asid) -> Option<Entry> {
        Entry::decode(self.machine.load(self.entry_slot(asid)?))
    }

    fn set_asid_entry(&mut self, asid: Asid, entry: Option<Entry>) {
        if let Some(slot) = self.entry_slot(asid) {
            self.machine.store(slot, Entry::encode(entry));
        }
    }

    /// The root table of an identifier's address space.
    pub(super) fn vspace_of(&self, asid: Asid) -> Result<PhysAddr, LookupFailure> {
        self.asid_entry(asid).map(|entry| entry.root).ok_or(LookupFailure::InvalidRoot)
    }

    /// Makes an identifier stand for an address space.
    pub(super) fn assign_asid(&mut self, asid: Asid, root: PhysAddr) {
        self.set_asid_entry(asid, Some(Entry { root, vmid: None }));
    }

    /// The first free identifier of a pool.
    pub(super) fn free_asid(&self, first: Asid) -> Option<Asid> {
        (first..first + bit(POOL_INDEX_BITS))
            .find(|asid| *asid != 0 && self.asid_entry(*asid).is_none())
    }

    /// The VMID of an address space, which gets one if it has none.
    pub(super) fn vmid_of(&mut self, asid: Asid, entry: Entry) -> Vmid {
        if let Some(vmid) = entry.vmid {
            return vmid;
        }
        let vmid = self.free_vmid();
        self.arch.asids.owners[usize::from(vmid)] = asid_number(asid);
        self.set_asid_entry(asid, Some(Entry { vmid: Some(vmid), ..entry }));
        vmid
    }

    /// A VMID that nobody has, if need be taken from its owner.
    fn free_vmid(&mut self) -> Vmid {
        let asids = &mut self.arch.asids;
        let is_free = |vmid: &Vmid| asids.owners[usize::from(*vmid)] == 0;
        if let Some(vmid) = (1..=Vmid::MAX).find(is_free) {
            return vmid;
        }
        let vmid = asids.next;
        asids.next = vmid.checked_add(1).unwrap_or(1);
        let owner = Asid::from(asids.owners[usize::from(vmid)]);
        asids.owners[usize::from(vmid)] = 0;
        if let Some(entry) = self.asid_entry(owner) {
            self.set_asid_entry(owner, Some(Entry { vmid: None, ..entry }));
        }
        self.machine.invalidate_vmid(vmid);
        vmid
    }

    /// Drops the cached translations of an address space.
    pub(super) fn flush_asid(&mut self, asid: Asid) {
        if let Some(vmid) = self.asid_entry(asid).and_then(|entry| entry.vmid) {
            self.machine.invalidate_vmid(vmid);
        }
    }

    /// Drops the cached translation of one page.
    pub(super) fn flush_page(&mut self, asid: Asid, address: Word) {
        if let Some(vmid) = self.asid_entry(asid).and_then(|entry| entry.vmid) {
            self.machine.invalidate_page(vmid, address);
        }
    }

    /// Takes the identifier away from the address space with this root.
    pub(super) fn delete_asid(&mut self, asid: Asid, root: PhysAddr) {
        if self.asid_entry(asid).is_some_and(|entry| entry.root == root) {
            self.release_asid(asid);
            self.switch_to_current_vspace();
        }
    }

    fn release_asid(&mut self, asid: Asid) {
        if let Some(vmid) = self.asid_entry(asid).and_then(|entry| entry.vmid) {
            self.machine.invalidate_vmid(vmid);
            self.arch.asids.owners[usize::from(vmid)] = 0;
        }
        self.set_asid_entry(asid, None);
    }

    /// Takes all identifiers of a pool away.
    pub(super) fn delete_asid_pool(&mut self, first: Asid, pool: PhysAddr) {
        let index = first >> POOL_INDEX_BITS;
        if self.arch.asids.pools[index] != Some(pool) {
            return;
        }
        for asid in first..first + bit(POOL_INDEX_BITS) {
            self.release_asid(asid);
        }
        self.arch.asids.pools[index] = None;
        self.switch_to_current_vspace();
    }
}

/// An identifier as the owner table keeps it.
fn asid_number(asid: Asid) -> u16 {
    u16::try_from(asid).expect("128 pools of 512 identifiers need 16 bits")
}
