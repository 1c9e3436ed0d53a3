//! The configuration of the embedded kernel.
//!
//! Binary compatibility is defined by an identical `gen_config.json`: a program built for the C
//! kernel with some configuration runs on the embedded kernel with the same one. So the generator
//! here writes, byte by byte, what the C kernel's build writes for the same settings. Options
//! that don't concern the ABI (`FASTPATH`, optimisation levels, ...) have the C kernel's defaults.

mod options;

use std::fmt::Write;

use sel4_abi::aarch64::PaSize;
use sel4_idl::config::{Config, Value};

use crate::error::{Error, Result};
use options::Setting;

/// A processor that the embedded kernel can be configured for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cpu {
    /// Cortex-A53, 40-bit physical addresses.
    CortexA53,
    /// Cortex-A57, 44-bit physical addresses.
    CortexA57,
    /// Cortex-A72, 44-bit physical addresses.
    CortexA72,
}

impl Cpu {
    /// The processors.
    pub const ALL: [Self; 3] = [Self::CortexA53, Self::CortexA57, Self::CortexA72];

    /// The name, as QEMU's `-cpu` takes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CortexA53 => "cortex-a53",
            Self::CortexA57 => "cortex-a57",
            Self::CortexA72 => "cortex-a72",
        }
    }

    /// The option of the kernel's configuration.
    const fn option(self) -> &'static str {
        match self {
            Self::CortexA53 => "ARM_CORTEX_A53",
            Self::CortexA57 => "ARM_CORTEX_A57",
            Self::CortexA72 => "ARM_CORTEX_A72",
        }
    }

    /// The processor with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cpu| cpu.name() == name)
    }

    /// Width of physical addresses.
    pub const fn pa_size(self) -> PaSize {
        match self {
            Self::CortexA53 => PaSize::Bits40,
            Self::CortexA57 | Self::CortexA72 => PaSize::Bits44,
        }
    }
}

/// The interrupt controller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gic {
    /// GICv2.
    V2,
    /// GICv3, with its registers instead of memory for the processor's part.
    V3,
}

impl Gic {
    /// The interrupt controllers.
    pub const ALL: [Self; 2] = [Self::V2, Self::V3];

    /// The number of the architecture's version.
    pub const fn version(self) -> u32 {
        match self {
            Self::V2 => 2,
            Self::V3 => 3,
        }
    }

    /// The interrupt controller that a kernel with these options is built for.
    pub fn of(options: &Config) -> Self {
        if options.is_enabled("ARM_GIC_V3_SUPPORT") { Self::V3 } else { Self::V2 }
    }
}

/// Settings of the embedded kernel: AArch64 hypervisor, not MCS, one node, counters and the
/// physical timer exported to user space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KernelConfig {
    /// Processor.
    pub cpu: Cpu,
    /// Interrupt controller.
    pub gic: Gic,
    /// Debug system calls and printing.
    pub debug: bool,
    /// Size of the first thread's CNode (log2 of slots).
    pub root_cnode_bits: u32,
    /// RAM of the machine in MiB. Not a part of `gen_config.json`.
    pub memory_mib: u64,
}

impl Default for KernelConfig {
    fn default() -> Self {
        Self {
            cpu: Cpu::CortexA53,
            gic: Gic::V2,
            debug: true,
            root_cnode_bits: 18,
            memory_mib: 2048,
        }
    }
}

impl KernelConfig {
    /// Sizes of the root CNode that work (log2 of slots): from what this project needs to what
    /// the kernel can place.
    pub const ROOT_CNODE_BITS: std::ops::RangeInclusive<u32> = 17..=26;

    /// Whether a kernel can have these settings.
    pub fn check(&self) -> Result<()> {
        if Self::ROOT_CNODE_BITS.contains(&self.root_cnode_bits) {
            return Ok(());
        }
        Err(Error::format(
            "kernel configuration",
            format!(
                "the root CNode has 2^{} slots, expected 2^{} to 2^{}",
                self.root_cnode_bits,
                Self::ROOT_CNODE_BITS.start(),
                Self::ROOT_CNODE_BITS.end()
            ),
        ))
    }

    /// The settings that give these options, with the default size of RAM. Other options than
    /// those that the settings decide must have the values that they always have; `file` is the
    /// configuration's name, for messages.
    pub fn from_options(file: &str, options: &Config) -> Result<Self> {
        let cpu =
            Cpu::ALL.into_iter().find(|cpu| options.is_enabled(cpu.option())).ok_or_else(|| {
                let names = Cpu::ALL.map(Cpu::name).join(", ");
                let reason = "no processor of the embedded kernel is on, expected one of: ";
                Error::format(file, format!("{reason}{names}"))
            })?;
        let bits = options.number("ROOT_CNODE_SIZE_BITS");
        let config = Self {
            cpu,
            gic: Gic::of(options),
            debug: options.is_enabled("DEBUG_BUILD"),
            root_cnode_bits: bits.and_then(|bits| u32::try_from(bits).ok()).unwrap_or(0),
            ..Self::default()
        };
        for (name, expected) in config.kernel_options().iter() {
            let found = options.get(name);
            if found != Some(expected) {
                let found = found.map_or_else(|| String::from("not set"), ToString::to_string);
                return Err(Error::format(
                    file,
                    format!(
                        "{name} is {found}, expected {expected}: the embedded kernel has no other \
                         setting"
                    ),
                ));
            }
        }
        config.check()?;
        Ok(config)
    }

    /// The options of the kernel by name.
    pub fn kernel_options(&self) -> Config {
        self.values(options::KERNEL).collect()
    }

