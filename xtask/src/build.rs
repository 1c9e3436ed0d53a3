//! Builds of the bare-metal programs: kernel, loader, root tasks, and images of them.
//!
//! Each kind has its own target directory, so that builds neither wait for each other's lock nor
//! throw away each other's results. Caller's flags are cleared (see `workspace`): the linker
//! scripts come from the crates' build scripts.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Context, Result};
use boot_image::{DeviceTree, Format, Input, InstalledKernel, Packed};
use sel4_prefix::{KernelConfig, Platform};

use crate::command;
use crate::kernels::{Kernel, PLATFORM};
use crate::progress::say;
use crate::toolchain::{KERNEL_TARGET, Toolchain, USER_TARGET};
use crate::workspace;

const LIMIT: Duration = Duration::from_secs(900);
const QEMU_LIMIT: Duration = Duration::from_secs(30);

/// A program that the kernel can start as root task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum RootTask {
    /// Lists what the kernel hands to the first thread
    Demo,
    /// The tests of the kernel's API
    KernelApi,
    /// The measurements of the kernel's operations
    KernelBench,
    /// Random system calls of a task with random capabilities
    SystemCalls,
    /// A Linux guest, of the files that GUEST_KERNEL and GUEST_INITRD name
    GuestBoot,
}

impl RootTask {
    /// All root tasks that need nothing else.
    pub const ALL: [Self; 4] = [Self::Demo, Self::KernelApi, Self::KernelBench, Self::SystemCalls];

    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Demo => "demo",
            Self::KernelApi => "kernel-api",
            Self::KernelBench => "kernel-bench",
            Self::SystemCalls => "system-calls",
            Self::GuestBoot => "guest-boot",
        }
    }

    /// The package and its program.
    pub const fn package(self) -> &'static str {
        match self {
            Self::Demo => "root-task-demo",
            Self::KernelApi => "kernel-api-tests",
            Self::KernelBench => "kernel-bench",
            Self::SystemCalls => "system-call-fuzz",
            Self::GuestBoot => "guest-boot",
        }
    }

    /// The line that it prints when it is done.
    pub const fn sentinel(self) -> &'static str {
        match self {
            Self::Demo => "caravan: root task done",
            Self::KernelApi | Self::KernelBench | Self::SystemCalls | Self::GuestBoot => {
                "caravan: done"
            }
        }
    }
}

/// A cargo command for bare-metal crates: what it acts on, for which target, with which directory.
pub fn cargo(
    toolchain: &Toolchain, verb: &str, packages: &[&str], target: &str, name: &str,
) -> Command {
    let mut cargo = cargo_in(toolchain, workspace::root());
    cargo
        .args([verb, "--release", "--target", target])
        .arg("--target-dir")
        .arg(workspace::target_directory().join(name));
    for package in packages {
        cargo.args(["--package", package]);
    }
    cargo
}

/// A cargo command of that toolchain, in a folder.
pub fn cargo_in(toolchain: &Toolchain, folder: &Path) -> Command {
    let mut cargo = Command::new(toolchain.sysroot().join("bin/cargo"));
    workspace::clean_environment(&mut cargo);
    toolchain.apply(&mut cargo);
    cargo
        .current_dir(folder)
        .env("CARGO_TERM_COLOR", "never")
        // Of `memchr`, whose functions for vector registers are compiled and not called.
        .env("CARGO_FUTURE_INCOMPAT_REPORT_FREQUENCY", "never");
    cargo
}

/// Runs a build and returns the program that it made.
fn program(
    cargo: &mut Command, text: &str, name: &str, target: &str, package: &str,
) -> Result<PathBuf> {
    command::step("build", text, cargo, LIMIT)?;
    let directory = workspace::target_directory().join(name);
    Ok(directory.join(target).join("release").join(package))
}

/// The directory, below the target directory, of the builds of the kernel `name`.
pub fn kernel_directory(name: &str) -> String {
    format!("kernel/{name}")
}

/// The directory, below the target directory, of user programs for the kernel `name`.
pub fn user_directory(name: &str) -> String {
    format!("user/{name}")
}

/// Tells a build of the kernel its configuration, through a directory that its build script reads.
pub fn configure_kernel(cargo: &mut Command, config: &KernelConfig, name: &str) -> Result<()> {
    let platform = Platform::built_in(PLATFORM)?;
    let directory = workspace::target_directory().join("kernel-config").join(name);
    sel4_prefix::export::export_kernel_config(&directory, config, &platform.regions(config)?)?;
    cargo.env(sel4_prefix::constants::KERNEL_CONFIG_ENV, directory);
    Ok(())
}

/// Builds the embedded kernel and puts its prefix in place; returns the prefix.
pub fn embedded_prefix(
    toolchain: &Toolchain, config: &KernelConfig, name: &str,
) -> Result<PathBuf> {
    let directory = kernel_directory(name);
    let mut cargo = cargo(toolchain, "build", &["kernel"], KERNEL_TARGET, &directory);
    configure_kernel(&mut cargo, config, name)?;
    let text = format!("the kernel {name}");
    let kernel = program(&mut cargo, &text, &directory, KERNEL_TARGET, "kernel")?;

    let platform = Platform::built_in(PLATFORM)?;
    let path = workspace::target_directory().join("prefix").join(name);
    let machine = machine_device_tree(&platform, config)?;
    sel4_prefix::export(&path, &kernel, config, &platform, &machine)?;
    Ok(path)
}

