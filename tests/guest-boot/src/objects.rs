//! The kernel's objects of a guest.

use guest_memory::GuestAddress;
use sel4::init_thread::slot;
use sel4::{
    CNodeCapData, CapRights, ObjectBlueprint, ObjectBlueprintAArch64, ObjectBlueprintArm,
    VmAttributes, Word, cap,
};
use vmm_sel4::machine::HostInterrupt;
use vmm_sel4::mapped::Mapped;
use vmm_sel4::processor::Objects;

use crate::slots::{Slots, absolute, cptr};

/// Where the monitor sees the guest's memory.
const WINDOW: usize = 0x80_0000_0000;
const LARGE_PAGE: usize = 2 << 20;
/// Below the monitor.
const PRIORITY: Word = 100;

/// The guest's address space.
pub fn address_space(slots: &mut Slots<'_>) -> cap::VSpace {
    let vspace = slots.make(ObjectBlueprintAArch64::VSpace.into());
    slot::ASID_POOL.cap().asid_pool_assign(vspace).expect("an identifier");
    vspace
}

/// The memory at a physical address, mapped for the guest at the same address and for the monitor.
pub fn memory(
    slots: &mut Slots<'_>, vspace: cap::VSpace, start: usize, size: usize,
) -> (GuestAddress, Mapped) {
    let untyped = slots.device(start);
    for offset in (0..size).step_by(LARGE_PAGE) {
        let page: cap::LargePage = slots.retype(untyped, ObjectBlueprintArm::LargePage.into());
        slots.map(page, vspace, start + offset, VmAttributes::DEFAULT);
        let copy = slots.copy(page);
        let attributes = VmAttributes::DEFAULT | VmAttributes::EXECUTE_NEVER;
        slots.map(copy, slot::VSPACE.cap(), WINDOW + offset, attributes);
    }
    // SAFETY: the frames were just mapped, and nothing of Rust's is in them.
    (GuestAddress(start as u64), unsafe { Mapped::new(WINDOW, size) })
}

/// The registers of a device, mapped into an address space.
pub fn registers(slots: &mut Slots<'_>, vspace: cap::VSpace, physical: usize, address: usize) {
    let untyped = slots.device(physical);
    let page: cap::SmallPage = slots.retype(untyped, ObjectBlueprintArm::SmallPage.into());
    slots.map(page, vspace, address, VmAttributes::EXECUTE_NEVER);
}

/// The objects of one processor. Its CSpace holds its fault endpoint and nothing else.
pub fn processor(
    slots: &mut Slots<'_>, vspace: cap::VSpace, endpoint: cap::Endpoint, number: u8,
) -> Objects {
    let tcb: cap::Tcb = slots.make(ObjectBlueprint::Tcb);
    let untyped: cap::Untyped = slots.make(ObjectBlueprint::Untyped { size_bits: 12 });
    let cspace: cap::CNode = slots.make(ObjectBlueprint::CNode { size_bits: 1 });
    let badge = Word::from(number) + 1;
    let place = cspace.absolute_cptr_from_bits_with_depth(1, 1);
    place.mint(&absolute(endpoint), CapRights::all(), badge).expect("a slot");
    tcb.tcb_set_space(cptr(1), cspace, CNodeCapData::skip_high_bits(1), vspace).expect("spaces");
    tcb.tcb_set_sched_params(slot::TCB.cap(), PRIORITY, PRIORITY).expect("a priority");
    let (cnode, slot) = (slot::CNODE.cap(), slots.take());
    Objects { tcb, untyped, cnode, slot, priority: PRIORITY }
}

/// An interrupt of the board that the guest has.
pub struct BoardInterrupt(pub cap::IrqHandler);

impl HostInterrupt for BoardInterrupt {
    fn acknowledge(&mut self) {
        self.0.irq_handler_ack().expect("the interrupt's handler");
    }
}
