//! What can be wrong with attributes.

use alloc::string::String;

/// Why attributes describe no guest. Messages name the attribute.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// There has to be a value.
    #[error("{attribute} is not set: expected {what}")]
    Missing {
        /// Which attribute.
        attribute: String,
        /// What it should be.
        what: &'static str,
    },
    /// A value makes no sense.
    #[error("{attribute} is {found}: expected {expected}")]
    Value {
        /// Which attribute.
        attribute: String,
        /// What it is.
        found: String,
        /// What it should be.
        expected: &'static str,
    },
    /// The guest has no memory.
    #[error(
        "the guest has no memory: neither vm_address_config.ram_base nor \
         linux_address_config.linux_ram_base is set"
    )]
    NoMemory,
}
