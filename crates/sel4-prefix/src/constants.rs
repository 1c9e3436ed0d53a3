//! Constants for building the embedded kernel, as Rust source.

use std::fmt::Write;
use std::path::Path;

use sel4_idl::config::{Config, Value};

use crate::error::{Error, Result};
use crate::kernel_config::KernelConfig;
use crate::platform::{KernelDevice, Platform};
use crate::prefix::read_config;
use crate::regions::{Region, Regions};

/// Environment variable of the kernel's build script: a directory with [`CONFIG_FILE`] and
/// [`REGIONS_FILE`]. Without it, the build is for [`KernelConfig::default`].
pub const KERNEL_CONFIG_ENV: &str = "CARAVAN_KERNEL_CONFIG";

/// The kernel's configuration in that directory.
pub const CONFIG_FILE: &str = "gen_config.json";

/// The memory map in that directory.
pub const REGIONS_FILE: &str = "platform_gen.json";

/// Numbers of the configuration that become constants: option, name, type and what it is.
const NUMBERS: [(&str, &str, &str); 9] = [
    ("ROOT_CNODE_SIZE_BITS", "u32", "Slots of the first thread's CNode (log2)."),
    ("TIMER_TICK_MS", "u64", "Time between scheduler ticks, in milliseconds."),
    ("TIME_SLICE", "usize", "Ticks of a time slice."),
    ("MAX_NUM_BOOTINFO_UNTYPED_CAPS", "usize", "Untypeds that the boot information lists at most."),
    ("RETYPE_FAN_OUT_LIMIT", "usize", "Objects that one `UntypedRetype` creates at most."),
    ("MAX_NUM_WORK_UNITS_PER_PREEMPTION", "usize", "Units of work between two preemption points."),
    ("RESET_CHUNK_BITS", "u32", "Bytes that are cleared between two preemption points (log2)."),
    ("NUM_PRIORITIES", "usize", "Priorities."),
    ("NUM_DOMAINS", "usize", "Scheduling domains."),
];

/// Switches of the configuration that become constants.
const SWITCHES: [(&str, &str); 7] = [
    ("ARM_GIC_V3_SUPPORT", "Whether the interrupt controller is a GICv3."),
    ("DEBUG_BUILD", "Whether there are debug system calls."),
    ("PRINTING", "Whether the kernel prints."),
    ("AARCH64_USER_CACHE_ENABLE", "Whether user space may maintain caches."),
    ("EXPORT_PCNT_USER", "Whether user space reads the physical counter."),
    ("EXPORT_PTMR_USER", "Whether user space has the physical timer."),
    ("DISABLE_WFI_WFE_TRAPS", "Whether guests wait without a trap."),
];

/// Rust source with the constants that the embedded kernel is built with, from its
/// configuration, its memory map and its platform. Addresses are `usize`.
pub fn kernel_constants(config: &Config, regions: &Regions, platform: &Platform) -> Result<String> {
    let mut out = Source::default();
    out.constant("PA_BITS", "u32", pa_bits(config)?, "Bits of a physical address.");
    for (name, ty, doc) in NUMBERS {
        out.constant(name, ty, number(config, name)?, doc);
    }
    for (name, doc) in SWITCHES {
        out.constant(name, "bool", switch(config, name)?, doc);
    }
    out.constant(
        "PHYS_BASE",
        "usize",
        hex(platform.kernel_load_address),
        "Physical address where the kernel image starts.",
    );
    out.regions("MEMORY", &regions.memory, "RAM that the kernel manages, its own image included.");
    out.regions(
        "DEVICES",
        &regions.devices,
        "Physical addresses that are given out as device untypeds, RAM reserved for guests \
         included.",
    );
    let reserved: Vec<_> = platform
        .reserved_memory
        .iter()
        .map(|memory| Region::with_size(memory.start, memory.size))
        .collect();
    out.regions(
        "RESERVED",
        &reserved,
        "RAM within [`DEVICES`]; neither loader nor kernel may touch it.",
    );
    let devices = &platform.kernel_devices;
    if switch(config, "ARM_GIC_V3_SUPPORT")? {
        out.device("GICD", &devices.gic_v3.distributor, "GIC distributor");
        out.device("GICR", &devices.gic_v3.redistributors, "GIC redistributors");
    } else {
        let gic = &devices.gic_v2;
        out.device("GICD", &gic.distributor, "GIC distributor");
        out.device("GICC", &gic.cpu_interface, "GIC CPU interface");
        out.device("GICH", &gic.virtual_interface_control, "GIC virtual interface control");
    }
    out.device("UART", &devices.uart, "UART");
    out.constant(
        "TIMER_FREQUENCY",
        "u64",
        platform.timer_frequency,
        "Frequency of the generic timer in Hz.",
    );
    let irqs = &platform.interrupts;
    for (name, value, doc) in [
        ("MAX_IRQ", irqs.max, "Largest interrupt number."),
        ("KERNEL_TIMER_IRQ", irqs.kernel_timer, "Interrupt of the tick."),
        ("VIRTUAL_TIMER_IRQ", irqs.virtual_timer, "Interrupt of guests' virtual timer."),
        (
            "VGIC_MAINTENANCE_IRQ",
            irqs.vgic_maintenance,
            "Maintenance interrupt of the virtual interrupt controller.",
        ),
    ] {
        out.constant(name, "usize", value, doc);
    }
    Ok(out.text)
}

