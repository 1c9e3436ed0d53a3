//! `cargo xtask layer`: what the CMake layer asks for. Toolchain, kernels and cargo are known here,
//! and nowhere in CMake.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::build;
use crate::command;
use crate::kernels::{KernelOptions, PLATFORM};
use crate::setup::{self, SetupOptions};
use crate::toolchain::{COMPONENT_TARGET, Toolchain, USER_TARGET};
use crate::workspace;

const LIMIT: Duration = Duration::from_secs(900);

/// A part of what a build needs.
#[derive(clap::Subcommand, Debug)]
pub enum LayerPart {
    /// Get the kernel ready, build the camkes tool, and write CMake variables about them
    Kernel(KernelPart),
    /// Build the tool that makes guests' images
    GuestImages,
    /// Build the loader, the initializer and components
    Programs(ProgramsPart),
}

/// `cargo xtask layer kernel`.
#[derive(clap::Args, Debug)]
pub struct KernelPart {
    #[command(flatten)]
    kernel: KernelOptions,
    #[command(flatten)]
    setup: SetupOptions,
    /// The file for the variables
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
}

impl KernelPart {
    /// What the command line would give.
    pub const fn new(kernel: KernelOptions, setup: SetupOptions, output: PathBuf) -> Self {
        Self { kernel, setup, output }
    }
}

/// `cargo xtask layer programs`. The kernel is the one of `SEL4_PREFIX`, embedded or not.
#[derive(clap::Args, Debug)]
pub struct ProgramsPart {
    /// Platform of the kernel
    #[arg(long, value_parser = [PLATFORM])]
    platform: String,
    /// The kernel's name, as `layer kernel` wrote it
    #[arg(long)]
    kernel: String,
    /// The directory for the programs
    #[arg(long, value_name = "DIR")]
    output: PathBuf,
    /// Write a rule for ninja that lists every file that they are built from
    #[arg(long, value_name = "FILE")]
    depfile: PathBuf,
    /// The folder of a component's crate; may be given several times
    #[arg(long = "crate", value_name = "DIR")]
    crates: Vec<PathBuf>,
}

/// Runs a part.
pub fn run(part: &LayerPart) -> Result<()> {
    match part {
        LayerPart::Kernel(part) => kernel(part),
        LayerPart::GuestImages => host_tool("guest-images"),
        LayerPart::Programs(part) => programs(part),
    }
}

/// Gets the kernel and the tool ready, and writes the variables.
pub fn kernel(part: &KernelPart) -> Result<()> {
    let toolchain = setup::ensure(&part.setup)?;
    let kernel = part.kernel.select(&toolchain)?;
    let machine = kernel.machine()?;
    host_tool("camkes")?;

    let variables = [
        ("CARAVAN_PREFIX", kernel.prefix.path().display().to_string()),
        ("CARAVAN_KERNEL", kernel.name.clone()),
        ("CARAVAN_TARGET_DIR", workspace::target_directory().display().to_string()),
        ("CARAVAN_QEMU_BINARY", machine.binary),
        ("CARAVAN_QEMU_MACHINE", machine.machine),
        ("CARAVAN_QEMU_CPU", machine.cpu),
        ("CARAVAN_QEMU_MEMORY", machine.memory_mib.to_string()),
    ];
    let mut text = String::from("# Written by `cargo xtask layer kernel`.\n");
    for (name, value) in variables {
        // A bracket argument: nothing in it is special. Writing to a string can't fail.
        let _ = writeln!(text, "set({name} [==[{value}]==])");
    }
    write_if_changed(&part.output, text.as_bytes()).map(drop)
}

/// Builds a program for the host.
pub fn host_tool(package: &str) -> Result<()> {
    let mut cargo = Command::new("cargo");
    workspace::clean_environment(&mut cargo);
    cargo.current_dir(workspace::root()).args(["build", "--package", package, "--target-dir"]);
    cargo.arg(workspace::target_directory());
    command::step("build", &format!("the tool {package}"), &mut cargo, LIMIT).map(drop)
}

