//! The contents of an image, and the two forms that they are written in.

mod elf;
mod image;

use loader::{Description, DeviceTreeSource, KernelMapping, MAX_FILLS, Platform, UserImage};

use crate::blob::{Blob, flatten};
use crate::device_tree::Board;
use crate::loader_elf::LoaderBlob;
use crate::program::Program;
use crate::{Error, InstalledKernel, Layout};

/// The form of an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// An ELF file with physical addresses, for QEMU and U-Boot's `bootelf`.
    #[default]
    Elf,
    /// A raw arm64 Image, for QEMU, U-Boot's `booti` and firmware that starts
    /// Linux.
    Image,
}

/// Everything that an image holds.
pub struct Contents {
    /// Bytes by physical address, in order, none overlapping.
    blobs: Vec<Blob>,
    /// Physical address of the loader's first instruction.
    entry: u64,
    /// Where the memory of the image begins and ends.
    layout: Layout,
    /// Code of a raw image's first page.
    head: Vec<u8>,
}

impl Contents {
    /// Collects the parts of an image.
    pub fn new(
        installed: &InstalledKernel, kernel: &Program<'_>, root_task: &Program<'_>,
        loader: LoaderBlob, layout: &Layout, board: &Board,
    ) -> Result<Self, Error> {
        let (mut blobs, mut fills) = flatten(kernel, layout.kernel, MAX_FILLS / 2);
        let source = if layout.device_tree_from_boot_loader {
            DeviceTreeSource::BootLoader
        } else {
            let bytes = installed.device_tree.bytes.clone();
            blobs.push(Blob { start: layout.device_tree.start, bytes });
            DeviceTreeSource::Image
        };
        let (root_blobs, root_fills) = flatten(root_task, layout.root_task, MAX_FILLS / 2);
        fills.extend(root_fills);

        let mut description = Description {
            magic: Description::MAGIC,
            kernel: KernelMapping {
                physical: layout.kernel,
                virtual_start: kernel.range().start,
                entry: kernel.entry,
                tcr_el2: installed.configuration.tcr_el2(),
            },
            user: UserImage {
                physical: layout.root_task,
                offset: layout.root_task.start.wrapping_sub(layout.root_task_virtual),
                entry: root_task.entry,
            },
            device_tree: layout.device_tree,
            device_tree_source: source as u64,
            loader: layout.loader,
            platform: Platform {
                uart: board.uart.unwrap_or(0),
                gic_distributor: board.gic.map_or(0, |gic| gic.0),
                gic_cpu_interface: board.gic.map_or(0, |gic| gic.1),
            },
            ..Description::EMPTY
        };
        for (slot, fill) in description.fills.iter_mut().zip(&fills) {
            *slot = *fill;
        }
        blobs.push(Blob {
            start: layout.loader.start,
            bytes: loader.place(layout.loader.start, &description),
        });
        blobs.extend(root_blobs);
        blobs.sort_by_key(|blob| blob.start);
        Ok(Self {
            blobs,
            entry: layout.loader.start + loader.entry,
            layout: *layout,
            head: loader.head().to_vec(),
        })
    }
}