/// [`kernel_constants`] for a directory with [`CONFIG_FILE`] and [`REGIONS_FILE`], or, without
/// one, for the default configuration on QEMU.
pub fn kernel_constants_from(dir: Option<&Path>) -> Result<String> {
    let Some(dir) = dir else {
        let config = KernelConfig::default();
        let options = config.kernel_options();
        let platform = platform_of("the default configuration", &options)?;
        return kernel_constants(&options, &platform.regions(&config)?, &platform);
    };
    let config_file = dir.join(CONFIG_FILE);
    let config = read_config(&config_file)?;
    KernelConfig::from_options(&config_file.display().to_string(), &config)?;
    let platform = platform_of(&config_file.display().to_string(), &config)?;
    let regions_file = dir.join(REGIONS_FILE);
    let text = std::fs::read_to_string(&regions_file).map_err(Error::io(&regions_file))?;
    let regions = Regions::from_json(&regions_file.display().to_string(), &text)?;
    kernel_constants(&config, &regions, &platform)
}

fn platform_of(file: &str, config: &Config) -> Result<Platform> {
    match config.text("PLAT") {
        Some(name) => Platform::built_in(name),
        None => Err(Error::format(file, "PLAT is not set, expected the name of a platform")),
    }
}

fn pa_bits(config: &Config) -> Result<u32> {
    match (config.is_enabled("ARM_PA_SIZE_BITS_40"), config.is_enabled("ARM_PA_SIZE_BITS_44")) {
        (true, false) => Ok(40),
        (false, true) => Ok(44),
        _ => Err(Error::format(
            CONFIG_FILE,
            "expected exactly one of ARM_PA_SIZE_BITS_40 and ARM_PA_SIZE_BITS_44 to be true",
        )),
    }
}

fn number(config: &Config, name: &str) -> Result<u64> {
    config.number(name).ok_or_else(|| wrong(config, name, "a decimal number in a string"))
}

fn switch(config: &Config, name: &str) -> Result<bool> {
    match config.get(name) {
        Some(Value::Bool(value)) => Ok(*value),
        _ => Err(wrong(config, name, "true or false")),
    }
}

fn wrong(config: &Config, name: &str, expected: &str) -> Error {
    let found = config.get(name).map_or_else(|| String::from("not set"), ToString::to_string);
    Error::format(CONFIG_FILE, format!("{name} is {found}, expected {expected}"))
}

fn hex(value: u64) -> String {
    format!("{value:#x}")
}

#[derive(Default)]
struct Source {
    text: String,
}

impl Source {
    fn constant(&mut self, name: &str, ty: &str, value: impl std::fmt::Display, doc: &str) {
        let _ = writeln!(self.text, "/// {doc}\npub const {name}: {ty} = {value};");
    }

    fn regions(&mut self, name: &str, regions: &[Region], doc: &str) {
        let list: Vec<_> = regions
            .iter()
            .map(|region| format!("{:#x}..{:#x}", region.start, region.end))
            .collect();
        let ty = format!("[::core::ops::Range<usize>; {}]", regions.len());
        // Clippy takes an array of one range for a mistake.
        let doc = format!("{doc}\n#[allow(clippy::single_range_in_vec_init)]");
        self.constant(name, &ty, format!("[{}]", list.join(", ")), &doc);
    }

