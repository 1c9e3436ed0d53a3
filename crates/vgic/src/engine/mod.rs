//! The state of all interrupts of a guest, and what both versions of the GIC do with it.

mod access;
pub(crate) mod block;
mod delivery;
mod private;
pub(crate) mod registers;

use alloc::vec::Vec;

use vmm::interrupt::Interrupt;
use vmm::vcpu::VcpuId;

use crate::config::Config;
use crate::cpus::Vcpus;
use crate::intid::{IntId, PER_BLOCK, Sgi};
use block::{Block, GroupEnables};
use delivery::Lists;
use private::Private;

pub(crate) use private::SGIS;

/// What differs between the versions of the GIC in the state after a reset.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Initial {
    /// Enabled private interrupts.
    pub enabled: u32,
    /// Whether interrupts are in group 1.
    pub group_one: bool,
    /// Whether processors don't take interrupts until they say so.
    pub asleep: bool,
    /// Targets of SPIs.
    pub targets: Vcpus,
}

/// Interrupts, targets and list registers.
///
/// A number of a processor or an interrupt that doesn't exist is ignored and reads as zero: such
/// numbers come from guests.
#[derive(Debug)]
pub(crate) struct Engine {
    initial: Initial,
    private: Vec<Private>,
    shared: Vec<Block>,
    /// Whom each SPI may be sent to.
    targets: Vec<Vcpus>,
    lists: Vec<Lists>,
    pub groups: GroupEnables,
    /// Powered on.
    online: Vcpus,
    /// GICR_WAKER.ProcessorSleep.
    asleep: Vcpus,
    /// Who was sent an SGI since somebody asked.
    sgi_targets: Vcpus,
}

impl Engine {
    pub fn new(config: Config, initial: Initial) -> Self {
        let everybody = Vcpus::first_ones(config.vcpus);
        let spis = usize::from(config.spis);
        let group = group_word(initial);
        let shared = (0..spis.div_ceil(PER_BLOCK)).map(|block| {
            let here = (spis - block * PER_BLOCK).min(PER_BLOCK);
            Block::new(u32::MAX >> (PER_BLOCK - here), 0, group, 0)
        });
        Self {
            initial,
            private: (0..config.vcpus).map(|_| Private::new(initial.enabled, group)).collect(),
            shared: shared.collect(),
            targets: alloc::vec![initial.targets; spis],
            lists: alloc::vec![Lists::default(); config.vcpus],
            groups: GroupEnables::default(),
            online: VcpuId(0).into(),
            asleep: if initial.asleep { everybody } else { Vcpus::NONE },
            sgi_targets: Vcpus::NONE,
        }
    }

    /// The state after power-on, with list registers that are empty. What devices drive stays.
    pub fn reset(&mut self) {
        let group = group_word(self.initial);
        for private in &mut self.private {
            private.reset(Private::new(self.initial.enabled, group));
        }
        for block in &mut self.shared {
            block.reset(Block::new(block.exists(), 0, group, 0));
        }
        self.targets.fill(self.initial.targets);
        self.lists.fill(Lists::default());
        self.groups = GroupEnables::default();
        self.online = VcpuId(0).into();
        self.asleep = if self.initial.asleep { self.everybody() } else { Vcpus::NONE };
        self.sgi_targets = Vcpus::NONE;
    }

    pub fn everybody(&self) -> Vcpus {
        Vcpus::first_ones(self.private.len())
    }

    /// The number of blocks of 32 interrupts, the private one included.
    pub fn blocks(&self) -> usize {
        self.shared.len() + 1
    }

    pub fn exists(&self, interrupt: Interrupt) -> bool {
        let (vcpu, intid) = place(interrupt);
        self.block(vcpu, intid.block()).is_some_and(|block| block.exists() & intid.mask() != 0)
    }

    /// A block as `vcpu` sees it: number 0 is its own.
    fn block(&self, vcpu: VcpuId, number: usize) -> Option<&Block> {
        match number.checked_sub(1) {
            None => self.private.get(vcpu.index()).map(|private| &private.block),
            Some(shared) => self.shared.get(shared),
        }
    }

