//! `cargo xtask setup`: everything that a machine needs, once.

use std::path::PathBuf;

use anyhow::Result;

use crate::cache::Cache;
use crate::packages;
use crate::progress::say;
use crate::toolchain::Toolchain;

/// What setup may do and where it looks. All other commands that build take these, too.
#[derive(clap::Args, Debug, Clone, Default)]
pub struct SetupOptions {
    /// Install missing system packages without asking
    #[arg(long, short = 'y')]
    pub yes: bool,
    /// Build missing targets from the Rust library sources in DIR (with `vendor`) in place of
    /// Debian's rust-src
    #[arg(long, value_name = "DIR")]
    pub rust_src: Option<PathBuf>,
}

/// Makes the machine ready and returns the toolchain to build with.
pub fn ensure(options: &SetupOptions) -> Result<Toolchain> {
    packages::ensure(options.yes)?;
    let cache = Cache::open()?;
    Toolchain::resolve(&cache, options.rust_src.as_deref())
}

/// `cargo xtask setup`.
pub fn run(options: &SetupOptions) -> Result<()> {
    let toolchain = ensure(options)?;
    say("setup", &format!("ready; bare-metal toolchain: {}", toolchain.sysroot().display()));
    Ok(())
}