    fn device(&mut self, name: &str, device: &KernelDevice, what: &str) {
        let doc = format!("Physical address of the {what}, {}.", device.node);
        self.constant(&format!("{name}_BASE"), "usize", hex(device.address), &doc);
    }
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn default_build_is_the_a53_debug_kernel() {
        let text = kernel_constants_from(None).unwrap();
        let lines: Vec<_> = text.lines().filter(|line| !line.starts_with("///")).collect();
        for expected in [
            "pub const PA_BITS: u32 = 40;",
            "pub const ROOT_CNODE_SIZE_BITS: u32 = 18;",
            "pub const TIMER_TICK_MS: u64 = 2;",
            "pub const TIME_SLICE: usize = 5;",
            "pub const DEBUG_BUILD: bool = true;",
            "pub const PHYS_BASE: usize = 0x60000000;",
            "pub const MEMORY: [::core::ops::Range<usize>; 1] = [0x60000000..0xc0000000];",
            "pub const RESERVED: [::core::ops::Range<usize>; 1] = [0x40000000..0x60000000];",
            "pub const GICH_BASE: usize = 0x8030000;",
            "pub const TIMER_FREQUENCY: u64 = 62500000;",
            "pub const MAX_IRQ: usize = 159;",
        ] {
            assert!(lines.contains(&expected), "no line {expected} in\n{text}");
        }
    }

    #[test]
    fn a_directory_gives_what_was_written_to_it() {
        let dir = tempfile::tempdir().unwrap();
        let config = KernelConfig { debug: false, root_cnode_bits: 17, ..KernelConfig::default() };
        let platform = Platform::built_in("qemu-arm-virt").unwrap();
        let regions = platform.regions(&config).unwrap();
        crate::export::export_kernel_config(dir.path(), &config, &regions).unwrap();
        let text = kernel_constants_from(Some(dir.path())).unwrap();
        assert!(text.contains("PRINTING: bool = false;"));
        assert!(text.contains("ROOT_CNODE_SIZE_BITS: u32 = 17;"));
    }

    #[test]
    fn a_configuration_that_the_kernel_lacks_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let config = KernelConfig::default();
        let file = dir.path().join(CONFIG_FILE);
        let text = config.kernel_json();
        let error = |old, new| {
            std::fs::write(&file, text.replace(old, new)).unwrap();
            let error = kernel_constants_from(Some(dir.path())).unwrap_err();
            error.to_string().replace(&file.display().to_string(), "F")
        };
        assert_eq!(
            error("\"KERNEL_MCS\": false", "\"KERNEL_MCS\": true"),
            "F: KERNEL_MCS is true, expected false: the embedded kernel has no other setting"
        );
        assert_eq!(
            error("\"NUM_DOMAINS\": \"1\",", ""),
            "F: NUM_DOMAINS is not set, expected \"1\": the embedded kernel has no other setting"
        );
        assert_eq!(
            error("\"ARM_CORTEX_A53\": true", "\"ARM_CORTEX_A53\": false"),
            "F: no processor of the embedded kernel is on, expected one of: cortex-a53, cortex-a57, cortex-a72"
        );
    }

    #[test]
    fn errors_name_option_and_value() {
        let platform = Platform::built_in("qemu-arm-virt").unwrap();
        let error = |name: &str, value| {
            let mut config = KernelConfig::default().kernel_options();
            config.insert(name, value);
            kernel_constants(&config, &Regions::default(), &platform).unwrap_err().to_string()
        };
        assert_eq!(
            error("TIME_SLICE", Value::Text("five".into())),
            "gen_config.json: TIME_SLICE is \"five\", expected a decimal number in a string"
        );
        assert_eq!(
            error("PRINTING", Value::Text(String::new())),
            "gen_config.json: PRINTING is \"\", expected true or false"
        );
        assert_eq!(
            error("ARM_PA_SIZE_BITS_44", Value::Bool(true)),
            "gen_config.json: expected exactly one of ARM_PA_SIZE_BITS_40 and \
             ARM_PA_SIZE_BITS_44 to be true"
        );
    }
}
