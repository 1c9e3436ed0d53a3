//! The kernel's own page tables: stage 1 of the EL2 translation regime, 4 KiB
//! granule, 48-bit addresses (Arm ARM D8.3, "Translation table descriptor
//! formats"). They are built once at boot.

use core::{cell::UnsafeCell, ops::Range};

use super::memory_map::{
    self, DEVICE_BASE, PAGE_BITS, PAGE_SIZE, image_to_phys, phys_to_virt, to_usize,
};
use crate::platform;

/// Bits of the address that one level of tables resolves.
const INDEX_BITS: u32 = 9;
const ENTRIES: usize = 1 << INDEX_BITS;
/// Level of the tables whose entries are 4 KiB pages.
const PAGE_LEVEL: u32 = 3;

/// Descriptor bits.
const VALID: u64 = 1 << 0;
/// In levels 0 to 2: the descriptor points to a table; in level 3: always set.
const TABLE_OR_PAGE: u64 = 1 << 1;
/// AP\[1\], which is RES1 where a regime has one privilege level.
const AP_RES1: u64 = 1 << 6;
/// AP\[2\]: read-only.
const READ_ONLY: u64 = 1 << 7;
const INNER_SHAREABLE: u64 = 3 << 8;
const ACCESS_FLAG: u64 = 1 << 10;
const EXECUTE_NEVER: u64 = 1 << 54;
const ADDRESS_MASK: u64 = 0x0000_ffff_ffff_f000;

/// Index in MAIR_EL2 of Device-nGnRnE memory.
const DEVICE: u64 = 0 << 2;
/// Index in MAIR_EL2 of Normal write-back memory.
const NORMAL: u64 = 4 << 2;

/// MAIR_EL2. The indices are those of the boot loader's tables, which are still in
/// use when this is written: Device-nGnRnE, -nGnRE, -GRE, Normal non-cacheable,
/// write-back, write-through.
pub(super) const MAIR: u64 = 0x0000_aaff_440c_0400;

/// What a mapping of the kernel may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    /// Normal memory: kernel code.
    Execute,
    /// Normal memory: constants.
    Read,
    /// Normal memory: data.
    ReadWrite,
    /// Device registers.
    Device,
}

impl Access {
    fn attributes(self) -> u64 {
        let common = VALID | AP_RES1 | ACCESS_FLAG;
        common
            | match self {
                Self::Execute => NORMAL | INNER_SHAREABLE | READ_ONLY,
                Self::Read => NORMAL | INNER_SHAREABLE | READ_ONLY | EXECUTE_NEVER,
                Self::ReadWrite => NORMAL | INNER_SHAREABLE | EXECUTE_NEVER,
                Self::Device => DEVICE | EXECUTE_NEVER,
            }
    }
}

#[repr(C, align(4096))]
#[derive(Clone, Copy)]
struct Table([u64; ENTRIES]);

/// Levels 0 and 1; level 2 and 3 for the edge of the window, the image and the
/// devices.
const TABLE_COUNT: usize = 12;

#[repr(transparent)]
struct TablePool(UnsafeCell<[Table; TABLE_COUNT]>);

// SAFETY: Rust code touches the pool only in `build`, once, on the one core.
unsafe impl Sync for TablePool {}

static POOL: TablePool = TablePool(UnsafeCell::new([Table([0; ENTRIES]); TABLE_COUNT]));

/// Hands out tables from a pool, and fills them. Table 0 is the root.
struct Builder<'a> {
    tables: &'a mut [Table],
    /// Physical address of `tables`.
    base: u64,
    used: usize,
}

impl Builder<'_> {
    /// Maps `size` bytes at `vaddr` to `paddr`, all three multiples of 4 KiB, with
    /// the largest blocks that fit.
    fn map(&mut self, mut vaddr: u64, mut paddr: u64, mut size: u64, access: Access) {
        assert!((vaddr | paddr | size).is_multiple_of(PAGE_SIZE));
        while size > 0 {
            let level = (1..PAGE_LEVEL)
                .find(|&level| {
                    let block = 1 << level_shift(level);
                    (vaddr | paddr).is_multiple_of(block) && size >= block
                })
                .unwrap_or(PAGE_LEVEL);
            self.set_leaf(vaddr, paddr, level, access);
            let step = 1 << level_shift(level);
            vaddr += step;
            paddr += step;
            size -= step;
        }
    }

    fn set_leaf(&mut self, vaddr: u64, paddr: u64, level: u32, access: Access) {
        let mut table = 0;
        for parent_level in 0..level {
            table = self.next_table(table, entry_index(vaddr, parent_level));
        }
        let entry = &mut self.tables[table].0[entry_index(vaddr, level)];
        assert!(*entry == 0, "kernel address {vaddr:#x} is mapped twice");
        let kind = if level == PAGE_LEVEL { TABLE_OR_PAGE } else { 0 };
        *entry = paddr | kind | access.attributes();
    }

    /// The table that an entry points to, made if there is none yet.
    fn next_table(&mut self, table: usize, index: usize) -> usize {
        let entry = self.tables[table].0[index];
        if entry & VALID != 0 {
            assert!(entry & TABLE_OR_PAGE != 0, "a block is in the way");
            let offset = (entry & ADDRESS_MASK) - self.base;
            return to_usize(offset >> PAGE_BITS);
        }
        self.used += 1;
        let address = self.base + ((self.used as u64) << PAGE_BITS);
        self.tables[table].0[index] = address | VALID | TABLE_OR_PAGE;
        self.used
    }
}

/// log2 of the size that one entry of a level covers.
const fn level_shift(level: u32) -> u32 {
    PAGE_BITS + INDEX_BITS * (PAGE_LEVEL - level)
}

fn entry_index(vaddr: u64, level: u32) -> usize {
    to_usize(vaddr >> level_shift(level)) & (ENTRIES - 1)
}

/// Builds the tables, and returns the physical address of the root.
///
/// # Safety
///
/// Only once, and before the tables are in use.
pub(super) unsafe fn build() -> u64 {
    // SAFETY: the caller's promise makes this the only reference, and the hardware
    // doesn't walk the tables yet.
    let tables: &mut [Table] = unsafe { &mut *POOL.0.get() };
    let base = image_to_phys(POOL.0.get().addr() as u64);
    let mut builder = Builder { tables, base, used: 0 };

    let image = memory_map::image_layout();
    let mut map_image = |range: Range<u64>, access| {
        builder.map(range.start, image_to_phys(range.start), range.end - range.start, access);
    };
    map_image(image.text_start..image.text_end, Access::Execute);
    map_image(image.text_end..image.rodata_end, Access::Read);
    map_image(image.rodata_end..image.stack_guard, Access::ReadWrite);
    map_image(image.stack_guard + PAGE_SIZE..image.image_end, Access::ReadWrite);

    let ram = platform::RAM;
    let image = memory_map::image_phys_range();
    for range in [ram.start..image.start, image.end..ram.end] {
        let size = range.end - range.start;
        builder.map(phys_to_virt(range.start), range.start, size, Access::ReadWrite);
    }

    for (page, device) in (0..).zip(&platform::KERNEL_DEVICES) {
        let vaddr = DEVICE_BASE + page * PAGE_SIZE;
        builder.map(vaddr, device.paddr, PAGE_SIZE, Access::Device);
    }
    base
}
