//! Stage 1 page tables of EL2 with 4 KiB granule and 48-bit addresses (Arm ARM
//! DDI 0487, D8.3), made of 2 MiB blocks.

use core::fmt;

use crate::Range;

/// Bytes that one block maps.
pub const BLOCK_SIZE: u64 = 2 << 20;

/// `MAIR_EL2` of the seL4 boot protocol: attribute 0 is Device-nGnRnE, 1
/// Device-nGnRE, 2 Device-GRE, 3 Normal non-cacheable, 4 Normal write-back, 5
/// Normal write-through. The kernel's own tables use the same numbers.
pub const MAIR: u64 = 0x0000_aaff_440c_0400;

const VALID: u64 = 1;
const TABLE: u64 = 1 << 1;
const AP_RES1: u64 = 1 << 6;
const INNER_SHAREABLE: u64 = 3 << 8;
const ACCESSED: u64 = 1 << 10;
const EXECUTE_NEVER: u64 = 1 << 54;
const ADDRESS: u64 = 0x0000_ffff_ffff_f000;

/// One table, at any level.
#[derive(Clone, Copy)]
#[repr(C, align(4096))]
pub struct Table(pub [u64; 512]);

impl Table {
    /// A table that maps nothing.
    pub const EMPTY: Self = Self([0; 512]);
}

/// What kind of memory a mapping leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// Normal, write-back, inner shareable, executable.
    Normal,
    /// Device-nGnRnE, never executed.
    Device,
}

impl Memory {
    const fn attributes(self) -> u64 {
        match self {
            Self::Normal => (4 << 2) | INNER_SHAREABLE,
            Self::Device => EXECUTE_NEVER,
        }
    }
}

/// Why a range could not be mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapError {
    /// More tables would be needed than there are.
    NoTableLeft,
    /// Another mapping has the 2 MiB at this virtual address already.
    Taken(u64),
    /// Virtual and physical address differ within a block.
    Misaligned {
        /// Virtual address.
        virtual_start: u64,
        /// Physical address.
        physical_start: u64,
    },
}

impl fmt::Display for MapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTableLeft => {
                f.write_str("the image spans more memory than the loader's page tables reach")
            }
            Self::Taken(address) => write!(f, "the 2 MiB at {address:#x} are mapped twice"),
            Self::Misaligned { virtual_start, physical_start } => write!(
                f,
                "virtual {virtual_start:#x} and physical {physical_start:#x} differ within 2 MiB"
            ),
        }
    }
}

/// Page tables under construction. The first table of the pool is the root.
pub struct PageTables<'a> {
    pool: &'a mut [Table],
    base: u64,
    used: usize,
}

impl<'a> PageTables<'a> {
    /// Empty page tables in `pool`, whose physical address is `base`.
    pub fn new(pool: &'a mut [Table], base: u64) -> Self {
        if let Some(root) = pool.first_mut() {
            *root = Table::EMPTY;
        }
        Self { pool, base, used: 1 }
    }

    /// Maps the blocks that `physical` touches. Mapping a block again the same
    /// way is allowed.
    pub fn map(
        &mut self, virtual_start: u64, physical: Range, memory: Memory,
    ) -> Result<(), MapError> {
        if !(virtual_start ^ physical.start).is_multiple_of(BLOCK_SIZE) {
            return Err(MapError::Misaligned { virtual_start, physical_start: physical.start });
        }
        let first = physical.start & !(BLOCK_SIZE - 1);
        let mut block = first;
        while block < physical.end {
            let address = (virtual_start & !(BLOCK_SIZE - 1)).wrapping_add(block - first);
            self.map_block(address, block, memory)?;
            block += BLOCK_SIZE;
        }
        Ok(())
    }

    fn map_block(&mut self, address: u64, physical: u64, memory: Memory) -> Result<(), MapError> {
        let level_1 = self.next_table(0, index(address, 39))?;
        let level_2 = self.next_table(level_1, index(address, 30))?;
        let entry = self.entry(level_2, index(address, 21))?;
        let value = physical | memory.attributes() | ACCESSED | AP_RES1 | VALID;
        if *entry != 0 && *entry != value {
            return Err(MapError::Taken(address));
        }
        *entry = value;
        Ok(())
    }

