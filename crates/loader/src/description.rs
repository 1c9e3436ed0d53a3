//! What the packer tells the loader.

use crate::Range;

/// How many ranges to zero a [`Description`] can hold.
pub const MAX_FILLS: usize = 16;

/// Where the kernel's image is in memory, and how it wants to be entered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct KernelMapping {
    /// The physical memory of the kernel's image, zeroed part included.
    pub physical: Range,
    /// Virtual address of `physical.start`.
    pub virtual_start: u64,
    /// Virtual address of the kernel's first instruction.
    pub entry: u64,
    /// The value that the kernel expects in `TCR_EL2`, to the bit.
    pub tcr_el2: u64,
}

/// The root task's image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct UserImage {
    /// Its physical memory, whole pages.
    pub physical: Range,
    /// Physical minus virtual address, modulo 2^64.
    pub offset: u64,
    /// Virtual address of its first instruction.
    pub entry: u64,
}

/// Where the device tree that the kernel gets comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum DeviceTreeSource {
    /// There is none.
    None = 0,
    /// It is in the image, at its place.
    Image = 1,
    /// The boot loader passes its address in x0; it is copied to its place.
    BootLoader = 2,
}

/// The devices that the loader uses itself, as physical addresses; 0 where the
/// platform has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Platform {
    /// A PL011 for messages.
    pub uart: u64,
    /// The distributor of a GICv2. Used only when entered at EL3.
    pub gic_distributor: u64,
    /// The CPU interface of a GICv2. Used only when entered at EL3.
    pub gic_cpu_interface: u64,
}

/// Everything that the loader has to know about the image that it is part of.
///
/// In memory it is a list of 64-bit little-endian words, see
/// [`Description::to_words`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Description {
    /// [`Description::MAGIC`]; anything else in a loader that was never packed.
    pub magic: u64,
    /// The kernel.
    pub kernel: KernelMapping,
    /// The root task.
    pub user: UserImage,
    /// Memory of the device tree; with [`DeviceTreeSource::BootLoader`], the
    /// room that is kept for it.
    pub device_tree: Range,
    /// A [`DeviceTreeSource`] as a number.
    pub device_tree_source: u64,
    /// Memory of the loader itself, its stack and page tables included.
    pub loader: Range,
    /// Memory that must be zero when the kernel starts. Unused entries are empty.
    pub fills: [Range; MAX_FILLS],
    /// Devices.
    pub platform: Platform,
}

impl Description {
    /// Name of the section of the loader's ELF that holds the description.
    pub const SECTION: &str = ".description";

    /// Marks a description that was filled in, and its version ("Caravan", 1).
    pub const MAGIC: u64 = u64::from_le_bytes(*b"Caravan\x01");

    /// Words in memory.
    pub const WORDS: usize = size_of::<Self>() / 8;

    /// What an unpacked loader holds.
    pub const EMPTY: Self = Self {
        magic: 0,
        kernel: KernelMapping { physical: Range::EMPTY, virtual_start: 0, entry: 0, tcr_el2: 0 },
        user: UserImage { physical: Range::EMPTY, offset: 0, entry: 0 },
        device_tree: Range::EMPTY,
        device_tree_source: DeviceTreeSource::None as u64,
        loader: Range::EMPTY,
        fills: [Range::EMPTY; MAX_FILLS],
        platform: Platform { uart: 0, gic_distributor: 0, gic_cpu_interface: 0 },
    };

    /// The words of the description in the order in which they lie in memory.
    #[must_use]
    pub fn to_words(&self) -> [u64; Self::WORDS] {
        let mut words = [0; Self::WORDS];
        let head = [
            self.magic,
            self.kernel.physical.start,
            self.kernel.physical.end,
            self.kernel.virtual_start,
            self.kernel.entry,
            self.kernel.tcr_el2,
            self.user.physical.start,
            self.user.physical.end,
            self.user.offset,
            self.user.entry,
            self.device_tree.start,
            self.device_tree.end,
            self.device_tree_source,
            self.loader.start,
            self.loader.end,
        ];
        let tail =
            [self.platform.uart, self.platform.gic_distributor, self.platform.gic_cpu_interface];
        let fills = self.fills.iter().flat_map(|fill| [fill.start, fill.end]);
        for (word, value) in words.iter_mut().zip(head.into_iter().chain(fills).chain(tail)) {
            *word = value;
        }
        words
    }

    /// The parts that must lie apart from each other, with their names.
    #[must_use]
    pub fn parts(&self) -> [(&'static str, Range); 4] {
        [
            ("the kernel", self.kernel.physical),
            ("the device tree", self.device_tree),
            ("the loader", self.loader),
            ("the root task", self.user.physical),
        ]
    }
}

// `to_words` lists each field once.
const _: () = assert!(Description::WORDS == 15 + 2 * MAX_FILLS + 3);

#[cfg(test)]
mod tests {
    use core::mem::offset_of;

    use super::*;

    #[test]
    fn words_follow_the_order_in_memory() {
        let mut description = Description::EMPTY;
        description.magic = Description::MAGIC;
        description.user.entry = 7;
        description.loader.end = 8;
        description.fills[MAX_FILLS - 1].end = 9;
        description.platform.gic_cpu_interface = 10;
        let words = description.to_words();
        let user = offset_of!(Description, user) + offset_of!(UserImage, entry);
        assert_eq!(words[0], Description::MAGIC);
        assert_eq!(words[user / 8], 7);
        assert_eq!(words[offset_of!(Description, loader) / 8 + 1], 8);
        assert_eq!(words[offset_of!(Description, platform) / 8 - 1], 9);
        assert_eq!(words[Description::WORDS - 1], 10);
    }
}
