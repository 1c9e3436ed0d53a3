//! Where kernel, initrd and device tree go in guest memory.
//!
//! Rules of arm64 Linux (Documentation/arch/arm64/booting.rst, sections 2 to 4):
//! - The kernel is `text_offset` bytes above a multiple of 2 MiB, with `image_size` bytes free.
//! - The device tree is on a multiple of 8 bytes, and has at most 2 MiB.
//! - The initrd lies in a window of 32 GiB, aligned to 1 GiB, that holds the kernel too.
//!
//! Of 32-bit Linux (Documentation/arch/arm/booting.rst): the zImage is in the first 128 MiB of
//! memory, initrd and device tree are in memory that the kernel maps from its start; the device
//! tree is on a multiple of 8 bytes.
//!
//! Whatever is given an address gets it or is refused; the rest is put where there is room:
//! the kernel as low as the rules allow, device tree and initrd at the top. No two parts ever
//! share a byte, and a refusal names both.

use alloc::vec::Vec;
use core::fmt;

use guest_memory::{GuestAddress, GuestRange, Name, NamedRange};

use crate::images::{Form, Kernel, Mode};

mod error;
mod room;

pub use error::{LayoutError, Note, Ranges};

use room::{highest, lowest};

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// A file that is loaded as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// The file's name.
    pub file: Name,
    /// Its length in bytes.
    pub size: u64,
    /// Where it has to go, if somebody said so.
    pub at: Option<GuestAddress>,
}

/// What is to be placed.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The guest's memory: regions that don't overlap.
    pub ram: &'a [NamedRange],
    /// Parts of it, or devices, that nothing may be put onto.
    pub reserved: &'a [NamedRange],
    /// The kernel.
    pub kernel: &'a Kernel<'a>,
    /// Where the kernel has to go, if somebody said so. An ELF file goes to its own addresses.
    pub kernel_at: Option<GuestAddress>,
    /// The initial RAM disk.
    pub initrd: Option<Blob>,
    /// The device tree. Its size is that after all changes.
    pub device_tree: Option<Blob>,
}

/// The registers that the first processor starts with; all others are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Boot {
    /// In which state.
    pub mode: Mode,
    /// The first instruction.
    pub pc: GuestAddress,
    /// x0 to x3, or r0 to r3.
    pub arguments: [u64; 4],
}

impl Boot {
    /// The processor state, in the form of SPSR_EL2: EL1 with its own stack pointer or Supervisor
    /// mode, all interrupts masked.
    #[must_use]
    pub const fn pstate(self) -> u64 {
        match self.mode {
            Mode::AArch64 => 0x3c5,
            Mode::AArch32 => 0x1d3,
        }
    }
}

/// A result: where everything goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The kernel's place, with its uninitialised data; of an ELF file, from the lowest segment
    /// to the end of the highest.
    pub kernel: NamedRange,
    /// The initrd's place.
    pub initrd: Option<NamedRange>,
    /// The device tree's place.
    pub device_tree: Option<NamedRange>,
    /// How to start.
    pub boot: Boot,
    /// What somebody should know.
    pub notes: Vec<Note>,
}

impl Plan {
    /// All parts, by ascending address.
    #[must_use]
    pub fn parts(&self) -> Vec<&NamedRange> {
        let mut parts: Vec<_> =
            [Some(&self.kernel), self.initrd.as_ref(), self.device_tree.as_ref()]
                .into_iter()
                .flatten()
                .collect();
        parts.sort_by_key(|part| part.range.start());
        parts
    }
}

/// Finds a place for everything.
///
/// # Errors
/// There is none that the rules allow; the error names what is in the way.
pub fn plan(request: &Request<'_>) -> Result<Plan, LayoutError> {
    Planner { request, taken: request.reserved.to_vec() }.plan()
}

/// A line for each part, for the summary that a person sees when a guest starts.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in self.parts() {
            let tenths = part.range.size().saturating_mul(10).div_ceil(MIB);
            writeln!(f, "{}  {} ({}.{} MiB)", part.range, part.name, tenths / 10, tenths % 10)?;
        }
        write!(f, "entry at {}", self.boot.pc)
    }
}

