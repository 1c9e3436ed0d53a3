//! A kernel out of its package, in the form that boots.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use host_support::cache::Cache;
use host_support::progress::Step;
use vmm::images::{Kernel, Mode, Options};

use crate::deb;
use crate::guest::{Architecture, Guest};
use crate::packages;
use crate::tree::{Content, Tree};

/// The packages of one kernel.
#[derive(Debug, Clone)]
pub struct KernelPackages {
    /// The files that hold the kernel and its modules.
    pub files: Vec<PathBuf>,
    /// Debian's version, as `6.1.176-1`.
    pub version: String,
}

/// Gets the newest kernel's packages, or those that are there already.
///
/// # Errors
/// See [`packages::get`].
pub fn packages(cache: &Cache, guest: Guest, renew: bool) -> Result<KernelPackages> {
    let name = guest.arch.packages().kernel;
    let mut files = packages::get(cache, guest, &[name], renew)?;
    let version = files
        .iter()
        .filter_map(|path| path.file_name()?.to_str())
        .find_map(|file| version_in(file, name))
        .with_context(|| format!("apt downloaded no {name}"))?;
    files.retain(|path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with("linux-")
    });
    Ok(KernelPackages { files, version })
}

/// `NAME_VERSION_ARCHITECTURE.deb`, with a colon written as `%3a`.
fn version_in(file: &str, package: &str) -> Option<String> {
    let version = file.strip_prefix(package)?.strip_prefix('_')?.split('_').next()?;
    Some(version.replace("%3a", ":"))
}

/// The kernel, as a file that boots: `Image`, `zImage` or `bzImage`.
///
/// # Errors
/// The packages can't be had, or hold no kernel.
pub fn image(cache: &Cache, guest: Guest, renew: bool) -> Result<PathBuf> {
    let packages = packages(cache, guest, renew)?;
    let file = guest.arch.packages().kernel_file;
    let version = packages.version.replace(':', "-");
    let name = format!("guest-kernel-{}-{}-{version}", guest.suite, guest.arch);
    let verify = |at: &Path| {
        let path = at.join(file);
        match fs::metadata(&path) {
            Ok(found) if found.len() > 0 => Ok(()),
            _ => bail!("no kernel in {}", path.display()),
        }
    };
    let entry = cache.get_or_make(&name, verify, |directory| {
        let step = Step::start("guest", format!("unpacking Linux {version} for {}", guest.arch));
        let made = find(&packages.files).and_then(|(path, bytes)| unpack(guest.arch, &path, bytes));
        step.finish(if made.is_ok() { "done" } else { "failed" });
        Ok(fs::write(directory.join(file), made?)?)
    })?;
    Ok(entry.join(file))
}

/// The kernel file in the packages.
fn find(packages: &[PathBuf]) -> Result<(String, Vec<u8>)> {
    for package in packages {
        let mut tree = Tree::default();
        deb::add(package, &mut tree, &mut |path| is_kernel(path))?;
        for (path, node) in tree.iter() {
            if let Content::File(bytes) = &node.content {
                return Ok((path.to_owned(), bytes.clone()));
            }
        }
    }
    let names: Vec<_> = packages.iter().map(|path| path.display().to_string()).collect();
    bail!("no boot/vmlinuz-* or lib/modules/*/vmlinuz in {}", names.join(", "))
}

fn is_kernel(path: &str) -> bool {
    let (directory, file) = path.rsplit_once('/').unwrap_or(("", path));
    (directory == "boot" && file.starts_with("vmlinuz-"))
        || (directory.contains("lib/modules/") && file == "vmlinuz")
}

/// Whether a file is a kernel for this architecture, compressed or not.
///
/// # Errors
/// It isn't; `name` says which file.
pub fn check(architecture: Architecture, name: &str, bytes: &[u8]) -> Result<()> {
    if architecture == Architecture::Amd64 {
        // The boot sector's signature and the header's (Linux, Documentation/arch/x86/boot.rst).
        if bytes.get(0x202..0x206) != Some(b"HdrS") {
            bail!("{name}: no bzImage: expected `HdrS` at byte 0x202");
        }
        return Ok(());
    }
    inspect(architecture, name, bytes).map(drop)
}

fn inspect<'a>(architecture: Architecture, name: &str, bytes: &'a [u8]) -> Result<Kernel<'a>> {
    let kernel = Kernel::inspect(name.to_owned(), bytes, Options::default())?;
    let fits = match kernel.mode() {
        Mode::AArch64 => architecture == Architecture::Arm64,
        Mode::AArch32 => architecture == Architecture::Armhf,
    };
    if !fits {
        bail!("{name}: {kernel}: expected a kernel for {architecture}");
    }
    Ok(kernel)
}

/// Brings a kernel to the form that boots. An x86 kernel stays as it is.
///
/// # Errors
/// It is no kernel for this architecture; `name` says which file.
pub fn unpack(architecture: Architecture, name: &str, bytes: Vec<u8>) -> Result<Vec<u8>> {
    check(architecture, name, &bytes)?;
    if architecture == Architecture::Amd64 {
        return Ok(bytes);
    }
    let kernel = inspect(architecture, name, &bytes)?;
    Ok(kernel.unpack()?)
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn versions_in_file_names() {
        let version = |file| version_in(file, "linux-image-arm64");
        assert_eq!(version("linux-image-arm64_6.1.176-1_arm64.deb").unwrap(), "6.1.176-1");
        assert_eq!(version("linux-image-arm64_1%3a6-1_arm64.deb").unwrap(), "1:6-1");
        assert_eq!(version("linux-image-arm64-dbg_6-1_arm64.deb"), None);
    }

    #[test]
    fn kernels_in_packages() {
        assert!(is_kernel("boot/vmlinuz-6.1.0-50-arm64"));
        assert!(is_kernel("usr/lib/modules/7.2.13+deb14-arm64/vmlinuz"));
        assert!(!is_kernel("boot/System.map-6.1.0-50-arm64"));
        assert!(!is_kernel("usr/share/doc/vmlinuz"));
    }

    #[test]
    fn what_is_no_kernel_is_refused() {
        let error = |arch, bytes: &[u8]| {
            format!("{:#}", unpack(arch, "boot/vmlinuz", bytes.to_vec()).unwrap_err())
        };
        let text = error(Architecture::Arm64, b"a text file");
        assert!(text.starts_with("boot/vmlinuz: no kernel: it starts with"), "{text}");
        let text = error(Architecture::Amd64, b"a text file");
        assert_eq!(text, "boot/vmlinuz: no bzImage: expected `HdrS` at byte 0x202");
    }
}
