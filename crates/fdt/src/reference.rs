//! Properties that name other nodes by phandle.
//!
//! A blob doesn't say which of its numbers are phandles; the bindings do. The properties known
//! here are those that Linux's bindings use for several kinds of devices.

use crate::tree::{Place, Tree};
use crate::{Error, interrupt};
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Properties of pairs: a phandle, and as many cells as this property of its node says.
const WITH_CELLS: [(&str, &str); 18] = [
    ("clocks", "#clock-cells"),
    ("assigned-clocks", "#clock-cells"),
    ("assigned-clock-parents", "#clock-cells"),
    ("resets", "#reset-cells"),
    ("power-domains", "#power-domain-cells"),
    ("iommus", "#iommu-cells"),
    ("dmas", "#dma-cells"),
    ("phys", "#phy-cells"),
    ("mboxes", "#mbox-cells"),
    ("hwlocks", "#hwlock-cells"),
    ("thermal-sensors", "#thermal-sensor-cells"),
    ("cooling-device", "#cooling-cells"),
    ("io-channels", "#io-channel-cells"),
    ("pwms", "#pwm-cells"),
    ("interconnects", "#interconnect-cells"),
    ("mux-controls", "#mux-control-cells"),
    ("msi-parent", "#msi-cells"),
    ("interrupts-extended", "#interrupt-cells"),
];

/// Properties of phandles alone.
const ALONE: [&str; 12] = [
    "interrupt-parent",
    "interrupt-affinity",
    "memory-region",
    "phy-handle",
    "next-level-cache",
    "operating-points-v2",
    "remote-endpoint",
    "nvmem-cells",
    "cpu-idle-states",
    "affinity",
    "cpu",
    "cpus",
];

/// Properties that mean nothing without another one.
const COMPANIONS: [(&str, &str); 14] = [
    ("clocks", "clock-names"),
    ("assigned-clocks", "assigned-clock-rates"),
    ("assigned-clocks", "assigned-clock-parents"),
    ("assigned-clock-parents", "assigned-clocks"),
    ("assigned-clock-parents", "assigned-clock-rates"),
    ("resets", "reset-names"),
    ("power-domains", "power-domain-names"),
    ("dmas", "dma-names"),
    ("phys", "phy-names"),
    ("mboxes", "mbox-names"),
    ("io-channels", "io-channel-names"),
    ("pwms", "pwm-names"),
    ("interconnects", "interconnect-names"),
    ("nvmem-cells", "nvmem-cell-names"),
];

/// A phandle in a property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The property.
    pub property: String,
    /// The number.
    pub phandle: u32,
    /// The path of the node that has it.
    pub target: Option<String>,
}

/// What becomes of properties that refer to nodes that aren't part of the tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    /// They are an error.
    #[default]
    Fail,
    /// They are left out, with those that belong to them (`clock-names` to `clocks`). Interrupts
    /// remain an error: without them, a driver would wait for ever.
    Drop,
}

/// A property that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// The path of the node.
    pub node: String,
    /// The property.
    pub property: String,
    /// The path of the node that isn't there, or its phandle if no node ever had it.
    pub target: String,
}

/// The references in a node's properties. Where a phandle has no node, the rest of that property
/// can't be read and is left out.
#[must_use]
pub fn references(place: &Place<'_, '_>) -> Vec<Reference> {
    let mut found = Vec::new();
    for property in &place.node().properties {
        let name = &*property.name;
        let Some(cells) = crate::cells::decode(&property.value) else {
            continue;
        };
        let mut rest = cells.as_slice();
        let Some(shape) = shape(name) else { continue };
        while let [first, ..] = rest {
            let (phandle, before) = match shape {
                Shape::Map => match rest.get(1) {
                    Some(phandle) => (*phandle, 1),
                    None => break,
                },
                Shape::InterruptMap => {
                    let Some(before) = nexus_cells(place) else {
                        break;
                    };
                    match rest.get(before) {
                        Some(phandle) => (*phandle, before),
                        None => break,
                    }
                }
                _ => (*first, 0),
            };
            let target = place.tree().by_phandle(phandle);
            let count = |name: &str| match &target {
                Some(target) => target.cell_count(name, 0, 16).ok(),
                None => None,
            };
            let after = match shape {
                Shape::Alone => Some(0),
                Shape::Cells(name) => count(name),
                Shape::Map => Some(2),
                Shape::InterruptMap => count("#address-cells")
                    .and_then(|address| Some(address + count("#interrupt-cells")?)),
            };
            // Some bindings leave places in a list empty with a phandle of 0.
            if phandle != 0 {
                found.push(Reference {
                    property: name.to_string(),
                    phandle,
                    target: target.as_ref().map(Place::path),
                });
            }
            let step = match after {
                Some(after) => before + 1 + after,
                None if phandle == 0 => 1,
                None => break,
            };
            rest = rest.get(step..).unwrap_or_default();
        }
    }
    found
}

