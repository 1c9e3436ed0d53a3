//! The two files that a Linux guest boots from: the defaults, or the user's own.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use host_support::cache::Cache;

use crate::archive;
use crate::guest::Guest;
use crate::kernel;
use crate::rootfs;

/// Whose files to take.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Choice {
    /// Whose packages.
    #[command(flatten)]
    pub guest: Guest,
    /// Use this kernel instead of Debian's
    #[arg(long, value_name = "FILE")]
    pub kernel: Option<PathBuf>,
    /// Use this root file system instead of the default one
    #[arg(long, value_name = "FILE")]
    pub rootfs: Option<PathBuf>,
    /// Ask for newer packages
    #[arg(long)]
    pub update: bool,
}

/// The files of a guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// The kernel, in a form that boots.
    pub kernel: PathBuf,
    /// The root file system: an archive, compressed or not.
    pub rootfs: PathBuf,
}

impl Choice {
    /// The files' paths. What isn't there yet is made, and the user's own files are checked.
    ///
    /// # Errors
    /// Packages can't be had, or a file isn't what it has to be.
    pub fn files(&self, cache: &Cache) -> Result<Files> {
        Ok(Files { kernel: self.kernel(cache)?, rootfs: self.rootfs(cache)? })
    }

    /// The path of the kernel alone.
    ///
    /// # Errors
    /// See [`Choice::files`].
    pub fn kernel(&self, cache: &Cache) -> Result<PathBuf> {
        let Some(path) = &self.kernel else {
            return kernel::image(cache, self.guest, self.update);
        };
        kernel::check(self.guest.arch, &path.display().to_string(), &read(path)?)?;
        absolute(path)
    }

    /// The path of the root file system alone.
    ///
    /// # Errors
    /// See [`Choice::files`].
    pub fn rootfs(&self, cache: &Cache) -> Result<PathBuf> {
        let Some(path) = &self.rootfs else {
            return rootfs::default(cache, self.guest, self.update);
        };
        archive::check(&path.display().to_string(), &read(path)?)?;
        absolute(path)
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("could not read {}", path.display()))
}

fn absolute(path: &Path) -> Result<PathBuf> {
    path.canonicalize().with_context(|| format!("could not resolve {}", path.display()))
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn files_of_the_users_own_are_checked() {
        let directory = tempfile::tempdir().unwrap();
        let cache = Cache::at(directory.path().join("cache")).unwrap();
        let text = directory.path().join("text");
        fs::write(&text, "a text file").unwrap();
        let choice =
            Choice { kernel: Some(text.clone()), rootfs: Some(text.clone()), ..Choice::default() };
        let error = choice.kernel(&cache).unwrap_err().to_string();
        assert!(error.contains("text: no kernel: it starts with"), "{error}");
        let error = format!("{:#}", choice.rootfs(&cache).unwrap_err());
        assert!(error.contains("expected a cpio archive"), "{error}");
        // What the guest's own kernel may unpack is left to it.
        fs::write(&text, b"\x02\x21\x4c\x18 lz4").unwrap();
        assert_eq!(choice.rootfs(&cache).unwrap(), text.canonicalize().unwrap());
    }
}
