//! The Rust toolchain with the bare-metal targets.
//!
//! In this order: the active toolchain, if it has the targets; the copy with them that an earlier
//! run has built; `rustup target add`; a new copy, with the libraries built from Debian's sources
//! of exactly the active version. Rustup's own directory is never written by us.

mod build_std;
mod rust_src;
mod sysroot;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::cache::Cache;
use crate::command;
use crate::progress::say;
use crate::workspace;

/// What the kernel and the loader are built for: no floating point registers.
pub const KERNEL_TARGET: &str = "aarch64-unknown-none-softfloat";
/// What programs at EL0 are built for.
pub const USER_TARGET: &str = "aarch64-unknown-none";
/// Every target that has to be there.
/// The target of assembled systems' programs. Code that never touches the floating-point registers
/// costs no switch of them: neither between components, nor between a guest and its VMM.
pub const COMPONENT_TARGET: &str = KERNEL_TARGET;

const TARGETS: [&str; 2] = [KERNEL_TARGET, USER_TARGET];

const RUSTUP_LIMIT: Duration = Duration::from_secs(180);

/// A toolchain that has all [`TARGETS`].
#[derive(Debug, Clone)]
pub struct Toolchain {
    sysroot: PathBuf,
}

/// The compiler that cargo uses in this workspace.
pub struct Active {
    /// Version, as `1.95.0`.
    pub release: String,
    /// Commit of the compiler's source, as rustc prints it.
    pub commit: String,
    /// The host triple.
    pub host: String,
    /// The toolchain's directory.
    pub sysroot: PathBuf,
}

impl Active {
    fn detect() -> Result<Self> {
        let rustc = || {
            let mut command = Command::new("rustc");
            command.current_dir(workspace::root());
            command
        };
        let verbose = command::query(rustc().arg("-vV"))?;
        let field = |name: &str| {
            verbose
                .lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
                .map(str::to_owned)
                .with_context(|| format!("`rustc -vV` prints no `{name}`:\n{verbose}"))
        };
        let sysroot = PathBuf::from(command::query(rustc().args(["--print", "sysroot"]))?);
        Ok(Self {
            release: field("release")?,
            commit: field("commit-hash")?,
            host: field("host")?,
            sysroot: sysroot.canonicalize().unwrap_or(sysroot),
        })
    }

    /// The name of the cached copy: another compiler must never use it.
    fn entry_name(&self) -> String {
        let commit: String = self.commit.chars().take(12).collect();
        format!("toolchain-{}-{commit}-{}", self.release, self.host)
    }
}

impl Toolchain {
    /// Finds the toolchain or makes it. `rust_src` is a directory with Rust's library sources to
    /// use in place of Debian's.
    pub fn resolve(cache: &Cache, rust_src: Option<&Path>) -> Result<Self> {
        let active = Active::detect()?;
        let missing = missing_targets(&active.sysroot);
        if missing.is_empty() {
            return Ok(Self { sysroot: active.sysroot });
        }
        let name = active.entry_name();
        let copy = cache.entry(&name);
        if rust_src.is_none() && build_std::verify(&copy, &TARGETS).is_ok() {
            return Ok(Self { sysroot: copy });
        }
        say("toolchain", &format!("Rust {} lacks {}", active.release, missing.join(" and ")));
        if rust_src.is_none() && rustup_add(&active, &missing) {
            return Ok(Self { sysroot: active.sysroot });
        }
        let sysroot = cache.get_or_make(
            &name,
            |path| build_std::verify(path, &TARGETS),
            |path| build_std::make(path, &active, &TARGETS, rust_src),
        )?;
        Ok(Self { sysroot })
    }

    /// The toolchain's directory.
    pub fn sysroot(&self) -> &Path {
        &self.sysroot
    }

    /// Makes `command` and its children use this toolchain, with or without rustup's proxies.
    pub fn apply(&self, command: &mut Command) {
        let bin = self.sysroot.join("bin");
        command
            .env("RUSTUP_TOOLCHAIN", &self.sysroot)
            .env("PATH", front_of("PATH", &bin))
            // Rustup and cargo put the other toolchain's libraries here, and rustc takes its
            // sysroot from the library that it was linked with.
            .env("LD_LIBRARY_PATH", self.sysroot.join("lib"))
            .env_remove("RUSTC")
            .env_remove("CARGO");
    }
}

/// The search path `variable` with `directory` put first.
fn front_of(variable: &str, directory: &Path) -> OsString {
    let old = std::env::var_os(variable).unwrap_or_default();
    let paths = std::iter::once(directory.to_owned()).chain(std::env::split_paths(&old));
    // Only a name with a colon can fail; then the toolchain couldn't be found by PATH at all.
    std::env::join_paths(paths).unwrap_or(old)
}

fn missing_targets(sysroot: &Path) -> Vec<&'static str> {
    let lacks = |target: &&str| !build_std::has_core(sysroot, target);
    TARGETS.into_iter().filter(lacks).collect()
}

/// Lets rustup install the targets, where it may and can. Returns whether they are there now.
fn rustup_add(active: &Active, missing: &[&str]) -> bool {
    if std::env::var_os("RUSTUP_AUTO_INSTALL").is_some_and(|value| value == "0") {
        say("toolchain", "RUSTUP_AUTO_INSTALL is 0: rustup is not asked for them");
        return false;
    }
    if command::find_program("rustup").is_none() {
        return false;
    }
    let mut rustup = Command::new("rustup");
    rustup.args(["target", "add"]).args(missing).current_dir(workspace::root());
    let added = command::step("toolchain", "rustup target add", &mut rustup, RUSTUP_LIMIT);
    match added {
        Ok(_) => missing_targets(&active.sysroot).is_empty(),
        Err(error) => {
            let text = format!("{error:#}");
            let reason = text.lines().find(|line| line.contains("error")).unwrap_or("");
            say("toolchain", &format!("rustup couldn't add them: {reason}"));
            false
        }
    }
}
