//! A naive controller: one record for each interrupt, and the architecture's rules written down
//! once for each of them. The engine must agree with it.

use alloc::vec::Vec;

use vmm::interrupt::Interrupt;

use crate::IntId;

/// One interrupt of one processor, or a shared one.
#[derive(Clone, Debug, Default)]
pub struct Line {
    pub id: u16,
    /// The processor that has it for its own.
    pub owner: Option<usize>,
    enabled: bool,
    group_one: bool,
    edge: bool,
    high: bool,
    latched: bool,
    active: bool,
    /// Processors that sent an SGI.
    senders: [bool; 8],
    priority: u8,
    targets: u8,
    /// The processor in whose list registers it is, the sender, and whether it was latched.
    pub held: Option<(usize, usize, bool)>,
    /// Masked at the host.
    pub host: bool,
}

impl Line {
    fn is_sgi(&self) -> bool {
        self.id < 16
    }

    fn is_pending(&self) -> bool {
        self.latched || (self.high && !self.edge) || self.senders.contains(&true)
    }

    /// A write of one bit, or of the field at `offset`.
    fn write(&mut self, offset: u64, value: u64) {
        let id = u64::from(self.id);
        let bit_of =
            |base: u64| (offset == base + id / 32 * 4).then(|| value >> (id % 32) & 1 == 1);
        let byte_of = |base: u64| {
            let at = base + id;
            (offset..offset + 4)
                .contains(&at)
                .then(|| u8::try_from(value >> ((at - offset) * 8) & 0xff).unwrap())
        };
        if let Some(bit) = bit_of(0x080) {
            self.group_one = bit;
        }
        if bit_of(0x100) == Some(true) {
            self.enabled = true;
        }
        if bit_of(0x180) == Some(true) && !self.is_sgi() {
            self.enabled = false;
        }
        if bit_of(0x200) == Some(true) && !self.is_sgi() {
            self.latched = true;
        }
        if bit_of(0x280) == Some(true) && !self.is_sgi() {
            if self.latched && self.edge && self.held.is_none() && self.host {
                self.host = false;
                self.high = false;
            }
            self.latched = false;
        }
        if bit_of(0x300) == Some(true) {
            self.active = true;
        }
        if bit_of(0x380) == Some(true) {
            self.active = false;
        }
        if let Some(byte) = byte_of(0x400) {
            self.priority = byte & 0xf8;
        }
        if let Some(byte) = byte_of(0x800)
            && self.owner.is_none()
        {
            self.targets = byte;
        }
        if offset == 0xc00 + id / 16 * 4 && self.owner.is_none() {
            let edge = value >> (id % 16 * 2 + 1) & 1 == 1;
            if edge && !self.edge && self.high && self.held.is_none() {
                self.latched = true;
            }
            self.edge = edge;
        }
    }
}

/// All interrupts of a GICv2.
#[derive(Clone, Debug)]
pub struct Model {
    pub lines: Vec<Line>,
    vcpus: usize,
    groups: [bool; 2],
    online: Vec<bool>,
}

impl Model {
    pub fn new(vcpus: usize, spis: u16) -> Self {
        let private = (0..vcpus).flat_map(|owner| {
            (0..32).map(move |id| Line {
                id,
                owner: Some(owner),
                enabled: id < 16,
                edge: id < 16,
                ..Line::default()
            })
        });
        let shared =
            (32..32 + spis).map(|id| Line { id, targets: u8::from(vcpus == 1), ..Line::default() });
        Self {
            lines: private.chain(shared).collect(),
            vcpus,
            groups: [false; 2],
            online: (0..vcpus).map(|vcpu| vcpu == 0).collect(),
        }
    }

    /// A write of a word to a register of the distributor.
    pub fn write(&mut self, vcpu: usize, offset: u64, value: u64) {
        let all = 0..self.vcpus;
        match offset {
            0x000 => self.groups = [value & 1 != 0, value & 2 != 0],
            0xf00 => {
                let targets: Vec<_> = match value >> 24 & 3 {
                    0 => all.filter(|n| value >> 16 >> n & 1 == 1).collect(),
                    1 => all.filter(|n| *n != vcpu).collect(),
                    2 => alloc::vec![vcpu],
                    _ => Vec::new(),
                };
                for target in targets {
                    self.sgi(target, value & 0xf).senders[vcpu] = true;
                }
            }
            0xf10..0xf30 => {
                for n in 0..4 {
                    let count = self.vcpus;
                    let line = self.sgi(vcpu, (offset & 0xf) + n);
                    for sender in (0..count).filter(|s| value >> (n * 8) >> s & 1 == 1) {
                        line.senders[sender] = offset >= 0xf20;
                    }
                }
            }
            0x800..0xc00 if self.vcpus == 1 => {}
            _ => {
                let seen = |line: &&mut Line| line.owner.is_none_or(|owner| owner == vcpu);
                self.lines.iter_mut().filter(seen).for_each(|line| line.write(offset, value));
            }
        }
    }

