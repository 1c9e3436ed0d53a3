//! A copy of the active toolchain with `core`, `alloc` and `compiler_builtins` for the bare-metal
//! targets, built from source.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::{Active, Toolchain, rust_src, sysroot};
use crate::command;
use crate::progress::Step;
use crate::workspace;

/// The libraries that a target needs.
const LIBRARIES: [&str; 3] = ["core", "alloc", "compiler_builtins"];
/// Sizes of the libraries that were put into the copy; written last.
const MANIFEST: &str = "caravan-targets";
const BUILD_LIMIT: Duration = Duration::from_secs(900);

/// Whether the toolchain in `sysroot` has the library `core` for `target`.
pub fn has_core(sysroot: &Path, target: &str) -> bool {
    library(&libraries_of(sysroot, target), "core").is_ok()
}

/// Checks that the copy at `path` is complete: its compiler, and all libraries in their sizes.
pub fn verify(path: &Path, targets: &[&str]) -> Result<()> {
    for program in ["bin/rustc", "bin/cargo"] {
        if !path.join(program).is_file() {
            bail!("{program} is missing");
        }
    }
    let manifest = path.join(MANIFEST);
    let recorded = fs::read_to_string(&manifest)
        .with_context(|| format!("could not read {}", manifest.display()))?;
    if recorded != describe(path, targets)? {
        bail!("the libraries are not those that {MANIFEST} lists");
    }
    Ok(())
}

/// Makes the copy in the empty directory `path`.
pub fn make(path: &Path, active: &Active, targets: &[&str], given: Option<&Path>) -> Result<()> {
    if !active.sysroot.join("lib/rustlib").join(&active.host).is_dir() {
        bail!(
            "{}: not a toolchain directory as rustup makes it (no lib/rustlib/{}); install the \
             targets {} in your distribution's way",
            active.sysroot.display(),
            active.host,
            targets.join(" and ")
        );
    }
    let work =
        tempfile::Builder::new().prefix("sources-").tempdir_in(path.parent().unwrap_or(path))?;
    let library = match given {
        Some(directory) => rust_src::given(&directory.canonicalize()?, &active.release)?,
        None => rust_src::from_debian(&active.release, work.path())?,
    };
    let step = Step::start("toolchain", "copying the toolchain with hard links");
    sysroot::copy(&active.sysroot, path)?;
    step.finish("done");

    let source_link = path.join("lib/rustlib/src/rust");
    // A rust-src component in the copy would hide the sources that we were given.
    let _ = fs::remove_dir_all(&source_link);
    fs::create_dir_all(&source_link)?;
    symlink(&library, source_link.join("library"))?;
    let crate_directory = write_empty_crate(work.path(), &library)?;
    for target in targets.iter().filter(|target| !has_core(&active.sysroot, target)) {
        let release = build(path, active, &crate_directory, &library, target)?;
        install(&release, &libraries_of(path, target))?;
    }
    fs::remove_dir_all(&source_link)?;
    fs::write(path.join(MANIFEST), describe(path, targets)?)?;
    Ok(())
}

/// The crate whose build makes cargo build the libraries; it needs nothing from any registry.
fn write_empty_crate(work: &Path, library: &Path) -> Result<PathBuf> {
    let directory = work.join("empty");
    fs::create_dir_all(directory.join("src"))?;
    fs::create_dir_all(directory.join(".cargo"))?;
    fs::write(
        directory.join("Cargo.toml"),
        "[package]\nname = \"empty\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [profile.release]\ncodegen-units = 1\n",
    )?;
    fs::write(directory.join("src/lib.rs"), "#![no_std]\n")?;
    // The whole library workspace is resolved, even for `core` alone.
    fs::write(
        directory.join(".cargo/config.toml"),
        format!(
            "[source.crates-io]\nreplace-with = \"vendored\"\n\n[source.vendored]\ndirectory = {:?}\n",
            library.join("vendor")
        ),
    )?;
    Ok(directory)
}

