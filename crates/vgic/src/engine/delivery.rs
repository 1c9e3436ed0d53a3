//! Which interrupt goes into which list register.

use vmm::vcpu::VcpuId;

use super::Engine;
use crate::cpus::Vcpus;
use crate::intid::{IntId, Priority, Sgi};
use crate::lists::{Injection, MOST_LIST_REGISTERS};

/// What a list register is known to hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Slot {
    #[default]
    Free,
    /// An interrupt.
    Holds(Held),
    /// Something that isn't from here, until it ends.
    Foreign,
}

/// An interrupt in a list register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Held {
    intid: IntId,
    /// The sender of an SGI.
    source: VcpuId,
    /// It was pending without the wire, and will be so again if this is taken back.
    latched: bool,
}

/// The list registers of one processor.
#[derive(Clone, Debug)]
pub(super) struct Lists {
    count: usize,
    slots: [Slot; MOST_LIST_REGISTERS],
}

impl Default for Lists {
    fn default() -> Self {
        Self { count: MOST_LIST_REGISTERS, slots: [Slot::default(); MOST_LIST_REGISTERS] }
    }
}

impl Lists {
    pub fn senders(&self, sgi: Sgi) -> Vcpus {
        let senders = self.slots.iter().filter_map(|slot| match slot {
            Slot::Holds(held) if held.intid == sgi.into() => Some(held.source),
            _ => None,
        });
        senders.collect()
    }

    fn free(&self) -> Option<usize> {
        let used = self.slots.iter().take(self.count);
        used.into_iter().position(|slot| *slot == Slot::Free)
    }
}

impl Engine {
    /// The processor that gets an SPI: the lowest of its targets that takes interrupts. The
    /// architecture leaves the choice open (IHI 0048B 3.2.3, the 1-N model).
    fn recipient(&self, spi: usize) -> Option<VcpuId> {
        self.targets(spi).and(self.listening()).lowest()
    }

    fn listening(&self) -> Vcpus {
        self.online.without(self.asleep)
    }

    /// The most urgent interrupt that could go into a list register of `vcpu`; the lowest number
    /// among equals (IHI 0048B 3.3: the choice is the implementation's).
    fn most_urgent(&self, vcpu: VcpuId) -> Option<(Priority, IntId)> {
        if !self.listening().contains(vcpu) {
            return None;
        }
        let private = &self.private.get(vcpu.index())?.block;
        let mut best = private
            .most_urgent(private.candidates(self.groups))
            .and_then(|(priority, bit)| Some((priority, IntId::at(0, bit)?)));
        for (shared, block) in self.shared.iter().enumerate() {
            let mut mine = block.candidates(self.groups);
            let mut rest = mine;
            while rest != 0 {
                let bit = rest.trailing_zeros();
                rest &= rest - 1;
                let spi = IntId::at(shared, bit).map(|id| usize::from(id.number()));
                if spi.and_then(|spi| self.recipient(spi)) != Some(vcpu) {
                    mine &= !(1 << bit);
                }
            }
            if let Some((priority, bit)) = block.most_urgent(mine)
                && best.is_none_or(|(most, _)| priority < most)
            {
                best = IntId::at(shared + 1, bit).map(|intid| (priority, intid));
            }
        }
        best
    }

    /// Takes the next interrupt for a list register of `vcpu`, of which there are `count`, and
    /// says which one.
    pub fn next_injection(&mut self, vcpu: VcpuId, count: usize) -> Option<(usize, Injection)> {
        let lists = self.lists.get_mut(vcpu.index())?;
        lists.count = count.min(MOST_LIST_REGISTERS);
        let index = lists.free()?;
        let (priority, intid) = self.most_urgent(vcpu)?;
        let (source, latched) = if intid.block() == 0 {
            self.private.get_mut(vcpu.index())?.hold(intid)
        } else {
            let block = self.block_mut(vcpu, intid.block())?;
            (VcpuId(0), block.hold(intid.mask()))
        };
        let group = self.block(vcpu, intid.block())?.group_of(intid.mask());
        self.lists.get_mut(vcpu.index())?.slots[index] =
            Slot::Holds(Held { intid, source, latched });
        Some((index, Injection { intid, priority, group, source }))
    }

    /// The injection into list register `index` was refused: the interrupt waits on, and the
    /// register isn't used until something ends in it.
    pub fn refused(&mut self, vcpu: VcpuId, index: usize) {
        self.empty(vcpu, index, Slot::Foreign);
    }

    /// The guest has ended what was in list register `index`.
    pub fn ended(&mut self, vcpu: VcpuId, index: usize) -> Option<IntId> {
        let slot = self.lists.get_mut(vcpu.index())?.slots.get_mut(index)?;
        let was = core::mem::take(slot);
        let Slot::Holds(Held { intid, .. }) = was else {
            return None;
        };
        self.block_mut(vcpu, intid.block())?.end(intid.mask());
        Some(intid)
    }

    /// The list registers of `vcpu` lost their contents: what was in them is pending again.
    fn empty_all(&mut self, vcpu: VcpuId) {
        for index in 0..MOST_LIST_REGISTERS {
            self.empty(vcpu, index, Slot::Free);
        }
    }

    fn empty(&mut self, vcpu: VcpuId, index: usize, leave: Slot) {
        let Some(lists) = self.lists.get_mut(vcpu.index()) else {
            return;
        };
        let Some(slot) = lists.slots.get_mut(index) else {
            return;
        };
        let Slot::Holds(held) = core::mem::replace(slot, leave) else {
            return;
        };
        let Held { intid, source, latched } = held;
        if intid.block() == 0 {
            if let Some(private) = self.private.get_mut(vcpu.index()) {
                private.take_back(intid, source, latched);
            }
        } else if let Some(block) = self.block_mut(vcpu, intid.block()) {
            block.take_back(intid.mask(), latched);
        }
    }

    pub fn set_online(&mut self, vcpu: VcpuId, online: bool) {
        self.online.set(vcpu, online);
        self.online = self.online.and(self.everybody());
        self.empty_all(vcpu);
    }

    /// Whether an interrupt for `vcpu` waits to be put into a list register.
    pub fn has_waiting(&self, vcpu: VcpuId) -> bool {
        self.most_urgent(vcpu).is_some()
    }

    /// Whether something is in a list register of `vcpu`.
    pub fn holds_any(&self, vcpu: VcpuId) -> bool {
        let lists = self.lists.get(vcpu.index());
        lists.is_some_and(|lists| lists.slots.iter().any(|slot| *slot != Slot::Free))
    }

    /// The processors that have a free list register and an interrupt for it.
    pub fn deliverable(&self) -> Vcpus {
        (0..)
            .map(VcpuId)
            .zip(&self.lists)
            .filter(|(vcpu, lists)| lists.free().is_some() && self.has_waiting(*vcpu))
            .map(|(vcpu, _)| vcpu)
            .collect()
    }
}