    fn sgi(&mut self, vcpu: usize, id: u64) -> &mut Line {
        let sgis = self.lines.iter_mut();
        let mut mine = sgis.filter(|line| line.owner == Some(vcpu) && u64::from(line.id) == id);
        mine.next().unwrap()
    }

    fn line(&mut self, interrupt: Interrupt) -> Option<&mut Line> {
        let (owner, id) = match interrupt {
            Interrupt::Spi(spi) => (None, IntId::from(spi)),
            Interrupt::Ppi(vcpu, ppi) => (Some(vcpu.index()), IntId::from(ppi)),
        };
        let id = id.number();
        self.lines.iter_mut().find(|line| line.owner == owner && line.id == id)
    }

    pub fn set_level(&mut self, interrupt: Interrupt, high: bool) {
        if let Some(line) = self.line(interrupt) {
            line.latched |= high && !line.high && line.edge;
            line.high = high;
        }
    }

    pub fn pulse(&mut self, interrupt: Interrupt) {
        if let Some(line) = self.line(interrupt) {
            line.latched = true;
        }
    }

    pub fn fire(&mut self, interrupt: Interrupt) {
        self.set_level(interrupt, true);
        if let Some(line) = self.line(interrupt) {
            line.host = true;
        }
    }

    pub fn set_online(&mut self, vcpu: usize, online: bool) {
        self.online[vcpu] = online;
        for line in &mut self.lines {
            if let Some((_, sender, latched)) = line.held.filter(|(holder, ..)| *holder == vcpu) {
                line.held = None;
                if line.is_sgi() {
                    line.senders[sender] = true;
                } else {
                    line.latched |= latched || (line.edge && line.high);
                }
            }
        }
    }

    fn is_for(&self, line: &Line, vcpu: usize) -> bool {
        let recipient = match line.owner {
            Some(owner) => Some(owner),
            None => (0..self.vcpus).find(|n| line.targets >> n & 1 == 1 && self.online[*n]),
        };
        recipient == Some(vcpu) && self.online[vcpu]
    }

    /// What goes into the free list registers of a processor, most urgent first.
    pub fn deliver(&mut self, vcpu: usize, mut free: usize) -> Vec<u16> {
        let mut ids = Vec::new();
        while free > 0 {
            let best = self
                .lines
                .iter()
                .enumerate()
                .filter(|(_, line)| {
                    line.is_pending()
                        && line.enabled
                        && !line.active
                        && line.held.is_none()
                        && self.groups[usize::from(line.group_one)]
                        && self.is_for(line, vcpu)
                })
                .min_by_key(|(_, line)| (line.priority, line.id))
                .map(|(at, _)| at);
            let Some(at) = best else {
                break;
            };
            let line = &mut self.lines[at];
            let sender = line.senders.iter().position(|sent| *sent).unwrap_or(0);
            line.senders[sender] = false;
            let latched = core::mem::take(&mut line.latched);
            line.held = Some((vcpu, sender, latched));
            ids.push(line.id);
            free -= 1;
        }
        ids
    }

    pub fn end(&mut self, vcpu: usize, id: u16) {
        for line in &mut self.lines {
            if line.id == id && line.held.is_some_and(|(holder, ..)| holder == vcpu) {
                line.held = None;
                line.high &= !line.host;
                line.host = false;
            }
        }
    }

    /// The word that a processor reads at an offset of the shared register families.
    pub fn read(&self, vcpu: usize, offset: u64) -> u64 {
        let seen = self.lines.iter().filter(|line| line.owner.is_none_or(|owner| owner == vcpu));
        let mut word = 0;
        for line in seen {
            let id = u64::from(line.id);
            let bits = match offset {
                0x080..0x100 => line.group_one,
                0x100..0x200 => line.enabled,
                0x200..0x300 => line.is_pending() || line.held.is_some(),
                0x300..0x400 => line.active || line.held.is_some(),
                _ => false,
            };
            let targets = match line.owner {
                Some(owner) => 1 << owner,
                None => u64::from(line.targets) & ((1 << self.vcpus) - 1),
            };
            let byte = match offset {
                0x400..0x800 => line.priority.into(),
                0x800..0xc00 if self.vcpus > 1 => targets,
                _ => 0,
            };
            match offset {
                0x080..0x400 if offset % 0x80 == id / 32 * 4 => {
                    word |= u64::from(bits) << (id % 32);
                }
                0x400..0xc00 if offset % 0x400 == id & !3 => word |= byte << (id % 4 * 8),
                0xc00..0xd00 if offset == 0xc00 + id / 16 * 4 => {
                    word |= u64::from(line.edge) << (id % 16 * 2 + 1);
                }
                _ => {}
            }
        }
        word
    }
}
