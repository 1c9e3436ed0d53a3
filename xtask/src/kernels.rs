//! The kernels that everything runs on: the embedded one, built here, or an installed one.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use sel4_prefix::{Cpu, Gic, KernelConfig, Platform, Prefix};

use crate::build;
use crate::qemu::Machine;
use crate::toolchain::Toolchain;

/// The only platform so far, by seL4's name.
pub const PLATFORM: &str = "qemu-arm-virt";
/// The kernel's options for CPUs, and QEMU's names of them.
const CPUS: [(&str, &str); 3] = [
    ("ARM_CORTEX_A53", "cortex-a53"),
    ("ARM_CORTEX_A57", "cortex-a57"),
    ("ARM_CORTEX_A72", "cortex-a72"),
];
const MIB: u64 = 1 << 20;

/// Which kernel a command uses.
#[derive(clap::Args, Debug, Clone, Default)]
pub struct KernelOptions {
    /// Platform of the kernel
    #[arg(long, value_parser = [PLATFORM], default_value = PLATFORM)]
    pub platform: String,
    /// CPU of the embedded kernel [default: cortex-a53]
    #[arg(long, value_name = "CPU", value_parser = ["cortex-a53", "cortex-a57", "cortex-a72"])]
    pub kernel_cpu: Option<String>,
    /// Interrupt controller of the embedded kernel [default: 2]
    #[arg(long, value_name = "VERSION", value_parser = ["2", "3"])]
    pub kernel_gic: Option<String>,
    /// RAM of the embedded kernel's machine, in MiB [default: 2048]
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u64).range(1024..=8192))]
    pub kernel_memory: Option<u64>,
    /// Use the embedded kernel without debug calls and output
    #[arg(long)]
    pub release_kernel: bool,
    /// Use the embedded kernel even if SEL4_PREFIX names an installed one
    #[arg(long)]
    pub embedded: bool,
}

/// A kernel that is ready to be used.
pub struct Kernel {
    /// A name for people and for directories.
    pub name: String,
    /// What it consists of.
    pub prefix: Prefix,
}

/// The prefix that `SEL4_PREFIX` names, if it is set.
pub fn installed_path() -> Option<PathBuf> {
    let value = std::env::var_os("SEL4_PREFIX")?;
    (!value.is_empty()).then(|| value.into())
}

/// The settings of the embedded kernel on `cpu`.
pub fn embedded_config(cpu: Cpu, debug: bool) -> KernelConfig {
    KernelConfig { cpu, debug, ..KernelConfig::default() }
}

/// The settings of the embedded kernel that the tests run on.
pub fn tested() -> Vec<KernelConfig> {
    let usual = KernelConfig::default();
    vec![
        usual.clone(),
        embedded_config(Cpu::CortexA57, true),
        KernelConfig { cpu: Cpu::CortexA72, gic: Gic::V3, memory_mib: 8192, ..usual },
        embedded_config(Cpu::CortexA53, false),
    ]
}

/// The name of the embedded kernel with these settings, as `embedded-a53-debug`.
pub fn embedded_name(config: &KernelConfig) -> String {
    let cpu = config.cpu.name().trim_start_matches("cortex-");
    let gic = if config.gic == Gic::V3 { "-gicv3" } else { "" };
    let flavour = if config.debug { "debug" } else { "release" };
    let usual = KernelConfig::default().memory_mib;
    let memory = match config.memory_mib {
        memory if memory == usual => String::new(),
        memory => format!("-{memory}m"),
    };
    format!("embedded-{cpu}{gic}-{flavour}{memory}")
}

impl KernelOptions {
    /// The options that choose the embedded kernel with these settings.
    pub fn of(config: &KernelConfig) -> Self {
        Self {
            platform: PLATFORM.to_owned(),
            kernel_cpu: Some(config.cpu.name().to_owned()),
            kernel_gic: Some(if config.gic == Gic::V3 { "3" } else { "2" }.to_owned()),
            kernel_memory: Some(config.memory_mib),
            release_kernel: !config.debug,
            embedded: true,
        }
    }

