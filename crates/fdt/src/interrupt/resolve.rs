//! From a device to its interrupt controllers.

use super::gic::{self, Interrupt};
use crate::Error;
use crate::address::MAX_ADDRESS_CELLS;
use crate::tree::Place;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// The most cells that a specifier may have; no binding has more than a few.
const MAX_CELLS: usize = 16;
/// How many controllers may stand one behind the other.
const MAX_HOPS: usize = 16;

/// One interrupt of a device, at the controller that it ends at.
#[derive(Clone, Debug)]
pub struct Source<'t, 'a> {
    /// The device.
    pub device: Place<'t, 'a>,
    /// The controller, after all maps.
    pub controller: Place<'t, 'a>,
    /// The specifier in that controller's cells.
    pub specifier: Vec<u32>,
}

impl<'t, 'a> Place<'t, 'a> {
    /// The node that this node's interrupts go to: the one that it or the nearest node above
    /// names, or a node above that is a controller or nexus itself.
    ///
    /// # Errors
    /// There is none.
    pub fn interrupt_parent(&self) -> Result<Self, Error> {
        let mut at = self.clone();
        loop {
            if let Some(phandle) = at.node().u32("interrupt-parent") {
                return at.follow("interrupt-parent", phandle);
            }
            if at.node().has("interrupt-parent") {
                return Err(at.wrong("interrupt-parent", "isn't one cell".into(), "a phandle"));
            }
            at = at.parent().ok_or_else(|| Error::NoInterruptParent { node: self.path() })?;
            if at.node().has("#interrupt-cells") {
                return Ok(at);
            }
        }
    }

    /// The interrupts of a device: those of `interrupts-extended`, or else of `interrupts`, as the
    /// specification has it where both are there.
    ///
    /// # Errors
    /// A property, a phandle or a map is wrong.
    pub fn interrupt_sources(&self) -> Result<Vec<Source<'t, 'a>>, Error> {
        let mut sources = Vec::new();
        if let Some(cells) = self.cells("interrupts-extended")? {
            let mut rest = cells.as_slice();
            while let [phandle, after @ ..] = rest {
                let parent = self.follow("interrupts-extended", *phandle)?;
                let count = parent.interrupt_cells()?;
                let Some((specifier, after)) = after.split_at_checked(count) else {
                    return Err(self.wrong(
                        "interrupts-extended",
                        format!("ends with {} cells for {}", after.len(), parent.path()),
                        &format!("{count} cells, as its \"#interrupt-cells\" says"),
                    ));
                };
                sources.push(self.resolve(parent, specifier)?);
                rest = after;
            }
        } else if let Some(cells) = self.cells("interrupts")? {
            let parent = self.interrupt_parent()?;
            let count = parent.interrupt_cells()?;
            if count == 0 || !cells.len().is_multiple_of(count) {
                return Err(self.wrong(
                    "interrupts",
                    format!("has {} cells", cells.len()),
                    &format!("entries of {count} cells, as {} says", parent.path()),
                ));
            }
            for specifier in cells.chunks_exact(count) {
                sources.push(self.resolve(parent.clone(), specifier)?);
            }
        }
        Ok(sources)
    }

    /// The interrupts of a device at the GIC.
    ///
    /// # Errors
    /// One of them doesn't end at a GIC, or the tree is wrong.
    pub fn interrupts(&self) -> Result<Vec<Interrupt>, Error> {
        self.interrupt_sources()?.iter().map(Source::at_gic).collect()
    }

    /// Looks a device's interrupt up in this nexus, for buses whose devices aren't in the tree:
    /// `address` is the device's unit address on the bus (at PCI bus, device and function in the
    /// first of three cells), `specifier` its interrupt (at PCI the pin, 1 to 4).
    ///
    /// # Errors
    /// `interrupt-map` is wrong or has no entry for it.
    pub fn map_interrupt(
        &self, address: &[u32], specifier: &[u32],
    ) -> Result<Source<'t, 'a>, Error> {
        self.clone().route(self.clone(), address.to_vec(), specifier.to_vec())
    }

