//! The address space of the root task.

use super::asid::POOL_INDEX_BITS;
use super::cap::{ArchCap, Asid, FrameCap, Mapping, PageSize, PageTableCap, VSpaceCap, VmRights};
use super::translation::{Entry, Geometry};
use super::vcpu::{MAINTENANCE_IRQ, VIRTUAL_TIMER_IRQ};
use crate::cap::Cap;
use crate::kernel::Kernel;
use crate::machine::{Irq, Machine};
use crate::object::sizes;
use crate::word::{PhysAddr, Word, align_down, bit};

/// The identifier of the root task's address space.
const ROOT_ASID: Asid = 1;

/// The root task's address space in the making.
#[derive(Debug)]
pub(crate) struct RootSpace {
    root: PhysAddr,
    /// The next table to use.
    tables: PhysAddr,
}

/// The shape of address spaces whose root has this size: roots of 8 KiB belong
/// to 40-bit addresses.
fn geometry(root_bits: u32) -> Geometry {
    Geometry::new(if root_bits == 13 { 40 } else { 44 })
}

impl RootSpace {
    /// An address space with this root; tables are taken from `tables` on.
    pub(crate) const fn new(root: PhysAddr, tables: PhysAddr) -> Self {
        Self { root, tables }
    }

    /// Levels of tables below the root.
    pub(crate) fn table_levels(root_bits: u32) -> u32 {
        geometry(root_bits).levels() - 1
    }

    /// Tables needed for a range of addresses.
    pub(crate) fn table_count(root_bits: u32, start: Word, end: Word) -> Word {
        let geometry = geometry(root_bits);
        let count = |depth| {
            let bits = geometry.bits_below(depth);
            ((end - 1) >> bits) - (start >> bits) + 1
        };
        (0..geometry.levels() - 1).map(count).sum()
    }

    /// The capability to the address space.
    pub(crate) fn cap(&self) -> Cap {
        Cap::Arch(ArchCap::VSpace(VSpaceCap { base: self.root, asid: Some(ROOT_ASID) }))
    }

    /// Puts a table into the one at `depth`, whose parents are there. Gives
    /// its capability, and the first address behind what it covers.
    pub(crate) fn map_table<M: Machine>(
        &mut self, kernel: &mut Kernel<M>, depth: u32, address: Word,
    ) -> (Cap, Word) {
        let base = self.tables;
        self.tables = base.offset(bit(sizes::PAGE_TABLE_BITS));
        let walk = Kernel::<M>::GEOMETRY.walk(&kernel.machine, self.root, address);
        debug_assert_eq!(walk.bits, Kernel::<M>::GEOMETRY.bits_below(depth));
        kernel.write_entry(walk.at, Entry::for_table(base));
        let start = align_down(address, walk.bits);
        let mapping = Some(Mapping { asid: ROOT_ASID, address: start });
        (Cap::Arch(ArchCap::PageTable(PageTableCap { base, mapping })), start + bit(walk.bits))
    }

    /// Maps a page, whose tables are there, for reading and writing.
    pub(crate) fn map<M: Machine>(
        &self, kernel: &mut Kernel<M>, base: PhysAddr, address: Word, executable: bool,
    ) -> Cap {
        let (size, rights) = (PageSize::Small, VmRights::ReadWrite);
        let walk = Kernel::<M>::GEOMETRY.walk(&kernel.machine, self.root, address);
        kernel.write_entry(walk.at, Entry::for_page(base, size, rights, true, !executable));
        let mapping = Some(Mapping { asid: ROOT_ASID, address });
        Cap::Arch(ArchCap::Frame(FrameCap { base, size, rights, device: false, mapping }))
    }
}

impl<M: Machine> Kernel<M> {
    /// The kernel's interrupts besides its timer.
    pub(crate) const RESERVED_IRQS: [Irq; 2] = [VIRTUAL_TIMER_IRQ, MAINTENANCE_IRQ];

    /// The size of a root table, as a power of two of bytes.
    pub(crate) const fn root_bits() -> u32 {
        Self::GEOMETRY.root_bits()
    }

    /// Makes the pool of the first identifiers, with the root task's in it.
    pub(crate) fn install_first_asid_pool(&mut self, pool: PhysAddr, space: &RootSpace) -> Cap {
        let first = align_down(ROOT_ASID, POOL_INDEX_BITS);
        self.arch.asids.pools[first >> POOL_INDEX_BITS] = Some(pool);
        self.assign_asid(ROOT_ASID, space.root);
        Cap::Arch(ArchCap::AsidPool { first, pool })
    }
}
