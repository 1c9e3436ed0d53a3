//! Root file systems: busybox, the modules that a guest needs, and whatever the user adds.

mod base;
mod busybox;
mod drivers;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use host_support::cache::Cache;
use host_support::progress::Step;

use crate::compress;
use crate::deb;
use crate::digest;
use crate::guest::Guest;
use crate::kernel::{self, KernelPackages};
use crate::newc;
use crate::packages;
use crate::tree::Tree;

pub use drivers::DEFAULT_MODULES;

/// The package that gives all programs of the default root file system.
const BUSYBOX: &str = "busybox-static";
/// Changes when equal inputs no longer give equal bytes.
const EDITION: &[u8] = b"1";

/// The default root file system for the default kernel of a guest: a gzipped archive.
///
/// # Errors
/// The packages can't be had.
pub fn default(cache: &Cache, guest: Guest, renew: bool) -> Result<PathBuf> {
    let kernel = kernel::packages(cache, guest, renew)?;
    let busybox = packages::get(cache, guest, &[BUSYBOX], renew)?;
    let mut parts: Vec<Vec<u8>> = vec![EDITION.to_vec()];
    for path in kernel.files.iter().chain(&busybox) {
        parts.push(path.file_name().unwrap_or_default().as_encoded_bytes().to_vec());
    }
    parts.extend(base::texts().map(|text| text.as_bytes().to_vec()));
    parts.extend(DEFAULT_MODULES.map(|name| name.as_bytes().to_vec()));
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    let name = format!("guest-rootfs-{}-{}-{}", guest.suite, guest.arch, digest::short(&parts));
    let verify = |at: &Path| {
        let path = at.join("rootfs.cpio.gz");
        match fs::metadata(&path) {
            Ok(found) if found.len() > 0 => Ok(()),
            _ => bail!("no root file system in {}", path.display()),
        }
    };
    let entry = cache.get_or_make(&name, verify, |directory| {
        let text = format!("making a root file system for Linux {}", kernel.version);
        let step = Step::start("guest", text);
        let made = default_tree(&kernel, &busybox).and_then(|tree| pack(&tree, true));
        step.finish(if made.is_ok() { "done" } else { "failed" });
        Ok(fs::write(directory.join("rootfs.cpio.gz"), made?)?)
    })?;
    Ok(entry.join("rootfs.cpio.gz"))
}

fn default_tree(kernel: &KernelPackages, busybox: &[PathBuf]) -> Result<Tree> {
    let mut tree = base::tree()?;
    for package in busybox {
        add_package(&mut tree, package)?;
    }
    busybox::link_programs(&mut tree)?;
    let wanted: Vec<_> = DEFAULT_MODULES.iter().map(|name| (*name).to_owned()).collect();
    drivers::add(&mut tree, kernel, &wanted, drivers::Absent::Fine)?;
    Ok(tree)
}

/// Adds what a package installs, without what only people read.
fn add_package(tree: &mut Tree, package: &Path) -> Result<()> {
    const LEFT_OUT: [&str; 6] = ["doc", "info", "lintian", "locale", "man", "bug"];
    deb::add(package, tree, &mut |path| {
        let shared = path.strip_prefix("usr/share/").map(|rest| rest.split('/').next());
        !shared.flatten().is_some_and(|first| LEFT_OUT.contains(&first))
    })
}

/// An archive of `tree`, compressed or not.
///
/// # Errors
/// A file is too big for the format.
pub fn pack(tree: &Tree, gzip: bool) -> Result<Vec<u8>> {
    let archive = newc::write(tree).context("the root file system")?;
    if gzip { compress::gzip(&archive) } else { Ok(archive) }
}
