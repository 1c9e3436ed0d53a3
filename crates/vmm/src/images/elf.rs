//! Kernels as ELF files: each segment goes to its own physical address.

use alloc::vec::Vec;

use guest_memory::{GuestAddress, GuestRange};
use object::Endianness;
use object::elf::{EM_AARCH64, EM_ARM, FileHeader32, FileHeader64, PT_LOAD};
use object::read::elf::{FileHeader, ProgramHeader};

use super::{Mode, Problem};

/// A piece of an ELF file that is loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment<'a> {
    /// Where it goes, with what is zero at its end.
    pub range: GuestRange,
    /// What the file has of it; the rest is zero.
    pub bytes: &'a [u8],
}

/// A kernel in an ELF file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElfKernel<'a> {
    /// In which state it is entered.
    pub mode: Mode,
    /// The physical address of its first instruction.
    pub entry: GuestAddress,
    /// What is loaded, by ascending address; at least one.
    pub segments: Vec<Segment<'a>>,
}

impl<'a> ElfKernel<'a> {
    /// Reads an ELF file, or says that this is none.
    pub(super) fn look(bytes: &'a [u8]) -> Result<Option<Self>, Problem> {
        if !bytes.starts_with(b"\x7fELF") {
            return Ok(None);
        }
        let kernel = match bytes.get(4) {
            Some(2) => read::<FileHeader64<Endianness>>(bytes)?,
            _ => read::<FileHeader32<Endianness>>(bytes)?,
        };
        Ok(Some(kernel))
    }

    /// From the lowest segment to the end of the highest.
    #[must_use]
    pub fn range(&self) -> GuestRange {
        let first = self.segments[0].range;
        let last = self.segments.iter().map(|segment| segment.range.last()).max();
        let last = last.unwrap_or(first.last());
        GuestRange::new(first.start(), (last.0 - first.start().0).saturating_add(1))
            .unwrap_or(first)
    }
}

fn read<'a, H>(bytes: &'a [u8]) -> Result<ElfKernel<'a>, Problem>
where
    H: FileHeader<Endian = Endianness>,
{
    let header = H::parse(bytes).map_err(|_| Problem::Elf("has a damaged header"))?;
    let endian = header.endian().map_err(|_| Problem::Elf("has an unknown byte order"))?;
    if endian != Endianness::Little {
        return Err(Problem::BigEndian);
    }
    let mode = match (header.e_machine(endian), H::is_type_64(header)) {
        (EM_AARCH64, true) => Mode::AArch64,
        (EM_ARM, false) => Mode::AArch32,
        _ => return Err(Problem::Elf("is for another processor than AArch64 or Arm")),
    };
    let headers = header
        .program_headers(endian, bytes)
        .map_err(|_| Problem::Elf("has damaged program headers"))?;
    let virtual_entry: u64 = header.e_entry(endian).into();
    let mut entry = None;
    let mut segments = Vec::new();
    for header in headers.iter().filter(|header| header.p_type(endian) == PT_LOAD) {
        let size: u64 = header.p_memsz(endian).into();
        if size == 0 {
            continue;
        }
        let data =
            header.data(endian, bytes).map_err(|()| Problem::Elf("ends inside of a segment"))?;
        if data.len() as u64 > size {
            return Err(Problem::Elf("has a segment that is larger in the file than in memory"));
        }
        let start: u64 = header.p_paddr(endian).into();
        let range = GuestRange::new(GuestAddress(start), size)
            .ok_or(Problem::Elf("has a segment past the end of the address space"))?;
        let linked: u64 = header.p_vaddr(endian).into();
        if let Some(offset) = virtual_entry.checked_sub(linked).filter(|offset| *offset < size) {
            entry = entry.or(Some(GuestAddress(start + offset)));
        }
        segments.push(Segment { range, bytes: data });
    }
    segments.sort_by_key(|segment| segment.range.start());
    if segments.is_empty() {
        return Err(Problem::Elf("has nothing to load"));
    }
    if segments.windows(2).any(|pair| pair[0].range.overlaps(pair[1].range)) {
        return Err(Problem::Elf("has segments that overlap"));
    }
    let entry = entry.ok_or(Problem::Elf("has its entry point outside of all segments"))?;
    Ok(ElfKernel { mode, entry, segments })
}
