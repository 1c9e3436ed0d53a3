//! The guest's processors, and interrupts for it, from what the assembly made.

use alloc::vec::Vec;

use component::config::guest::{Guest, Interrupt};
use component::config::slot;
use sel4::{cap, sel4_cfg_bool};
use vmm_sel4::machine::HostInterrupt;
use vmm_sel4::processor::Objects;

/// The handler of an interrupt.
pub struct Handler(cap::IrqHandler);

impl Handler {
    /// The one of the configuration.
    pub fn new(interrupt: &Interrupt) -> Self {
        Self(cap::IrqHandler::from_bits(interrupt.irq.handler.into()))
    }
}

impl HostInterrupt for Handler {
    fn acknowledge(&mut self) {
        if let Err(error) = self.0.irq_handler_ack() {
            component::log::error!("an interrupt can't be acknowledged: {error}");
        }
    }
}

/// The processors' objects.
pub fn processors(guest: &Guest<'_>) -> Vec<Objects> {
    guest
        .vcpus()
        .map(|vcpu| Objects {
            tcb: cap::Tcb::from_bits(vcpu.tcb.into()),
            untyped: cap::Untyped::from_bits(vcpu.untyped.into()),
            cnode: cap::CNode::from_bits(slot::CNODE.into()),
            slot: vcpu.object as usize,
            priority: vcpu.priority.into(),
        })
        .collect()
}

/// List registers of the board's CPUs: GIC-400 has four.
pub const fn list_registers() -> usize {
    if sel4_cfg_bool!(ARM_GIC_V3_SUPPORT) { 16 } else { 4 }
}