/// Builds the libraries for one target; returns the directory that holds them.
fn build(
    toolchain: &Path, active: &Active, directory: &Path, library: &Path, target: &str,
) -> Result<PathBuf> {
    let mut cargo = Command::new(toolchain.join("bin/cargo"));
    workspace::clean_environment(&mut cargo);
    Toolchain { sysroot: toolchain.to_owned() }.apply(&mut cargo);
    // Panic locations read as those of the official libraries, without this machine's paths.
    let official = format!("/rustc/{}/library", active.commit);
    let link = toolchain.join("lib/rustlib/src/rust/library");
    let flags = [
        "-Cembed-bitcode=yes".to_owned(),
        "-Zforce-unstable-if-unmarked".to_owned(),
        format!("--remap-path-prefix={}={official}", link.display()),
        format!("--remap-path-prefix={}={official}", library.display()),
    ];
    cargo
        .current_dir(directory)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"))
        .args(["build", "--release", "--offline", "--target", target])
        .arg("-Zbuild-std=core,alloc,compiler_builtins")
        .arg("-Zbuild-std-features=compiler-builtins-mem")
        .arg("--target-dir")
        .arg(directory.join("target"));
    let text = format!("building core and alloc for {target}");
    command::step("toolchain", &text, &mut cargo, BUILD_LIMIT)?;
    Ok(directory.join("target").join(target).join("release/deps"))
}

fn install(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for name in LIBRARIES {
        let file = library(from, name)?;
        let target = to.join(file.file_name().unwrap_or_default());
        fs::copy(&file, &target).with_context(|| {
            format!("could not copy {} to {}", file.display(), target.display())
        })?;
    }
    Ok(())
}

fn libraries_of(sysroot: &Path, target: &str) -> PathBuf {
    sysroot.join("lib/rustlib").join(target).join("lib")
}

/// The one file `lib<name>-<hash>.rlib` in `directory`.
fn library(directory: &Path, name: &str) -> Result<PathBuf> {
    let prefix = format!("lib{name}-");
    let mut found = fs::read_dir(directory)
        .with_context(|| format!("could not read {}", directory.display()))?
        .flatten()
        .filter(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.starts_with(&prefix) && name.ends_with(".rlib")
        });
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only.path()),
        (None, _) => bail!("{}: no {prefix}*.rlib", directory.display()),
        (Some(_), Some(_)) => bail!("{}: more than one {prefix}*.rlib", directory.display()),
    }
}

/// One line for each library of each target: its size and its path in the toolchain.
fn describe(sysroot: &Path, targets: &[&str]) -> Result<String> {
    let mut text = String::new();
    for target in targets {
        for name in LIBRARIES {
            let file = library(&libraries_of(sysroot, target), name)?;
            let size = file.metadata()?.len();
            let path = file.strip_prefix(sysroot).unwrap_or(&file);
            text.push_str(&format!("{size} {}\n", path.display()));
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_copy_is_found() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        let error = |root: &Path| format!("{:#}", verify(root, &["t"]).unwrap_err());
        assert_eq!(error(root), "bin/rustc is missing");
        fs::create_dir(root.join("bin")).unwrap();
        fs::write(root.join("bin/rustc"), "").unwrap();
        fs::write(root.join("bin/cargo"), "").unwrap();
        assert!(error(root).contains(MANIFEST));
        let libraries = libraries_of(root, "t");
        fs::create_dir_all(&libraries).unwrap();
        for name in LIBRARIES {
            fs::write(libraries.join(format!("lib{name}-0.rlib")), name).unwrap();
        }
        let described = describe(root, &["t"]).unwrap();
        assert!(described.starts_with("4 lib/rustlib/t/lib/libcore-0.rlib\n"));
        fs::write(root.join(MANIFEST), described).unwrap();
        verify(root, &["t"]).unwrap();
        fs::write(libraries.join("libcore-0.rlib"), "cor").unwrap();
        assert!(error(root).starts_with("the libraries are not those"));
        fs::remove_file(libraries.join("libcore-0.rlib")).unwrap();
        assert!(error(root).ends_with("no libcore-*.rlib"));
    }
}