    fn block_mut(&mut self, vcpu: VcpuId, number: usize) -> Option<&mut Block> {
        match number.checked_sub(1) {
            None => self.private.get_mut(vcpu.index()).map(|private| &mut private.block),
            Some(shared) => self.shared.get_mut(shared),
        }
    }

    /// Does something to the block and bit of an interrupt.
    fn with(&mut self, interrupt: Interrupt, change: impl FnOnce(&mut Block, u32)) {
        let (vcpu, intid) = place(interrupt);
        if let Some(block) = self.block_mut(vcpu, intid.block()) {
            change(block, intid.mask());
        }
    }

    pub fn set_line(&mut self, interrupt: Interrupt, asserted: bool) {
        self.with(interrupt, |block, mask| block.set_line(mask, asserted));
    }

    pub fn pulse(&mut self, interrupt: Interrupt) {
        self.with(interrupt, Block::latch);
    }

    pub fn fire(&mut self, interrupt: Interrupt) {
        self.with(interrupt, Block::fire);
    }

    /// One interrupt of the host that is to be unmasked, once.
    pub fn next_released(&mut self) -> Option<Interrupt> {
        for (vcpu, private) in (0..).map(VcpuId).zip(&mut self.private) {
            if let Some(bit) = private.block.next_released() {
                let ppi = u8::try_from(bit.checked_sub(16)?).ok()?;
                return vmm::interrupt::Ppi::new(ppi).map(|ppi| Interrupt::Ppi(vcpu, ppi));
            }
        }
        for (number, block) in (1..).zip(&mut self.shared) {
            if let Some(bit) = block.next_released() {
                let intid = IntId::at(number, bit)?;
                return vmm::interrupt::Spi::from_intid(intid.number().into()).map(Interrupt::Spi);
            }
        }
        None
    }

    /// Makes an SGI pending at one processor. `senders` are those that it is from.
    pub fn send(&mut self, to: VcpuId, sgi: Sgi, senders: Vcpus) {
        if let Some(private) = self.private.get_mut(to.index()) {
            private.send(sgi, senders);
            self.sgi_targets.set(to, true);
        }
    }

    pub fn take_sgi_targets(&mut self) -> Vcpus {
        core::mem::take(&mut self.sgi_targets)
    }

    /// Takes an SGI back, as far as it isn't in a list register.
    pub fn unsend(&mut self, to: VcpuId, sgi: Sgi, senders: Vcpus) {
        if let Some(private) = self.private.get_mut(to.index()) {
            private.unsend(sgi, senders);
        }
    }

    /// The group of a private interrupt is group 1.
    pub fn is_group_one(&self, vcpu: VcpuId, intid: IntId) -> bool {
        self.block(vcpu, intid.block()).is_some_and(|block| block.group() & intid.mask() != 0)
    }

    pub fn targets(&self, spi: usize) -> Vcpus {
        self.targets.get(spi).copied().unwrap_or_default()
    }

    pub fn set_targets(&mut self, spi: usize, targets: Vcpus) {
        let everybody = self.everybody();
        if let Some(place) = self.targets.get_mut(spi) {
            *place = targets.and(everybody);
        }
    }

    pub fn is_asleep(&self, vcpu: VcpuId) -> bool {
        self.asleep.contains(vcpu)
    }

    pub fn set_asleep(&mut self, vcpu: VcpuId, asleep: bool) {
        self.asleep.set(vcpu, asleep);
    }
}

const fn group_word(initial: Initial) -> u32 {
    if initial.group_one { u32::MAX } else { 0 }
}

/// Whose interrupt it is, and which. For an SPI the processor doesn't matter.
fn place(interrupt: Interrupt) -> (VcpuId, IntId) {
    match interrupt {
        Interrupt::Spi(spi) => (VcpuId(0), spi.into()),
        Interrupt::Ppi(vcpu, ppi) => (vcpu, ppi.into()),
    }
}
