//! The system packages: what is needed, whether it works, and how it is installed.

mod debian;

use std::fmt::Write as _;
use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::apt::System;
use crate::command;
use crate::progress::say;

/// A tool of the system that we can't do without.
struct Requirement {
    /// What it is, for people.
    name: &'static str,
    /// Debian's packages for it.
    packages: &'static [&'static str],
    /// Whether it is there and works.
    check: fn() -> Result<()>,
}

const REQUIREMENTS: [Requirement; 3] = [
    Requirement {
        name: "QEMU for AArch64 with its network boot ROMs (qemu-system-aarch64)",
        packages: &["qemu-system-arm", "ipxe-qemu"],
        check: qemu_works,
    },
    Requirement { name: "CMake 3.21 or newer (cmake)", packages: &["cmake"], check: cmake_works },
    Requirement {
        name: "Ninja (ninja)",
        packages: &["ninja-build"],
        check: || command::query(Command::new("ninja").arg("--version")).map(drop),
    },
];
/// The oldest CMake that the build files work with.
const CMAKE: (u32, u32) = (3, 21);

const QEMU_LIMIT: Duration = Duration::from_secs(30);

/// Makes sure that every tool is there: installs what is missing where apt can.
pub fn ensure(yes: bool) -> Result<()> {
    let broken = broken();
    if broken.is_empty() {
        return Ok(());
    }
    for (requirement, reason) in &broken {
        say("setup", &format!("needed: {}: {reason}", requirement.name));
    }
    let system = System::detect();
    if !system.has_apt() {
        bail!("{}", other_system(&system, &broken));
    }
    let packages: Vec<&str> =
        broken.iter().flat_map(|(requirement, _)| requirement.packages).copied().collect();
    debian::install(&system, &packages, yes)?;
    for (requirement, _) in &broken {
        (requirement.check)().with_context(|| {
            format!(
                "{} was installed from {} and still doesn't work",
                requirement.name,
                requirement.packages.join(", ")
            )
        })?;
    }
    Ok(())
}

/// What doesn't work, and why.
fn broken() -> Vec<(&'static Requirement, String)> {
    let reason = |requirement: &'static Requirement| {
        let error = (requirement.check)().err()?;
        Some((requirement, format!("{error:#}").trim().to_owned()))
    };
    REQUIREMENTS.iter().filter_map(reason).collect()
}

fn other_system(system: &System, broken: &[(&Requirement, String)]) -> String {
    let mut text = format!(
        "{} has no apt: please install these in its own way and start again:",
        system.name()
    );
    for (requirement, _) in broken {
        let packages = requirement.packages.join(", ");
        // Writing to a string can't fail.
        let _ = write!(text, "\n  {} (on Debian: {packages})", requirement.name);
    }
    text
}

/// Starts a machine far enough to see that QEMU finds all its files: a package list alone doesn't
/// tell, since the ROMs come from a package that is only recommended.
fn qemu_works() -> Result<()> {
    let program = command::find_program("qemu-system-aarch64")
        .context("qemu-system-aarch64 was not found")?;
    let directory = tempfile::tempdir()?;
    let blob = directory.path().join("virt.dtb");
    let mut qemu = Command::new(program);
    qemu.args(["-display", "none", "-cpu", "cortex-a53", "-M"])
        .arg(format!("virt,virtualization=on,dumpdtb={}", blob.display()));
    let outcome = command::capture(&mut qemu, QEMU_LIMIT, || ())?;
    let written = fs::metadata(&blob).is_ok_and(|metadata| metadata.len() > 0);
    if !outcome.status.success() || !written {
        bail!("it can't start the machine `virt`: {}", outcome.output.trim());
    }
    Ok(())
}

fn cmake_works() -> Result<()> {
    let text = command::query(Command::new("cmake").arg("--version"))?;
    let mut numbers = text.split_whitespace().nth(2).unwrap_or_default().split('.');
    let mut next = || numbers.next()?.parse().ok();
    let version: Option<(u32, u32)> = next().zip(next());
    match version {
        Some(version) if version >= CMAKE => Ok(()),
        Some((major, minor)) => bail!("it is version {major}.{minor}"),
        None => bail!("`cmake --version` prints no version:\n{text}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_system_is_told_what_to_install() {
        let broken = [(&REQUIREMENTS[0], "not found".to_owned())];
        let text = other_system(&System::detect(), &broken);
        assert!(text.contains("has no apt"), "{text}");
        assert!(text.contains("(on Debian: qemu-system-arm, ipxe-qemu)"), "{text}");
    }
}
