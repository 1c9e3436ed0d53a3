//! GICv3 (Arm IHI 0069H), with affinity routing and one security state (GICD_CTLR.DS is one).

mod affinity;
mod distributor;
mod redistributor;
mod system;

use alloc::rc::Rc;
use alloc::vec::Vec;

use vmm::vcpu::VcpuId;

use crate::config::{Config, ConfigError};
use crate::cpus::Vcpus;
use crate::engine::Initial;
use crate::gic::Gic;

pub use affinity::Affinity;
pub use distributor::{DISTRIBUTOR_SIZE, Distributor};
pub use redistributor::{REDISTRIBUTOR_SIZE, Redistributors};
pub use system::CpuInterface;

/// A controller with all its registers.
#[derive(Debug)]
pub struct GicV3 {
    /// The controller.
    pub gic: Rc<Gic>,
    /// The distributor's frame.
    pub distributor: Distributor,
    /// The redistributors' frames, one behind the other.
    pub redistributors: Redistributors,
    /// The system registers that leave the guest.
    pub system: CpuInterface,
}

/// A controller whose processors have these affinities, in the order of their numbers.
///
/// # Errors
/// The configuration has numbers that the architecture doesn't, or affinities aren't different.
pub fn new(config: Config, affinities: &[Affinity]) -> Result<GicV3, ConfigError> {
    let config = config.check()?;
    let processors = Rc::new(Processors::new(config, affinities)?);
    let initial = Initial {
        enabled: 0,
        // Unknown after a reset; this is how firmware leaves interrupts to an operating system.
        group_one: true,
        asleep: true,
        targets: processors.with_affinity(Affinity::default()),
    };
    let gic = Rc::new(Gic::new(config, initial)?);
    Ok(GicV3 {
        distributor: Distributor::new(Rc::clone(&gic), Rc::clone(&processors), config),
        redistributors: Redistributors::new(Rc::clone(&gic), Rc::clone(&processors)),
        system: CpuInterface::new(Rc::clone(&gic), processors),
        gic,
    })
}

/// The processors by affinity.
#[derive(Debug)]
struct Processors(Vec<Affinity>);

impl Processors {
    fn new(config: Config, affinities: &[Affinity]) -> Result<Self, ConfigError> {
        if affinities.len() != config.vcpus {
            return Err(ConfigError::AffinityCount {
                affinities: affinities.len(),
                vcpus: config.vcpus,
            });
        }
        for (n, affinity) in affinities.iter().enumerate() {
            if affinities[..n].contains(affinity) {
                return Err(ConfigError::SameAffinity(*affinity));
            }
        }
        Ok(Self(affinities.to_vec()))
    }

    fn count(&self) -> usize {
        self.0.len()
    }

    fn affinity(&self, vcpu: VcpuId) -> Option<Affinity> {
        self.0.get(vcpu.index()).copied()
    }

    /// The processor with this affinity, or nobody.
    fn with_affinity(&self, affinity: Affinity) -> Vcpus {
        self.matching(|other| other == affinity)
    }

    fn matching(&self, matches: impl Fn(Affinity) -> bool) -> Vcpus {
        (0..)
            .map(VcpuId)
            .zip(&self.0)
            .filter(|(_, affinity)| matches(**affinity))
            .map(|(vcpu, _)| vcpu)
            .collect()
    }
}

#[cfg(test)]
mod test {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn affinities_must_be_as_many_as_processors_and_different() {
        let config = Config { vcpus: 2, spis: 32 };
        let zero = Affinity::default();
        let few = new(config, &[zero]).unwrap_err();
        assert_eq!(few.to_string(), "1 affinities for 2 vCPUs: each has one");
        let same = new(config, &[zero, zero]).unwrap_err();
        assert_eq!(same.to_string(), "two vCPUs with affinity 0.0.0.0: each has its own");
    }
}
