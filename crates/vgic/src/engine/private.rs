//! The interrupts that each processor has its own of.

use vmm::vcpu::VcpuId;

use super::block::Block;
use crate::cpus::Vcpus;
use crate::intid::{IntId, Sgi};

/// The bits of SGIs among the 32 private interrupts.
pub(crate) const SGIS: u32 = 0xffff;

/// SGIs and PPIs of one processor.
///
/// An SGI is pending once for each processor that sent it (IHI 0048B 4.3.16); the block's latch
/// is set as long as there is one. With GICv3, where the sender isn't known, it counts as vCPU 0.
#[derive(Clone, Debug)]
pub(crate) struct Private {
    pub block: Block,
    senders: [Vcpus; Sgi::COUNT],
}

impl Private {
    pub fn new(enabled: u32, group: u32) -> Self {
        Self {
            block: Block::new(u32::MAX, enabled, group, SGIS),
            senders: [Vcpus::NONE; Sgi::COUNT],
        }
    }

    pub fn reset(&mut self, initial: Self) {
        self.senders = initial.senders;
        self.block.reset(initial.block);
    }

    /// Who sent `sgi` without it having been delivered.
    pub fn senders(&self, sgi: Sgi) -> Vcpus {
        self.senders[sgi.index()]
    }

    pub fn send(&mut self, sgi: Sgi, senders: Vcpus) {
        self.change(sgi, self.senders(sgi).or(senders));
    }

    pub fn unsend(&mut self, sgi: Sgi, senders: Vcpus) {
        self.change(sgi, self.senders(sgi).without(senders));
    }

    fn change(&mut self, sgi: Sgi, senders: Vcpus) {
        self.senders[sgi.index()] = senders;
        let mask = IntId::from(sgi).mask();
        if senders.is_empty() {
            self.block.clear_pending(mask);
        } else {
            self.block.latch(mask);
        }
    }

    pub fn set_pending(&mut self, mask: u32) {
        for sgi in sgis(mask) {
            self.send(sgi, VcpuId(0).into());
        }
        self.block.latch(mask & !SGIS);
    }

    pub fn clear_pending(&mut self, mask: u32) {
        for sgi in sgis(mask) {
            self.change(sgi, Vcpus::NONE);
        }
        self.block.clear_pending(mask & !SGIS);
    }

    /// Puts an interrupt into a list register. Returns the sender of an SGI, and whether it was
    /// pending without the wire.
    pub fn hold(&mut self, intid: IntId) -> (VcpuId, bool) {
        let latched = self.block.hold(intid.mask());
        let Some(sgi) = intid.sgi() else {
            return (VcpuId(0), latched);
        };
        let sender = self.senders(sgi).lowest().unwrap_or_default();
        self.unsend(sgi, sender.into());
        (sender, latched)
    }

    /// Takes back what [`hold`](Self::hold) did and returned.
    pub fn take_back(&mut self, intid: IntId, sender: VcpuId, latched: bool) {
        self.block.take_back(intid.mask(), latched);
        if let Some(sgi) = intid.sgi() {
            self.send(sgi, sender.into());
        }
    }
}

fn sgis(mask: u32) -> impl Iterator<Item = Sgi> {
    (0..16).filter(move |bit| mask & (1 << bit) != 0).map(Sgi::from_bits)
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn an_sgi_is_delivered_once_for_each_sender() {
        let mut private = Private::new(SGIS, 0);
        let sgi = Sgi::from_bits(3);
        private.send(sgi, Vcpus::from_bits(0b101));
        private.send(sgi, Vcpus::from_bits(0b100));
        assert_eq!(private.hold(sgi.into()), (VcpuId(0), true));
        assert_eq!(private.block.pending(), 1 << 3);
        private.block.end(1 << 3);
        assert_eq!(private.hold(sgi.into()), (VcpuId(2), true));
        private.block.end(1 << 3);
        assert_eq!(private.block.pending(), 0);
    }

    #[test]
    fn a_taken_back_sgi_remembers_its_sender() {
        let mut private = Private::new(SGIS, 0);
        let sgi = Sgi::from_bits(1);
        private.send(sgi, VcpuId(2).into());
        let (sender, latched) = private.hold(sgi.into());
        private.take_back(sgi.into(), sender, latched);
        assert_eq!(private.senders(sgi), VcpuId(2).into());
        assert_eq!(private.block.pending(), 1 << 1);
    }
}