fn programs(part: &ProgramsPart) -> Result<()> {
    let toolchain = setup::ensure(&SetupOptions::default())?;
    let prefix = std::env::var_os("SEL4_PREFIX").context("SEL4_PREFIX isn't set")?;
    fs::create_dir_all(&part.output)?;
    let directory = workspace::target_directory().join(build::user_directory(&part.kernel));

    // Types of the standard library look at nothing of the application's: without its paths and
    // macros they needn't be built again for each.
    let library = workspace::root().join("components");
    let mut standard: Vec<String> = Vec::new();
    let mut own: Vec<String> = Vec::new();
    // By workspace: one graph of crates for each.
    let mut foreign: BTreeMap<PathBuf, Vec<String>> = BTreeMap::new();
    for folder in &part.crates {
        let name = package_name(folder)?;
        if folder.starts_with(&library) {
            standard.push(name);
        } else if folder.starts_with(workspace::root()) {
            own.push(name);
        } else {
            foreign.entry(workspace_of(&toolchain, folder)?).or_default().push(name);
        }
    }
    // The initializer has no heap, and crates that it shares with components must not get features
    // that need one: cargo would give them to both in one run. It copies with the largest registers.
    let user = build::user_directory(&part.kernel);
    for (packages, target, is_standard) in [
        (vec!["initializer".to_owned()], USER_TARGET, true),
        (standard.clone(), COMPONENT_TARGET, true),
        (own.clone(), COMPONENT_TARGET, false),
    ] {
        if packages.is_empty() {
            continue;
        }
        let packages: Vec<&str> = packages.iter().map(String::as_str).collect();
        let mut cargo = build::cargo(&toolchain, "build", &packages, target, &user);
        if is_standard {
            for variable in ["CAMKES_IMPORT_PATHS", "CAMKES_INCLUDE_PATHS", "CAMKES_DEFINES"] {
                cargo.env_remove(variable);
            }
        }
        run_cargo(cargo.env("SEL4_PREFIX", &prefix))?;
    }
    for (folder, names) in &foreign {
        let mut cargo = foreign_cargo(&toolchain, folder, names, &directory);
        run_cargo(cargo.env("SEL4_PREFIX", &prefix))?;
    }

    let release = directory.join(COMPONENT_TARGET).join("release");
    let mut built: Vec<(String, PathBuf)> = standard
        .into_iter()
        .chain(own)
        .chain(foreign.into_values().flatten())
        .map(|name| (name.clone(), release.join(&name)))
        .collect();
    let initializer = directory.join(USER_TARGET).join("release/initializer");
    built.insert(0, ("initializer".to_owned(), initializer));
    built.insert(0, ("loader".to_owned(), build::loader(&toolchain)?));

    let mut dependencies = BTreeSet::new();
    for (name, program) in &built {
        copy_if_changed(program, &part.output.join(format!("{name}.elf")))?;
        dependencies.extend(dependencies_of(program)?);
    }
    // The rule's target has to be the first output of CMake's rule.
    let target = part.output.join(format!("{}.elf", built[0].0));
    let mut rule = format!("{}:", escape(&target.display().to_string()));
    for file in dependencies {
        let _ = write!(rule, " \\\n  {file}");
    }
    rule.push('\n');
    fs::write(&part.depfile, rule)
        .with_context(|| format!("could not write {}", part.depfile.display()))
}

/// A cargo command for crates of a workspace of their own.
fn foreign_cargo(
    toolchain: &Toolchain, folder: &Path, names: &[String], directory: &Path,
) -> Command {
    let mut cargo = build::cargo_in(toolchain, folder);
    cargo.args(["build", "--release", "--target", COMPONENT_TARGET, "--target-dir"]).arg(directory);
    for name in names {
        cargo.args(["--package", name]);
    }
    cargo
}

/// The folder of the workspace that a crate is in: the crate's own if there is no other.
fn workspace_of(toolchain: &Toolchain, folder: &Path) -> Result<PathBuf> {
    let mut cargo = build::cargo_in(toolchain, folder);
    cargo.args(["locate-project", "--workspace", "--message-format", "plain"]);
    let output =
        cargo.output().with_context(|| format!("could not start `{}`", command::Shown(&cargo)))?;
    let manifest = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    match manifest.parent() {
        Some(folder) if output.status.success() => Ok(folder.to_path_buf()),
        _ => bail!("{}: {}", folder.display(), String::from_utf8_lossy(&output.stderr).trim()),
    }
}

/// Runs cargo on the user's terminal: its messages are the ones to see.
fn run_cargo(cargo: &mut Command) -> Result<()> {
    let status =
        cargo.status().with_context(|| format!("could not start `{}`", command::Shown(cargo)))?;
    if !status.success() {
        bail!("`{}` failed", command::Shown(cargo));
    }
    Ok(())
}

/// The name of the package in a folder.
fn package_name(folder: &Path) -> Result<String> {
    #[derive(serde::Deserialize)]
    struct Manifest {
        package: Package,
    }
    #[derive(serde::Deserialize)]
    struct Package {
        name: String,
    }
    let path = folder.join("Cargo.toml");
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let manifest: Manifest = toml::from_str(&text).with_context(|| path.display().to_string())?;
    Ok(manifest.package.name)
}

/// The files that cargo says a program was built from, as it escapes them.
fn dependencies_of(program: &Path) -> Result<Vec<String>> {
    let path = program.with_extension("d");
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    Ok(parse_rule(&text))
}

/// The dependencies in a rule of make, with their escapes.
fn parse_rule(text: &str) -> Vec<String> {
    let mut files = Vec::new();
    for line in text.lines() {
        let Some((_, list)) = line.split_once(": ") else { continue };
        let mut file = String::new();
        let mut characters = list.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '\\' if characters.peek() == Some(&' ') => {
                    characters.next();
                    file.push_str("\\ ");
                }
                ' ' => files.push(std::mem::take(&mut file)),
                other => file.push(other),
            }
        }
        files.push(file);
    }
    files.retain(|file| !file.is_empty());
    files
}

fn escape(path: &str) -> String {
    path.replace(' ', "\\ ")
}

/// Copies a program if it differs from what is there: what is unchanged must not look new to ninja.
fn copy_if_changed(from: &Path, to: &Path) -> Result<bool> {
    let bytes = fs::read(from).with_context(|| format!("could not read {}", from.display()))?;
    write_if_changed(to, &bytes)
}

fn write_if_changed(path: &Path, bytes: &[u8]) -> Result<bool> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(false);
    }
    fs::write(path, bytes).with_context(|| format!("could not write {}", path.display()))?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_keep_their_escapes() {
        let text = "/t/a: /src/one.rs /src/two\\ words.rs\n\n/src/one.rs:\n";
        assert_eq!(parse_rule(text), ["/src/one.rs", "/src/two\\ words.rs"]);
    }

    #[test]
    fn unchanged_files_are_not_touched() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        assert!(write_if_changed(&path, b"one").unwrap());
        assert!(!write_if_changed(&path, b"one").unwrap());
        assert!(write_if_changed(&path, b"two").unwrap());
    }
}
