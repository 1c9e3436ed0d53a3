//! A guest as the assembler describes it. [`crate::guest`] reads it.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use fdt::tree::Node;

use crate::Region;
pub use crate::guest::{Gic, GicProcessors, Interrupt, Memory, Vcpu};

/// A device of the board that the guest has, or memory or interrupts of no node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// Its path in the board's device tree.
    pub path: Option<String>,
    /// Its registers, which are mapped into the guest.
    pub registers: Vec<Region>,
    /// Its interrupts.
    pub interrupts: Vec<Interrupt>,
}

/// A node of the board's device tree that the guest's has as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its path.
    pub path: String,
    /// Whether the guest's has all below it.
    pub subtree: bool,
}

/// A guest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guest {
    /// Its memory.
    pub memory: Vec<Memory>,
    /// Its interrupt controller.
    pub gic: Gic,
    /// The timer that wakes idle processors, if the component owns it.
    pub timer: Option<Interrupt>,
    /// The board's devices that it has.
    pub devices: Vec<Device>,
    /// Nodes of the board's that its device tree has, without the devices.
    pub kept: Vec<Kept>,
    /// Its processors, in the order of their numbers.
    pub vcpus: Vec<Vcpu>,
    /// Where the component has the board's device tree.
    pub board_tree: Option<Region>,
}

impl Guest {
    /// The node that is put into the configuration.
    #[must_use]
    pub fn node(&self) -> Node<'static> {
        let mut guest = Node::default();
        for (index, memory) in self.memory.iter().enumerate() {
            let mut node = Node::new(format!("memory@{index:x}"));
            set_words(&mut node, "guest", &[memory.guest]);
            set_regions(&mut node, "window", &[memory.window]);
            if let Some(physical) = memory.physical {
                set_words(&mut node, "physical", &[physical]);
            }
            guest.push(node);
        }
        let mut gic = Node::new("gic");
        set_regions(&mut gic, "distributor", &[self.gic.distributor]);
        match self.gic.processors {
            GicProcessors::Interface(interface) => {
                set_regions(&mut gic, "cpu-interface", &[interface]);
            }
            GicProcessors::Redistributors(all) => {
                set_regions(&mut gic, "redistributors", &[all]);
            }
        }
        guest.push(gic);
        if let Some(timer) = &self.timer {
            guest.push(interrupt("timer".into(), timer));
        }
        for (index, device) in self.devices.iter().enumerate() {
            let mut node = Node::new(format!("device@{index:x}"));
            if let Some(path) = &device.path {
                node.set_text("path", path);
            }
            set_regions(&mut node, "registers", &device.registers);
            for (index, of_device) in device.interrupts.iter().enumerate() {
                node.push(interrupt(format!("interrupt@{index:x}"), of_device));
            }
            guest.push(node);
        }
        for (index, kept) in self.kept.iter().enumerate() {
            let mut node = Node::new(format!("kept@{index:x}"));
            node.set_text("path", &kept.path);
            if kept.subtree {
                node.set_flag("subtree");
            }
            guest.push(node);
        }
        for (index, vcpu) in self.vcpus.iter().enumerate() {
            let mut node = Node::new(format!("vcpu@{index:x}"));
            node.set_u32("tcb", vcpu.tcb);
            node.set_u32("untyped", vcpu.untyped);
            node.set_u32("object", vcpu.object);
            node.set_u32("priority", vcpu.priority.into());
            guest.push(node);
        }
        if let Some(tree) = self.board_tree {
            set_regions(&mut guest, "board-tree", &[tree]);
        }
        guest
    }
}

fn interrupt(name: String, interrupt: &Interrupt) -> Node<'static> {
    let mut node = Node::new(name);
    node.set_u32("number", interrupt.irq.number);
    node.set_u32("handler", interrupt.irq.handler);
    node.set_u32("bit", interrupt.bit.into());
    if interrupt.edge {
        node.set_flag("edge");
    }
    node
}

fn set_regions(node: &mut Node<'static>, name: &'static str, regions: &[Region]) {
    let words: Vec<u64> = regions.iter().flat_map(|it| [it.address, it.size]).collect();
    set_words(node, name, &words);
}

fn set_words(node: &mut Node<'static>, name: &'static str, words: &[u64]) {
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
    node.set(name, bytes);
}