    /// How many cells a specifier of this controller has.
    ///
    /// # Errors
    /// It doesn't say, or nonsense.
    pub fn interrupt_cells(&self) -> Result<usize, Error> {
        if !self.node().has("#interrupt-cells") {
            return Err(Error::NoProperty {
                node: self.path(),
                property: "#interrupt-cells".into(),
            });
        }
        self.cell_count("#interrupt-cells", 0, MAX_CELLS)
    }

    fn resolve(&self, parent: Self, specifier: &[u32]) -> Result<Source<'t, 'a>, Error> {
        let mut address = Vec::new();
        if parent.node().has("interrupt-map") {
            // The nexus says how many, which may be fewer than the device's bus has.
            let count = parent.cell_count("#address-cells", 0, MAX_ADDRESS_CELLS)?;
            let cells = self.cells("reg")?.unwrap_or_default();
            address = cells.get(..count).unwrap_or_default().to_vec();
        }
        self.clone().route(parent, address, specifier.to_vec())
    }

    /// Follows maps and controllers before the GIC, from `parent` on.
    fn route(
        self, mut parent: Self, mut address: Vec<u32>, mut specifier: Vec<u32>,
    ) -> Result<Source<'t, 'a>, Error> {
        for _ in 0..MAX_HOPS {
            if parent.node().has("interrupt-map") {
                (parent, address, specifier) = parent.map_once(&self, &address, &specifier)?;
            } else if gic::stands_before_gic(parent.node()) {
                parent = match parent.node().u32("interrupt-parent") {
                    Some(phandle) => parent.follow("interrupt-parent", phandle)?,
                    None => match parent.parent() {
                        Some(above) => above.interrupt_parent()?,
                        None => break,
                    },
                };
                address.clear();
            } else {
                return Ok(Source { device: self, controller: parent, specifier });
            }
        }
        Err(Error::Interrupt {
            node: self.path(),
            controller: parent.path(),
            cells: specifier,
            reason: "the controllers refer to each other in a circle".into(),
        })
    }
}

impl Source<'_, '_> {
    /// The interrupt at the GIC.
    ///
    /// # Errors
    /// The controller is none, or the specifier is wrong.
    pub fn at_gic(&self) -> Result<Interrupt, Error> {
        let decoded = if gic::is_gic(self.controller.node()) {
            gic::decode(&self.specifier)
        } else {
            let compatible = self.controller.node().text("compatible");
            Err(match compatible {
                Some(compatible) => format!("the controller {compatible:?} is no GIC"),
                None => String::from("the controller is no GIC"),
            })
        };
        decoded.map_err(|reason| Error::Interrupt {
            node: self.device.path(),
            controller: self.controller.path(),
            cells: self.specifier.clone(),
            reason,
        })
    }
}

#[cfg(test)]
mod test {
    use crate::interrupt::Trigger;
    use crate::testing::{board, node};
    use crate::tree::Tree;
    use alloc::string::{String, ToString};
    use alloc::vec::Vec;

    fn interrupts(tree: &Tree<'_>, path: &str) -> Vec<(u32, Trigger)> {
        let place = tree.find(path).unwrap();
        let found = place.interrupts().unwrap();
        found.iter().map(|one| (one.intid, one.trigger)).collect()
    }

    fn error(tree: &Tree<'_>, path: &str) -> String {
        tree.find(path).unwrap().interrupts().unwrap_err().to_string()
    }

