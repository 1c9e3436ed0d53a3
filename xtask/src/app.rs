//! Applications, built through the CMake layer as a user would do by hand.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command::Shown;
use crate::kernels::{Kernel, KernelOptions, PLATFORM};
use crate::progress::say;
use crate::workspace;

/// An application with its build folder.
pub struct App {
    directory: PathBuf,
}

/// The names of all applications, sorted.
pub fn names() -> Vec<String> {
    let root = workspace::root().join("apps");
    let folders = [root.clone(), root.join("Arm"), root.join("x86")];
    let entries = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
    let is_app = |path: &Path| path.join("CMakeLists.txt").is_file();
    let apps = entries.filter(|entry| is_app(&entry.path()));
    let mut names: Vec<String> =
        apps.filter_map(|app| app.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// What an application is built with, other than usual.
#[derive(Debug, Clone, Default)]
pub struct Variant<'a> {
    /// What the build folder's name has behind the application's.
    pub name: &'a str,
    /// CMake's settings, as `VmVcpus=2`.
    pub settings: Vec<String>,
}

impl App {
    /// Configures and builds the application `name` for a kernel, in a folder of its own.
    pub fn build(name: &str, kernel: &Kernel, options: &KernelOptions) -> Result<Self> {
        Self::build_variant(name, &Variant::default(), kernel, options)
    }

    /// The same with settings. A name with a slash is a folder of the project, else it is one below
    /// `apps`.
    pub fn build_variant(
        name: &str, variant: &Variant<'_>, kernel: &Kernel, options: &KernelOptions,
    ) -> Result<Self> {
        let mut choices = vec![if name.contains('/') {
            format!("-DCAMKES_VM_APP_DIR={}", workspace::root().join(name).display())
        } else {
            format!("-DCAMKES_VM_APP={name}")
        }];
        choices.extend(variant.settings.iter().map(|setting| format!("-D{setting}")));
        let name = name.rsplit('/').next().unwrap_or(name);
        let separator = if variant.name.is_empty() { "" } else { "-" };
        let name = format!("{name}{separator}{}", variant.name);
        Self::make(&name, &choices, kernel, options)
    }

    /// The same for an application that is a folder anywhere.
    pub fn build_folder(folder: &Path, kernel: &Kernel, options: &KernelOptions) -> Result<Self> {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let choice = format!("-DCAMKES_VM_APP_DIR={}", folder.display());
        Self::make(&name, &[choice], kernel, options)
    }

    /// Where an application, or a variant of one, is built.
    pub fn build_directory(name: &str, kernel: &Kernel) -> PathBuf {
        workspace::target_directory().join("build").join(format!("{name}-{}", kernel.name))
    }

    fn make(
        name: &str, choices: &[String], kernel: &Kernel, options: &KernelOptions,
    ) -> Result<Self> {
        let app = Self { directory: Self::build_directory(name, kernel) };
        app.configure(name, choices, kernel, options)?;
        let mut ninja = Command::new("ninja");
        run(ninja.arg("-C").arg(&app.directory))?;
        Ok(app)
    }

    fn configure(
        &self, name: &str, choices: &[String], kernel: &Kernel, options: &KernelOptions,
    ) -> Result<()> {
        if self.directory.join("build.ninja").is_file() {
            // Ninja configures again by itself when something has changed.
            return Ok(());
        }
        say("build", &format!("{name} in {}", self.directory.display()));
        let mut cmake = Command::new("cmake");
        cmake.args(["-G", "Ninja", "-S"]).arg(workspace::root()).arg("-B").arg(&self.directory);
        cmake.args(choices).arg(format!("-DPLATFORM={PLATFORM}"));
        if kernel.is_embedded() {
            cmake.arg("-DSEL4_PREFIX=");
            cmake.arg(format!("-DRELEASE={}", if options.release_kernel { "ON" } else { "OFF" }));
            if let Some(cpu) = &options.kernel_cpu {
                cmake.arg(format!("-DKernelArmCPU={cpu}"));
            }
            if let Some(gic) = &options.kernel_gic {
                cmake.arg(format!("-DQEMU_GIC_VERSION={gic}"));
            }
            if let Some(memory) = options.kernel_memory {
                cmake.arg(format!("-DQEMU_MEMORY={memory}"));
            }
        } else {
            cmake.arg(format!("-DSEL4_PREFIX={}", kernel.prefix.path().display()));
        }
        run(&mut cmake)
    }

    /// The build folder.
    pub fn folder(&self) -> &Path {
        &self.directory
    }

    /// The script that boots the image.
    pub fn simulate_path(&self) -> PathBuf {
        self.directory.join("simulate")
    }

    /// The command that boots the image.
    pub fn command(&self) -> Command {
        Command::new(self.simulate_path())
    }

    /// Boots the image on the user's terminal.
    pub fn simulate(&self) -> Result<()> {
        say("run", "leave with Ctrl-A x");
        run(&mut self.command())
    }
}

/// Runs a command on the user's terminal.
fn run(command: &mut Command) -> Result<()> {
    workspace::clean_flags(command);
    let status =
        command.status().with_context(|| format!("could not start `{}`", Shown(command)))?;
    if !status.success() {
        bail!("`{}` failed", Shown(command));
    }
    Ok(())
}
