//! What the embedded kernel must know about a machine: `platforms/<name>/platform.toml`.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::kernel_config::{Gic, KernelConfig};
use crate::regions::{Region, Regions};

/// Size of a page, the unit of kernel device mappings, in bytes.
const PAGE: u64 = 1 << sel4_abi::aarch64::object::PAGE_BITS;
const MIB: u64 = 1 << 20;

/// The platforms that this project has, by name.
const BUILT_IN: [(&str, &str); 1] =
    [("qemu-arm-virt", include_str!("../../../platforms/qemu-arm-virt/platform.toml"))];

/// A platform.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Platform {
    /// Name, as `PLAT` in the kernel's configuration.
    pub name: String,
    /// Physical address where the kernel image starts.
    pub kernel_load_address: u64,
    /// Frequency of the generic timer in Hz.
    pub timer_frequency: u64,
    /// Physical address of RAM.
    pub ram_start: u64,
    /// How to run it.
    pub qemu: Qemu,
    /// RAM that is given out as device memory.
    #[serde(default)]
    pub reserved_memory: Vec<ReservedMemory>,
    /// Interrupt numbers.
    pub interrupts: Interrupts,
    /// Devices of the kernel.
    pub kernel_devices: KernelDevices,
    /// Properties for the device tree's `/chosen`: lists of node paths.
    #[serde(default)]
    pub chosen: BTreeMap<String, Vec<String>>,
}

/// The emulated machine.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Qemu {
    /// Command.
    pub binary: String,
    /// Parts of the argument of `-machine`.
    pub machine: Vec<String>,
}

impl Qemu {
    /// The argument of `-machine` for a machine with this interrupt controller.
    pub fn machine(&self, gic: Gic) -> String {
        format!("{},gic-version={}", self.machine.join(","), gic.version())
    }
}

/// A part of RAM that the kernel doesn't use.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ReservedMemory {
    /// Name of the device tree node, without its address.
    pub name: String,
    /// Physical address.
    pub start: u64,
    /// Bytes.
    pub size: u64,
}

/// Interrupt numbers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Interrupts {
    /// Largest number.
    pub max: u32,
    /// Kernel tick.
    pub kernel_timer: u32,
    /// Virtual timer of guests.
    pub virtual_timer: u32,
    /// Maintenance of the virtual interrupt controller.
    pub vgic_maintenance: u32,
}

/// Devices of the kernel.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct KernelDevices {
    /// The interrupt controller of kernels for GICv2.
    pub gic_v2: GicV2,
    /// The interrupt controller of kernels for GICv3.
    pub gic_v3: GicV3,
    /// UART for prints, a PL011.
    pub uart: KernelDevice,
}

/// The parts of a GICv2.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct GicV2 {
    /// GICD.
    pub distributor: KernelDevice,
    /// GICC.
    pub cpu_interface: KernelDevice,
    /// GICH.
    pub virtual_interface_control: KernelDevice,
}

/// The parts of a GICv3 that are in memory.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct GicV3 {
    /// GICD.
    pub distributor: KernelDevice,
    /// GICR of all processors.
    pub redistributors: KernelDevice,
}

/// Registers of a device.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct KernelDevice {
    /// Path of the device tree node.
    pub node: String,
    /// Index in the node's `reg`.
    pub reg: usize,
    /// Physical address.
    pub address: u64,
    /// Bytes.
    #[serde(default = "one_page")]
    pub size: u64,
    /// Whether user space gets the registers too.
    #[serde(default)]
    pub user: bool,
}

const fn one_page() -> u64 {
    PAGE
}

impl KernelDevices {
    /// Those of a machine with this interrupt controller.
    pub fn with_gic(&self, gic: Gic) -> Vec<&KernelDevice> {
        let mut devices = match gic {
            Gic::V2 => {
                let gic = &self.gic_v2;
                vec![&gic.distributor, &gic.cpu_interface, &gic.virtual_interface_control]
            }
            Gic::V3 => vec![&self.gic_v3.distributor, &self.gic_v3.redistributors],
        };
        devices.push(&self.uart);
        devices
    }
}

