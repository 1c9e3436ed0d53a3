//! The root task's objects and capabilities.

use sel4_abi::slot;

use super::bootinfo::{BootInfoWriter, Slots, extra_bytes};
use super::{BootError, BootParameters, PAGE_BITS, page_up, pages};
use crate::arch::{ArchCap, RootSpace};
use crate::cap::{CNodeCap, Cap, UntypedCap};
use crate::derivation::insert;
use crate::kernel::Kernel;
use crate::machine::{Machine, PhysRange};
use crate::object::{Slot, Tcb, TcbSlot, ThreadState, sizes};
use crate::word::{PhysAddr, WORD_BITS, Word, bit};

/// Where things are in the root task's address space: the image, then the IPC
/// buffer, the bootinfo and the extra information.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    image: Word,
    ipc_buffer: Word,
    bootinfo: Word,
    extra: Word,
    /// log2 of the bytes of the extra information's object.
    extra_bits: Option<u32>,
    end: Word,
    root_bits: u32,
}

impl Layout {
    pub(super) fn new(
        parameters: &BootParameters<'_>, root_bits: u32, user_top: Word,
    ) -> Result<Self, BootError> {
        let virtual_of = |address: PhysAddr| address.0.wrapping_sub(parameters.image_offset);
        let image = virtual_of(parameters.image.start);
        let ipc_buffer = virtual_of(parameters.image.end);
        let bootinfo = ipc_buffer.saturating_add(bit(PAGE_BITS));
        let extra = bootinfo.saturating_add(bit(sel4_abi::bootinfo::FRAME_BITS));
        // At least a root table's size, so that the root behind it is aligned.
        let extra_bits = parameters
            .device_tree
            .map(|tree| extra_bytes(tree).max(bit(root_bits)).next_power_of_two().trailing_zeros());
        let end = extra.saturating_add(extra_bits.map_or(0, bit));
        if end > user_top || ipc_buffer < image {
            return Err(BootError::ImageBeyondUserTop { end, top: user_top });
        }
        Ok(Self { image, ipc_buffer, bootinfo, extra, extra_bits, end, root_bits })
    }

    /// The size of all objects, and the alignment of the largest.
    pub(super) fn space(&self, cnode_bits: u32) -> (Word, u32) {
        let cnode = cnode_bits + sizes::SLOT_BITS;
        let extra = self.extra_bits.unwrap_or(0);
        let size = bit(cnode)
            + self.extra_bits.map_or(0, bit)
            + bit(self.root_bits)
            + 3 * bit(PAGE_BITS)
            + (RootSpace::table_count(self.root_bits, self.image, self.end) << PAGE_BITS)
            + bit(sizes::TCB_BITS);
        (page_up(size), cnode.max(extra).max(self.root_bits))
    }
}

/// The root task in the making.
#[derive(Debug)]
pub(super) struct RootTask {
    layout: Layout,
    cnode: CNodeCap,
    vspace: RootSpace,
    asid_pool: PhysAddr,
    ipc_buffer: PhysAddr,
    pub(super) bootinfo: PhysAddr,
    extra: PhysAddr,
    tcb: Tcb,
    next: Word,
}

impl RootTask {
    /// Places the objects from `start` on, the largest first, so that each is
    /// aligned to its size.
    pub(super) fn new(layout: Layout, start: PhysAddr, cnode_bits: u32) -> Self {
        let mut next = start;
        let mut allocate = |bytes: Word| {
            let at = next;
            next = next.offset(bytes);
            at
        };
        let cnode_bytes = bit(cnode_bits + sizes::SLOT_BITS);
        let extra_bytes = layout.extra_bits.map_or(0, bit);
        let (cnode, extra) = if extra_bytes > cnode_bytes {
            let extra = allocate(extra_bytes);
            (allocate(cnode_bytes), extra)
        } else {
            (allocate(cnode_bytes), allocate(extra_bytes))
        };
        let vspace = allocate(bit(layout.root_bits));
        let asid_pool = allocate(bit(sizes::ASID_POOL_BITS));
        let ipc_buffer = allocate(bit(PAGE_BITS));
        let bootinfo = allocate(bit(sel4_abi::bootinfo::FRAME_BITS));
        let tables = RootSpace::table_count(layout.root_bits, layout.image, layout.end);
        let tables = allocate(tables << PAGE_BITS);
        let tcb = Tcb::at(allocate(bit(sizes::TCB_BITS)));
        let cnode = CNodeCap {
            base: cnode,
            radix: cnode_bits,
            guard: 0,
            guard_bits: WORD_BITS - cnode_bits,
        };
        Self {
            layout,
            cnode,
            vspace: RootSpace::new(vspace, tables),
            asid_pool,
            ipc_buffer,
            bootinfo,
            extra,
            tcb,
            next: slot::NUM_INITIAL_CAPS,
        }
    }

    /// The first slot that is still empty.
    pub(super) const fn next_slot(&self) -> Word {
        self.next
    }

    /// The virtual address of the IPC buffer.
    pub(super) const fn ipc_buffer_address(&self) -> Word {
        self.layout.ipc_buffer
    }

    const fn slot(&self, index: Word) -> Slot {
        self.cnode.slot(index)
    }

    fn write<M: Machine>(&self, kernel: &mut Kernel<M>, index: Word, cap: Cap) {
        self.slot(index).write_root(&mut kernel.machine, cap);
    }

