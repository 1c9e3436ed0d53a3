//! What an image needs from an installed kernel (`SEL4_PREFIX`).

use std::path::Path;

use loader::Range;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{Error, Input};

/// An installed kernel.
#[derive(Clone, Debug)]
pub struct Prefix {
    /// `bin/kernel.elf`.
    pub kernel: Input,
    /// `support/kernel.dtb`.
    pub device_tree: Input,
    /// The memory that the kernel manages, from `support/platform_gen.json`, in
    /// the order of addresses.
    pub memory: Vec<Range>,
    /// What matters of `gen_config.json`.
    pub configuration: Configuration,
}

/// The options of the kernel that decide how it is booted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// Bits of physical address in the kernel's stage 2 translation, 40 or 44.
    pub physical_address_bits: u32,
    /// `ROOT_CNODE_SIZE_BITS`: log2 of the root CNode's slots.
    pub root_cnode_size_bits: u32,
    /// `MAX_NUM_BOOTINFO_UNTYPED_CAPS`.
    pub max_untypeds: u64,
}

#[derive(Deserialize)]
struct PlatformFile {
    memory: Vec<Region>,
}

#[derive(Deserialize)]
struct Region {
    start: u64,
    end: u64,
}

impl Prefix {
    /// Reads the prefix at `directory`, and refuses kernels that the loader
    /// cannot start.
    pub fn read(directory: &Path) -> Result<Self, Error> {
        let platform_file = directory.join("support/platform_gen.json");
        let platform: PlatformFile = read_json(&platform_file)?;
        let mut memory: Vec<Range> = platform
            .memory
            .iter()
            .map(|region| Range::new(region.start, region.end))
            .collect();
        memory.sort_by_key(|region| region.start);
        if memory.iter().all(Range::is_empty) {
            return Err(Error::malformed(
                &platform_file.display().to_string(),
                "no memory regions, expected at least one",
            ));
        }
        let configuration_file = directory.join("libsel4/include/kernel/gen_config.json");
        let options: Map<String, Value> = read_json(&configuration_file)?;
        Ok(Self {
            kernel: Input::read(&directory.join("bin/kernel.elf"))?,
            device_tree: Input::read(&directory.join("support/kernel.dtb"))?,
            memory,
            configuration: Configuration::from_options(
                &configuration_file.display().to_string(),
                &options,
            )?,
        })
    }
}

impl Configuration {
    /// Takes what matters from the options in `file`.
    fn from_options(file: &str, options: &Map<String, Value>) -> Result<Self, Error> {
        let wrong = |option, expected| Error::Configuration {
            file: file.to_owned(),
            option,
            found: options
                .get(option)
                .map_or_else(|| "missing".to_owned(), Value::to_string),
            expected,
        };
        let is_on = |option: &str| options.get(option) == Some(&Value::Bool(true));
        let number = |option| {
            let value = options.get(option).and_then(Value::as_str);
            value
                .and_then(|text| text.parse::<u32>().ok())
                .ok_or_else(|| wrong(option, "a number"))
        };

        if options.get("SEL4_ARCH").and_then(Value::as_str) != Some("aarch64") {
            return Err(wrong("SEL4_ARCH", "\"aarch64\""));
        }
        if !is_on("ARM_HYPERVISOR_SUPPORT") {
            return Err(wrong(
                "ARM_HYPERVISOR_SUPPORT",
                "true (KernelArmHypervisorSupport=ON)",
            ));
        }
        if number("MAX_NUM_NODES")? != 1 {
            return Err(wrong(
                "MAX_NUM_NODES",
                "\"1\": the loader starts one core only",
            ));
        }
        let physical_address_bits =
            match (is_on("ARM_PA_SIZE_BITS_40"), is_on("ARM_PA_SIZE_BITS_44")) {
                (true, false) => 40,
                (false, true) => 44,
                _ => {
                    return Err(wrong(
                        "ARM_PA_SIZE_BITS_40",
                        "either this or ARM_PA_SIZE_BITS_44 true",
                    ));
                }
            };
        let root_cnode_size_bits = number("ROOT_CNODE_SIZE_BITS")?;
        if !(4..=27).contains(&root_cnode_size_bits) {
            return Err(wrong("ROOT_CNODE_SIZE_BITS", "a number from 4 to 27"));
        }
        Ok(Self {
            physical_address_bits,
            root_cnode_size_bits,
            max_untypeds: number("MAX_NUM_BOOTINFO_UNTYPED_CAPS")?.into(),
        })
    }

    /// The value of `TCR_EL2` that the kernel checks for at its entry: 48-bit
    /// addresses with 4 KiB granule, write-back inner shareable table walks, and
    /// the physical address size.
    #[must_use]
    pub fn tcr_el2(&self) -> u64 {
        const RES1: u64 = (1 << 31) | (1 << 23);
        const T0SZ: u64 = 64 - 48;
        const WALKS: u64 = (3 << 12) | (1 << 10) | (1 << 8);
        let size = if self.physical_address_bits == 40 {
            2
        } else {
            4
        };
        RES1 | (size << 16) | WALKS | T0SZ
    }
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, Error> {
    let input = Input::read(path)?;
    serde_json::from_slice(&input.bytes).map_err(|source| Error::Json {
        file: input.name,
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::options;

    #[test]
    fn tcr_is_the_kernels_default() {
        let mut configuration = Configuration::from_options("f", &options()).unwrap();
        assert_eq!(configuration.tcr_el2(), 0x8082_3510);
        configuration.physical_address_bits = 44;
        assert_eq!(configuration.tcr_el2(), 0x8084_3510);
    }

    #[test]
    fn names_the_option_that_does_not_fit() {
        let check = |option: &str, value: Value, message: &str| {
            let mut options = options();
            options.insert(option.to_owned(), value);
            let error = Configuration::from_options("gen_config.json", &options).unwrap_err();
            assert_eq!(error.to_string(), format!("gen_config.json: {message}"));
        };
        check(
            "SEL4_ARCH",
            "x86_64".into(),
            "SEL4_ARCH is \"x86_64\", expected \"aarch64\"",
        );
        check(
            "ARM_HYPERVISOR_SUPPORT",
            false.into(),
            "ARM_HYPERVISOR_SUPPORT is false, expected true (KernelArmHypervisorSupport=ON)",
        );
        check(
            "MAX_NUM_NODES",
            "4".into(),
            "MAX_NUM_NODES is \"4\", expected \"1\": the loader starts one core only",
        );
        check(
            "ROOT_CNODE_SIZE_BITS",
            "many".into(),
            "ROOT_CNODE_SIZE_BITS is \"many\", expected a number",
        );
        check(
            "ARM_PA_SIZE_BITS_40",
            false.into(),
            "ARM_PA_SIZE_BITS_40 is false, expected either this or ARM_PA_SIZE_BITS_44 true",
        );
    }
}
