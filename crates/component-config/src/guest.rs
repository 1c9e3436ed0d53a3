//! What a VM component is told of its guest, in the node `guest`.
//!
//! The guest's address space, its processors' threads and their fault endpoints are made with the
//! system. The component has capabilities to the threads, sees the guest's memory in a window of
//! its own, and gets the interrupts of the guest's devices as events.

use dtoolkit::Node as _;
use dtoolkit::fdt::FdtNode;

use crate::read::{cell, children, find, flag, region, text, u64s, value};
use crate::{Irq, Region};

/// Memory of the guest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Where the guest has it.
    pub guest: u64,
    /// Where the component has it.
    pub window: Region,
    /// Where it is, if the guest has it at the same address.
    pub physical: Option<u64>,
}

/// The interrupt controller. The component emulates its distributor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gic {
    /// The distributor.
    pub distributor: Region,
    /// What belongs to processors.
    pub processors: GicProcessors,
}

/// Where a processor's side of the interrupt controller is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GicProcessors {
    /// GICv2 (Arm IHI 0048B): the CPU interface, in whose place the hardware's virtual one is
    /// mapped.
    Interface(Region),
    /// GICv3 (Arm IHI 0069H): one redistributor behind the other, which the component emulates.
    /// The CPU interface is system registers of the hardware.
    Redistributors(Region),
}

impl Default for GicProcessors {
    fn default() -> Self {
        Self::Interface(Region::default())
    }
}

/// An interrupt of the board that arrives as an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interrupt {
    /// Number and handler.
    pub irq: Irq,
    /// The event's bit.
    pub bit: u8,
    /// Edge-triggered; else level.
    pub edge: bool,
}

/// A virtual processor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Vcpu {
    /// The slot of its thread.
    pub tcb: u32,
    /// The slot of the memory that its VCPU object is made of.
    pub untyped: u32,
    /// The slot for that object, empty at start.
    pub object: u32,
    /// Its thread's priority, and the highest that the thread may be given.
    pub priority: u8,
}

/// A device of the board that the guest has.
#[derive(Clone, Copy, Debug)]
pub struct Device<'a> {
    node: FdtNode<'a>,
}

impl<'a> Device<'a> {
    /// Its path in the board's device tree. Memory and interrupts of no node have none.
    #[must_use]
    pub fn path(&self) -> Option<&'a str> {
        text(&self.node, "path")
    }

    /// Its registers, which are mapped into the guest.
    pub fn registers(&self) -> impl Iterator<Item = Region> + use<'a> {
        let mut words = u64s(value(&self.node, "registers"));
        core::iter::from_fn(move || Some(Region { address: words.next()?, size: words.next()? }))
    }

    /// Its interrupts.
    pub fn interrupts(&self) -> impl Iterator<Item = Interrupt> + use<'a> {
        children(&self.node, "interrupt").filter_map(|node| interrupt(&node))
    }
}

/// A guest.
#[derive(Clone, Copy, Debug)]
pub struct Guest<'a> {
    node: FdtNode<'a>,
}

impl<'a> Guest<'a> {
    pub(crate) const fn new(node: FdtNode<'a>) -> Self {
        Self { node }
    }

    /// Its memory.
    pub fn memory(&self) -> impl Iterator<Item = Memory> + use<'a> {
        children(&self.node, "memory").filter_map(|node| {
            Some(Memory {
                guest: word(&node, "guest")?,
                window: region(&node, "window")?,
                physical: word(&node, "physical"),
            })
        })
    }

    /// Its interrupt controller.
    #[must_use]
    pub fn gic(&self) -> Option<Gic> {
        let node = self.node.children().find(|node| node.name() == "gic")?;
        let processors = match region(&node, "cpu-interface") {
            Some(interface) => GicProcessors::Interface(interface),
            None => GicProcessors::Redistributors(region(&node, "redistributors")?),
        };
        Some(Gic { distributor: region(&node, "distributor")?, processors })
    }

    /// The timer that wakes idle processors, the board's EL1 physical timer; none if a time server
    /// does that.
    #[must_use]
    pub fn timer(&self) -> Option<Interrupt> {
        interrupt(&self.node.children().find(|node| node.name() == "timer")?)
    }

    /// The board's devices that it has.
    pub fn devices(&self) -> impl Iterator<Item = Device<'a>> + use<'a> {
        children(&self.node, "device").map(|node| Device { node })
    }

    /// Nodes of the board's device tree that the guest's has, each with whether it has all below it.
    pub fn kept(&self) -> impl Iterator<Item = (&'a str, bool)> + use<'a> {
        children(&self.node, "kept")
            .filter_map(|node| Some((text(&node, "path")?, flag(&node, "subtree"))))
    }

    /// Its processors, in the order of their numbers.
    pub fn vcpus(&self) -> impl Iterator<Item = Vcpu> + use<'a> {
        children(&self.node, "vcpu").filter_map(|node| {
            let cell = |name| cell(&node, name);
            Some(Vcpu {
                tcb: cell("tcb")?,
                untyped: cell("untyped")?,
                object: cell("object")?,
                priority: u8::try_from(cell("priority")?).ok()?,
            })
        })
    }

    /// The board's device tree.
    #[must_use]
    pub fn board_tree(&self) -> Option<Region> {
        region(&self.node, "board-tree")
    }
}

fn word(node: &FdtNode<'_>, name: &str) -> Option<u64> {
    u64s(find(node, name)?).next()
}

fn interrupt(node: &FdtNode<'_>) -> Option<Interrupt> {
    Some(Interrupt {
        irq: Irq { number: cell(node, "number")?, handler: cell(node, "handler")? },
        bit: u8::try_from(cell(node, "bit")?).ok()?,
        edge: flag(node, "edge"),
    })
}
