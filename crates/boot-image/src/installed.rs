//! What an image needs from an installed kernel (`SEL4_PREFIX`).

use loader::Range;
use loader::device_tree::{self, NotATree};
use sel4_prefix::Prefix;
use sel4_prefix::config::Config;
use sel4_prefix::prefix::{DEVICE_TREE, KERNEL_CONFIG, PLATFORM_JSON};

use crate::{Error, Input};

/// The files and facts of an installed kernel.
#[derive(Clone, Debug)]
pub struct InstalledKernel {
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

impl InstalledKernel {
    /// Takes what matters from `prefix`, and refuses kernels that the loader
    /// cannot start.
    pub fn from_prefix(prefix: &Prefix) -> Result<Self, Error> {
        let file = |path: &str| prefix.path().join(path);
        let memory_map = file(PLATFORM_JSON).display().to_string();
        let mut memory: Vec<Range> = prefix
            .regions()?
            .memory
            .iter()
            .map(|region| Range::new(region.start, region.end))
            .collect();
        memory.sort_by_key(|region| region.start);
        if memory.is_empty() {
            return Err(Error::malformed(&memory_map, "no memory regions, expected at least one"));
        }
        let configuration_file = file(KERNEL_CONFIG).display().to_string();
        let mut device_tree = Input::read(&file(DEVICE_TREE))?;
        let size = device_tree_size(&device_tree)?;
        device_tree.bytes.truncate(size);
        Ok(Self {
            kernel: Input::read(&prefix.kernel())?,
            device_tree,
            memory,
            configuration: Configuration::new(&configuration_file, prefix.config())?,
        })
    }
}

/// The size in the header of a device tree that `file` holds as a whole.
fn device_tree_size(file: &Input) -> Result<usize, Error> {
    let malformed = |what: String| Error::malformed(&file.name, what);
    let available = file.bytes.len() as u64;
    let start = file
        .bytes
        .first_chunk()
        .ok_or_else(|| malformed(format!("{available} bytes long, expected a device tree")))?;
    let size =
        device_tree::total_size(u64::from_le_bytes(*start), available).map_err(|reason| {
            match reason {
                NotATree::Magic(_) => malformed(format!("not a device tree: {reason}")),
                NotATree::TooBig { size, .. } => malformed(format!(
                    "truncated: the file has {available} bytes, the device tree says {size}"
                )),
            }
        })?;
    usize::try_from(size).map_err(|_| malformed(format!("{size} bytes are too many")))
}

impl Configuration {
    /// Takes what matters from `options`, which were read from `file`.
    fn new(file: &str, options: &Config) -> Result<Self, Error> {
        let wrong = |option, expected| Error::Configuration {
            file: file.to_owned(),
            option,
            found: options.get(option).map_or_else(|| "missing".to_owned(), ToString::to_string),
            expected,
        };
        let is_on = |option| options.is_enabled(option);
        let number = |option| options.number(option).ok_or_else(|| wrong(option, "a number"));

        if options.text("SEL4_ARCH") != Some("aarch64") {
            return Err(wrong("SEL4_ARCH", "\"aarch64\""));
        }
        if !is_on("ARM_HYPERVISOR_SUPPORT") {
            return Err(wrong("ARM_HYPERVISOR_SUPPORT", "true (KernelArmHypervisorSupport=ON)"));
        }
        if number("MAX_NUM_NODES")? != 1 {
            return Err(wrong("MAX_NUM_NODES", "\"1\": the loader starts one core only"));
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
        let root_cnode_size_bits = u32::try_from(number("ROOT_CNODE_SIZE_BITS")?)
            .ok()
            .filter(|bits| (7..=26).contains(bits))
            .ok_or_else(|| wrong("ROOT_CNODE_SIZE_BITS", "a number from 7 to 26"))?;
        Ok(Self {
            physical_address_bits,
            root_cnode_size_bits,
            max_untypeds: number("MAX_NUM_BOOTINFO_UNTYPED_CAPS")?,
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
        let size = if self.physical_address_bits == 40 { 2 } else { 4 };
        RES1 | (size << 16) | WALKS | T0SZ
    }
}

#[cfg(test)]
mod tests {
    use sel4_prefix::config::Value;

    use super::*;
    use crate::test_support::options;

    fn text(value: &str) -> Value {
        Value::Text(value.to_owned())
    }

    #[test]
    fn tcr_is_the_kernels_default() {
        let mut configuration = Configuration::new("f", &options()).unwrap();
        assert_eq!(configuration.tcr_el2(), 0x8082_3510);
        configuration.physical_address_bits = 44;
        assert_eq!(configuration.tcr_el2(), 0x8084_3510);
    }

    #[test]
    fn names_the_option_that_does_not_fit() {
        let check = |option: &str, value: Value, message: &str| {
            let mut options = options();
            options.insert(option, value);
            let error = Configuration::new("gen_config.json", &options).unwrap_err();
            assert_eq!(error.to_string(), format!("gen_config.json: {message}"));
        };
        check("SEL4_ARCH", text("x86_64"), "SEL4_ARCH is \"x86_64\", expected \"aarch64\"");
        check(
            "ARM_HYPERVISOR_SUPPORT",
            Value::Bool(false),
            "ARM_HYPERVISOR_SUPPORT is false, expected true (KernelArmHypervisorSupport=ON)",
        );
        check(
            "MAX_NUM_NODES",
            text("4"),
            "MAX_NUM_NODES is \"4\", expected \"1\": the loader starts one core only",
        );
        check(
            "ROOT_CNODE_SIZE_BITS",
            text("many"),
            "ROOT_CNODE_SIZE_BITS is \"many\", expected a number",
        );
        check(
            "ARM_PA_SIZE_BITS_40",
            Value::Bool(false),
            "ARM_PA_SIZE_BITS_40 is false, expected either this or ARM_PA_SIZE_BITS_44 true",
        );
    }
}
