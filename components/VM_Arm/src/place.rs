//! Where the board has a device: an emulated one of the same kind is at the same place.

use alloc::format;
use alloc::string::{String, ToString};

use component::Runtime;
use fdt::tree::{Place as Node, Tree};
use guest_memory::{GuestAddress, GuestRange};
use vmm::interrupt::Spi;

/// Bytes of the registers of each device that is emulated.
const SIZE: u64 = 0x1000;

/// A device's registers and interrupt.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Its registers.
    pub range: GuestRange,
    /// Its interrupt.
    pub spi: Spi,
}

/// A range of the guest's addresses.
///
/// # Errors
/// It wraps; in a sentence.
pub fn range(address: u64, size: u64) -> Result<GuestRange, &'static str> {
    GuestRange::new(GuestAddress(address), size).ok_or("a device is at no address")
}

/// Finds the first device of a kind that the board has in use.
pub fn first_compatible(
    kind: &'static str,
) -> impl for<'t, 'a> FnOnce(&'t Tree<'a>) -> Result<Node<'t, 'a>, String> {
    fn find<'t, 'a>(tree: &'t Tree<'a>, kind: &str) -> Result<Node<'t, 'a>, String> {
        let mut nodes = tree.places().into_iter();
        let found =
            nodes.find(|place| place.node().is_compatible(kind) && place.node().is_enabled());
        found.ok_or_else(|| format!("the board has no {kind}"))
    }
    move |tree| find(tree, kind)
}

/// The place of the node that `find` chooses in the board's device tree.
///
/// # Errors
/// There is no such node, or it has no registers or shared interrupt; in a sentence.
pub fn board(
    runtime: Runtime, find: impl for<'t, 'a> FnOnce(&'t Tree<'a>) -> Result<Node<'t, 'a>, String>,
) -> Result<Place, String> {
    let blob = runtime.board_tree().ok_or("the board has no device tree")?;
    let text = |error: fdt::Error| error.to_string();
    let tree = fdt::blob::read(blob).map_err(text)?;
    let node = find(&tree)?;
    let region = node.regions().map_err(text)?.into_iter().next();
    let lacks = |what: &str| format!("the board's {} has {what}", node.path());
    let address = region.ok_or_else(|| lacks("no registers"))?.base;
    let range = GuestRange::new(GuestAddress(address), SIZE);
    let range = range.ok_or_else(|| lacks("no address"))?;
    let interrupts = node.interrupts().map_err(text)?;
    let spi = interrupts.first().and_then(|interrupt| Spi::from_intid(interrupt.intid));
    Ok(Place { range, spi: spi.ok_or_else(|| lacks("no shared interrupt"))? })
}
