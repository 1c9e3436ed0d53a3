//! Firmware for guests: U-Boot, as Debian builds it for QEMU's boards.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use host_support::cache::Cache;
use host_support::progress::Step;

use crate::deb;
use crate::guest::{Architecture, Guest};
use crate::packages;
use crate::tree::{Content, Tree};

const PACKAGE: &str = "u-boot-qemu";
const FILE: &str = "u-boot.bin";

/// U-Boot for the board's guests, a raw binary.
///
/// # Errors
/// There is none for the architecture, or the package can't be had.
pub fn u_boot(cache: &Cache, guest: Guest, renew: bool) -> Result<PathBuf> {
    let board = match guest.arch {
        Architecture::Arm64 => "qemu_arm64",
        Architecture::Armhf => "qemu_arm",
        Architecture::Amd64 => "qemu-x86_64",
    };
    let packages = packages::get(cache, guest, &[PACKAGE], renew)?;
    let version = packages
        .iter()
        .filter_map(|path| path.file_name()?.to_str()?.strip_prefix("u-boot-qemu_"))
        .find_map(|rest| rest.split('_').next())
        .with_context(|| format!("apt downloaded no {PACKAGE}"))?
        .replace("%3a", "-");
    let name = format!("guest-u-boot-{}-{}-{version}", guest.suite, guest.arch);
    let verify = |at: &Path| match fs::metadata(at.join(FILE)) {
        Ok(found) if found.len() > 0 => Ok(()),
        _ => bail!("no {FILE} in {}", at.display()),
    };
    let entry = cache.get_or_make(&name, verify, |directory| {
        let step = Step::start("guest", format!("unpacking U-Boot {version} for {}", guest.arch));
        let made = find(&packages, &format!("usr/lib/u-boot/{board}/{FILE}"));
        step.finish(if made.is_ok() { "done" } else { "failed" });
        Ok(fs::write(directory.join(FILE), made?)?)
    })?;
    Ok(entry.join(FILE))
}

fn find(packages: &[PathBuf], wanted: &str) -> Result<Vec<u8>> {
    for package in packages {
        let mut tree = Tree::default();
        deb::add(package, &mut tree, &mut |path| path == wanted)?;
        for (_, node) in tree.iter() {
            if let Content::File(bytes) = &node.content {
                return Ok(bytes.clone());
            }
        }
    }
    bail!("no {wanted} in {PACKAGE}")
}
