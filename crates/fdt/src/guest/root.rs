//! The root of a guest's tree while it is made.

use super::device::Device;
use crate::address::Region;
use crate::tree::{Node, Tree};
use crate::{Error, cells};
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// A tree to which nodes are added below the root.
pub(crate) struct Root<'a> {
    pub tree: Tree<'a>,
    address_cells: usize,
    size_cells: usize,
    /// The phandle of the interrupt controller.
    pub gic: u32,
    /// The phandles of this tree and of the one it came from, whose nodes may yet be missed.
    used: BTreeSet<u32>,
    /// The clock of the PrimeCell devices, once one of them is there.
    pub clock: Option<u32>,
}

impl<'a> Root<'a> {
    pub fn new(tree: Tree<'a>, whole: Option<&Tree<'a>>) -> Result<Self, Error> {
        let (address_cells, size_cells) = tree.top().bus_cells()?;
        let mut used = BTreeSet::new();
        for tree in [Some(&tree), whole].into_iter().flatten() {
            used.extend(tree.places().iter().filter_map(|one| one.node().phandle()));
        }
        Ok(Self { tree, address_cells, size_cells, gic: 0, used, clock: None })
    }

    /// A phandle that is free.
    pub fn phandle(&mut self) -> u32 {
        // There are fewer nodes than numbers.
        let free = (1..u32::MAX).find(|number| !self.used.contains(number));
        let free = free.unwrap_or_default();
        self.used.insert(free);
        free
    }

    /// The value of `reg` of a node below the root.
    pub fn reg(&self, what: &'static str, regions: &[Region]) -> Result<Vec<u32>, Error> {
        let mut reg = Vec::new();
        for region in regions {
            let fits = cells::append(&mut reg, region.base, self.address_cells)
                && cells::append(&mut reg, region.size, self.size_cells);
            if !fits {
                return Err(Error::Description {
                    what,
                    found: format!("is {:#x} bytes at {:#x}", region.size, region.base),
                    expected: "what fits the cells of the root, which are the host's",
                });
            }
        }
        Ok(reg)
    }

    /// A node of a device with one region and one interrupt.
    pub fn device(
        &self, what: &'static str, name: &str, device: &Device,
    ) -> Result<Node<'a>, Error> {
        let Region { base, .. } = device.region;
        let mut node = Node::new(format!("{name}@{base:x}"));
        node.set_cells("reg", &self.reg(what, &[device.region])?);
        let (first, count) = crate::interrupt::Kind::Spi.intids();
        let number =
            device.intid.checked_sub(first).filter(|number| *number < count).ok_or_else(|| {
                Error::Description {
                    what,
                    found: format!("has the interrupt {}", device.intid),
                    expected: "the INTID of an SPI, 32 to 1019",
                }
            })?;
        node.set_u32("interrupt-parent", self.gic);
        // An SPI with the level high.
        node.set_cells("interrupts", &[0, number, 4]);
        Ok(node)
    }

    pub fn push(&mut self, node: Node<'a>) {
        self.tree.root.push(node);
    }

    /// Takes all nodes below the root out that a test picks.
    pub fn discard(&mut self, picks: impl Fn(&Node<'a>) -> bool) {
        self.tree.root.children.retain(|child| !picks(child));
    }

    /// The tree, if its nodes have different names.
    pub fn finish(self) -> Result<Tree<'a>, Error> {
        let mut names: BTreeSet<&str> = BTreeSet::new();
        for child in &self.tree.root.children {
            if !names.insert(&child.name) {
                return Err(Error::Description {
                    what: "node",
                    found: format!("{:?} is there twice", child.name),
                    expected: "each name and address once",
                });
            }
        }
        Ok(self.tree)
    }
}

/// The path of a node below the root.
pub(super) fn path_of(node: &Node<'_>) -> String {
    ["/", &node.name].concat()
}
