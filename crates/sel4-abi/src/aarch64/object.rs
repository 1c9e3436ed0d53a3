//! Sizes of objects and tables.

/// Frame of 4 KiB (log2 of bytes).
pub const PAGE_BITS: u32 = 12;
/// Frame of 2 MiB (log2 of bytes).
pub const LARGE_PAGE_BITS: u32 = 21;
/// Frame of 1 GiB (log2 of bytes).
pub const HUGE_PAGE_BITS: u32 = 30;
/// Thread control block (log2 of bytes).
pub const TCB_BITS: u32 = 11;
/// Virtual processor (log2 of bytes).
pub const VCPU_BITS: u32 = 12;
/// Page table (log2 of bytes).
pub const PAGE_TABLE_BITS: u32 = 12;
/// Entries of a page table (log2).
pub const PAGE_TABLE_INDEX_BITS: u32 = 9;
/// Entry of a page table (log2 of bytes).
pub const PAGE_TABLE_ENTRY_BITS: u32 = 3;
/// Entry of a root table (log2 of bytes). Its size is [`super::PaSize::vspace_bits`].
pub const VSPACE_ENTRY_BITS: u32 = 3;
/// ASID pool (log2 of bytes).
pub const ASID_POOL_BITS: u32 = 12;
/// Address spaces of a pool (log2).
pub const ASID_POOL_INDEX_BITS: u32 = 9;
/// Number of pools (log2).
pub const NUM_ASID_POOLS_BITS: u32 = 7;

const _: () = assert!(PAGE_TABLE_INDEX_BITS + PAGE_TABLE_ENTRY_BITS == PAGE_TABLE_BITS);
