//! Parts of a tree.

use crate::Error;
use crate::reference::{Dropped, Missing, references, settle};
use crate::tree::{Node, Tree};
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

/// A node that a reduced tree keeps. The nodes above it are kept with their properties, so that
/// addresses and interrupts mean what they did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keep {
    /// The path or alias.
    pub path: String,
    /// Whether to keep what is below it, too.
    pub subtree: bool,
    /// Whether it becomes "disabled": there for others to refer to, without a driver.
    pub disable: bool,
}

impl Keep {
    /// The node alone.
    #[must_use]
    pub fn node(path: &str) -> Self {
        Self { path: path.into(), subtree: false, disable: false }
    }

    /// The node with all below it.
    #[must_use]
    pub fn subtree(path: &str) -> Self {
        Self { subtree: true, ..Self::node(path) }
    }

    /// The same, disabled.
    #[must_use]
    pub fn disabled(self) -> Self {
        Self { disable: true, ..self }
    }
}

/// The nodes to keep, with those above them, and the aliases for them. With `follow`, also the
/// nodes that they refer to, and those that these refer to; but not the phandles in `provided`,
/// which the caller is going to give to nodes of its own.
///
/// References to nodes that were left out stay: see [`settle`].
///
/// # Errors
/// A path isn't in the tree.
pub fn select<'a>(
    whole: &Tree<'a>, keep: &[Keep], follow: bool, provided: &[u32],
) -> Result<Tree<'a>, Error> {
    let mut kept = BTreeSet::from([String::from("/")]);
    let mut disabled = BTreeSet::new();
    let mut waiting = Vec::new();
    for one in keep {
        let place = whole.find(&one.path)?;
        if one.disable {
            disabled.insert(place.path());
        }
        waiting.push((place, one.subtree));
    }
    while let Some((place, subtree)) = waiting.pop() {
        if subtree {
            waiting.extend(place.children().map(|child| (child, true)));
        }
        if !kept.insert(place.path()) {
            continue;
        }
        waiting.extend(place.parent().map(|parent| (parent, false)));
        if follow {
            for reference in references(&place) {
                if provided.contains(&reference.phandle) {
                    continue;
                }
                // The settings of pins may have nodes of their own below.
                let pins = reference.property.starts_with("pinctrl-");
                if let Some(target) = whole.by_phandle(reference.phandle) {
                    waiting.push((target, pins));
                }
            }
        }
    }

    let mut tree = Tree { root: filtered(&whole.root, "", &kept, &disabled), ..Tree::default() };
    tree.boot_cpu = whole.boot_cpu;
    if let Some(aliases) = whole.root.child("aliases") {
        let mut some = aliases.clone();
        some.properties.retain(|alias| {
            let target = aliases.text(&alias.name).and_then(|path| whole.find(path).ok());
            target.is_some_and(|place| kept.contains(&place.path()))
        });
        if !some.properties.is_empty() && !kept.contains("/aliases") {
            tree.root.children.insert(0, some);
        }
    }
    Ok(tree)
}

/// Removes the devices whose `status` isn't "okay". CPUs stay: a disabled one is only asleep
/// (section 3.8.1).
///
/// # Errors
/// An enabled device needs one of them, and `missing` doesn't allow it.
pub fn remove_disabled(tree: &mut Tree<'_>, missing: Missing) -> Result<Vec<Dropped>, Error> {
    let whole = tree.clone();
    prune_disabled(&mut tree.root);
    settle(tree, &whole, missing)
}

/// Removes disabled devices, and leaves references to them as they are.
pub(crate) fn prune_disabled(node: &mut Node<'_>) {
    node.children.retain(|child| child.is_enabled() || child.text("device_type") == Some("cpu"));
    for child in &mut node.children {
        if child.name != "cpus" {
            prune_disabled(child);
        }
    }
}

fn filtered<'a>(
    node: &Node<'a>, path: &str, kept: &BTreeSet<String>, disabled: &BTreeSet<String>,
) -> Node<'a> {
    let mut some =
        Node { name: node.name.clone(), properties: node.properties.clone(), children: Vec::new() };
    for child in &node.children {
        let path: String = [path, "/", &child.name].concat();
        if kept.contains(&path) {
            some.push(filtered(child, &path, kept, disabled));
        }
    }
    if disabled.contains(path) {
        some.set_text("status", "disabled");
    }
    some
}

#[cfg(test)]
mod test {
    use super::*;
    use crate::testing::board;
    use alloc::string::ToString;

    fn paths(tree: &Tree<'_>) -> Vec<String> {
        tree.places().iter().map(|place| place.path()).collect()
    }

    #[test]
    fn keeps_nodes_with_those_above() {
        let board = board();
        let keep = [Keep::node("serial0"), Keep::subtree("/soc/bridge@2000").disabled()];
        let tree = select(&board, &keep, false, &[]).unwrap();
        assert_eq!(
            paths(&tree),
            [
                "/",
                "/aliases",
                "/soc",
                "/soc/serial@1000",
                "/soc/bridge@2000",
                "/soc/bridge@2000/timer@10"
            ]
        );
        let address = |tree: &Tree<'_>| {
            let uart = tree.find("serial0").unwrap();
            let compatible = uart.node().text("compatible").map(String::from);
            (uart.regions().unwrap(), compatible)
        };
        assert_eq!(address(&tree), address(&board));
        assert!(!tree.find("/soc/bridge").unwrap().node().is_enabled());
        assert_eq!(
            select(&board, &[Keep::node("/soc/none")], false, &[]).unwrap_err().to_string(),
            "device tree: there is no node \"/soc/none\""
        );
    }

    #[test]
    fn follows_references_to_their_end() {
        let keep = [Keep::node("/soc/serial@1000")];
        let mut tree = select(&board(), &keep, true, &[1]).unwrap();
        let found = paths(&tree);
        // The DMA controller of the serial port, and the GPIO that this has an interrupt at.
        for path in ["/clock", "/soc/dma@3000", "/soc/gpio@5000"] {
            assert!(found.iter().any(|one| one == path), "{path}");
        }
        assert!(!found.iter().any(|one| one.contains("interrupt-controller")));
        assert_eq!(
            settle(&mut tree, &board(), Missing::Drop).unwrap_err().to_string(),
            "/: \"interrupt-parent\" refers to /interrupt-controller@8000000, which is not in the \
             guest's tree"
        );
    }

    #[test]
    fn disabled_devices_go_and_cpus_stay() {
        let mut tree = board();
        let cpu = tree.get_mut("/cpus/cpu@0").unwrap();
        cpu.set_text("status", "disabled");
        remove_disabled(&mut tree, Missing::Fail).unwrap();
        let found = paths(&tree);
        assert!(!found.iter().any(|path| path.starts_with("/soc/i2c")));
        assert!(found.iter().any(|path| path == "/cpus/cpu@0"));
    }
}
