//! Kernel, initial RAM disk and device tree in the guest's memory.
//!
//! Everything is looked at, and has its place, before the first byte is written. Then the images
//! can be loaded any number of times: a guest that resets itself starts from fresh ones.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use fdt::reference::Dropped;
use guest_memory::{GuestMemory, GuestRange, MemoryError, Name, NamedRange};
use vmm::images::{ImageError, Kernel, Mode, Options, Unrecognised};
use vmm::layout::{self, Blob, Boot, LayoutError, Plan, Request};

use crate::config::{DeviceTree, GuestConfig};
use crate::tree::{self, Hardware, TreeError};

/// The files that the attributes name.
#[derive(Clone, Copy, Debug, Default)]
pub struct Files<'a> {
    /// The kernel.
    pub kernel: &'a [u8],
    /// The initial RAM disk, if there is to be one.
    pub initrd: Option<&'a [u8]>,
    /// The device tree, or that which devices are taken from; `None` if there is no board's tree.
    pub device_tree: Option<&'a [u8]>,
}

/// Why a guest can't be started.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BootError {
    /// The kernel is none.
    #[error(transparent)]
    Kernel(#[from] ImageError),
    /// The device tree is none, or can't be made.
    #[error(transparent)]
    DeviceTree(#[from] TreeError),
    /// There is no place for something.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// Memory isn't where the plan has it.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// A file is missing.
    #[error("{0}: the file is missing or empty")]
    NoFile(Name),
}

/// Images with their places.
#[derive(Clone, Debug)]
pub struct Ready<'a> {
    /// The kernel.
    pub kernel: Kernel<'a>,
    /// Where everything goes.
    pub plan: Plan,
    initrd: Option<&'a [u8]>,
    tree: tree::Made,
}

/// Looks at all files and finds a place for each. Nothing is put onto `reserved`.
///
/// A file that is no known form of a kernel is taken for a raw binary only where the attributes
/// say where it starts.
///
/// # Errors
/// A file isn't what it should be, or there is no room.
pub fn prepare<'a>(
    config: &GuestConfig, hardware: &Hardware<'_>, files: Files<'a>, reserved: &[NamedRange],
) -> Result<Ready<'a>, BootError> {
    let unrecognised = match config.kernel.file.at {
        Some(_) => Unrecognised::Raw(Mode::AArch64),
        None => Unrecognised::Refuse,
    };
    let options = Options { unrecognised, ..Options::default() };
    let kernel = Kernel::inspect(config.kernel.file.name.clone(), files.kernel, options)?;
    let initrd = match &config.initrd {
        None => None,
        Some(file) => {
            let bytes = files.initrd.filter(|bytes| !bytes.is_empty());
            Some((file, bytes.ok_or_else(|| BootError::NoFile(file.name.clone().into()))?))
        }
    };
    let has_tree = config.device_tree != DeviceTree::None;
    let needs_file = matches!(
        config.device_tree,
        DeviceTree::File(_) | DeviceTree::Generated { base: Some(_), .. }
    );
    if needs_file && files.device_tree.is_none_or(<[u8]>::is_empty) {
        return Err(BootError::NoFile(tree::name(config)));
    }
    let make = |initrd: Option<GuestRange>| {
        if has_tree {
            tree::make(config, hardware, files.device_tree, initrd)
        } else {
            Ok(tree::Made::default())
        }
    };
    // A tree is as long as another one in which the initial RAM disk is elsewhere.
    let somewhere =
        initrd.and_then(|(_, bytes)| GuestRange::new(config.ram.range.start(), bytes.len() as u64));
    let length = make(somewhere)?.blob.len() as u64;
    let at = match &config.device_tree {
        DeviceTree::None => None,
        DeviceTree::File(file) => file.at,
        DeviceTree::Generated { at, .. } => *at,
    };
    let ram = [NamedRange { name: "RAM".into(), range: config.ram.range }];
    let plan = layout::plan(&Request {
        ram: &ram,
        reserved,
        kernel: &kernel,
        kernel_at: config.kernel.file.at,
        initrd: initrd.map(|(file, bytes)| Blob {
            file: file.name.clone().into(),
            size: bytes.len() as u64,
            at: file.at,
        }),
        device_tree: has_tree.then(|| Blob { file: tree::name(config), size: length, at }),
    })?;
    let tree = make(plan.initrd.as_ref().map(|part| part.range))?;
    Ok(Ready { kernel, plan, initrd: initrd.map(|(_, bytes)| bytes), tree })
}

impl Ready<'_> {
    /// Puts everything into memory, and says how the first processor starts. `publish` is called
    /// for each part that was written: a guest starts with its caches off, so what is in the
    /// monitor's has to be cleaned to the point of coherency.
    ///
    /// # Errors
    /// The kernel's compressed data is damaged, or memory is missing.
    pub fn load(
        &self, memory: &impl GuestMemory, mut publish: impl FnMut(GuestRange),
    ) -> Result<Boot, BootError> {
        self.kernel.load(self.plan.kernel.range.start(), memory)?;
        publish(self.plan.kernel.range);
        let parts = [
            (&self.plan.initrd, self.initrd.unwrap_or_default()),
            (&self.plan.device_tree, self.tree.blob.as_slice()),
        ];
        for (part, bytes) in parts {
            if let Some(part) = part {
                memory.write(part.range.start(), bytes)?;
                publish(part.range);
            }
        }
        Ok(self.plan.boot)
    }

    /// Properties of the board's devices that the guest's tree lacks.
    #[must_use]
    pub fn dropped(&self) -> &[Dropped] {
        &self.tree.dropped
    }

    /// What a person should know: about places, and about what is missing in the tree.
    pub fn notes(&self) -> Vec<String> {
        let places = self.plan.notes.iter().map(ToString::to_string);
        places
            .chain(self.dropped().iter().map(|Dropped { node, property, target }| {
                format!("{node}: no {property}, since the guest doesn't get {target}")
            }))
            .collect()
    }
}

#[cfg(test)]
mod test;
