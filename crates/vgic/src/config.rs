//! What a controller is made with.

use crate::cpus::MOST_VCPUS;
use crate::v3::Affinity;

/// The size of a controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Number of the guest's processors, 1 to 8.
    pub vcpus: usize,
    /// Number of shared peripheral interrupts, 0 to 988.
    pub spis: u16,
}

/// Most shared peripheral interrupts (IHI 0048B 2.2.1).
pub const MOST_SPIS: u16 = 988;

/// Why a controller can't be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The number of processors.
    #[error("an interrupt controller for {0} vCPUs: 1 to {MOST_VCPUS} are possible")]
    Vcpus(usize),
    /// The number of shared peripheral interrupts.
    #[error("an interrupt controller with {0} SPIs: at most {MOST_SPIS} are possible")]
    Spis(u16),
    /// The list of affinities doesn't fit.
    #[error("{affinities} affinities for {vcpus} vCPUs: each has one")]
    AffinityCount {
        /// Number of affinities.
        affinities: usize,
        /// Number of processors.
        vcpus: usize,
    },
    /// Two processors have one affinity.
    #[error("two vCPUs with affinity {0}: each has its own")]
    SameAffinity(Affinity),
}

impl Config {
    pub(crate) fn check(self) -> Result<Self, ConfigError> {
        if self.vcpus == 0 || self.vcpus > MOST_VCPUS {
            Err(ConfigError::Vcpus(self.vcpus))
        } else if self.spis > MOST_SPIS {
            Err(ConfigError::Spis(self.spis))
        } else {
            Ok(self)
        }
    }
}

#[cfg(test)]
mod test {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn numbers_out_of_range_are_errors_that_name_them() {
        let error = |vcpus, spis| Config { vcpus, spis }.check().unwrap_err().to_string();
        let asked = "an interrupt controller for";
        assert_eq!(error(0, 32), alloc::format!("{asked} 0 vCPUs: 1 to 8 are possible"));
        assert_eq!(error(99, 32), alloc::format!("{asked} 99 vCPUs: 1 to 8 are possible"));
        assert_eq!(
            error(1, 989),
            "an interrupt controller with 989 SPIs: at most 988 are possible"
        );
        assert!(Config { vcpus: 8, spis: 988 }.check().is_ok());
        assert!(Config { vcpus: 1, spis: 0 }.check().is_ok());
    }
}
