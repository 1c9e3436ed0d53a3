//! What the invocations take: a message with arguments that mostly make sense.

use sel4::Word;
use sel4_abi::InvocationLabel as Label;

use crate::agent;
use crate::layout::{self, THREADS, address};
use crate::random::Random;
use crate::script::{self, Call};
use crate::slots::{Kind, NODE_BITS, ROOT_BITS, SELF, Slots};

/// The highest priority that the task may give.
pub const PRIORITY: Word = 100;

/// A message in the making.
pub struct Message<'a> {
    pub random: &'a mut Random,
    pub slots: &'a Slots,
    pub call: Call,
}

impl Message<'_> {
    fn target(&mut self, kind: Kind) {
        self.call.target = self.slots.find(self.random, kind);
    }

    fn word(&mut self, word: Word) {
        if let Some(it) = self.call.words.get_mut(self.call.length) {
            *it = word;
            self.call.length += 1;
        }
    }

    fn any(&mut self) {
        let word = self.random.word();
        self.word(word);
    }

    fn below(&mut self, limit: Word) {
        let word = self.random.mostly_below(limit);
        self.word(word);
    }

    fn cap(&mut self, kind: Kind) {
        let cap = self.slots.find(self.random, kind);
        if let Some(it) = self.call.caps.get_mut(self.call.cap_count) {
            *it = cap;
            self.call.cap_count += 1;
        }
    }

    /// The capability of a CNode, and how many bits of an address it takes.
    fn node(&mut self) -> (Word, usize) {
        if self.random.chance(85) {
            return (SELF as Word, ROOT_BITS);
        }
        (self.slots.find(self.random, Kind::CNode), NODE_BITS)
    }

    /// Index and depth of a slot of a CNode of so many bits.
    fn slot(&mut self, kind: Kind, bits: usize) -> Word {
        let index = if bits == ROOT_BITS {
            self.slots.find(self.random, kind)
        } else {
            self.random.mostly_below(1 << bits)
        };
        self.word(index);
        let depth = if self.random.chance(97) { bits as Word } else { self.random.word() };
        self.word(depth);
        index
    }

    fn any_kind(&mut self) -> Kind {
        use Kind::*;
        self.random.pick(&[
            Untyped,
            Untyped,
            Tcb,
            Tcb,
            Endpoint,
            Notification,
            Root,
            CNode,
            VSpace,
            Frame,
            Frame,
            PageTable,
            Vcpu,
            AsidPool,
            AsidControl,
            IrqHandler,
            Sgi,
            Domain,
            Reply,
        ])
    }

    /// A guard for a CSpace.
    fn guard(&mut self) {
        let size = if self.random.chance(90) { 64 - ROOT_BITS } else { self.random.index(64) };
        self.word(size as Word);
    }

    fn thread(&mut self) -> usize {
        self.random.index(THREADS)
    }

    fn retype(&mut self) {
        self.target(Kind::Untyped);
        let of_type = [
            (0, Kind::Untyped),
            (1, Kind::Tcb),
            (2, Kind::Endpoint),
            (3, Kind::Notification),
            (4, Kind::CNode),
            (5, Kind::Frame),
            (6, Kind::VSpace),
            (7, Kind::Frame),
            (8, Kind::Frame),
            (9, Kind::PageTable),
            (10, Kind::Vcpu),
        ];
        let (object, kind) = self.random.pick(&of_type);
        let object = if self.random.chance(97) { object } else { self.random.word() };
        self.word(object);
        let size = match kind {
            Kind::Untyped => 4 + self.random.below(11),
            Kind::CNode if self.random.chance(60) => NODE_BITS as Word,
            _ => self.random.below(9),
        };
        self.word(size);
        let (root, bits) = self.node();
        self.call.caps[0] = root;
        self.call.cap_count = 1;
        if self.random.chance(85) {
            self.word(0);
            self.word(0);
        } else {
            self.slot(Kind::CNode, ROOT_BITS);
        }
        let offset = match bits {
            ROOT_BITS => self.slots.find(self.random, Kind::Empty),
            _ => self.random.mostly_below(1 << bits),
        };
        self.word(offset);
        let count = if self.random.chance(90) {
            1 + self.random.below(4)
        } else {
            self.random.mostly_below(300)
        };
        self.word(count);
        if bits == ROOT_BITS {
            self.call.effects[0] = Some((offset, count, kind));
        }
    }

    /// Registers with which a thread makes calls as the others do, or any.
    fn registers(&mut self) {
        self.target(Kind::Tcb);
        let resume = self.random.below(2);
        self.word(resume);
        self.below(40);
        let thread = self.thread();
        let entry = agent::entries()[self.random.index(2)];
        for index in 0..script::MESSAGES - 2 {
            let sensible = match index {
                0 => layout::CODE + entry,
                1 => layout::ipc_buffer(thread),
                2 => self.random.pick(&[0, 0x3c5, 0x3c0, 0x3c9, 0x1d3]),
                24 => 1 + self.random.index(script::CALLS),
                25 => layout::script(thread),
                26 => layout::ipc_buffer(thread),
                _ => usize::MAX,
            };
            let word = if sensible == usize::MAX || self.random.chance(3) {
                self.random.word()
            } else {
                sensible as Word
            };
            self.word(word);
        }
    }

    fn configure(&mut self) {
        self.target(Kind::Tcb);
        for kind in [Kind::Root, Kind::VSpace, Kind::Frame] {
            self.cap(kind);
        }
        let handler = self.random.mostly_below(THREADS as Word + 8);
        self.word(handler);
        self.guard();
        self.word(0);
        let buffer = address(self.random);
        self.word(buffer);
    }

    fn copy(&mut self, moves: bool, badge: bool) {
        let kind = self.any_kind();
        let (dest, dest_bits) = self.node();
        let (source, source_bits) = self.node();
        self.call.target = dest;
        self.call.caps[0] = source;
        self.call.cap_count = 1;
        let to = self.slot(Kind::Empty, dest_bits);
        let from = self.slot(kind, source_bits);
        if !moves {
            self.below(16);
        }
        if badge {
            self.any();
        }
        let kind = self.slots.kind(from);
        if dest_bits == ROOT_BITS {
            self.call.effects[0] = Some((to, 1, kind));
        }
        if moves && source_bits == ROOT_BITS {
            self.call.effects[1] = Some((from, 1, Kind::Empty));
        }
    }

    fn rotate(&mut self) {
        self.call.target = SELF as Word;
        self.call.caps = [SELF as Word, SELF as Word, 0];
        self.call.cap_count = 2;
        let (dest, pivot) = (self.random.pick(&[Kind::Empty, Kind::Tcb]), self.any_kind());
        let source = self.any_kind();
        let to = self.slot(dest, ROOT_BITS);
        self.any();
        let over = self.slot(pivot, ROOT_BITS);
        self.any();
        let from = self.slot(source, ROOT_BITS);
        self.call.effects =
            [Some((to, 1, self.slots.kind(over))), Some((over, 1, self.slots.kind(from)))];
    }

    fn of_node(&mut self, kind: Kind, left: Kind) {
        let (node, bits) = self.node();
        self.call.target = node;
        let slot = self.slot(kind, bits);
        if bits == ROOT_BITS {
            self.call.effects[0] = Some((slot, 1, left));
        }
    }

    fn range(&mut self, space: bool) {
        let start = if space { address(self.random) } else { self.random.mostly_below(4096) };
        let length = self.random.mostly_below(4096);
        self.word(start);
        self.word(start.wrapping_add(length));
    }

    /// Makes up the arguments of a method.
    pub fn fill(&mut self, label: Label) {
        match label {
            Label::UntypedRetype => self.retype(),
            Label::TCBReadRegisters => {
                self.target(Kind::Tcb);
                self.below(2);
                self.below(40);
            }
            Label::TCBWriteRegisters => self.registers(),
            Label::TCBCopyRegisters => {
                self.target(Kind::Tcb);
                self.cap(Kind::Tcb);
                self.below(16);
            }
            Label::TCBConfigure => self.configure(),
            Label::TCBSetPriority | Label::TCBSetMCPriority | Label::TCBSetSchedParams => {
                self.target(Kind::Tcb);
                self.cap(Kind::Tcb);
                self.below(PRIORITY + 5);
                self.below(PRIORITY + 5);
            }
            Label::TCBSetIPCBuffer => {
                self.target(Kind::Tcb);
                self.cap(Kind::Frame);
                let buffer = address(self.random);
                self.word(buffer);
            }
            Label::TCBSetSpace => {
                self.target(Kind::Tcb);
                self.cap(Kind::Root);
                self.cap(Kind::VSpace);
                self.below(THREADS as Word + 8);
                self.guard();
                self.word(0);
            }
            Label::TCBBindNotification => {
                self.target(Kind::Tcb);
                self.cap(Kind::Notification);
            }
            Label::TCBSetTLSBase
            | Label::TCBSetFlags
            | Label::TCBSuspend
            | Label::TCBResume
            | Label::TCBUnbindNotification => {
                self.target(Kind::Tcb);
                self.any();
                self.any();
            }
            Label::CNodeRevoke => {
                let kind =
                    self.random.pick(&[Kind::Untyped, Kind::Untyped, Kind::Endpoint, Kind::Tcb]);
                self.of_node(kind, kind);
            }
            Label::CNodeDelete => {
                let kind = self.any_kind();
                self.of_node(kind, Kind::Empty);
            }
            Label::CNodeCancelBadgedSends => self.of_node(Kind::Endpoint, Kind::Endpoint),
            Label::CNodeSaveCaller => self.of_node(Kind::Empty, Kind::Reply),
            Label::CNodeCopy => self.copy(false, false),
            Label::CNodeMint => self.copy(false, true),
            Label::CNodeMove => self.copy(true, false),
            Label::CNodeMutate => self.copy(true, true),
            Label::CNodeRotate => self.rotate(),
            Label::IRQAckIRQ | Label::IRQClearIRQHandler => self.target(Kind::IrqHandler),
            Label::IRQSetIRQHandler => {
                self.target(Kind::IrqHandler);
                self.cap(Kind::Notification);
            }
            Label::DomainSetSet => {
                self.target(Kind::Domain);
                self.cap(Kind::Tcb);
                self.below(2);
            }
            Label::ARMVSpaceClean_Data
            | Label::ARMVSpaceInvalidate_Data
            | Label::ARMVSpaceCleanInvalidate_Data
            | Label::ARMVSpaceUnify_Instruction => {
                self.target(Kind::VSpace);
                self.range(true);
            }
            Label::ARMPageTableMap => {
                self.target(Kind::PageTable);
                self.cap(Kind::VSpace);
                let at = address(self.random);
                self.word(at);
                self.any();
            }
            Label::ARMPageTableUnmap => self.target(Kind::PageTable),
            Label::ARMPageMap => {
                self.target(Kind::Frame);
                self.cap(Kind::VSpace);
                let at = address(self.random);
                self.word(at);
                self.below(16);
                self.below(8);
            }
            Label::ARMPageUnmap | Label::ARMPageGetAddress => self.target(Kind::Frame),
            Label::ARMPageClean_Data
            | Label::ARMPageInvalidate_Data
            | Label::ARMPageCleanInvalidate_Data
            | Label::ARMPageUnify_Instruction => {
                self.target(Kind::Frame);
                self.range(false);
            }
            Label::ARMASIDControlMakePool => {
                self.target(Kind::AsidControl);
                self.cap(Kind::Untyped);
                self.cap(Kind::Root);
                let to = self.slot(Kind::Empty, ROOT_BITS);
                self.call.effects[0] = Some((to, 1, Kind::AsidPool));
            }
            Label::ARMASIDPoolAssign => {
                self.target(Kind::AsidPool);
                self.cap(Kind::VSpace);
            }
            Label::ARMVCPUSetTCB => {
                self.target(Kind::Vcpu);
                self.cap(Kind::Tcb);
            }
            Label::ARMVCPUInjectIRQ => {
                self.target(Kind::Vcpu);
                let [virq, priority] = [1024, 32].map(|limit| self.random.mostly_below(limit));
                let [group, index] = [2, 4].map(|limit| self.random.mostly_below(limit));
                self.word(virq | (priority << 16) | (group << 24) | (index << 32));
            }
            Label::ARMVCPUReadReg | Label::ARMVCPUWriteReg => {
                self.target(Kind::Vcpu);
                self.below(64);
                self.any();
            }
            Label::ARMVCPUAckVPPI => {
                self.target(Kind::Vcpu);
                self.word(27);
            }
            _ => {
                let kind = self.any_kind();
                self.target(kind);
                (0..6).for_each(|_| self.any());
                self.cap(kind);
            }
        }
    }
}
