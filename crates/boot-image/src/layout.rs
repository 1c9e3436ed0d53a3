//! What goes where in physical memory.
//!
//! From low to high addresses: the kernel where its ELF file says, the device
//! tree directly behind it, the loader, the root task. The kernel wants the
//! device tree before the root task, and has room for only one gap between
//! them; the root task comes last so that its zeroed part takes no room in a raw
//! image.

use loader::page_table::BLOCK_SIZE;
use loader::{Range, find_overlap};

use crate::loader_elf::LoaderBlob;
use crate::program::Program;
use crate::{BootNeeds, DeviceTree, Error, InstalledKernel};

/// Bytes of a page.
pub const PAGE: u64 = 4096;

/// The physical memory of each part of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The kernel's image, zeroed part included.
    pub kernel: Range,
    /// The device tree, or the room that is kept for it.
    pub device_tree: Range,
    /// Whether the boot loader brings the device tree.
    pub device_tree_from_boot_loader: bool,
    /// The loader; free memory once the kernel runs.
    pub loader: Range,
    /// The root task's image, whole pages.
    pub root_task: Range,
    /// Virtual address of `root_task.start`.
    pub root_task_virtual: u64,
}

impl Layout {
    /// Places the parts, and checks that the kernel can boot with them.
    pub(crate) fn plan(
        installed: &InstalledKernel, kernel: &Program<'_>, root_task: &Program<'_>,
        loader: &LoaderBlob, device_tree: DeviceTree,
    ) -> Result<Self, Error> {
        let kernel_range = kernel_memory(kernel)?;
        let memory = *installed
            .memory
            .iter()
            .find(|region| region.start <= kernel_range.start && kernel_range.start < region.end)
            .ok_or_else(|| Error::NoMemory {
                file: kernel.name.to_owned(),
                address: kernel_range.start,
                regions: join(&installed.memory),
            })?;

        let room = match device_tree {
            DeviceTree::Prefix => installed.device_tree.bytes.len() as u64,
            DeviceTree::BootLoader { room } => room,
        };
        let virtual_range = root_task.range();
        let virtual_start = virtual_range.start / PAGE * PAGE;
        let mut next = kernel_range.end;
        let mut place = |part: &str, size: u64| {
            let start = align_up(next);
            let wanted = Range::new(start, start.saturating_add(size));
            next = wanted.end;
            if memory.contains(&wanted) {
                Ok(wanted)
            } else {
                Err(Error::Memory {
                    part: part.to_owned(),
                    wanted,
                    memory,
                    advice: "make it smaller or take a platform with more memory",
                })
            }
        };
        let device_tree_range = place(&installed.device_tree.name, room)?;
        let loader_range = place("the loader", align_up(loader.bytes.len() as u64))?;
        let root_task_range =
            place(root_task.name, align_up(virtual_range.end.saturating_sub(virtual_start)))?;

        let layout = Self {
            kernel: kernel_range,
            device_tree: device_tree_range,
            device_tree_from_boot_loader: matches!(device_tree, DeviceTree::BootLoader { .. }),
            loader: loader_range,
            root_task: root_task_range,
            root_task_virtual: virtual_start,
        };
        let parts = [
            ("the kernel", layout.kernel),
            ("the device tree", layout.device_tree),
            ("the loader", layout.loader),
            ("the root task", layout.root_task),
        ];
        if let Some(overlap) = find_overlap(&parts) {
            return Err(Error::Overlap(overlap.to_string()));
        }
        layout.check_boot(installed, root_task, memory)?;
        Ok(layout)
    }

    /// Whether slots, memory and addresses suffice for what the kernel does
    /// before the root task runs.
    fn check_boot(
        &self, installed: &InstalledKernel, root_task: &Program<'_>, memory: Range,
    ) -> Result<(), Error> {
        let configuration = &installed.configuration;
        let start = self.root_task_virtual;
        let image = Range::new(start, start.saturating_add(self.root_task.len()));
        let needs = BootNeeds::new(configuration, image, self.device_tree.len());
        if needs.slots > 1 << configuration.root_cnode_size_bits {
            return Err(Error::RootCNode {
                file: root_task.name.to_owned(),
                needed: needs.slots,
                frames: needs.frames,
                bits: configuration.root_cnode_size_bits,
            });
        }
        let top = (1_u64 << configuration.physical_address_bits) - 1;
        if needs.virtual_end >= top {
            return Err(Error::malformed(
                root_task.name,
                format!(
                    "its virtual addresses with IPC buffer and boot information end at {:#x}, \
                     expected less than {top:#x}",
                    needs.virtual_end
                ),
            ));
        }
        let rest = Range::new(self.root_task.end, memory.end);
        let fits = |region: &Range| needs.fit(*region);
        if !fits(&rest) && !installed.memory.iter().filter(|region| **region != memory).any(fits) {
            return Err(Error::Memory {
                part: format!(
                    "what the kernel creates for {} (root CNode, page tables, ...)",
                    root_task.name
                ),
                wanted: Range::new(rest.start, rest.start.saturating_add(needs.bytes)),
                memory: rest,
                advice: "make the root task smaller, take a platform with more memory or a kernel \
                         with a smaller root CNode",
            });
        }
        Ok(())
    }
}

/// The physical memory of the kernel: all segments with the same distance
/// between physical and virtual addresses, and 2 MiB blocks that fit both.
fn kernel_memory(kernel: &Program<'_>) -> Result<Range, Error> {
    let range = kernel.range();
    let malformed = |what: String| Error::malformed(kernel.name, what);
    let Some(first) = kernel.segments.first() else {
        return Err(malformed("no loadable segments".to_owned()));
    };
    let offset = first.physical.wrapping_sub(first.range.start);
    for segment in &kernel.segments {
        if segment.range.start.wrapping_add(offset) != segment.physical {
            return Err(malformed(format!(
                "the segment at virtual {:#x} has physical address {:#x}, expected {:#x}: all \
                 segments of a kernel have the same offset",
                segment.range.start,
                segment.physical,
                segment.range.start.wrapping_add(offset)
            )));
        }
    }
    if !offset.is_multiple_of(BLOCK_SIZE) || !first.physical.is_multiple_of(PAGE) {
        return Err(malformed(format!(
            "the kernel is at virtual {:#x} and physical {:#x}, expected whole pages and a \
             difference of a multiple of 2 MiB",
            first.range.start, first.physical
        )));
    }
    let end = first.physical.checked_add(align_up(range.len())).ok_or_else(|| {
        malformed(format!(
            "{:#x} bytes from physical {:#x} are too many",
            range.len(),
            first.physical
        ))
    })?;
    Ok(Range::new(first.physical, end))
}

/// The next page boundary, or the last one there is.
pub fn align_up(value: u64) -> u64 {
    value.checked_next_multiple_of(PAGE).unwrap_or(u64::MAX / PAGE * PAGE)
}

fn join(regions: &[Range]) -> String {
    regions.iter().map(Range::to_string).collect::<Vec<_>>().join(", ")
}
