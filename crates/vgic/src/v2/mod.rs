//! GICv2 (Arm IHI 0048B).

mod distributor;

use alloc::rc::Rc;

use vmm::vcpu::VcpuId;

use crate::config::{Config, ConfigError};
use crate::cpus::Vcpus;
use crate::engine::{Initial, SGIS};
use crate::gic::Gic;

pub use distributor::{Distributor, SIZE};

/// A controller and its distributor's registers.
///
/// The guest's CPU interface is the hardware's virtual CPU interface (GICV), mapped where the
/// guest expects GICC (IHI 0048B 5.1).
///
/// # Errors
/// The configuration has numbers that the architecture doesn't.
pub fn new(config: Config) -> Result<(Rc<Gic>, Distributor), ConfigError> {
    let initial = Initial {
        // Always enabled, as in GIC-400; the choice is the implementation's (4.3.5).
        enabled: SGIS,
        group_one: false,
        asleep: false,
        // All interrupts are for a single processor, without having been told so (4.3.12).
        targets: if config.vcpus == 1 { VcpuId(0).into() } else { Vcpus::NONE },
    };
    let gic = Rc::new(Gic::new(config, initial)?);
    let distributor = Distributor::new(Rc::clone(&gic), config.vcpus);
    Ok((gic, distributor))
}
