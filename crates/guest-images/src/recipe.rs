//! Root file systems of the user's own: packages, modules, files and folders on top of one that
//! exists or of the default one.

use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, Result, bail};
use host_support::cache::Cache;

use crate::archive;
use crate::directory::{self, Times};
use crate::guest::Guest;
use crate::overlay::set_init;
use crate::rootfs::{self, Parts};
use crate::tree::Content;

/// What a root file system is made of, in this order: what comes later wins.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Recipe {
    /// Start from this root file system instead of busybox and the default modules
    #[arg(long, value_name = "FILE")]
    pub base: Option<PathBuf>,
    /// Leave out the default kernel modules, for a kernel of your own
    #[arg(long)]
    pub no_default_modules: bool,
    /// Add a kernel module of Debian's kernel, and load it at boot; may be given several times
    #[arg(long = "module", value_name = "NAME")]
    pub modules: Vec<String>,
    /// Add a package of Debian and what it depends on; may be given several times
    #[arg(long = "package", value_name = "NAME")]
    pub packages: Vec<String>,
    /// Add all that is in a folder; may be given several times
    #[arg(long = "overlay", value_name = "DIR")]
    pub overlays: Vec<PathBuf>,
    /// Add a file, at a path in the guest; may be given several times
    #[arg(long = "file", value_name = "FILE=PATH")]
    pub files: Vec<Pair>,
    /// Add a symbolic link, at a path in the guest; may be given several times
    #[arg(long = "link", value_name = "TARGET=PATH")]
    pub links: Vec<Pair>,
    /// Use this file as the first program, /init
    #[arg(long, value_name = "FILE")]
    pub init: Option<PathBuf>,
    /// Don't compress the result
    #[arg(long)]
    pub no_gzip: bool,
}

/// `FROM=TO`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// What is before the last `=`.
    pub from: String,
    /// The path behind it.
    pub to: String,
}

impl FromStr for Pair {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.rsplit_once('=') {
            Some((from, to)) if !from.is_empty() && !to.is_empty() => {
                Ok(Self { from: from.to_owned(), to: to.to_owned() })
            }
            _ => Err("expected two names with `=` between them, the path in the guest last".into()),
        }
    }
}

impl Recipe {
    /// Makes the root file system.
    ///
    /// # Errors
    /// Packages can't be had, or a file can't be read or has no place.
    pub fn make(&self, cache: &Cache, guest: Guest) -> Result<Vec<u8>> {
        let default_modules = self.base.is_none() && !self.no_default_modules;
        let parts = Parts { busybox: self.base.is_none(), default_modules, modules: &self.modules };
        let mut tree = match &self.base {
            Some(path) => archive::read(&path.display().to_string(), &read(path)?)?,
            None => rootfs::base()?,
        };
        rootfs::add_packages(&mut tree, cache, guest, &self.packages)?;
        rootfs::add_parts(&mut tree, cache, guest, &parts)?;
        for folder in &self.overlays {
            directory::add(folder, &mut tree, "", Times::Dropped)?;
        }
        for Pair { from, to } in &self.files {
            let path = Path::new(from).canonicalize();
            let path = path.with_context(|| format!("could not read {from}"))?;
            if path.is_dir() {
                bail!("{from} is a folder: expected a file; --overlay adds what is in a folder");
            }
            directory::add_file(&path, &mut tree, to, Times::Dropped)?;
        }
        for Pair { from, to } in &self.links {
            tree.insert(to, 0o777, Content::Link(from.clone()))?;
        }
        if let Some(path) = &self.init {
            set_init(&mut tree, path)?;
        }
        rootfs::pack(&tree, !self.no_gzip)
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("could not read {}", path.display()))
}

#[cfg(test)]
mod test;
