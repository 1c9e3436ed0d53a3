//! Overlays: files added to a root file system that exists, in camkes-vm-linux's ways.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::archive;
use crate::compress;
use crate::directory::{self, Times};
use crate::newc;
use crate::tree::{Content, Tree};

/// Whose root file system it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Distribution {
    /// Made by initramfs-tools; the real root file system is on a disk.
    Debian,
    /// Complete in itself.
    Buildroot,
}

/// Where the files go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Mode {
    /// Debian, with `boot=overlay` on the command line: over the disk's root, in memory
    Overlay,
    /// Debian, with `boot=fs_install` on the command line: copied to the disk
    FsInstall,
    /// Into the root file system itself
    RootfsInstall,
}

/// What to add to what.
#[derive(Debug, Clone, clap::Args)]
pub struct Overlay {
    /// The root file system
    #[arg(long, value_name = "FILE")]
    pub image: PathBuf,
    /// The folder (or, for the disk's root, the file) to add
    #[arg(long, value_name = "PATH")]
    pub root_install: PathBuf,
    /// What made the root file system
    #[arg(long, value_enum)]
    pub distro: Distribution,
    /// Where the files go
    #[arg(long, value_enum)]
    pub mode: Mode,
    /// A first program to use instead
    #[arg(long, value_name = "FILE")]
    pub custom_init: Option<PathBuf>,
    /// Leave the uncompressed part at the image's start as it is, and compress the rest
    #[arg(long)]
    pub splitgz: bool,
    /// Compress the result
    #[arg(long)]
    pub gzip: bool,
}

/// Where the files of the modes for disks wait in the root file system; the same as upstream's, since
/// scripts may look there.
const WAITING: &str = "sel4_vm_artifacts";

impl Overlay {
    /// Reads the files, and returns the new root file system.
    ///
    /// # Errors
    /// Something can't be read, or the mode isn't one of the distribution's.
    pub fn apply(&self) -> Result<Vec<u8>> {
        if self.distro == Distribution::Buildroot && self.mode != Mode::RootfsInstall {
            bail!(
                "mode `{}` is only for debian: a root file system of buildroot has no disk under \
                 it; expected `rootfs_install`",
                if self.mode == Mode::Overlay { "overlay" } else { "fs_install" }
            );
        }
        let name = self.image.display().to_string();
        let bytes = fs::read(&self.image).with_context(|| format!("could not read {name}"))?;
        let (early, mut tree) = if self.splitgz {
            let split = archive::read_split(&name, &bytes)?;
            (split.early, split.tree)
        } else {
            (Default::default(), archive::read(&name, &bytes)?)
        };
        self.add(&mut tree)?;
        let mut image = newc::write(&tree)?;
        if self.splitgz {
            image = [early, &compress::gzip(&image)?].concat();
        }
        if self.gzip { compress::gzip(&image) } else { Ok(image) }
    }

    fn add(&self, tree: &mut Tree) -> Result<()> {
        let (below, times) = match self.mode {
            Mode::RootfsInstall => ("", Times::Dropped),
            Mode::Overlay => (WAITING, Times::Dropped),
            // The script copies what is newer than on the disk.
            Mode::FsInstall => (WAITING, Times::Kept),
        };
        if self.root_install.is_dir() {
            directory::add(&self.root_install, tree, below, times)?;
        } else if self.mode == Mode::RootfsInstall {
            bail!("{}: expected a folder to install", self.root_install.display());
        } else {
            let name = self.root_install.file_name().and_then(|name| name.to_str());
            let name = name.with_context(|| self.root_install.display().to_string())?;
            let inside = format!("{below}/{name}");
            directory::add_file(&self.root_install, tree, &inside, times)?;
        }
        let script = match self.mode {
            Mode::RootfsInstall => None,
            Mode::Overlay => {
                Some(("scripts/overlay", include_str!("../../../linux/debian-initrd/overlay")))
            }
            Mode::FsInstall => Some((
                "scripts/fs_install",
                include_str!("../../../linux/debian-initrd/fs_install"),
            )),
        };
        if let Some((path, text)) = script {
            require_boot_scripts(tree, &self.image)?;
            tree.insert(path, 0o644, Content::File(text.as_bytes().to_vec()))?;
        }
        if let Some(path) = &self.custom_init {
            set_init(tree, path)?;
        }
        Ok(())
    }
}

/// Without them nobody would run the script.
fn require_boot_scripts(tree: &Tree, image: &Path) -> Result<()> {
    if tree.get("scripts/local").is_none() {
        bail!(
            "{}: it has no scripts/local, so initramfs-tools didn't make it; expected mode \
             `rootfs_install`",
            image.display()
        );
    }
    Ok(())
}

/// Replaces the first program.
///
/// # Errors
/// The file can't be read.
pub fn set_init(tree: &mut Tree, path: &Path) -> Result<()> {
    let bytes = fs::read(path).with_context(|| format!("could not read {}", path.display()))?;
    tree.insert("init", 0o755, Content::File(bytes)).with_context(|| path.display().to_string())
}

#[cfg(test)]
mod test;
