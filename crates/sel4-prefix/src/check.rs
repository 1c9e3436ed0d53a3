//! Whether a kernel's configuration will do for this project.

use std::fmt;
use std::path::PathBuf;

use sel4_idl::config::{Config, Value};

use crate::error::{Error, Result};
use crate::prefix::{DEVICE_TREE, KERNEL, PLATFORM_JSON, Prefix};

/// Slots that the root CNode must have (log2): every 4 KiB of a boot image takes one.
pub const MIN_ROOT_CNODE_BITS: u64 = 17;

/// Options that must be on or off: name, value, the kernel's CMake option, and why.
const SWITCHES: [(&str, bool, &str, &str); 8] = [
    ("ARCH_AARCH64", true, "KernelSel4Arch=aarch64", "the only architecture so far"),
    ("ARM_HYPERVISOR_SUPPORT", true, "KernelArmHypervisorSupport=ON", "virtual machines need it"),
    ("KERNEL_MCS", false, "KernelIsMCS=OFF", "the system uses the API without MCS"),
    (
        "EXPORT_PCNT_USER",
        true,
        "KernelArmExportPCNTUser=ON",
        "components read the physical counter",
    ),
    (
        "EXPORT_PTMR_USER",
        true,
        "KernelArmExportPTMRUser=ON",
        "the time server uses the physical timer",
    ),
    (
        "DISABLE_WFI_WFE_TRAPS",
        false,
        "KernelArmDisableWFIWFETraps=OFF",
        "an idle guest must give up the processor",
    ),
    (
        "ENABLE_SMP_SUPPORT",
        false,
        "KernelMaxNumNodes=1",
        "the system runs on one node, and labels differ",
    ),
    ("HARDWARE_DEBUG_API", false, "HardwareDebugAPI=OFF", "object sizes and labels differ"),
];

/// Why a prefix won't do. One sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// An option has the wrong value.
    Option {
        /// The prefix.
        prefix: PathBuf,
        /// Name of the option in `gen_config.json`.
        option: &'static str,
        /// Its value, or `None` if the configuration doesn't have it.
        found: Option<Value>,
        /// The right value.
        expected: String,
        /// The setting of the kernel's build that gives it.
        cmake: String,
        /// What it is for.
        reason: &'static str,
    },
    /// A file is missing.
    File {
        /// The prefix.
        prefix: PathBuf,
        /// The file, relative to the prefix.
        file: &'static str,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Option { prefix, option, found, expected, cmake, reason } => {
                let prefix = prefix.display();
                write!(f, "prefix {prefix}: {option} is ")?;
                match found {
                    Some(value) => write!(f, "{value}")?,
                    None => write!(f, "not set")?,
                }
                write!(f, ", expected {expected} ({reason}); build the kernel with -D{cmake}")
            }
            Self::File { prefix, file } => write!(
                f,
                "prefix {}: there is no {file}; install the kernel again (`ninja install`)",
                prefix.display()
            ),
        }
    }
}

impl Prefix {
    /// Checks that this project can use the kernel on `platform` (e.g. `qemu-arm-virt`). The
    /// error has every reason why it can't.
    pub fn check(&self, platform: &str) -> Result<()> {
        let mut refusals = self.check_options(platform);
        for file in [KERNEL, PLATFORM_JSON, DEVICE_TREE] {
            if !self.path().join(file).is_file() {
                refusals.push(Refusal::File { prefix: self.path().to_owned(), file });
            }
        }
        if refusals.is_empty() { Ok(()) } else { Err(Error::Refused(refusals)) }
    }

    fn check_options(&self, platform: &str) -> Vec<Refusal> {
        let config = self.config();
        let mut refusals = Vec::new();
        let mut refuse = |option, expected: String, cmake: String, reason| {
            refusals.push(Refusal::Option {
                prefix: self.path().to_owned(),
                option,
                found: config.get(option).cloned(),
                expected,
                cmake,
                reason,
            });
        };
        for (option, expected, cmake, reason) in SWITCHES {
            if !is(config, option, expected) {
                refuse(option, expected.to_string(), cmake.to_owned(), reason);
            }
        }
        if config.text("PLAT") != Some(platform) {
            refuse(
                "PLAT",
                format!("\"{platform}\""),
                format!("KernelPlatform={platform}"),
                "the platform of this build",
            );
        }
        if config.number("ROOT_CNODE_SIZE_BITS") < Some(MIN_ROOT_CNODE_BITS) {
            refuse(
                "ROOT_CNODE_SIZE_BITS",
                format!("at least {MIN_ROOT_CNODE_BITS}"),
                format!("KernelRootCNodeSizeBits={MIN_ROOT_CNODE_BITS}"),
                "guest images take many slots",
            );
        }
        refusals
    }
}

/// A missing switch counts as off, unless it has to be on.
fn is(config: &Config, option: &str, expected: bool) -> bool {
    match config.get(option) {
        Some(Value::Bool(value)) => *value == expected,
        Some(Value::Text(_)) => false,
        None => !expected,
    }
}

#[cfg(test)]
#[path = "check_test.rs"]
mod test;
