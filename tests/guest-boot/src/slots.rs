//! Slots and memory, handed out one after the other.

use sel4::init_thread::{Slot, slot};
use sel4::{
    AbsoluteCPtr, BootInfoPtr, CPtr, Cap, CapRights, CapType, CapTypeForFrameObject, Error,
    ObjectBlueprint, UntypedDesc, VmAttributes, Word, cap, cap_type,
};

/// Memory for all objects, as a power of two.
const MEMORY_BITS: usize = 20;

/// What is free.
pub struct Slots<'a> {
    bootinfo: &'a BootInfoPtr,
    next: usize,
    memory: cap::Untyped,
}

/// The slot of a capability in the root CNode.
pub fn absolute<T: CapType>(cap: Cap<T>) -> AbsoluteCPtr {
    slot::CNODE.cap().absolute_cptr(cap)
}

impl<'a> Slots<'a> {
    pub fn new(bootinfo: &'a BootInfoPtr) -> Self {
        let list = bootinfo.untyped_list();
        // The first object made of an untyped has the kernel clear all of it.
        let small = bootinfo
            .kernel_untyped_range()
            .filter(|index| list[*index].size_bits() >= MEMORY_BITS)
            .min_by_key(|index| list[*index].size_bits())
            .expect("untyped memory");
        let memory = bootinfo.untyped().index(small).cap();
        Self { bootinfo, next: bootinfo.empty().start(), memory }
    }

    /// The index of an empty slot.
    pub fn take(&mut self) -> usize {
        self.next += 1;
        self.next - 1
    }

    pub fn retype<T: CapType>(&mut self, untyped: cap::Untyped, what: ObjectBlueprint) -> Cap<T> {
        let index = self.take();
        let root = slot::CNODE.cap().absolute_cptr_for_self();
        untyped.untyped_retype(&what, &root, index, 1).expect("memory for an object");
        Slot::<T>::from_index(index).cap()
    }

    pub fn make<T: CapType>(&mut self, what: ObjectBlueprint) -> Cap<T> {
        self.retype(self.memory, what)
    }

    pub fn mint<T: CapType>(&mut self, cap: Cap<T>, rights: CapRights, badge: Word) -> Cap<T> {
        let copy = Slot::<T>::from_index(self.take()).cap();
        absolute(copy).mint(&absolute(cap), rights, badge).expect("a copy");
        copy
    }

    pub fn copy<T: CapType>(&mut self, cap: Cap<T>) -> Cap<T> {
        let copy = Slot::<T>::from_index(self.take()).cap();
        absolute(copy).copy(&absolute(cap), CapRights::all()).expect("a copy");
        copy
    }

    /// A handler of an interrupt that signals `notification`.
    pub fn interrupt(&mut self, irq: Word, notification: cap::Notification) -> cap::IrqHandler {
        let handler = Slot::<cap_type::IrqHandler>::from_index(self.take()).cap();
        let control = slot::IRQ_CONTROL.cap();
        control.irq_control_get(irq, &absolute(handler)).expect("an interrupt that is free");
        handler.irq_handler_set_notification(notification).expect("a notification");
        handler.irq_handler_ack().expect("an interrupt");
        handler
    }

    /// The untyped memory of a device, from `address` on: what comes before it is used up.
    pub fn device(&mut self, address: usize) -> cap::Untyped {
        let list = self.bootinfo.untyped_list();
        let covers = |it: &UntypedDesc| {
            it.is_device() && address.wrapping_sub(it.paddr()) >> it.size_bits() == 0
        };
        let index = list.iter().position(covers).expect("device memory");
        let untyped = self.bootinfo.untyped().index(index).cap();
        let offset = address - list[index].paddr();
        for size_bits in (0..usize::BITS as usize).rev().filter(|bit| offset >> bit & 1 != 0) {
            self.retype::<cap_type::Untyped>(untyped, ObjectBlueprint::Untyped { size_bits });
        }
        untyped
    }

    /// Maps a frame, with the page tables that are missing.
    pub fn map<T: CapTypeForFrameObject>(
        &mut self, frame: Cap<T>, vspace: cap::VSpace, address: usize, attributes: VmAttributes,
    ) {
        loop {
            match frame.frame_map(vspace, address, CapRights::read_write(), attributes) {
                Err(Error::FailedLookup { .. }) => {
                    let table: cap::PT = self.make(sel4::ObjectBlueprintArm::PT.into());
                    table.pt_map(vspace, address, VmAttributes::DEFAULT).expect("a page table");
                }
                result => return result.expect("a mapping"),
            }
        }
    }
}

/// The pointer to a slot of a guest's own CSpace.
pub const fn cptr(bits: Word) -> CPtr {
    CPtr::from_bits(bits)
}
