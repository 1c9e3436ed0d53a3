//! Reads and writes of the registers that both versions of the GIC share.

use vmm::vcpu::VcpuId;

use super::Engine;
use super::registers::{Bits, Register, config_fields, priorities, with_config_fields};
use crate::cpus::Vcpus;
use crate::intid::{PER_BLOCK, Sgi};

impl Engine {
    /// Reads a register as `vcpu` sees it: 32 bits, or the first byte of a priority register.
    pub fn read(&self, vcpu: VcpuId, register: Register) -> u32 {
        let Some(block) = self.block(vcpu, register.block()) else {
            return 0;
        };
        match register {
            Register::Bits(Bits::Group, _) => block.group(),
            Register::Bits(Bits::SetEnable | Bits::ClearEnable, _) => block.enabled(),
            Register::Bits(Bits::SetPending | Bits::ClearPending, _) => block.shown_pending(),
            Register::Bits(Bits::SetActive | Bits::ClearActive, _) => block.shown_active(),
            Register::Priority(first) => u32::from_le_bytes(core::array::from_fn(|n| {
                block.priority(first % PER_BLOCK + n).field()
            })),
            Register::Config(first) => config_fields(block.edge(), first),
        }
    }

    /// Writes a register as `vcpu` sees it. `bytes` is the number of priorities that are written.
    pub fn write(&mut self, vcpu: VcpuId, register: Register, value: u32, bytes: usize) {
        if let Register::Bits(kind @ (Bits::SetPending | Bits::ClearPending), 0) = register {
            // SGIs are pending by sender.
            if let Some(private) = self.private.get_mut(vcpu.index()) {
                match kind {
                    Bits::SetPending => private.set_pending(value),
                    _ => private.clear_pending(value),
                }
            }
            return;
        }
        let Some(block) = self.block_mut(vcpu, register.block()) else {
            return;
        };
        match register {
            Register::Bits(Bits::Group, _) => block.set_group(value),
            Register::Bits(Bits::SetEnable, _) => block.enable(value),
            Register::Bits(Bits::ClearEnable, _) => block.disable(value),
            Register::Bits(Bits::SetPending, _) => block.latch(value),
            Register::Bits(Bits::ClearPending, _) => block.clear_pending(value),
            Register::Bits(Bits::SetActive, _) => block.activate(value),
            Register::Bits(Bits::ClearActive, _) => block.deactivate(value),
            Register::Priority(first) => {
                for (n, priority) in priorities(value).enumerate().take(bytes) {
                    block.set_priority(first % PER_BLOCK + n, priority);
                }
            }
            // The configuration of SGIs is fixed, that of PPIs is too where the implementation
            // wants (IHI 0048B 4.3.13): timers and the like are level-sensitive.
            Register::Config(first) if first < PER_BLOCK => {}
            Register::Config(first) => {
                block.set_edge(with_config_fields(block.edge(), first, value));
            }
        }
    }

    /// Who sent `sgi` to `vcpu`, the one in a list register included: whether the guest has taken
    /// that isn't known.
    pub fn shown_senders(&self, vcpu: VcpuId, sgi: Sgi) -> Vcpus {
        let waiting = self.private.get(vcpu.index());
        let waiting = waiting.map_or(Vcpus::NONE, |private| private.senders(sgi));
        let lists = self.lists.get(vcpu.index());
        waiting.or(lists.map_or(Vcpus::NONE, |lists| lists.senders(sgi)))
    }
}
