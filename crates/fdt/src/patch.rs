//! Changes to a tree that is given: the host's or a file.

use crate::Error;
use crate::address::Region;
use crate::guest::{Chosen, Cpus, Device, Gic, Reserved, Root};
use crate::interrupt::is_gic;
use crate::reference::{Dropped, Missing, settle};
use crate::select::{Keep, prune_disabled, select};
use crate::tree::{Place, Tree};
use alloc::vec::Vec;

/// The changes, in the order of the fields. What is `None` or empty stays as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Changes<'s> {
    /// The devices to keep; `None` for all. Memory, CPUs, `chosen` and the like must be named to
    /// be kept, unless the changes bring their own.
    pub keep: Option<&'s [Keep]>,
    /// Whether to keep also the nodes that kept ones refer to.
    pub follow: bool,
    /// Whether to remove disabled devices.
    pub remove_disabled: bool,
    /// The interrupt controller, in the place of every GIC of the tree.
    pub gic: Option<Gic<'s>>,
    /// The RAM.
    pub memory: Option<&'s [Region]>,
    /// Parts of the RAM to reserve, in addition.
    pub reserved: &'s [Reserved<'s>],
    /// The CPUs, and PSCI with them.
    pub cpus: Option<Cpus<'s>>,
    /// Virtio devices to add.
    pub virtio: &'s [Device],
    /// Properties of `chosen`.
    pub chosen: Chosen<'s>,
    /// What becomes of references to nodes that are gone.
    pub missing: Missing,
}

/// A changed tree.
#[derive(Clone, Debug)]
pub struct Patched<'a> {
    /// The tree.
    pub tree: Tree<'a>,
    /// The properties that were left out, since what they refer to is gone.
    pub dropped: Vec<Dropped>,
}

/// The GIC that a tree's interrupts go to: the first one that isn't disabled.
#[must_use]
pub fn host_gic<'t, 'a>(tree: &'t Tree<'a>) -> Option<Place<'t, 'a>> {
    tree.places().into_iter().find(|place| is_gic(place.node()) && place.node().is_enabled())
}

/// Applies changes.
///
/// # Errors
/// A change can't be made, or something would be left without what it needs.
pub fn apply<'a>(given: &Tree<'a>, changes: &Changes<'_>) -> Result<Patched<'a>, Error> {
    let gic = host_gic(given);
    let phandle = gic.as_ref().and_then(|place| place.node().phandle());
    let provided = phandle.filter(|_| changes.gic.is_some());
    let provided: Vec<u32> = provided.into_iter().collect();

    let mut tree = match changes.keep {
        Some(keep) => {
            let mut tree = select(given, keep, changes.follow, &provided)?;
            tree.reservations.clone_from(&given.reservations);
            tree
        }
        None => given.clone(),
    };
    if changes.remove_disabled {
        prune_disabled(&mut tree.root);
    }
    let mut root = Root::new(tree, Some(given))?;
    root.gic = phandle.unwrap_or(0);
    if let Some(gic) = &changes.gic {
        root.set_gic(gic, phandle)?;
    } else if !changes.virtio.is_empty() && root.tree.by_phandle(root.gic).is_none() {
        return Err(Error::Description {
            what: "virtio device",
            found: "has no GIC for its interrupt".into(),
            expected: "a tree that keeps its GIC, or a new one",
        });
    }
    if let Some(memory) = changes.memory {
        root.set_memory(memory)?;
    }
    root.add_reserved(changes.reserved)?;
    if let Some(cpus) = &changes.cpus {
        root.set_cpus(cpus)?;
        root.tree.boot_cpu = 0;
    }
    for device in changes.virtio {
        root.add_virtio(device)?;
    }
    root.set_chosen(&changes.chosen, None)?;
    let mut tree = root.finish()?;
    // Once, at the end: by then, new nodes may have the phandles of old ones.
    let dropped = settle(&mut tree, given, changes.missing)?;
    Ok(Patched { tree, dropped })
}

#[cfg(test)]
mod test;