    /// Puts a capability into the next slot.
    fn provide<M: Machine>(&mut self, kernel: &mut Kernel<M>, cap: Cap) -> Result<(), BootError> {
        if self.next >= self.cnode.slot_count() {
            return Err(BootError::CNodeFull { size_bits: self.cnode.radix });
        }
        self.write(kernel, self.next, cap);
        self.next += 1;
        Ok(())
    }

    /// Puts untyped memory into the next slot. It counts as used, so that the
    /// first retype clears it.
    pub(super) fn provide_untyped<M: Machine>(
        &mut self, kernel: &mut Kernel<M>, base: PhysAddr, size_bits: u32, device: bool,
    ) -> Result<(), BootError> {
        let used = bit(size_bits);
        self.provide(kernel, Cap::Untyped(UntypedCap { base, size_bits, device, used }))
    }

    /// Makes everything but the thread.
    pub(super) fn fill<M: Machine>(
        &mut self, kernel: &mut Kernel<M>, info: BootInfoWriter, parameters: &BootParameters<'_>,
    ) -> Result<(), BootError> {
        self.write(kernel, slot::INIT_THREAD_CNODE, Cap::CNode(self.cnode));
        self.write(kernel, slot::DOMAIN, Cap::Domain);
        self.write(kernel, slot::IRQ_CONTROL, Cap::IrqControl);
        self.write(kernel, slot::ASID_CONTROL, Cap::Arch(ArchCap::AsidControl));
        self.write(kernel, slot::INIT_THREAD_VSPACE, self.vspace.cap());
        let pool = kernel.install_first_asid_pool(self.asid_pool, &self.vspace);
        self.write(kernel, slot::INIT_THREAD_ASID_POOL, pool);

        let first = self.next;
        self.map_tables(kernel)?;
        info.set_slots(kernel, Slots::PageTables, first, self.next);

        let bootinfo = self.vspace.map(kernel, self.bootinfo, self.layout.bootinfo, false);
        self.write(kernel, slot::BOOT_INFO_FRAME, bootinfo);
        if let Some(tree) = parameters.device_tree {
            info.write_device_tree(kernel, self.extra, tree);
            let first = self.next;
            let count = page_up(extra_bytes(tree)) >> PAGE_BITS;
            self.map_pages(kernel, pages(self.extra, count), self.layout.extra)?;
            info.set_slots(kernel, Slots::Extra, first, self.next);
        }
        let ipc_buffer = self.vspace.map(kernel, self.ipc_buffer, self.layout.ipc_buffer, false);
        self.write(kernel, slot::INIT_THREAD_IPC_BUFFER, ipc_buffer);

        let first = self.next;
        self.map_pages(kernel, parameters.image, self.layout.image)?;
        info.set_slots(kernel, Slots::Image, first, self.next);
        Ok(())
    }

    fn map_tables<M: Machine>(&mut self, kernel: &mut Kernel<M>) -> Result<(), BootError> {
        for depth in 0..RootSpace::table_levels(self.layout.root_bits) {
            let mut address = self.layout.image;
            while address < self.layout.end {
                let (cap, next) = self.vspace.map_table(kernel, depth, address);
                self.provide(kernel, cap)?;
                address = next;
            }
        }
        Ok(())
    }

    fn map_pages<M: Machine>(
        &mut self, kernel: &mut Kernel<M>, range: PhysRange, address: Word,
    ) -> Result<(), BootError> {
        for index in 0..range.len() >> PAGE_BITS {
            let bytes = index << PAGE_BITS;
            let cap = self.vspace.map(kernel, range.start.offset(bytes), address + bytes, true);
            self.provide(kernel, cap)?;
        }
        Ok(())
    }

    /// Makes the thread, ready to run at `entry`.
    pub(super) fn start<M: Machine>(&self, kernel: &mut Kernel<M>, entry: Word) -> Tcb {
        use crate::arch::registers;
        let tcb = self.tcb;
        kernel.init_thread(tcb);
        let copies = [
            (slot::INIT_THREAD_CNODE, TcbSlot::CSpace),
            (slot::INIT_THREAD_VSPACE, TcbSlot::VSpace),
            (slot::INIT_THREAD_IPC_BUFFER, TcbSlot::IpcBuffer),
        ];
        for (from, to) in copies {
            let source = self.slot(from);
            let cap = source.cap(&kernel.machine);
            let copy = kernel.derive(source, cap).unwrap_or(cap);
            insert(&mut kernel.machine, copy, source, tcb.slot(to));
        }
        let m = &mut kernel.machine;
        tcb.set_ipc_buffer(m, self.layout.ipc_buffer);
        tcb.set_register(m, registers::CAP, self.layout.bootinfo);
        tcb.set_register(m, registers::NEXT_IP, entry);
        tcb.set_priority(m, crate::sched::PRIORITIES - 1);
        tcb.set_max_priority(m, crate::sched::PRIORITIES - 1);
        tcb.set_state(m, ThreadState::Running);
        if M::DEBUG {
            tcb.set_name(m, b"rootserver");
            kernel.remember_thread(tcb);
        }
        kernel.set_up_reply_master(tcb);
        self.write(kernel, slot::INIT_THREAD_TCB, Cap::Thread(tcb));
        tcb
    }
}
