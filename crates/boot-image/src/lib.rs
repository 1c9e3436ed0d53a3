//! Packs kernel, root task and device tree into one bootable image.
//!
//! [`pack`] takes an installed kernel ([`InstalledKernel`]), the ELF file of the
//! `loader` package and that of a root task. It checks everything that can be
//! known before the machine is switched on, decides what goes where in physical
//! memory ([`Layout`]) and writes the image as an ELF file or as a raw arm64
//! Image. The same input gives the same bytes.

#![forbid(unsafe_code)]

mod attach;
mod blob;
mod device_tree;
mod error;
mod installed;
mod layout;
mod loader_elf;
mod output;
mod program;
mod root_server;
mod symbols;

#[cfg(test)]
mod test_support;
#[cfg(test)]
mod tests;

pub use attach::attach_spec;
pub use error::Error;
pub use installed::{Configuration, InstalledKernel};
pub use layout::Layout;
pub use output::Format;
pub use root_server::BootNeeds;
pub use symbols::function_symbols;

use std::fs;
use std::path::Path;

/// A file's contents with the name to use in messages.
#[derive(Clone, Debug)]
pub struct Input {
    /// What messages call the file, usually its path.
    pub name: String,
    /// Its contents.
    pub bytes: Vec<u8>,
}

impl Input {
    /// Reads the file at `path`.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let name = path.display().to_string();
        match fs::read(path) {
            Ok(bytes) => Ok(Self { name, bytes }),
            Err(source) => Err(Error::Read { file: name, source }),
        }
    }
}

/// Where the image gets the device tree from that the kernel passes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeviceTree {
    /// `support/kernel.dtb` of the prefix is put into the image.
    #[default]
    Prefix,
    /// The boot loader passes one in x0, of up to this many bytes.
    BootLoader {
        /// Room that is kept for it.
        room: u64,
    },
}

/// An image and what there is to say about it.
#[derive(Clone)]
pub struct Packed {
    /// The contents of the image's file.
    pub bytes: Vec<u8>,
    /// What went where.
    pub layout: Layout,
    /// Sentences about things that are allowed, but probably not meant.
    pub warnings: Vec<String>,
}

/// Packs an image that starts `root_task` on the kernel of `installed`.
pub fn pack(
    installed: &InstalledKernel, loader: &Input, root_task: &Input, device_tree: DeviceTree,
    format: Format,
) -> Result<Packed, Error> {
    let kernel = program::Program::parse(&installed.kernel)?;
    let root_task = program::Program::parse(root_task)?;
    let loader = loader_elf::LoaderBlob::parse(loader)?;
    let board = device_tree::Board::parse(&installed.device_tree)?;

    let layout = Layout::plan(installed, &kernel, &root_task, &loader, device_tree)?;
    let mut warnings = root_task.warnings();
    if board.uart.is_none() {
        warnings.push(format!(
            "{}: /chosen/stdout-path names no PL011, so the loader prints nothing",
            installed.device_tree.name
        ));
    }
    let contents = output::Contents::new(installed, &kernel, &root_task, loader, &layout, &board)?;
    let bytes = match format {
        Format::Elf => contents.to_elf(),
        Format::Image => contents.to_image(&board)?,
    };
    Ok(Packed { bytes, layout, warnings })
}
