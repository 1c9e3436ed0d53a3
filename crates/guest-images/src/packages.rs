//! Debian's packages of the guest's architecture: downloaded once, checked by apt.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use host_support::apt::System;
use host_support::apt::private::{Archive, PrivateApt};
use host_support::apt::sources;
use host_support::cache::Cache;

use crate::digest;
use crate::guest::Guest;

/// Where nothing is said about files of the user's own, the packages have to come from here.
const OTHER_WAYS: &str = "Other ways: a kernel and a root file system of your own, with \
                          --kernel FILE and --rootfs FILE";

/// Packages that only installation scripts need: these never run for a guest, so nothing that
/// depends on them gets them.
const ASSUMED: [&str; 22] = [
    "adduser",
    "base-files",
    "base-passwd",
    "coreutils",
    "cpio",
    "dash",
    "debconf",
    "dpkg",
    "init-system-helpers",
    "initramfs-tools",
    "initscripts",
    "install-info",
    "kmod",
    "linux-base",
    "lsb-base",
    "passwd",
    "perl",
    "perl-base",
    "sensible-utils",
    "sysvinit-utils",
    "ucf",
    "usr-is-merged",
];

/// The file that lists the package files of an entry and their sizes; written last.
const LIST: &str = "packages.txt";

/// The package files of `names` and of what they depend on.
///
/// They are downloaded once and stay as they are until `renew` asks for newer ones.
///
/// # Errors
/// There is no mirror to ask, a name is unknown, or a download fails.
pub fn get(cache: &Cache, guest: Guest, names: &[&str], renew: bool) -> Result<Vec<PathBuf>> {
    let mut names = names.to_vec();
    names.sort_unstable();
    names.dedup();
    if let Some(bad) = names.iter().find(|name| !is_package_name(name)) {
        bail!("`{bad}` is no package name: expected lower case letters, digits, `+`, `-` and `.`");
    }
    let entry = entry_name(guest, &names);
    let path = cache.entry(&entry);
    let renew = Cell::new(renew);
    let verify = |at: &Path| {
        if at == path && renew.get() {
            bail!("newer packages were asked for");
        }
        read_list(at).map(drop)
    };
    let made = cache.get_or_make(&entry, verify, |directory| {
        renew.set(false);
        download(directory, guest, &names)
    })?;
    read_list(&made)
}

fn is_package_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "+-.".contains(c);
    name.len() > 1
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(fits)
}

fn entry_name(guest: Guest, names: &[&str]) -> String {
    let joined = names.join("_");
    let key = if joined.len() <= 64 { joined } else { digest::short(&[joined.as_bytes()]) };
    format!("guest-packages-{}-{}-{key}", guest.suite, guest.arch)
}

fn download(directory: &Path, guest: Guest, names: &[&str]) -> Result<()> {
    let system = System::detect();
    if !system.is_debian() {
        bail!(
            "guest images are made from Debian's packages on Debian only, and this is {}. \
             {OTHER_WAYS}.",
            system.name()
        );
    }
    let codename = system.codename().unwrap_or("stable");
    let mirror = sources::mirror_of(&sources::read_system(), codename).with_context(|| {
        format!("no apt source for {codename} main in /etc/apt: no mirror to ask. {OTHER_WAYS}.")
    })?;
    let assumed: Vec<_> = ASSUMED.into_iter().filter(|name| !names.contains(name)).collect();
    let archive = Archive {
        mirror: &mirror,
        suites: &[guest.suite.name()],
        architecture: Some(guest.arch.packages().name),
        assumed: &assumed,
    };
    let unavailable = || {
        let names = names.join(", ");
        format!("Debian's {names} ({guest}) can't be had. {OTHER_WAYS}")
    };
    let work = tempfile::tempdir_in(directory)?;
    let apt = PrivateApt::new(work.path(), &archive, "guest").with_context(unavailable)?;
    let mut list = Vec::new();
    for file in apt.download(names).with_context(unavailable)? {
        let name = file.file_name().and_then(|name| name.to_str());
        let name = name.with_context(|| format!("{} has no name", file.display()))?;
        let target = directory.join(name);
        fs::rename(&file, &target).with_context(|| {
            format!("could not move {} to {}", file.display(), target.display())
        })?;
        list.push(format!("{} {name}\n", fs::metadata(&target)?.len()));
    }
    drop(apt);
    work.close()?;
    list.sort();
    fs::write(directory.join(LIST), list.concat())?;
    Ok(())
}

/// The files of an entry, if it is complete.
fn read_list(entry: &Path) -> Result<Vec<PathBuf>> {
    let list = entry.join(LIST);
    let text = fs::read_to_string(&list).with_context(|| format!("no {}", list.display()))?;
    let mut files = Vec::new();
    for line in text.lines() {
        let (size, name) =
            line.split_once(' ').with_context(|| format!("{}: `{line}`", list.display()))?;
        let file = entry.join(name);
        let found = fs::metadata(&file).with_context(|| format!("no {}", file.display()))?.len();
        if found.to_string() != size {
            bail!("{} has {found} bytes, expected {size}", file.display());
        }
        files.push(file);
    }
    Ok(files)
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn names_are_checked() {
        for good in ["busybox-static", "libstdc++6", "0ad", "linux-image-6.1.0-50-arm64"] {
            assert!(is_package_name(good), "{good}");
        }
        for bad in ["", "a", "-o", "../x", "Busy", "a b", "a=1", "a/sid"] {
            assert!(!is_package_name(bad), "{bad}");
        }
        let directory = tempfile::tempdir().unwrap();
        let cache = Cache::at(directory.path().to_owned()).unwrap();
        let error = get(&cache, Guest::default(), &["-o"], false).unwrap_err();
        assert!(error.to_string().starts_with("`-o` is no package name: expected"), "{error}");
    }

    #[test]
    fn long_lists_have_short_names() {
        let names: Vec<_> = (0..20).map(|number| format!("package-{number}")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let name = entry_name(Guest::default(), &names);
        assert!(name.len() < 64, "{name}");
        assert_ne!(name, entry_name(Guest::default(), &names[1..]));
        let short = entry_name(Guest::default(), &["busybox-static"]);
        assert_eq!(short, "guest-packages-bookworm-arm64-busybox-static");
    }

    #[test]
    fn a_damaged_entry_is_found() {
        let directory = tempfile::tempdir().unwrap();
        let entry = directory.path();
        assert!(read_list(entry).is_err());
        fs::write(entry.join(LIST), "3 a.deb\n").unwrap();
        fs::write(entry.join("a.deb"), "abc").unwrap();
        assert_eq!(read_list(entry).unwrap(), [entry.join("a.deb")]);
        fs::write(entry.join("a.deb"), "ab").unwrap();
        let error = read_list(entry).unwrap_err().to_string();
        assert!(error.ends_with("a.deb has 2 bytes, expected 3"), "{error}");
    }
}
