//! RAM and what is reserved of it.

use super::Root;
use crate::Error;
use crate::address::Region;
use crate::tree::Node;
use alloc::format;
use alloc::vec::Vec;

/// A reserved part of the RAM (section 3.5).
#[derive(Clone, Copy, Debug)]
pub struct Reserved<'s> {
    /// The node's name, without address.
    pub name: &'s str,
    /// The place.
    pub region: Region,
    /// Whether the guest must not map it.
    pub no_map: bool,
    /// What it is for, as `shared-dma-pool`.
    pub compatible: Option<&'s str>,
}

pub(super) fn holds(outer: &Region, inner: &Region) -> bool {
    inner.base.checked_sub(outer.base).is_some_and(|offset| {
        inner.size > 0 && offset <= outer.size && inner.size <= outer.size - offset
    })
}

/// Checks that there is RAM, and that its regions are apart.
///
/// # Errors
/// They aren't; the error names the region.
pub fn check(memory: &[Region]) -> Result<(), Error> {
    let wrong = |found| Error::Description {
        what: "memory",
        found,
        expected: "regions apart from each other, none empty, within 64 bits",
    };
    let mut sorted: Vec<_> = memory.to_vec();
    sorted.sort_unstable();
    if sorted.is_empty() {
        return Err(wrong("has no region".into()));
    }
    let mut before = None;
    for Region { base, size } in sorted {
        let last = size
            .checked_sub(1)
            .and_then(|last| base.checked_add(last))
            .ok_or_else(|| wrong(format!("has {size:#x} bytes at {base:#x}")))?;
        if before.is_some_and(|before| base <= before) {
            return Err(wrong(format!("overlaps itself at {base:#x}")));
        }
        before = Some(last);
    }
    Ok(())
}

impl Root<'_> {
    /// Puts one node with these regions into the place of all memory nodes.
    pub fn set_memory(&mut self, memory: &[Region]) -> Result<(), Error> {
        check(memory)?;
        self.discard(|node| {
            node.text("device_type") == Some("memory") || node.base_name() == "memory"
        });
        let mut memory = memory.to_vec();
        memory.sort_unstable();
        let base = memory.first().map_or(0, |first| first.base);
        let mut node = Node::new(format!("memory@{base:x}"));
        node.set_text("device_type", "memory");
        node.set_cells("reg", &self.reg("memory", &memory)?);
        self.push(node);
        Ok(())
    }

    /// Adds reserved regions to those that are there.
    pub fn add_reserved(&mut self, reserved: &[Reserved<'_>]) -> Result<(), Error> {
        if reserved.is_empty() {
            return Ok(());
        }
        let (address, size) = (
            self.tree.root.u32("#address-cells").unwrap_or(2),
            self.tree.root.u32("#size-cells").unwrap_or(1),
        );
        let mut nodes = Vec::new();
        for one in reserved {
            let mut node = Node::new(format!("{}@{:x}", one.name, one.region.base));
            if let Some(compatible) = one.compatible {
                node.set_text("compatible", compatible);
            }
            node.set_cells("reg", &self.reg("reserved memory", &[one.region])?);
            if one.no_map {
                node.set_flag("no-map");
            }
            nodes.push(node);
        }
        let parent = self.tree.root.child_or_new("reserved-memory");
        parent.set_u32("#address-cells", address);
        parent.set_u32("#size-cells", size);
        parent.set_flag("ranges");
        for node in nodes {
            if parent.child(&node.name).is_some() {
                return Err(Error::Description {
                    what: "reserved memory",
                    found: format!("{:?} is there twice", node.name),
                    expected: "each name and address once",
                });
            }
            parent.push(node);
        }
        Ok(())
    }
}
