//! Rust's library sources, of exactly the compiler's version.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};

use crate::apt::System;
use crate::apt::private::{Archive, Offer, PrivateApt};
use crate::apt::sources;

/// Debian's packages that hold the sources, best first.
const PACKAGES: [&str; 2] = ["rust-src", "rust-web-src"];

/// Where to look beside the machine's own release, the smallest package lists first.
const SUITES: [&[&str]; 2] =
    [&["trixie-backports"], &["testing", "unstable", "stable", "stable-backports"]];

/// Checks a directory given by the user and returns its `library` directory.
///
/// The directory may be a Rust source tree, its `library`, or an unpacked Debian package.
pub fn given(directory: &Path, release: &str) -> Result<PathBuf> {
    let tree = format!("usr/src/rustc-{release}");
    let candidates = ["", "library", "lib/rustlib/src/rust/library", &format!("{tree}/library")]
        .map(|part| directory.join(part));
    let library = candidates
        .into_iter()
        .find(|path| path.join("core/src/lib.rs").is_file())
        .with_context(|| {
            format!(
                "{}: no Rust library sources here (expected `library/core/src/lib.rs`)",
                directory.display()
            )
        })?;
    check(&library, release)?;
    Ok(library)
}

/// Gets the sources from Debian into `work` and returns their `library` directory.
pub fn from_debian(release: &str, work: &Path) -> Result<PathBuf> {
    let system = System::detect();
    let other_ways = "Other ways: `rustup target add` where rustup can download, or `--rust-src \
                      DIR` with Rust's sources of this version";
    if !system.is_debian() {
        bail!(
            "the missing targets can be built from Debian's packages on Debian only, and this is \
             {}. {other_ways}.",
            system.name()
        );
    }
    let codename = system.codename().unwrap_or("stable");
    let mirror = sources::mirror_of(&sources::read_system(), codename).with_context(|| {
        format!("no apt source for {codename} main in /etc/apt: no mirror to ask. {other_ways}.")
    })?;
    let mut seen = Vec::new();
    for (index, suites) in SUITES.iter().enumerate() {
        let directory = work.join(format!("apt-{index}"));
        let archive = Archive { mirror: &mirror, suites, architecture: None, assumed: &[] };
        let apt = PrivateApt::new(&directory, &archive, "toolchain")?;
        let offers = apt.offers(&PACKAGES)?;
        if let Some(offer) = choose(&offers, release) {
            let unpacked = work.join("rust-src");
            apt.unpack(offer, &unpacked)?;
            return find_library(&unpacked, release);
        }
        seen.extend(offers);
    }
    Err(not_found(release, &seen)).with_context(|| other_ways.to_owned())
}

fn not_found(release: &str, seen: &[Offer]) -> anyhow::Error {
    let mut versions: Vec<_> =
        seen.iter().map(|offer| format!("{} {}", offer.package, offer.version)).collect();
    versions.sort();
    versions.dedup();
    anyhow!(
        "looked for version {release} of {} in {}; found only: {}",
        PACKAGES.join(" or "),
        SUITES.concat().join(", "),
        versions.join(", ")
    )
}

/// The offer whose upstream version is exactly `release`.
fn choose<'a>(offers: &'a [Offer], release: &str) -> Option<&'a Offer> {
    let fits = |offer: &&Offer| upstream(&offer.version) == release;
    PACKAGES.iter().find_map(|package| offers.iter().filter(fits).find(|o| o.package == *package))
}

/// The upstream part of a Debian version: `1:1.95.0+dfsg1-2~bpo13+1` is of `1.95.0`.
fn upstream(version: &str) -> &str {
    let version = version.split_once(':').map_or(version, |(_epoch, rest)| rest);
    let end = version.find(['+', '-', '~']).unwrap_or(version.len());
    &version[..end]
}

fn find_library(unpacked: &Path, release: &str) -> Result<PathBuf> {
    let parent = unpacked.join("usr/src");
    let library = fs::read_dir(&parent)
        .with_context(|| format!("could not read {}", parent.display()))?
        .flatten()
        .map(|entry| entry.path().join("library"))
        .find(|path| path.join("core/src/lib.rs").is_file())
        .with_context(|| format!("the package holds no usr/src/rustc-{release}/library"))?;
    check(&library, release)?;
    Ok(library)
}

/// Refuses sources of another version where they name theirs, or without their dependencies.
fn check(library: &Path, release: &str) -> Result<()> {
    let version = library.join("../version");
    if let Ok(text) = fs::read_to_string(&version) {
        let found = text.split_whitespace().next().unwrap_or_default();
        if found != release {
            bail!(
                "{}: these are the sources of Rust {found}, expected {release}",
                version.display()
            );
        }
    }
    if !library.join("vendor").is_dir() {
        bail!("{}: `vendor`, the standard library's dependencies, is missing", library.display());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(package: &str, version: &str) -> Offer {
        Offer { package: package.to_owned(), version: version.to_owned() }
    }

    #[test]
    fn upstream_versions() {
        assert_eq!(upstream("1.95.0+dfsg1-2~bpo13+1"), "1.95.0");
        assert_eq!(upstream("1:1.95.0-1"), "1.95.0");
        assert_eq!(upstream("1.95.0~beta.2+dfsg1-1"), "1.95.0");
        assert_eq!(upstream("1.95.0"), "1.95.0");
    }

    #[test]
    fn only_the_exact_version_is_taken() {
        let offers = [
            offer("rust-src", "1.95.1+dfsg1-1"),
            offer("rust-web-src", "1.95.0+dfsg1-1~deb12u1"),
            offer("rust-src", "1.95.0+dfsg1-2~bpo13+1"),
        ];
        assert_eq!(choose(&offers, "1.95.0"), Some(&offers[2]));
        assert_eq!(choose(&offers[..2], "1.95.0"), Some(&offers[1]));
        assert_eq!(choose(&offers, "1.95"), None);
    }

    #[test]
    fn a_failure_says_what_was_looked_for() {
        let text = not_found("1.95.0", &[offer("rust-src", "1.90.0-1")]).to_string();
        assert!(text.starts_with(
            "looked for version 1.95.0 of rust-src or rust-web-src in trixie-backports, testing"
        ));
        assert!(text.ends_with("found only: rust-src 1.90.0-1"));
    }

    #[test]
    fn a_given_directory_is_checked() {
        let directory = tempfile::tempdir().unwrap();
        let error = given(directory.path(), "1.95.0").unwrap_err().to_string();
        assert!(error.contains("expected `library/core/src/lib.rs`"), "{error}");
        let library = directory.path().join("library");
        fs::create_dir_all(library.join("core/src")).unwrap();
        fs::write(library.join("core/src/lib.rs"), "").unwrap();
        let error = given(directory.path(), "1.95.0").unwrap_err().to_string();
        assert!(error.contains("`vendor`"), "{error}");
        fs::create_dir(library.join("vendor")).unwrap();
        assert_eq!(given(directory.path(), "1.95.0").unwrap(), library);
        fs::write(directory.path().join("version"), "1.96.0 (hash)\n").unwrap();
        let error = given(directory.path(), "1.95.0").unwrap_err().to_string();
        assert!(error.ends_with("the sources of Rust 1.96.0, expected 1.95.0"), "{error}");
    }
}
