//! Interrupt specifiers of the GIC (Linux bindings `arm,gic` and `arm,gic-v3`).

use crate::tree::Node;
use alloc::format;
use alloc::string::String;

/// What `compatible` says of a GIC that is the root of interrupts. Versions 1 and 2 share one
/// binding.
const GICS: [&str; 10] = [
    "arm,gic-400",
    "arm,gic-v3",
    "arm,cortex-a15-gic",
    "arm,cortex-a9-gic",
    "arm,cortex-a7-gic",
    "arm,cortex-a5-gic",
    "arm,eb11mp-gic",
    "arm,tc11mp-gic",
    "qcom,msm-qgic2",
    "qcom,msm-8660-qgic",
];

/// Controllers that stand before a GIC to wake the chip, and take its specifiers as they are.
const BEFORE_GIC: [&str; 11] = [
    "fsl,imx6q-gpc",
    "fsl,imx6sx-gpc",
    "fsl,imx7d-gpc",
    "fsl,imx8mq-gpc",
    "nvidia,tegra20-ictlr",
    "nvidia,tegra30-ictlr",
    "nvidia,tegra114-ictlr",
    "nvidia,tegra124-ictlr",
    "nvidia,tegra210-ictlr",
    "samsung,exynos5250-pmu",
    "samsung,exynos5420-pmu",
];

/// The kinds of the GIC's interrupts that a device may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Shared peripheral interrupt.
    Spi,
    /// Private peripheral interrupt: each CPU has its own.
    Ppi,
    /// Extended shared peripheral interrupt (GICv3.1).
    ExtendedSpi,
    /// Extended private peripheral interrupt (GICv3.1).
    ExtendedPpi,
}

/// When an interrupt is asserted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// At an edge.
    Edge,
    /// As long as the line is active.
    Level,
    /// The tree doesn't say: as the firmware left it.
    Unspecified,
}

/// An interrupt at the GIC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interrupt {
    /// The kind.
    pub kind: Kind,
    /// The GIC's number (INTID), with the kind's first number added.
    pub intid: u32,
    /// The trigger.
    pub trigger: Trigger,
}

impl Kind {
    /// The first INTID, and how many there are (Arm IHI 0069, section 2.2.1).
    #[must_use]
    pub fn intids(self) -> (u32, u32) {
        match self {
            Kind::Spi => (32, 988),
            Kind::Ppi => (16, 16),
            Kind::ExtendedSpi => (4096, 1024),
            Kind::ExtendedPpi => (1056, 64),
        }
    }
}

/// Whether the node is a GIC.
#[must_use]
pub fn is_gic(node: &Node<'_>) -> bool {
    GICS.iter().any(|gic| node.is_compatible(gic))
}

pub(crate) fn stands_before_gic(node: &Node<'_>) -> bool {
    BEFORE_GIC.iter().any(|name| node.is_compatible(name))
}

/// Decodes a specifier of three cells or more; a fourth one, of GICv3, names a group of CPUs.
pub(super) fn decode(specifier: &[u32]) -> Result<Interrupt, String> {
    let [kind, number, flags, ..] = *specifier else {
        return Err(format!(
            "has {} cells; expected at least 3 (kind, number, flags)",
            specifier.len()
        ));
    };
    let kind = match kind {
        0 => Kind::Spi,
        1 => Kind::Ppi,
        2 => Kind::ExtendedSpi,
        3 => Kind::ExtendedPpi,
        _ => {
            return Err(format!(
                "the kind {kind} is unknown; expected 0 (SPI), 1 (PPI), 2 (extended SPI) or 3 \
                 (extended PPI)"
            ));
        }
    };
    let (first, count) = kind.intids();
    if number >= count {
        return Err(format!("the number {number} is too large; expected 0 to {}", count - 1));
    }
    // Bits 8 to 15 are a mask of CPUs at GICv2's PPIs.
    let trigger = match flags & 0xf {
        0 => Trigger::Unspecified,
        1..=3 => Trigger::Edge,
        4 | 8 => Trigger::Level,
        other => {
            return Err(format!(
                "the flags {other:#x} are unknown; expected 1 or 2 (edge), 4 or 8 (level)"
            ));
        }
    };
    Ok(Interrupt { kind, intid: first + number, trigger })
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn kinds_numbers_and_triggers() {
        let intid = |cells: &[u32]| {
            let interrupt = decode(cells).unwrap();
            (interrupt.intid, interrupt.trigger)
        };
        assert_eq!(intid(&[0, 1, 4]), (33, Trigger::Level));
        assert_eq!(intid(&[0, 1, 1]), (33, Trigger::Edge));
        assert_eq!(intid(&[0, 1, 2]), (33, Trigger::Edge));
        assert_eq!(intid(&[0, 1, 8]), (33, Trigger::Level));
        assert_eq!(intid(&[1, 11, 0xf08]), (27, Trigger::Level));
        assert_eq!(intid(&[2, 5, 4, 0]), (4101, Trigger::Level));
        assert_eq!(intid(&[3, 5, 0]), (1061, Trigger::Unspecified));
    }

    #[test]
    fn errors() {
        assert_eq!(
            decode(&[5, 5]).unwrap_err(),
            "has 2 cells; expected at least 3 (kind, number, flags)"
        );
        assert_eq!(
            decode(&[1, 16, 4]).unwrap_err(),
            "the number 16 is too large; expected 0 to 15"
        );
        assert!(decode(&[4, 1, 4]).unwrap_err().starts_with("the kind 4 is"));
        assert!(decode(&[0, 1, 5]).unwrap_err().starts_with("the flags 0x5"));
    }
}
