//! What the kernel tells the first thread.
//!
//! The first thread gets the address of a [`BootInfo`] in its first register. Extra information
//! follows one frame ([`FRAME_BITS`]) after its start: [`BootInfo::extra_len`] bytes of chunks,
//! each with an [`ExtraHeader`].

use crate::Word;

/// Size of the frame that holds a [`BootInfo`] (log2 of bytes).
pub const FRAME_BITS: u32 = 12;

/// Untypeds that a [`BootInfo`] lists at most, unless the kernel's configuration
/// (`MAX_NUM_BOOTINFO_UNTYPED_CAPS`) says otherwise.
pub const MAX_UNTYPEDS: usize = 230;

/// Consecutive slots of the root CNode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(C)]
pub struct SlotRegion {
    /// First slot.
    pub start: Word,
    /// Slot after the last one.
    pub end: Word,
}

/// An untyped capability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(C)]
pub struct UntypedDesc {
    /// Physical address.
    pub paddr: Word,
    /// Size (log2 of bytes).
    pub size_bits: u8,
    /// 1 for device memory, which the kernel neither clears nor uses for its own objects.
    pub is_device: u8,
    /// Zero.
    pub padding: [u8; size_of::<Word>() - 2],
}

/// The boot information (`seL4_BootInfo`) of a kernel without MCS.
#[derive(Debug, Clone, PartialEq, Eq)]
#[repr(C)]
pub struct BootInfo<const UNTYPEDS: usize = MAX_UNTYPEDS> {
    /// Bytes of extra information.
    pub extra_len: Word,
    /// Number of this node, from 0.
    pub node_id: Word,
    /// Number of nodes.
    pub num_nodes: Word,
    /// Levels of I/O page tables, 0 without an IOMMU.
    pub num_io_pt_levels: Word,
    /// Virtual address of the first thread's IPC buffer.
    pub ipc_buffer: Word,
    /// Empty slots.
    pub empty: SlotRegion,
    /// Frames that nodes share.
    pub shared_frames: SlotRegion,
    /// Frames of the user image, in the order of addresses.
    pub user_image_frames: SlotRegion,
    /// Page tables of the user image, from the top level down.
    pub user_image_paging: SlotRegion,
    /// I/O address spaces.
    pub io_space_caps: SlotRegion,
    /// Frames that hold the extra information.
    pub extra_bi_pages: SlotRegion,
    /// Size of the root CNode (log2 of slots).
    pub init_thread_cnode_size_bits: Word,
    /// Scheduling domain of the first thread.
    pub init_thread_domain: Word,
    /// Untyped capabilities, described by [`Self::untyped_list`].
    pub untyped: SlotRegion,
    /// Descriptions in the order of [`Self::untyped`].
    pub untyped_list: [UntypedDesc; UNTYPEDS],
}

impl<const UNTYPEDS: usize> Default for BootInfo<UNTYPEDS> {
    fn default() -> Self {
        Self {
            extra_len: 0,
            node_id: 0,
            num_nodes: 0,
            num_io_pt_levels: 0,
            ipc_buffer: 0,
            empty: SlotRegion::default(),
            shared_frames: SlotRegion::default(),
            user_image_frames: SlotRegion::default(),
            user_image_paging: SlotRegion::default(),
            io_space_caps: SlotRegion::default(),
            extra_bi_pages: SlotRegion::default(),
            init_thread_cnode_size_bits: 0,
            init_thread_domain: 0,
            untyped: SlotRegion::default(),
            untyped_list: [UntypedDesc::default(); UNTYPEDS],
        }
    }
}

/// Head of a chunk of extra information (`seL4_BootInfoHeader`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(C)]
pub struct ExtraHeader {
    /// An [`ExtraId`].
    pub id: Word,
    /// Bytes of the chunk, this header included.
    pub len: Word,
}

word_enum! {
    /// Kind of a chunk of extra information (`seL4_BootInfoID`).
    pub enum ExtraId: usize {
        /// Nothing; fills up to the end.
        Padding = 0,
        /// VESA mode (x86).
        X86Vbe = 1,
        /// Multiboot memory map (x86).
        X86MbMmap = 2,
        /// ACPI root pointer (x86).
        X86AcpiRsdp = 3,
        /// Frame buffer (x86).
        X86Framebuffer = 4,
        /// Frequency of the time stamp counter in MHz (x86).
        X86TscFreq = 5,
        /// Device tree blob.
        Fdt = 6,
    }
}

const _: () = assert!(size_of::<UntypedDesc>() == 2 * size_of::<Word>());
const _: () = assert!(size_of::<BootInfo<0>>() == 21 * size_of::<Word>());
const _: () = assert!(size_of::<BootInfo>() <= 1 << FRAME_BITS);
