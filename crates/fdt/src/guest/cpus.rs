//! CPUs, and PSCI, which starts them.

use super::Root;
use crate::tree::Node;
use crate::{Error, cells};
use alloc::format;
use alloc::vec::Vec;

/// The most CPUs of a guest, as many as GICv2 can have.
pub const MAX_CPUS: usize = 8;
/// The affinity fields of MPIDR_EL1: Aff3 and Aff2 to Aff0.
const AFFINITY: u64 = 0xff_00ff_ffff;

/// The instruction that calls PSCI.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Conduit {
    /// SMC.
    #[default]
    Smc,
    /// HVC.
    Hvc,
}

/// The CPUs of a guest.
#[derive(Clone, Copy, Debug)]
pub struct Cpus<'s> {
    /// The affinity of each one, as MPIDR_EL1 shows it; the first one boots.
    pub affinities: &'s [u64],
    /// What they are, as `arm,cortex-a53`.
    pub compatible: &'s str,
    /// How they call PSCI.
    pub conduit: Conduit,
}

impl Root<'_> {
    /// Puts these CPUs and a node for PSCI into the place of those that are there.
    pub fn set_cpus(&mut self, cpus: &Cpus<'_>) -> Result<(), Error> {
        let wrong = |found| Error::Description {
            what: "CPUs",
            found,
            expected: "1 to 8 different affinities of MPIDR_EL1",
        };
        let affinities = cpus.affinities;
        if affinities.is_empty() || affinities.len() > MAX_CPUS {
            return Err(wrong(format!("are {}", affinities.len())));
        }
        for (index, affinity) in affinities.iter().enumerate() {
            if affinity & !AFFINITY != 0 || affinities[..index].contains(affinity) {
                return Err(wrong(format!("have the affinity {affinity:#x}")));
            }
        }

        self.discard(|node| node.name == "cpus" || node.base_name() == "psci");
        let wide = affinities.iter().any(|affinity| affinity >> 32 != 0);
        let count = if wide { 2 } else { 1 };
        let mut node = Node::new("cpus");
        node.set_u32("#address-cells", if wide { 2 } else { 1 });
        node.set_u32("#size-cells", 0);
        for affinity in affinities {
            let mut cpu = Node::new(format!("cpu@{affinity:x}"));
            let mut reg = Vec::new();
            if !cells::append(&mut reg, *affinity, count) {
                return Err(wrong(format!("have the affinity {affinity:#x}")));
            }
            cpu.set_text("device_type", "cpu");
            cpu.set_text("compatible", cpus.compatible);
            cpu.set_cells("reg", &reg);
            cpu.set_text("enable-method", "psci");
            node.push(cpu);
        }
        self.push(node);

        let mut psci = Node::new("psci");
        psci.set_texts("compatible", &["arm,psci-1.0", "arm,psci-0.2"]);
        psci.set_text(
            "method",
            match cpus.conduit {
                Conduit::Smc => "smc",
                Conduit::Hvc => "hvc",
            },
        );
        self.push(psci);
        Ok(())
    }
}