    /// Defect D13 of the CAmkES VMM: its decoder of interrupts ignores `#interrupt-cells` and takes
    /// three cells for granted, doesn't add 16 to the number of a PPI, and fails at more than one
    /// extended interrupt.
    #[test]
    fn d13_interrupt_cells_ppis_and_several_extended_interrupts() {
        let mut tree = board();
        // Four cells, as GICv3 trees with PPI partitions have: with three taken for granted, the
        // second interrupt would begin at the first one's last cell.
        let gic = tree.get_mut("/interrupt-controller@8000000").unwrap();
        gic.set_u32("#interrupt-cells", 4);
        let uart = tree.get_mut("/soc/serial@1000").unwrap();
        uart.set_cells("interrupts", &[0, 5, 4, 0, 0, 6, 1, 0]);
        assert_eq!(
            interrupts(&tree, "/soc/serial@1000"),
            [(37, Trigger::Level), (38, Trigger::Edge)]
        );

        let tree = board();
        // PPIs 13, 14, 11, 10 are the INTIDs 29, 30, 27, 26.
        let timer: Vec<u32> = interrupts(&tree, "/timer").iter().map(|one| one.0).collect();
        assert_eq!(timer, [29, 30, 27, 26]);

        // Two extended interrupts at the GIC, between them one of a controller with one cell.
        let sources = tree.find("/soc/dma@3000").unwrap().interrupt_sources().unwrap();
        let ends: Vec<_> = sources
            .iter()
            .map(|source| (source.controller.path(), source.specifier.clone()))
            .collect();
        let gic = "/interrupt-controller@8000000".to_string();
        let gpio = "/soc/gpio@5000".to_string();
        assert_eq!(
            ends,
            [
                (gic.clone(), Vec::from([0, 7, 4])),
                (gpio, Vec::from([3])),
                (gic, Vec::from([1, 9, 0xf01]))
            ]
        );
        assert_eq!(sources[0].at_gic().unwrap().intid, 39);
        assert_eq!(sources[2].at_gic().unwrap().intid, 25);
        assert_eq!(
            sources[1].at_gic().unwrap_err().to_string(),
            "/soc/dma@3000: interrupt [3] of /soc/gpio@5000: the controller \"arm,pl061\" is no GIC"
        );
    }

    #[test]
    fn parents_are_inherited_and_overridden() {
        let tree = board();
        let parent = |path: &str| tree.find(path).unwrap().interrupt_parent().unwrap().path();
        assert_eq!(parent("/soc/serial@1000"), "/interrupt-controller@8000000");
        assert_eq!(parent("/soc/bridge@2000/timer@10"), "/soc/wakeup@6000");
        // The wakeup controller hands on to the GIC.
        assert_eq!(interrupts(&tree, "/soc/bridge@2000/timer@10"), [(41, Trigger::Level)]);
    }

    #[test]
    fn a_circle_of_controllers_ends() {
        let mut tree = board();
        let wakeup = tree.get_mut("/soc/wakeup@6000").unwrap();
        let own = wakeup.phandle().unwrap();
        wakeup.set_u32("interrupt-parent", own);
        assert!(error(&tree, "/soc/bridge@2000/timer@10").ends_with("in a circle"));
    }

    #[test]
    fn errors_name_node_and_value() {
        let mut tree = board();
        let uart = tree.get_mut("/soc/serial@1000").unwrap();
        uart.set_cells("interrupts", &[0, 5, 4, 0]);
        assert_eq!(
            error(&tree, "/soc/serial@1000"),
            "/soc/serial@1000: \"interrupts\" has 4 cells; expected entries of 3 cells, as \
             /interrupt-controller@8000000 says"
        );
        let uart = tree.get_mut("/soc/serial@1000").unwrap();
        uart.set_cells("interrupts-extended", &[1, 0, 5]);
        assert_eq!(
            error(&tree, "/soc/serial@1000"),
            "/soc/serial@1000: \"interrupts-extended\" ends with 2 cells for \
             /interrupt-controller@8000000; expected 3 cells, as its \"#interrupt-cells\" says"
        );
        let uart = tree.get_mut("/soc/serial@1000").unwrap();
        uart.set_cells("interrupts-extended", &[0x77, 0, 5, 4]);
        assert_eq!(
            error(&tree, "/soc/serial@1000"),
            "/soc/serial@1000: \"interrupts-extended\" refers to phandle 0x77, which no node has"
        );
        let mut tree = Tree::default();
        tree.root.push(node("lost", &[("interrupts", &[1])]));
        assert_eq!(
            error(&tree, "/lost"),
            "/lost: has interrupts, but neither it nor a node above it names an interrupt-parent"
        );
    }
}