struct Planner<'a> {
    request: &'a Request<'a>,
    /// What nothing may be put onto any more.
    taken: Vec<NamedRange>,
}

impl Planner<'_> {
    fn plan(mut self) -> Result<Plan, LayoutError> {
        let Request { kernel, kernel_at, initrd, device_tree, .. } = self.request;
        // What has an address comes first, so that the rest gives way.
        let fixed_kernel = self.fixed_kernel(*kernel_at)?;
        let fixed = |planner: &mut Self, blob: &Option<Blob>| match blob {
            Some(Blob { file, size, at: Some(at) }) => {
                planner.take(file.clone(), *at, *size).map(Some)
            }
            _ => Ok(None),
        };
        let fixed_tree = fixed(&mut self, device_tree)?;
        let fixed_initrd = fixed(&mut self, initrd)?;
        let kernel_part = match fixed_kernel {
            Some(part) => part,
            None => self.free_kernel()?,
        };
        let near = self.reach(kernel_part.range);
        let device_tree_part = match (fixed_tree, device_tree) {
            (None, Some(blob)) => Some(self.free_blob(blob, 2 * MIB, near)?),
            (part, _) => part,
        };
        let initrd_part = match (fixed_initrd, initrd) {
            (None, Some(blob)) => Some(self.free_blob(blob, 4096, near)?),
            (part, _) => part,
        };
        if let Some(part) = &device_tree_part {
            self.check_device_tree(part)?;
        }
        if let Some(part) = &initrd_part {
            self.check_initrd(part, kernel_part.range, near)?;
        }
        let notes = misaligned(kernel, &kernel_part).into_iter().collect();
        let boot = boot(kernel, kernel_part.range, device_tree_part.as_ref());
        let (initrd, device_tree) = (initrd_part, device_tree_part);
        Ok(Plan { kernel: kernel_part, initrd, device_tree, boot, notes })
    }

    /// Checks a place and takes it.
    fn take(&mut self, name: Name, at: GuestAddress, size: u64) -> Result<NamedRange, LayoutError> {
        let range = GuestRange::new(at, size).ok_or_else(|| LayoutError::Impossible {
            file: name.clone(),
            size,
            at,
        })?;
        let part = NamedRange { name, range };
        if !self.request.ram.iter().any(|ram| ram.range.contains_range(range)) {
            return Err(LayoutError::OutsideRam { part, ram: self.ram() });
        }
        if let Some(there) = self.taken.iter().find(|there| there.range.overlaps(range)) {
            return Err(LayoutError::Overlap { first: there.clone(), second: part });
        }
        self.taken.push(part.clone());
        Ok(part)
    }

    /// The kernel, if somebody said where it goes: a person or the file itself.
    fn fixed_kernel(
        &mut self, at: Option<GuestAddress>,
    ) -> Result<Option<NamedRange>, LayoutError> {
        let kernel = self.request.kernel;
        let name = Name::Owned(kernel.file().into());
        if let Form::Elf(elf) = kernel.form() {
            if let Some(given) = at.filter(|given| *given != elf.entry) {
                return Err(LayoutError::ElfAddress { file: name, entry: elf.entry, given });
            }
            // Between segments there may be room for something else, but nobody needs it.
            let range = elf.range();
            return self.take(name, range.start(), range.size()).map(Some);
        }
        at.map(|at| self.take(name, at, kernel.size())).transpose()
    }

    /// The kernel, as low as its rules allow.
    fn free_kernel(&mut self) -> Result<NamedRange, LayoutError> {
        let kernel = self.request.kernel;
        let name = Name::Owned(kernel.file().into());
        let first = self.request.ram.iter().map(|ram| ram.range.start()).min();
        let first = first.ok_or(LayoutError::NoRam)?;
        // The offset from a multiple of the alignment, and how far up is allowed.
        let (align, offset, most, rule) = match (kernel.form(), kernel.mode()) {
            (Form::Arm64(header), _) => (2 * MIB, header.text_offset, u64::MAX, ""),
            (_, Mode::AArch64) => (2 * MIB, 0x8_0000, u64::MAX, ""),
            (_, Mode::AArch32) => {
                (2 * MIB, 0x8000, 128 * MIB, ": a 32-bit kernel goes into the first 128 MiB")
            }
        };
        let size = kernel.size();
        let found = lowest(self.request.ram, &self.taken, size, align, offset)
            .filter(|at| at.0 - first.0 <= most.saturating_sub(size));
        match found {
            Some(at) => self.take(name, at, size),
            None => Err(self.no_room(name, size, rule)),
        }
    }

    /// A file that nobody gave a place to: at the top of what the kernel reaches.
    fn free_blob(
        &mut self, blob: &Blob, align: u64, near: GuestRange,
    ) -> Result<NamedRange, LayoutError> {
        let Blob { file, size, .. } = blob;
        match highest(self.request.ram, &self.taken, *size, align, near) {
            Some(at) => self.take(file.clone(), at, *size),
            None => Err(self.no_room(file.clone(), *size, " that the kernel reaches")),
        }
    }

    fn no_room(&self, file: Name, size: u64, rule: &'static str) -> LayoutError {
        LayoutError::NoRoom { file, size, ram: self.ram(), rule }
    }

    fn ram(&self) -> Ranges {
        Ranges(self.request.ram.to_vec())
    }

    /// Where a kernel finds initrd and device tree.
    fn reach(&self, kernel: GuestRange) -> GuestRange {
        let (start, size) = match self.request.kernel.mode() {
            Mode::AArch64 => (kernel.start().0 / GIB * GIB, 32 * GIB),
            // What a 3 GiB/1 GiB split maps directly, less its vmalloc space.
            Mode::AArch32 => {
                let ram = self.request.ram.iter().find(|ram| ram.range.contains(kernel.start()));
                (ram.map_or(0, |ram| ram.range.start().0), 704 * MIB)
            }
        };
        GuestRange::new(GuestAddress(start), size).unwrap_or(kernel)
    }

    fn check_device_tree(&self, part: &NamedRange) -> Result<(), LayoutError> {
        let rule = if !part.range.start().is_aligned(8) {
            "a device tree starts at a multiple of 8 bytes"
        } else if part.range.size() > 2 * MIB {
            "a device tree has at most 2 MiB"
        } else {
            return Ok(());
        };
        Err(LayoutError::Rule { part: part.clone(), rule })
    }

    fn check_initrd(
        &self, part: &NamedRange, kernel: GuestRange, near: GuestRange,
    ) -> Result<(), LayoutError> {
        let (reached, rule) = match self.request.kernel.mode() {
            Mode::AArch64 => {
                let first = part.range.start().min(kernel.start()).0 / GIB * GIB;
                let last = part.range.last().max(kernel.last());
                let rule = "an initrd lies in a window of 32 GiB that holds the kernel too";
                (last.0 - first < 32 * GIB, rule)
            }
            Mode::AArch32 => {
                let rule = "a 32-bit kernel reaches 704 MiB from the start of its memory";
                (near.contains_range(part.range), rule)
            }
        };
        if reached { Ok(()) } else { Err(LayoutError::Rule { part: part.clone(), rule }) }
    }
}

fn misaligned(kernel: &Kernel<'_>, part: &NamedRange) -> Option<Note> {
    let Form::Arm64(header) = kernel.form() else {
        return None;
    };
    let at = part.range.start();
    let text_offset = header.text_offset;
    let right = at.0.checked_sub(text_offset).is_some_and(|base| base.is_multiple_of(2 * MIB));
    (!right).then(|| Note::Misaligned { file: part.name.clone(), at, text_offset })
}

fn boot(kernel: &Kernel<'_>, range: GuestRange, device_tree: Option<&NamedRange>) -> Boot {
    let tree = device_tree.map_or(0, |part| part.range.start().0);
    let mode = kernel.mode();
    let arguments = match mode {
        Mode::AArch64 => [tree, 0, 0, 0],
        // No machine number: the device tree says what the machine is.
        Mode::AArch32 => [0, 0xffff_ffff, tree, 0],
    };
    Boot { mode, pc: kernel.entry(range.start()), arguments }
}

#[cfg(test)]
mod test;