    /// Text of `libsel4/include/kernel/gen_config.json`.
    pub fn kernel_json(&self) -> String {
        json(self.values(options::KERNEL))
    }

    /// Text of `libsel4/include/sel4/gen_config.json`.
    pub fn libsel4_json(&self) -> String {
        json(self.values(options::LIBSEL4))
    }

    fn values(
        &self, table: &'static [(&'static str, Setting)],
    ) -> impl Iterator<Item = (&'static str, Value)> {
        table.iter().map(|&(name, setting)| (name, self.value(setting)))
    }

    fn value(&self, setting: Setting) -> Value {
        let text = |text: &str| Value::Text(text.to_owned());
        match setting {
            Setting::Off => Value::Bool(false),
            Setting::On => Value::Bool(true),
            Setting::Text(value) => text(value),
            Setting::Cpu(cpu) => Value::Bool(cpu == self.cpu),
            Setting::PaBits(bits) => Value::Bool(bits == self.cpu.pa_size().bits()),
            Setting::GicV3Only => Value::Bool(self.gic == Gic::V3),
            Setting::CpuOrEmpty(cpu) if cpu == self.cpu => Value::Bool(true),
            Setting::CpuOrEmpty(_) => text(""),
            Setting::DebugOnly => Value::Bool(self.debug),
            Setting::DebugText(debug, release) => text(if self.debug { debug } else { release }),
            Setting::PaddrTop => text(&(1_u64 << self.cpu.pa_size().bits()).to_string()),
            Setting::RootCNodeBits => text(&self.root_cnode_bits.to_string()),
        }
    }
}

/// Writes a flat object. No name or value of the tables needs an escape.
fn json(values: impl Iterator<Item = (&'static str, Value)>) -> String {
    let mut out = String::from("{");
    for (name, value) in values {
        if out.len() > 1 {
            out.push(',');
        }
        let _ = write!(out, "\n    \"{name}\": {value}");
    }
    out.push_str("\n}");
    out
}

#[cfg(test)]
mod test {
    use super::*;

    fn differences(one: &KernelConfig, other: &KernelConfig) -> Vec<String> {
        let other = other.kernel_options();
        let mut found = Vec::new();
        for (name, value) in one.kernel_options().iter() {
            let theirs = other.get(name).unwrap();
            if value != theirs {
                found.push(format!("{name} {value} {theirs}"));
            }
        }
        found
    }

    #[test]
    fn debug_changes_what_the_c_build_changes() {
        let debug = KernelConfig::default();
        let release = KernelConfig { debug: false, ..debug.clone() };
        assert_eq!(
            differences(&debug, &release),
            [
                "COLOUR_PRINTING true false",
                "DEBUG_BUILD true false",
                "IRQ_REPORTING true false",
                "PRINTING true false",
                "USER_STACK_TRACE_LENGTH \"16\" \"0\"",
            ]
        );
    }

    #[test]
    fn the_processor_changes_what_the_c_build_changes() {
        let a53 = KernelConfig::default();
        let a57 = KernelConfig { cpu: Cpu::CortexA57, root_cnode_bits: 17, ..a53.clone() };
        assert_eq!(
            differences(&a53, &a57),
            [
                "ARM_CORTEX_A53 true false",
                "ARM_CORTEX_A57 false true",
                "ARM_ICACHE_VIPT true \"\"",
                "ARM_PA_SIZE_BITS_40 true false",
                "ARM_PA_SIZE_BITS_44 false true",
                "PADDR_USER_DEVICE_TOP \"1099511627776\" \"17592186044416\"",
                "ROOT_CNODE_SIZE_BITS \"18\" \"17\"",
            ]
        );
    }

    #[test]
    fn the_interrupt_controller_changes_one_option() {
        let v2 = KernelConfig::default();
        let v3 = KernelConfig { gic: Gic::V3, ..v2.clone() };
        assert_eq!(differences(&v2, &v3), ["ARM_GIC_V3_SUPPORT false true"]);
        assert_eq!(Gic::of(&v3.kernel_options()), Gic::V3);
    }

    #[test]
    fn a_root_cnode_of_a_wrong_size_is_refused() {
        let check = |root_cnode_bits| {
            let config = KernelConfig { root_cnode_bits, ..KernelConfig::default() };
            config.check().map_err(|error| error.to_string())
        };
        assert_eq!(check(17), Ok(()));
        let text = "kernel configuration: the root CNode has 2^27 slots, expected 2^17 to 2^26";
        assert_eq!(check(27), Err(text.to_owned()));
    }

    #[test]
    fn json_is_what_a_json_parser_reads() {
        let config = KernelConfig::default();
        let text = config.kernel_json();
        let parsed: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&text).unwrap();
        assert_eq!(parsed.len(), options::KERNEL.len(), "every name once");
        assert_eq!(parsed["PLAT"], "qemu-arm-virt");
        assert_eq!(parsed["KERNEL_MCS"], false);
        assert!(text.starts_with("{\n    \"ARM_HIKEY_OUTSTANDING_PREFETCHERS\": \"0\",\n"));
        assert!(text.ends_with("\n    \"VTIMER_UPDATE_VOFFSET\": false\n}"));
    }

    #[test]
    fn labels_of_this_configuration_are_the_abis() {
        let files = &sel4_abi::interfaces::FILES[..3];
        let interfaces =
            sel4_idl::interfaces::Interfaces::parse_all(files.iter().copied()).unwrap();
        let config = KernelConfig::default().kernel_options();
        let names: Vec<_> =
            sel4_abi::InvocationLabel::ALL.iter().map(|label| label.name()).collect();
        assert_eq!(interfaces.labels(&config).unwrap(), names);
    }
}