#[derive(Clone, Copy)]
enum Shape {
    Alone,
    Cells(&'static str),
    /// Entries of four cells with the phandle in the second: `msi-map`, `iommu-map`.
    Map,
    InterruptMap,
}

fn shape(name: &str) -> Option<Shape> {
    if let Some((_, cells)) = WITH_CELLS.iter().find(|(known, _)| *known == name) {
        return Some(Shape::Cells(cells));
    }
    let pins = name
        .strip_prefix("pinctrl-")
        .is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    match name {
        "interrupt-map" => Some(Shape::InterruptMap),
        "msi-map" | "iommu-map" => Some(Shape::Map),
        "gpios" | "gpio" => Some(Shape::Cells("#gpio-cells")),
        _ if name.ends_with("-gpios") || name.ends_with("-gpio") => {
            Some(Shape::Cells("#gpio-cells"))
        }
        _ if pins || ALONE.contains(&name) || name.ends_with("-supply") => Some(Shape::Alone),
        _ => None,
    }
}

fn nexus_cells(place: &Place<'_, '_>) -> Option<usize> {
    Some(place.cell_count("#address-cells", 0, 3).ok()? + place.interrupt_cells().ok()?)
}

/// Deals with references of a reduced tree to nodes that only the whole tree has.
///
/// Where interrupts went through a controller that only stands before the GIC and is gone, they
/// go to the GIC itself, if the reduced tree has one.
///
/// # Errors
/// There are some and `missing` doesn't allow them, or they are interrupts.
pub fn settle(
    tree: &mut Tree<'_>, whole: &Tree<'_>, missing: Missing,
) -> Result<Vec<Dropped>, Error> {
    let mut present = BTreeSet::new();
    let mut gic = None;
    let mut with_interrupts = BTreeSet::new();
    for place in tree.places() {
        let phandle = place.node().phandle();
        present.extend(phandle);
        if interrupt::is_gic(place.node()) {
            gic = gic.or(phandle);
        }
        if place.node().has("interrupts") {
            let mut above = Some(place);
            while let Some(place) = above {
                with_interrupts.insert(place.path());
                above = place.parent();
            }
        }
    }

    let mut dropped = Vec::new();
    for place in whole.places() {
        let path = place.path();
        if tree.get_mut(&path).is_none() {
            continue;
        }
        for reference in references(&place) {
            if present.contains(&reference.phandle) {
                continue;
            }
            let Some(node) = tree.get_mut(&path) else {
                continue;
            };
            let property = reference.property.as_str();
            if node.get(property) != place.node().get(property) {
                continue;
            }
            let before_gic = whole
                .by_phandle(reference.phandle)
                .is_some_and(|target| interrupt::stands_before_gic(target.node()));
            let target =
                reference.target.unwrap_or_else(|| format!("phandle {:#x}", reference.phandle));
            let needed = match property {
                "interrupt-parent" if before_gic && gic.is_some() => {
                    node.set_u32("interrupt-parent", gic.unwrap_or_default());
                    continue;
                }
                "interrupt-parent" => with_interrupts.contains(&path),
                "interrupts-extended" | "interrupt-map" => true,
                _ => missing == Missing::Fail,
            };
            if needed {
                return Err(Error::Dangling { node: path, property: reference.property, target });
            }
            node.unset(property);
            for (of, companion) in COMPANIONS {
                if of == property {
                    node.unset(companion);
                }
            }
            dropped.push(Dropped { node: path.clone(), property: reference.property, target });
        }
    }
    Ok(dropped)
}

#[cfg(test)]
mod test {
    use super::*;
    use crate::testing::board;

    #[test]
    fn finds_references_behind_their_cells() {
        let tree = board();
        let found = |path: &str| -> Vec<(String, u32)> {
            references(&tree.find(path).unwrap())
                .into_iter()
                .map(|one| (one.property, one.phandle))
                .collect()
        };
        let pair = |name: &str, phandle| (name.to_string(), phandle);
        assert_eq!(
            found("/soc/serial@1000"),
            [pair("clocks", 4), pair("clocks", 4), pair("dmas", 5)]
        );
        assert_eq!(
            found("/soc/dma@3000"),
            [
                pair("interrupts-extended", 1),
                pair("interrupts-extended", 2),
                pair("interrupts-extended", 1)
            ]
        );
        assert_eq!(found("/pcie@30000000").len(), 3);
    }

    #[test]
    fn drops_what_is_missing_with_its_companions() {
        let whole = board();
        let mut tree = whole.clone();
        tree.remove("/clock");
        let dropped = settle(&mut tree, &whole, Missing::Drop).unwrap();
        assert_eq!(dropped.len(), 1);
        assert_eq!(dropped[0].target, "/clock");
        let uart = tree.find("/soc/serial@1000").unwrap();
        assert!(!uart.node().has("clocks") && !uart.node().has("clock-names"));
        assert!(uart.node().has("dmas"));

        let mut tree = whole.clone();
        tree.remove("/clock");
        assert_eq!(
            settle(&mut tree, &whole, Missing::Fail).unwrap_err().to_string(),
            "/soc/serial@1000: \"clocks\" refers to /clock, which is not in the guest's tree"
        );
    }

    #[test]
    fn interrupts_are_never_dropped() {
        let whole = board();
        let mut tree = whole.clone();
        tree.remove("/soc/gpio@5000");
        assert_eq!(
            settle(&mut tree, &whole, Missing::Drop).unwrap_err().to_string(),
            "/soc/dma@3000: \"interrupts-extended\" refers to /soc/gpio@5000, which is not in the \
             guest's tree"
        );
        // A controller that only hands on is replaced by the GIC.
        let mut tree = whole.clone();
        tree.remove("/soc/wakeup@6000");
        settle(&mut tree, &whole, Missing::Fail).unwrap();
        let timer = tree.find("/soc/bridge@2000/timer@10").unwrap();
        assert_eq!(timer.interrupts().unwrap()[0].intid, 41);
    }
}
