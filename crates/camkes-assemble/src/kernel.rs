//! What the tool has to know about the kernel and the board: read from a prefix.

use camkes_lang::Diagnostic;
use loader::Range;
use sel4_abi::aarch64::PaSize;
use sel4_prefix::Prefix;
use sel4_prefix::config::Config;
use sel4_prefix::regions::{Region, Regions};

use crate::geometry::Geometry;

/// A kernel and its board.
#[derive(Clone, Debug)]
pub struct Kernel {
    /// Where it is described, for messages.
    pub name: String,
    /// Its platform.
    pub platform: String,
    /// The shape of address spaces.
    pub geometry: Geometry,
    /// Cores.
    pub nodes: u64,
    /// Scheduling domains.
    pub domains: u64,
    /// Scheduling priorities.
    pub priorities: u64,
    /// Slots of the first thread's CNode, as a power of two.
    pub root_cnode_bits: u32,
    /// Whether it prints and has debug system calls.
    pub prints: bool,
    /// The memory map. Boards that tell it at run time have none.
    pub regions: Option<Regions>,
    /// The board's device tree.
    pub device_tree: Option<Vec<u8>>,
    /// Bytes at the end of memory that the kernel takes for the first thread, and their alignment.
    pub boot_needs: (u64, u64),
}

impl Kernel {
    /// Reads a prefix.
    ///
    /// # Errors
    ///
    /// When the kernel is one that no system can be made for.
    pub fn from_prefix(prefix: &Prefix) -> Result<Self, Diagnostic> {
        let name = prefix.path().display().to_string();
        let text = |error: sel4_prefix::Error| Diagnostic::error("bad-prefix", error.to_string());
        let regions = prefix.regions().map_err(text)?;
        let device_tree = prefix.device_tree().map_err(text)?;
        Self::new(name, prefix.config(), Some(regions), Some(device_tree))
    }

    /// A kernel of this configuration; `name` is for messages.
    ///
    /// # Errors
    ///
    /// When no system can be made for it.
    pub fn new(
        name: String, config: &Config, regions: Option<Regions>, device_tree: Option<Vec<u8>>,
    ) -> Result<Self, Diagnostic> {
        let wrong = |what: String| Err(Diagnostic::error("bad-prefix", format!("{name}: {what}")));
        let architecture = config.text("SEL4_ARCH").unwrap_or("nothing");
        if architecture != "aarch64" {
            return wrong(format!("SEL4_ARCH is {architecture}, expected aarch64"));
        }
        if config.is_enabled("KERNEL_MCS") {
            return wrong("KERNEL_MCS is on, expected a kernel without it".into());
        }
        let bits = if config.is_enabled("ARM_PA_SIZE_BITS_40") { 40 } else { 44 };
        let Some(size) = PaSize::from_bits(bits) else {
            return wrong(format!("physical addresses have {bits} bits, expected 40 or 44"));
        };
        // Without hypervisor support, every processor has four levels.
        let geometry = if config.is_enabled("ARM_HYPERVISOR_SUPPORT") {
            Geometry::aarch64(size.levels(), size.vspace_index_bits())
        } else {
            Geometry::aarch64(4, 9)
        };
        let number = |option: &str| {
            config.number(option).ok_or_else(|| {
                Diagnostic::error("bad-prefix", format!("{name}: {option} is no number"))
            })
        };
        let root_cnode_bits = u32::try_from(number("ROOT_CNODE_SIZE_BITS")?).unwrap_or(u32::MAX);
        let needs = boot_image::BootNeeds::new(
            &boot_image::Configuration {
                physical_address_bits: bits,
                root_cnode_size_bits: root_cnode_bits,
                max_untypeds: number("MAX_NUM_BOOTINFO_UNTYPED_CAPS")?,
            },
            Range::new(0, 1 << 30),
            device_tree.as_ref().map_or(0, |blob| blob.len() as u64),
        );
        Ok(Self {
            platform: config.text("PLAT").unwrap_or_default().to_owned(),
            geometry,
            nodes: number("MAX_NUM_NODES")?,
            domains: number("NUM_DOMAINS")?,
            priorities: number("NUM_PRIORITIES")?,
            root_cnode_bits,
            prints: config.is_enabled("PRINTING"),
            regions,
            device_tree,
            boot_needs: (needs.bytes, needs.alignment),
            name,
        })
    }

    /// The range of the memory map that has all of these addresses, first and last, if there is
    /// one; and whether it is memory.
    #[must_use]
    pub fn range_of(&self, first: u64, last: u64) -> Option<(Region, bool)> {
        let regions = self.regions.as_ref()?;
        let holds = |region: &&Region| region.contains(first) && region.contains(last);
        let memory = regions.memory.iter().find(holds).map(|region| (*region, true));
        memory.or_else(|| regions.devices.iter().find(holds).map(|region| (*region, false)))
    }
}
