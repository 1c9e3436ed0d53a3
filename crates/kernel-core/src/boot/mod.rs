//! From a loaded image to the first thread.
//!
//! seL4 manual, chapter 9 "System Bootstrapping". The boot code divides the
//! memory, makes the objects of the root task, tells it in the bootinfo what
//! there is, and hands all other memory to it as untyped memory.

mod bootinfo;
mod regions;
mod root_task;

use core::fmt;

pub use regions::{MAX_RANGES, Ranges};

use self::bootinfo::{BootInfoWriter, Slots};
use self::regions::Divider;
use self::root_task::{Layout, RootTask};
use crate::kernel::Kernel;
use crate::machine::{Machine, PhysRange, report};
use crate::object::{IrqState, IrqTable, Slot, Tcb, ThreadState, sizes};
use crate::word::{PhysAddr, Word, bit};

/// What the loader and the platform tell the kernel.
#[derive(Clone, Copy, Debug)]
pub struct BootParameters<'a> {
    /// Memory that becomes ordinary untyped memory, ascending, without overlap.
    pub memory: &'a [PhysRange],
    /// Addresses that become device untyped memory: everything outside of
    /// `memory` but for the kernel's own devices.
    pub devices: &'a [PhysRange],
    /// The kernel's image.
    pub kernel: PhysRange,
    /// The root task's image, in pages.
    pub image: PhysRange,
    /// Physical minus virtual address of the root task's image.
    pub image_offset: Word,
    /// The virtual address where the root task starts.
    pub entry: Word,
    /// The device tree, if there is one.
    pub device_tree: Option<PhysRange>,
}

/// Why the kernel can't boot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BootError {
    /// A part of the image lies outside of the memory, or on another one.
    Misplaced {
        /// Which part.
        part: &'static str,
        /// Where it is.
        range: PhysRange,
    },
    /// The root task's addresses do not fit the address space.
    ImageBeyondUserTop {
        /// The first virtual address behind what must be mapped.
        end: Word,
        /// The highest virtual address of user level.
        top: Word,
    },
    /// No range of memory has room for the root task's objects.
    NoRoom {
        /// Bytes that they need.
        size: Word,
        /// Alignment that they need, as a power of two.
        align_bits: u32,
    },
    /// The root task's CNode is full.
    CNodeFull {
        /// Its slots, as a power of two.
        size_bits: u32,
    },
    /// The memory is in too many pieces.
    TooManyRanges,
}

impl fmt::Display for BootError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Misplaced { part, range } => write!(
                f,
                "the {part} at {:#x}..{:#x} must lie in the kernel's memory, page-aligned, and \
                 apart from everything else",
                range.start.0, range.end.0
            ),
            Self::ImageBeyondUserTop { end, top } => write!(
                f,
                "the root task, with what the kernel maps behind it, ends at {end:#x}, but the \
                 highest user address is {top:#x}"
            ),
            Self::NoRoom { size, align_bits } => write!(
                f,
                "no memory has room for the root task's objects: they need {size:#x} bytes, \
                 aligned to 2^{align_bits}"
            ),
            Self::CNodeFull { size_bits } => write!(
                f,
                "the root task needs more than the 2^{size_bits} slots of its CNode \
                 (KernelRootCNodeSizeBits); every page of its image takes one"
            ),
            Self::TooManyRanges => {
                write!(f, "memory is in more than {MAX_RANGES} pieces")
            }
        }
    }
}

/// log2 of the bytes that the kernel keeps for itself: the interrupts' slots in
/// the first half, the idle thread's TCB in the second.
const OWN_BITS: u32 = 14;

impl<M: Machine> Kernel<M> {
    /// Boots: afterwards the root task is the current thread and can be
    /// resumed.
    ///
    /// # Errors
    /// When the image does not fit the memory or the root CNode.
    pub fn boot(&mut self, parameters: &BootParameters<'_>) -> Result<(), BootError> {
        let mut memory = Divider::new(parameters)?;
        let own = memory.take_low(OWN_BITS)?;
        self.machine.zero(own, bit(OWN_BITS));
        self.init_irqs(Slot::at(own));
        self.init_idle(Tcb::at(own.offset(bit(OWN_BITS - 1))));

        let layout = Layout::new(parameters, Self::root_bits(), Self::USER_TOP)?;
        let (size, align_bits) = layout.space(M::ROOT_CNODE_BITS);
        let start = memory.take_high(size, align_bits)?;
        self.machine.zero(start, size);
        let mut root = RootTask::new(layout, start, M::ROOT_CNODE_BITS);
        let info = BootInfoWriter::new(root.bootinfo);
        root.fill(self, info, parameters)?;
        let tcb = root.start(self, parameters.entry);
        self.give_untypeds(&mut root, info, &memory, parameters)?;
        info.finish(self, &root);
        self.machine.finish_boot();

        self.scheduler.action = crate::sched::Action::SwitchTo(tcb);
        self.schedule();
        self.activate();
        Ok(())
    }

    fn init_idle(&mut self, idle: Tcb) {
        self.scheduler.idle = idle;
        self.scheduler.current = idle;
        let m = &mut self.machine;
        idle.set_state(m, ThreadState::Idle);
        idle.set_flags(m, sel4_abi::tcb::flag::FPU_DISABLED);
        if M::DEBUG {
            idle.set_name(m, b"idle_thread");
            self.remember_thread(idle);
        }
    }

    fn init_irqs(&mut self, slots: Slot) {
        self.irqs = IrqTable::new(slots);
        for irq in 0..=M::MAX_IRQ {
            self.set_irq_state(irq, IrqState::Inactive);
        }
        self.set_irq_state(M::TIMER_IRQ, IrqState::Timer);
        for irq in Self::RESERVED_IRQS {
            self.set_irq_state(irq, IrqState::Reserved);
        }
    }

    /// Hands out all memory that is left: devices first, then ordinary memory.
    fn give_untypeds(
        &mut self, root: &mut RootTask, info: BootInfoWriter, memory: &Divider,
        parameters: &BootParameters<'_>,
    ) -> Result<(), BootError> {
        let first = root.next_slot();
        let free = memory.free();
        let all = parameters.devices.iter().map(|range| (*range, true));
        for (range, device) in all.chain(free.iter().map(|range| (range, false))) {
            for (base, size_bits) in regions::blocks(range) {
                if root.next_slot() - first >= M::MAX_BOOTINFO_UNTYPEDS {
                    report!(
                        self.machine,
                        "bootinfo has no room for the untyped memory at {:#x}\n",
                        base.0
                    );
                    continue;
                }
                info.add_untyped(self, root.next_slot() - first, base, size_bits, device);
                root.provide_untyped(self, base, size_bits, device)?;
            }
        }
        info.set_slots(self, Slots::Untyped, first, root.next_slot());
        Ok(())
    }
}

const _: () = assert!(
    crate::object::MAX_IRQS << sizes::SLOT_BITS <= 1 << (OWN_BITS - 1)
        && sizes::TCB_BITS < OWN_BITS
);

/// The address of the page behind a range that may end within a page.
const fn page_up(address: Word) -> Word {
    crate::word::align_up(address, PAGE_BITS)
}

/// log2 of the bytes of a page.
const PAGE_BITS: u32 = 12;

/// A range of whole pages from a base.
const fn pages(base: PhysAddr, count: Word) -> PhysRange {
    PhysRange { start: base, end: base.offset(count << PAGE_BITS) }
}
