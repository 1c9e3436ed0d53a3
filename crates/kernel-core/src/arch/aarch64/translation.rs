//! Stage-2 translation tables (Arm ARM D8.3).
//!
//! A 40-bit address space has three levels, of which the first is two tables
//! in one; a 44-bit one has four.

use super::cap::{PageSize, VmRights};
use crate::memory::Memory;
use crate::word::{PhysAddr, Word, bit, bits, mask};

/// log2 of the entries of a table below the root.
const INDEX_BITS: u32 = 9;
/// log2 of the bytes of the smallest page.
const PAGE_BITS: u32 = 12;

/// Bits 47 to 12: the address of a page or table.
const ADDRESS: Word = mask(48) & !mask(PAGE_BITS);

const VALID: Word = bit(0);
const TABLE_OR_PAGE: Word = bit(1);
/// Software bit: tells a 4 KiB page from a table, whose other bits are alike.
const SOFTWARE_PAGE: Word = bit(58);
const ACCESS_FLAG: Word = bit(10);
const EXECUTE_NEVER: Word = bit(54);
/// `S2AP`
const READ: Word = bit(6);
const WRITE: Word = bit(7);
/// `MemAttr[3:0]`: normal memory, write-back inner and outer.
const NORMAL: Word = 0b1111 << 2;
/// `MemAttr[3:0]`: Device-nGnRnE memory.
const DEVICE: Word = 0;

/// The shape of an address space.
#[derive(Clone, Copy, Debug)]
pub struct Geometry {
    /// Levels of tables.
    levels: u32,
    /// log2 of the entries of the root.
    root_index_bits: u32,
}

impl Geometry {
    /// The shape for addresses of this width, 40 or 44 bits.
    pub const fn new(pa_bits: u32) -> Self {
        match pa_bits {
            40 => Self { levels: 3, root_index_bits: 10 },
            44 => Self { levels: 4, root_index_bits: INDEX_BITS },
            _ => panic!("physical addresses have 40 or 44 bits"),
        }
    }

    /// Levels of tables, the root included.
    pub const fn levels(self) -> u32 {
        self.levels
    }

    /// Size of the root table, as a power of two of bytes.
    pub const fn root_bits(self) -> u32 {
        self.root_index_bits + 3
    }

    /// Address bits below an entry of the table at `depth` steps from the root.
    pub const fn bits_below(self, depth: u32) -> u32 {
        PAGE_BITS + INDEX_BITS * (self.levels - 1 - depth)
    }

    /// The address of the entry for `address` in the table at `depth`.
    pub fn entry(self, table: PhysAddr, depth: u32, address: Word) -> PhysAddr {
        let width = if depth == 0 { self.root_index_bits } else { INDEX_BITS };
        table.word(bits(address, self.bits_below(depth), width))
    }

    /// Walks as far as there are tables.
    pub fn walk(self, memory: &impl Memory, root: PhysAddr, address: Word) -> Walk {
        let mut depth = 0;
        let mut table = root;
        loop {
            let at = self.entry(table, depth, address);
            let entry = Entry(memory.load(at));
            match entry.table() {
                Some(next) if depth + 1 < self.levels => {
                    table = next;
                    depth += 1;
                }
                _ => {
                    return Walk { at, entry, bits: self.bits_below(depth) };
                }
            }
        }
    }
}

/// Where a walk ended.
#[derive(Clone, Copy, Debug)]
pub struct Walk {
    /// The address of the last entry.
    pub at: PhysAddr,
    /// The last entry.
    pub entry: Entry,
    /// Address bits that the entry covers.
    pub bits: u32,
}

/// An entry of a table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry(pub Word);

impl Entry {
    /// The entry that maps nothing.
    pub const INVALID: Self = Self(0);

    /// An entry for a table of the next level.
    pub const fn for_table(table: PhysAddr) -> Self {
        Self(table.0 | VALID | TABLE_OR_PAGE)
    }

    /// An entry for a page.
    pub const fn for_page(
        base: PhysAddr, size: PageSize, rights: VmRights, cacheable: bool, execute_never: bool,
    ) -> Self {
        let kind = match size {
            PageSize::Small => VALID | TABLE_OR_PAGE | SOFTWARE_PAGE,
            PageSize::Large | PageSize::Huge => VALID,
        };
        let access = match rights {
            VmRights::KernelOnly => 0,
            VmRights::ReadOnly => READ,
            VmRights::ReadWrite => READ | WRITE,
        };
        let attributes = if cacheable { NORMAL } else { DEVICE };
        let execution = if execute_never { EXECUTE_NEVER } else { 0 };
        Self(base.0 | kind | access | attributes | ACCESS_FLAG | execution)
    }

    /// Whether the entry maps a page or a table.
    pub const fn is_valid(self) -> bool {
        self.0 & VALID != 0
    }

    /// The table of the next level.
    pub const fn table(self) -> Option<PhysAddr> {
        let kind = self.0 & (VALID | TABLE_OR_PAGE | SOFTWARE_PAGE);
        if kind == VALID | TABLE_OR_PAGE { Some(PhysAddr(self.0 & ADDRESS)) } else { None }
    }

    /// The page.
    pub const fn page(self) -> Option<PhysAddr> {
        match self.table() {
            None if self.is_valid() => Some(PhysAddr(self.0 & ADDRESS)),
            _ => None,
        }
    }
}
