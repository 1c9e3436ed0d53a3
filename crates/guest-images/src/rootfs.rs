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

/// What a root file system has of Debian's, beside packages that the user names.
#[derive(Debug, Clone, Copy)]
pub struct Parts<'a> {
    /// busybox, for all programs that aren't there.
    pub busybox: bool,
    /// [`DEFAULT_MODULES`], as far as the kernel has them.
    pub default_modules: bool,
    /// More modules.
    pub modules: &'a [String],
}

/// Directories, accounts and scripts, without any program.
///
/// # Errors
/// Never: it is always the same.
pub fn base() -> Result<Tree> {
    Ok(base::tree()?)
}

/// Adds busybox and modules of the default kernel. Packages are asked for only if something of them
/// is wanted.
///
/// # Errors
/// Packages can't be had, or there is no such module.
pub fn add_parts(tree: &mut Tree, cache: &Cache, guest: Guest, parts: &Parts) -> Result<()> {
    if parts.busybox {
        add_busybox(tree, &packages::get(cache, guest, &[BUSYBOX], false)?)?;
    }
    if parts.default_modules || !parts.modules.is_empty() {
        let kernel = kernel::packages(cache, guest, false)?;
        let defaults: &[&str] = if parts.default_modules { &DEFAULT_MODULES } else { &[] };
        drivers::add(tree, &kernel, defaults, parts.modules)?;
    }
    Ok(())
}

/// Adds packages and what they depend on. Their scripts don't run.
///
/// # Errors
/// A package can't be had.
pub fn add_packages(tree: &mut Tree, cache: &Cache, guest: Guest, names: &[String]) -> Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    for package in packages::get(cache, guest, &names, false)? {
        add_package(tree, &package)?;
    }
    Ok(())
}

fn default_tree(kernel: &KernelPackages, busybox: &[PathBuf]) -> Result<Tree> {
    let mut tree = base()?;
    add_busybox(&mut tree, busybox)?;
    drivers::add(&mut tree, kernel, &DEFAULT_MODULES, &[])?;
    Ok(tree)
}

fn add_busybox(tree: &mut Tree, packages: &[PathBuf]) -> Result<()> {
    for package in packages {
        add_package(tree, package)?;
    }
    Ok(busybox::link_programs(tree)?)
}

/// Adds what a package installs, without what only people read.
fn add_package(tree: &mut Tree, package: &Path) -> Result<()> {
    const LEFT_OUT: [&str; 6] = ["bug", "doc", "info", "lintian", "locale", "man"];
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