/// The device tree of the emulated machine, as QEMU writes it.
fn machine_device_tree(platform: &Platform, config: &KernelConfig) -> Result<Vec<u8>> {
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("machine.dtb");
    let mut qemu = Command::new(&platform.qemu.binary);
    qemu.args(platform.qemu_dump_arguments(config, &file)).args(["-nic", "none"]);
    let outcome = command::capture(&mut qemu, QEMU_LIMIT, || ())?;
    fs::read(&file).with_context(|| {
        format!("{}\n`{}` wrote no device tree", outcome.output, command::Shown(&qemu))
    })
}

/// Builds a root task for `kernel`.
pub fn root_task(toolchain: &Toolchain, kernel: &Kernel, task: RootTask) -> Result<PathBuf> {
    let directory = user_directory(&kernel.name);
    let package = task.package();
    let mut cargo = cargo(toolchain, "build", &[package], USER_TARGET, &directory);
    cargo.env("SEL4_PREFIX", kernel.prefix.path());
    let text = format!("{package} for {}", kernel.name);
    program(&mut cargo, &text, &directory, USER_TARGET, package)
}

/// Builds a guest that runs on the bare (virtual) machine; returns the ELF file.
pub fn bare_guest(toolchain: &Toolchain, package: &str) -> Result<PathBuf> {
    let mut cargo = cargo(toolchain, "build", &[package], KERNEL_TARGET, "guest");
    program(&mut cargo, &format!("the guest {package}"), "guest", KERNEL_TARGET, package)
}

/// Builds programs of several packages for `kernel`; returns the directory that they are in.
pub fn user_programs(
    toolchain: &Toolchain, kernel: &Kernel, packages: &[&str], features: &[&str],
) -> Result<PathBuf> {
    let directory = user_directory(&kernel.name);
    let mut cargo = cargo(toolchain, "build", packages, USER_TARGET, &directory);
    cargo.env("SEL4_PREFIX", kernel.prefix.path());
    for feature in features {
        cargo.args(["--features", feature]);
    }
    let text = format!("{} for {}", packages.join(", "), kernel.name);
    command::step("build", &text, &mut cargo, LIMIT)?;
    Ok(workspace::target_directory().join(directory).join(USER_TARGET).join("release"))
}

/// Builds the loader, which is the same for all images: built once in a run of xtask.
pub fn loader(toolchain: &Toolchain) -> Result<PathBuf> {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    if let Some(path) = BUILT.get() {
        return Ok(path.clone());
    }
    let mut cargo = cargo(toolchain, "build", &["loader"], KERNEL_TARGET, "loader");
    let path = program(&mut cargo, "the loader", "loader", KERNEL_TARGET, "loader")?;
    Ok(BUILT.get_or_init(|| path).clone())
}

/// What images of one root task on one kernel are packed from.
pub struct Parts {
    installed: InstalledKernel,
    loader: Input,
    root_task: Input,
}

impl Parts {
    /// Builds or reads them.
    pub fn new(toolchain: &Toolchain, kernel: &Kernel, task: RootTask) -> Result<Self> {
        let root_task = root_task(toolchain, kernel, task)?;
        Self::with(toolchain, kernel, Input::read(&root_task)?)
    }

    /// As [`new`](Self::new), with a root task that was built already.
    pub fn with(toolchain: &Toolchain, kernel: &Kernel, root_task: Input) -> Result<Self> {
        Ok(Self {
            installed: InstalledKernel::from_prefix(&kernel.prefix)?,
            loader: Input::read(&loader(toolchain)?)?,
            root_task,
        })
    }

    /// Packs an image of them.
    pub fn pack(&self, device_tree: DeviceTree, format: Format) -> Result<Packed> {
        self.pack_with(&self.root_task, device_tree, format)
    }

    /// Packs an image with a root task that was changed.
    pub fn pack_with(
        &self, root_task: &Input, device_tree: DeviceTree, format: Format,
    ) -> Result<Packed> {
        let (kernel, loader) = (&self.installed, &self.loader);
        Ok(boot_image::pack(kernel, loader, root_task, device_tree, format)?)
    }

    /// Packs an ELF image with another kernel.
    pub fn pack_on(&self, installed: &InstalledKernel) -> Result<Packed> {
        let (loader, root_task) = (&self.loader, &self.root_task);
        let tree = DeviceTree::Prefix;
        Ok(boot_image::pack(installed, loader, root_task, tree, Format::Elf)?)
    }

    /// The root task's ELF file.
    pub fn root_task(&self) -> &Input {
        &self.root_task
    }
}

/// Builds everything for one image and packs it into `output`.
pub fn image_at(
    toolchain: &Toolchain, kernel: &Kernel, task: RootTask, format: Format, output: &Path,
) -> Result<()> {
    let packed = Parts::new(toolchain, kernel, task)?.pack(DeviceTree::Prefix, format)?;
    for warning in &packed.warnings {
        say("image", &format!("warning: {warning}"));
    }
    if let Some(parent) = output.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(output, &packed.bytes)
        .with_context(|| format!("could not write {}", output.display()))
}

/// Builds the bootable ELF image of a root task on a kernel; returns its path.
pub fn image(toolchain: &Toolchain, kernel: &Kernel, task: RootTask) -> Result<PathBuf> {
    let name = format!("{}-{}.elf", task.package(), kernel.name);
    let output = workspace::target_directory().join("image").join(name);
    image_at(toolchain, kernel, task, Format::Elf, &output)?;
    Ok(output)
}
