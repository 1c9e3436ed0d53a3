//! The interrupt controller and the generic timer.

use super::{Cpus, Root};
use crate::Error;
use crate::address::Region;
use crate::interrupt::{Kind, is_gic};
use crate::tree::Node;
use alloc::format;
use alloc::vec::Vec;

/// The interrupt controller that a guest sees.
#[derive(Clone, Copy, Debug)]
pub enum Gic<'s> {
    /// GICv2 without virtualisation.
    V2 {
        /// GICD.
        distributor: Region,
        /// GICC.
        cpu_interface: Region,
    },
    /// GICv3 with system registers, without ITS.
    V3 {
        /// GICD.
        distributor: Region,
        /// GICR: at least one region, which together hold a frame of 128 KiB for each CPU.
        redistributors: &'s [Region],
    },
}

/// The interrupts of the generic timer, as INTIDs of PPIs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timer {
    /// Secure physical.
    pub secure: u32,
    /// Non-secure physical.
    pub physical: u32,
    /// Virtual.
    pub virtual_: u32,
    /// Hypervisor.
    pub hypervisor: u32,
}

impl Default for Timer {
    /// The numbers of Arm's Base System Architecture.
    fn default() -> Self {
        Self { secure: 29, physical: 30, virtual_: 27, hypervisor: 26 }
    }
}

impl Root<'_> {
    /// Puts this controller into the place of every GIC of the tree, under a phandle that others refer to already or a new
    /// one, and lets the interrupts of the whole tree go to it by default.
    pub fn set_gic(&mut self, gic: &Gic<'_>, phandle: Option<u32>) -> Result<(), Error> {
        remove_gics(&mut self.tree.root);
        self.gic = match phandle {
            Some(phandle) => phandle,
            None => self.phandle(),
        };
        let (compatible, regions) = match gic {
            Gic::V2 { distributor, cpu_interface } => {
                ("arm,gic-400", Vec::from([*distributor, *cpu_interface]))
            }
            Gic::V3 { distributor, redistributors } => {
                if redistributors.is_empty() {
                    return Err(Error::Description {
                        what: "GICv3",
                        found: "has no redistributors".into(),
                        expected: "one region of them or more",
                    });
                }
                ("arm,gic-v3", [&[*distributor], *redistributors].concat())
            }
        };
        let base = regions.first().map_or(0, |first| first.base);
        let mut node = Node::new(format!("interrupt-controller@{base:x}"));
        node.set_text("compatible", compatible);
        node.set_cells("reg", &self.reg("GIC", &regions)?);
        node.set_flag("interrupt-controller");
        node.set_u32("#interrupt-cells", 3);
        // Maps of interrupts ask for this.
        node.set_u32("#address-cells", 0);
        if let Gic::V3 { redistributors, .. } = gic
            && let Ok(count @ 2..) = u32::try_from(redistributors.len())
        {
            node.set_u32("#redistributor-regions", count);
        }
        node.set_u32("phandle", self.gic);
        self.push(node);

        // The default of a tree with a controller of its own before the GIC stays.
        let default = self.tree.root.u32("interrupt-parent");
        let known = default.is_some_and(|phandle| self.tree.by_phandle(phandle).is_some());
        if !known {
            let gic = self.gic;
            self.tree.root.set_u32("interrupt-parent", gic);
        }
        Ok(())
    }

    /// Puts the generic timer into the place of the one that is there.
    pub fn add_timer(
        &mut self, timer: &Timer, gic: &Gic<'_>, cpus: &Cpus<'_>,
    ) -> Result<(), Error> {
        let (first, count) = Kind::Ppi.intids();
        // GICv2's PPIs name their CPUs in bits 8 to 15, and the level is high.
        let mask = match gic {
            Gic::V2 { .. } => (0..cpus.affinities.len()).fold(0, |mask, _| mask << 1 | 1u32),
            Gic::V3 { .. } => 0,
        };
        let flags = mask << 8 | 4;
        let mut interrupts = Vec::new();
        for intid in [timer.secure, timer.physical, timer.virtual_, timer.hypervisor] {
            let number =
                intid.checked_sub(first).filter(|number| *number < count).ok_or_else(|| {
                    Error::Description {
                        what: "timer",
                        found: format!("has the interrupt {intid}"),
                        expected: "the INTID of a PPI, 16 to 31",
                    }
                })?;
            interrupts.extend([1, number, flags]);
        }
        self.discard(|node| {
            node.is_compatible("arm,armv8-timer") || node.is_compatible("arm,armv7-timer")
        });
        let mut node = Node::new("timer");
        node.set_texts("compatible", &["arm,armv8-timer", "arm,armv7-timer"]);
        node.set_u32("interrupt-parent", self.gic);
        node.set_cells("interrupts", &interrupts);
        // A vCPU that idles keeps its timer.
        node.set_flag("always-on");
        self.push(node);
        Ok(())
    }
}

fn remove_gics(node: &mut Node<'_>) {
    node.children.retain(|child| !is_gic(child));
    for child in &mut node.children {
        remove_gics(child);
    }
}