    /// The kernel that the options and the environment choose.
    pub fn select(&self, toolchain: &Toolchain) -> Result<Kernel> {
        let installed = installed_path().filter(|_| !self.embedded);
        if let Some(path) = installed {
            if self.kernel_cpu.is_some()
                || self.kernel_gic.is_some()
                || self.kernel_memory.is_some()
                || self.release_kernel
            {
                bail!(
                    "SEL4_PREFIX is set to {}, and --kernel-cpu, --kernel-gic, --kernel-memory and \
                     --release-kernel are options of the embedded kernel: unset it or add \
                     --embedded",
                    path.display()
                );
            }
            return Kernel::installed(&path).context("SEL4_PREFIX");
        }
        let cpu = self.kernel_cpu.as_deref().unwrap_or("cortex-a53");
        let cpu = Cpu::from_name(cpu).with_context(|| format!("unknown CPU {cpu}"))?;
        let gic = if self.kernel_gic.as_deref() == Some("3") { Gic::V3 } else { Gic::V2 };
        let usual = embedded_config(cpu, !self.release_kernel);
        let memory_mib = self.kernel_memory.unwrap_or(usual.memory_mib);
        Kernel::embedded(toolchain, &KernelConfig { gic, memory_mib, ..usual })
    }
}

impl Kernel {
    /// Builds the embedded kernel and its prefix.
    pub fn embedded(toolchain: &Toolchain, config: &KernelConfig) -> Result<Self> {
        let name = embedded_name(config);
        let path = build::embedded_prefix(toolchain, config, &name)?;
        let prefix = Prefix::open(path)?;
        Ok(Self { name, prefix })
    }

    /// Takes the kernel installed at `path`, if it will do.
    pub fn installed(path: &Path) -> Result<Self> {
        // Build scripts run in directories of their own: a relative path would mean another place.
        let path = path.canonicalize().with_context(|| {
            format!("{}: no such directory, expected an installed seL4 kernel", path.display())
        })?;
        let prefix = Prefix::open(&path)?;
        prefix.check(PLATFORM)?;
        let last = path.file_name().unwrap_or_default().to_string_lossy();
        Ok(Self { name: format!("installed-{last}"), prefix })
    }

    /// Whether it prints what user programs ask it to.
    pub fn prints(&self) -> bool {
        self.prefix.config().is_enabled("PRINTING")
    }

    /// Whether it was built here.
    pub fn is_embedded(&self) -> bool {
        self.name.starts_with("embedded-")
    }

    /// The board that this kernel was built for.
    pub fn machine(&self) -> Result<Machine> {
        let platform = Platform::built_in(PLATFORM)?;
        let path = self.prefix.path().display();
        let cpu = CPUS
            .iter()
            .find(|(option, _)| self.prefix.config().is_enabled(option))
            .with_context(|| {
                let names = CPUS.map(|(option, _)| option).join(", ");
                format!("{path}: none of {names} is on in gen_config.json")
            })?;
        let end = self.prefix.regions()?.memory.iter().map(|region| region.end).max();
        let start = platform.ram_start;
        let end = end
            .filter(|end| *end > start)
            .with_context(|| format!("{path}: platform_gen.json has no memory above {start:#x}"))?;
        Ok(Machine {
            machine: platform.qemu.machine(Gic::of(self.prefix.config())),
            binary: platform.qemu.binary,
            cpu: cpu.1.to_owned(),
            memory_mib: (end - start).div_ceil(MIB),
        })
    }

    /// Whether an embedded kernel with this configuration has the identical options.
    pub fn has_config(&self, config: &KernelConfig) -> bool {
        let of_prefix = self.prefix.config();
        let different = |(name, value): (&str, &_)| of_prefix.get(name) != Some(value);
        !config.kernel_options().iter().any(different)
    }
}
