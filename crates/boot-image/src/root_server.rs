//! What the kernel itself needs to boot a root task: memory for the first
//! objects and slots for the first capabilities.

use loader::Range;

use crate::Configuration;

const PAGE_BITS: u32 = 12;
const SLOT_BITS: u32 = 5;
/// The larger one of a thread's two sizes: with hardware breakpoints.
const TCB_BITS: u32 = 12;
const BOOT_INFO_HEADER: u64 = 16;
/// Slots that are taken in every root CNode (`seL4_NumInitialCaps`).
const INITIAL_CAPS: u64 = 16;

/// Memory and slots that the kernel takes before the root task runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BootNeeds {
    /// Slots of the root CNode.
    pub slots: u64,
    /// Those among them that hold the 4 KiB frames of the root task's image.
    pub frames: u64,
    /// Bytes of memory for the first objects.
    pub bytes: u64,
    /// Their alignment, that of the largest of them.
    pub alignment: u64,
    /// End of the virtual addresses that the kernel maps for the root task:
    /// its image, IPC buffer, boot information and device tree.
    pub virtual_end: u64,
}

impl BootNeeds {
    /// What a root task whose pages are at `image` takes on a kernel with this
    /// configuration, when it is passed `device_tree_size` bytes.
    #[must_use]
    pub fn new(configuration: &Configuration, image: Range, device_tree_size: u64) -> Self {
        let page = 1 << PAGE_BITS;
        let extra = match device_tree_size {
            0 => 0,
            size => (size.saturating_add(BOOT_INFO_HEADER)).max(page).next_power_of_two(),
        };
        let extra_pages = match device_tree_size {
            0 => 0,
            size => (size + BOOT_INFO_HEADER).div_ceil(page),
        };
        // IPC buffer, boot information, then the device tree.
        let virtual_end = image.end.saturating_add(2 * page).saturating_add(extra);
        let mapped = Range::new(image.start, virtual_end);

        let levels: &[u32] = match configuration.physical_address_bits {
            40 => &[21, 30],
            _ => &[21, 30, 39],
        };
        let tables: u64 = levels.iter().map(|level| tables(mapped, *level)).sum();
        // With 40 bits, stage 2 starts with two concatenated tables at level 1.
        let root_bits =
            if configuration.physical_address_bits == 40 { PAGE_BITS + 1 } else { PAGE_BITS };
        let cnode = 1 << (configuration.root_cnode_size_bits + SLOT_BITS);

        // IPC buffer, boot information and ASID pool are a page each.
        let bytes = cnode + (1 << TCB_BITS) + 3 * page + extra + (1 << root_bits) + tables * page;
        let frames = image.len() / page;
        Self {
            slots: INITIAL_CAPS + frames + tables + extra_pages + configuration.max_untypeds,
            frames,
            bytes,
            alignment: cnode.max(1 << root_bits).max(extra),
            virtual_end,
        }
    }

    /// Whether the first objects fit into `memory`, at its end.
    #[must_use]
    pub fn fit(&self, memory: Range) -> bool {
        memory
            .end
            .checked_sub(self.bytes)
            .is_some_and(|start| start / self.alignment * self.alignment >= memory.start)
    }
}

/// Tables of which each covers 2^`bits` bytes that `range` touches.
fn tables(range: Range, bits: u32) -> u64 {
    (range.end.div_ceil(1 << bits)) - (range.start >> bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIGURATION: Configuration =
        Configuration { physical_address_bits: 40, root_cnode_size_bits: 18, max_untypeds: 230 };

    #[test]
    fn counts_what_the_kernel_counts() {
        let image = Range::new(0x20_0000, 0x40_0000);
        let needs = BootNeeds::new(&CONFIGURATION, image, 7896);
        assert_eq!(needs.frames, 512);
        // IPC buffer, boot information and 8 KiB for the device tree.
        assert_eq!(needs.virtual_end, 0x40_4000);
        // Two page tables, one page directory; two pages of device tree.
        assert_eq!(needs.slots, 16 + 512 + 3 + 2 + 230);
        assert_eq!(needs.bytes, (8 << 20) + 4096 + 3 * 4096 + 8192 + 8192 + 3 * 4096);
        assert_eq!(needs.alignment, 8 << 20);
    }

    #[test]
    fn a_44_bit_kernel_has_one_more_level() {
        let configuration = Configuration { physical_address_bits: 44, ..CONFIGURATION };
        let image = Range::new(0x20_0000, 0x40_0000);
        assert_eq!(BootNeeds::new(&configuration, image, 0).slots, 16 + 512 + 4 + 230);
    }

    #[test]
    fn objects_need_aligned_room() {
        let needs = BootNeeds::new(&CONFIGURATION, Range::new(0x20_0000, 0x40_0000), 0);
        assert!(needs.fit(Range::new(0x6000_0000, 0x6180_0000)));
        assert!(needs.fit(Range::new(0x6080_0000, 0x6180_0000)));
        assert!(!needs.fit(Range::new(0x6080_1000, 0x6180_0000)));
        assert!(!needs.fit(Range::new(0x6000_0000, 0x6000_0000)));
    }
}