    fn entry(&mut self, table: usize, index: usize) -> Result<&mut u64, MapError> {
        let table = self.pool.get_mut(table).ok_or(MapError::NoTableLeft)?;
        table.0.get_mut(index).ok_or(MapError::NoTableLeft)
    }

    /// The table that an entry points to, made if there is none yet.
    fn next_table(&mut self, table: usize, index: usize) -> Result<usize, MapError> {
        let (base, free) = (self.base, self.used);
        let entry = self.entry(table, index)?;
        if *entry != 0 {
            let number = ((*entry & ADDRESS) - base) / size_of::<Table>() as u64;
            return usize::try_from(number).map_err(|_| MapError::NoTableLeft);
        }
        *entry = (base + (free * size_of::<Table>()) as u64) | TABLE | VALID;
        let new = self.pool.get_mut(free).ok_or(MapError::NoTableLeft)?;
        *new = Table::EMPTY;
        self.used += 1;
        Ok(free)
    }
}

fn index(address: u64, shift: u32) -> usize {
    usize::try_from((address >> shift) & 0x1ff).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::string::ToString;

    use super::*;

    const BASE: u64 = 0x6024_0000;

    fn walk(pool: &[Table], address: u64) -> Option<(u64, u64)> {
        let mut table = 0;
        for shift in [39, 30] {
            let entry = pool[table].0[index(address, shift)];
            if entry & 3 != 3 {
                return None;
            }
            table = usize::try_from(((entry & ADDRESS) - BASE) / 4096).unwrap();
        }
        let entry = pool[table].0[index(address, 21)];
        let offset = address & (BLOCK_SIZE - 1);
        (entry & 3 == 1).then_some(((entry & ADDRESS) + offset, entry & !ADDRESS))
    }

    #[test]
    fn maps_the_kernel_and_itself() {
        let mut pool = [Table::EMPTY; 8];
        let mut tables = PageTables::new(&mut pool, BASE);
        let image = Range::new(0x6000_0000, 0x6024_2000);
        tables.map(0xff_c000_0000, image, Memory::Normal).unwrap();
        tables.map(image.start, image, Memory::Normal).unwrap();
        tables.map(0x900_0000, Range::new(0x900_0000, 0x900_1000), Memory::Device).unwrap();
        let normal = 0x751;
        assert_eq!(walk(&pool, 0xff_c000_0123), Some((0x6000_0123, normal)));
        assert_eq!(walk(&pool, 0xff_c024_1fff), Some((0x6024_1fff, normal)));
        assert_eq!(walk(&pool, 0xff_c040_0000), None);
        assert_eq!(walk(&pool, 0x6024_1000), Some((0x6024_1000, normal)));
        assert_eq!(walk(&pool, 0x900_0018), Some((0x900_0018, EXECUTE_NEVER | 0x441)));
        assert_eq!(walk(&pool, 0x4000_0000), None);
    }

    #[test]
    fn says_when_tables_run_out() {
        let mut pool = [Table::EMPTY; 3];
        let mut tables = PageTables::new(&mut pool, BASE);
        let two_gib = Range::new(0x4000_0000, 0xc000_0000);
        assert_eq!(tables.map(two_gib.start, two_gib, Memory::Normal), Err(MapError::NoTableLeft));
    }

    #[test]
    fn refuses_a_second_meaning_and_misalignment() {
        let mut pool = [Table::EMPTY; 8];
        let mut tables = PageTables::new(&mut pool, BASE);
        let range = Range::new(0x6000_0000, 0x6000_1000);
        tables.map(range.start, range, Memory::Normal).unwrap();
        assert_eq!(
            tables.map(range.start, range, Memory::Device).unwrap_err().to_string(),
            "the 2 MiB at 0x60000000 are mapped twice"
        );
        assert_eq!(
            tables.map(0x1000, range, Memory::Normal).unwrap_err().to_string(),
            "virtual 0x1000 and physical 0x60000000 differ within 2 MiB"
        );
    }
}
