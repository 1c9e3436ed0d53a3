//! Writing the bootinfo of the root task.

use core::mem::offset_of;

use sel4_abi::bootinfo::{BootInfo, ExtraHeader, ExtraId, SlotRegion, UntypedDesc};

use super::root_task::RootTask;
use crate::kernel::Kernel;
use crate::machine::{Machine, PhysRange};
use crate::memory::Memory;
use crate::word::{PhysAddr, WORD_BYTES, Word, bit};

/// The bootinfo without its list of untyped memory, whose length the kernel's
/// configuration gives.
type Head = BootInfo<0>;

/// The ranges of slots that a bootinfo tells.
#[derive(Clone, Copy, Debug)]
pub(super) enum Slots {
    PageTables,
    Image,
    Extra,
    Untyped,
    Empty,
}

/// Writes fields of a bootinfo, which starts out all zero.
#[derive(Clone, Copy, Debug)]
pub(super) struct BootInfoWriter {
    at: PhysAddr,
}

impl BootInfoWriter {
    pub(super) const fn new(at: PhysAddr) -> Self {
        Self { at }
    }

    /// Writes the field at a byte offset.
    fn set(self, memory: &mut impl Memory, offset: usize, value: Word) {
        memory.store(self.at.offset(offset), value);
    }

    /// Describes number `index` of the untyped memory.
    pub(super) fn add_untyped<M: Machine>(
        self, kernel: &mut Kernel<M>, index: Word, base: PhysAddr, size_bits: u32, device: bool,
    ) {
        let at = offset_of!(Head, untyped_list) + index * size_of::<UntypedDesc>();
        let m = &mut kernel.machine;
        self.set(m, at + offset_of!(UntypedDesc, paddr), base.0);
        // Both are bytes of the second word, which is little-endian.
        const _: () = assert!(offset_of!(UntypedDesc, size_bits) == WORD_BYTES);
        const _: () = assert!(offset_of!(UntypedDesc, is_device) == WORD_BYTES + 1);
        self.set(m, at + WORD_BYTES, size_bits as Word | Word::from(device) << 8);
    }

    /// The slots, `start` to `end`, of the capabilities that `which` says.
    pub(super) fn set_slots<M: Machine>(
        self, kernel: &mut Kernel<M>, which: Slots, start: Word, end: Word,
    ) {
        let offset = match which {
            Slots::PageTables => offset_of!(Head, user_image_paging),
            Slots::Image => offset_of!(Head, user_image_frames),
            Slots::Extra => offset_of!(Head, extra_bi_pages),
            Slots::Untyped => offset_of!(Head, untyped),
            Slots::Empty => offset_of!(Head, empty),
        };
        let m = &mut kernel.machine;
        self.set(m, offset + offset_of!(SlotRegion, start), start);
        self.set(m, offset + offset_of!(SlotRegion, end), end);
    }

    /// Writes the extra information: the device tree behind its header.
    pub(super) fn write_device_tree<M: Machine>(
        self, kernel: &mut Kernel<M>, to: PhysAddr, tree: PhysRange,
    ) {
        let m = &mut kernel.machine;
        m.store(to.offset(offset_of!(ExtraHeader, id)), ExtraId::Fdt.as_word());
        m.store(to.offset(offset_of!(ExtraHeader, len)), extra_bytes(tree));
        // A tree is a multiple of four bytes; the page has room for the rest.
        let bytes = crate::word::align_up(tree.len(), WORD_BYTES.trailing_zeros());
        m.copy(to.offset(size_of::<ExtraHeader>()), tree.start, bytes);
        self.set(m, offset_of!(Head, extra_len), extra_bytes(tree));
    }

    /// Writes what is known at the end.
    pub(super) fn finish<M: Machine>(self, kernel: &mut Kernel<M>, root: &RootTask) {
        let m = &mut kernel.machine;
        self.set(m, offset_of!(Head, num_nodes), 1);
        self.set(m, offset_of!(Head, ipc_buffer), root.ipc_buffer_address());
        let bits = M::ROOT_CNODE_BITS;
        self.set(m, offset_of!(Head, init_thread_cnode_size_bits), bits as Word);
        self.set_slots(kernel, Slots::Empty, root.next_slot(), bit(bits));
    }
}

/// Bytes of extra information for a device tree.
pub(super) const fn extra_bytes(tree: PhysRange) -> Word {
    size_of::<ExtraHeader>() + tree.len()
}