impl Platform {
    /// A platform that this project has.
    pub fn built_in(name: &str) -> Result<Self> {
        match BUILT_IN.iter().find(|(known, _)| *known == name) {
            Some((name, text)) => Self::parse(&format!("platforms/{name}/platform.toml"), text),
            None => {
                let known: Vec<_> = BUILT_IN.iter().map(|(name, _)| *name).collect();
                Err(Error::format(
                    "platforms",
                    format!(
                        "there is no platform \"{name}\", expected one of: {}",
                        known.join(", ")
                    ),
                ))
            }
        }
    }

    /// Reads a `platform.toml`.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(Error::io(path))?;
        Self::parse(&path.display().to_string(), &text)
    }

    /// Reads the text of a `platform.toml`; `file` is its name, for messages.
    pub fn parse(file: &str, text: &str) -> Result<Self> {
        let platform: Self = toml::from_str(text).map_err(|error| Error::format(file, error))?;
        for device in Gic::ALL.iter().flat_map(|gic| platform.kernel_devices.with_gic(*gic)) {
            if !(device.address | device.size).is_multiple_of(PAGE) {
                return Err(Error::format(
                    file,
                    format!(
                        "the kernel device {} has {:#x} bytes at {:#x}, expected multiples of \
                         {PAGE:#x}",
                        device.node, device.size, device.address
                    ),
                ));
            }
        }
        Ok(platform)
    }

    /// Arguments of QEMU for the machine that the kernel is configured for: machine, processor
    /// and RAM.
    pub fn qemu_arguments(&self, config: &KernelConfig) -> Vec<String> {
        let values = [
            ("-machine", self.qemu.machine(config.gic)),
            ("-cpu", config.cpu.name().to_owned()),
            ("-smp", String::from("1")),
            ("-m", config.memory_mib.to_string()),
        ];
        values
            .into_iter()
            .flat_map(|(option, value)| [option.to_owned(), value])
            .chain([String::from("-nographic")])
            .collect()
    }

    /// Arguments of QEMU that make it write the machine's device tree to `file` and end.
    pub fn qemu_dump_arguments(&self, config: &KernelConfig, file: &Path) -> Vec<String> {
        let mut arguments = self.qemu_arguments(config);
        arguments[1].push_str(&format!(",dumpdtb={}", file.display()));
        arguments
    }

    /// The memory map of a machine with one bank of RAM.
    pub fn regions(&self, config: &KernelConfig) -> Result<Regions> {
        let size = config.memory_mib.saturating_mul(MIB);
        self.divide(config, &[Region::with_size(self.ram_start, size)])
    }

    /// The memory map of a machine with these banks of RAM.
    pub(crate) fn divide(&self, config: &KernelConfig, ram: &[Region]) -> Result<Regions> {
        let wrong = |reason: String| Err(Error::format(format!("platform {}", self.name), reason));
        let reserved: Vec<_> = self
            .reserved_memory
            .iter()
            .map(|memory| Region::with_size(memory.start, memory.size))
            .collect();
        for region in &reserved {
            if !ram.iter().any(|bank| bank.start <= region.start && region.end <= bank.end) {
                return wrong(format!(
                    "reserved memory {:#x} to {:#x} lies outside RAM, expected more RAM than {} MiB",
                    region.start,
                    region.end,
                    mib(ram)
                ));
            }
        }
        let devices: Vec<_> = self
            .kernel_devices
            .with_gic(config.gic)
            .into_iter()
            .filter(|device| !device.user)
            .map(|device| Region::with_size(device.address, device.size))
            .collect();
        let top = 1 << config.cpu.pa_size().bits();
        let regions = Regions::divide(top, ram, &reserved, &devices);
        let load = self.kernel_load_address;
        if !regions.memory.iter().any(|region| region.contains(load)) {
            return wrong(format!(
                "the kernel's load address {load:#x} lies outside the RAM that isn't reserved, \
                 expected more RAM than {} MiB",
                mib(ram)
            ));
        }
        Ok(regions)
    }
}

/// Size of all banks in MiB.
fn mib(banks: &[Region]) -> u64 {
    let sum = |sum: u64, bank: &Region| sum.saturating_add(bank.size());
    banks.iter().fold(0, sum) / MIB
}

#[cfg(test)]
#[path = "platform_test.rs"]
mod test;
