//! The loader's ELF file: a position-independent blob to be put somewhere.

use std::ops::Range;

use loader::{Description, head};
use object::LittleEndian;
use object::elf;
use object::read::elf::{FileHeader, Rela, SectionHeader};

use crate::program::{header, program_headers, segment};
use crate::{Error, Input};

/// More would hardly be a loader.
const MAX_SIZE: u64 = 4 << 20;

/// The loader as it lies in memory, before it has an address.
#[derive(Clone, Debug)]
pub struct LoaderBlob {
    /// Its memory, zeroed part included.
    pub bytes: Vec<u8>,
    /// Offset of its first instruction.
    pub entry: u64,
    head: Range<usize>,
    description: Range<usize>,
    /// Words that hold an offset in the blob and need the blob's address added.
    relocations: Vec<(usize, u64)>,
}

impl LoaderBlob {
    /// Reads and checks the loader's ELF file.
    pub fn parse(file: &Input) -> Result<Self, Error> {
        let malformed = |what: String| Error::malformed(&file.name, what);
        let not_a_loader = |what: &str| {
            Error::malformed(
                &file.name,
                format!("{what}, expected the ELF file of the `loader` package"),
            )
        };
        let header = header(file)?;
        if header.e_type(LittleEndian) != elf::ET_DYN {
            return Err(not_a_loader("not position-independent"));
        }
        let mut bytes = Vec::new();
        for program_header in program_headers(file, header)? {
            let Some(segment) = segment(file, program_header)? else {
                continue;
            };
            if segment.range.end > MAX_SIZE {
                return Err(malformed(format!(
                    "a segment ends at {:#x}, expected a loader of at most {MAX_SIZE:#x} bytes",
                    segment.range.end
                )));
            }
            let end = to_usize(segment.range.end);
            if bytes.len() < end {
                bytes.resize(end, 0);
            }
            let start = to_usize(segment.range.start);
            if let Some(target) = bytes.get_mut(start..start + segment.data.len()) {
                target.copy_from_slice(segment.data);
            }
        }

        let data = file.bytes.as_slice();
        let sections = header
            .sections(LittleEndian, data)
            .map_err(|error| malformed(format!("corrupt section table: {error}")))?;
        let find = |name: &'static str| {
            let (_, section) = sections.section_by_name(LittleEndian, name.as_bytes())?;
            let start = section.sh_addr(LittleEndian);
            let end = start.checked_add(section.sh_size(LittleEndian))?;
            (end <= bytes.len() as u64).then(|| to_usize(start)..to_usize(end))
        };
        let head = find(head::HEAD_SECTION).ok_or_else(|| not_a_loader("no section .head"))?;
        let description =
            find(Description::SECTION).ok_or_else(|| not_a_loader("no section .description"))?;
        if head.len() > to_usize(head::HEAD_SIZE) || head.len() < head::ENTRY + 8 {
            return Err(not_a_loader("a section .head of the wrong size"));
        }
        if description.len() != Description::WORDS * 8 {
            return Err(not_a_loader("a section .description of another version"));
        }

        let mut relocations = Vec::new();
        for section in sections.iter() {
            if !section.sh_flags(LittleEndian).contains(elf::SHF_ALLOC) {
                continue;
            }
            let entries = section
                .rela(LittleEndian, data)
                .map_err(|error| malformed(format!("corrupt relocations: {error}")))?;
            for relocation in entries.map_or(&[][..], |(entries, _)| entries) {
                let kind = relocation.r_type(LittleEndian, false);
                let offset = relocation.r_offset(LittleEndian);
                if kind != elf::R_AARCH64_RELATIVE || offset.saturating_add(8) > bytes.len() as u64
                {
                    return Err(malformed(format!(
                        "a relocation of type {kind:?} at {offset:#x}, expected only \
                         R_AARCH64_RELATIVE inside the image"
                    )));
                }
                let addend = relocation.r_addend(LittleEndian).cast_unsigned();
                relocations.push((to_usize(offset), addend));
            }
        }
        let entry = header.e_entry(LittleEndian);
        if entry >= bytes.len() as u64 {
            return Err(not_a_loader("an entry outside of its image"));
        }
        Ok(Self { bytes, entry, head, description, relocations })
    }

    /// The blob for physical address `base`, with `description` filled in.
    pub fn place(&self, base: u64, description: &Description) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        for (offset, addend) in &self.relocations {
            put(&mut bytes, *offset, base.wrapping_add(*addend));
        }
        for (index, word) in description.to_words().into_iter().enumerate() {
            put(&mut bytes, self.description.start + 8 * index, word);
        }
        bytes
    }

    /// The code of a raw image's first page, its fields still to be written.
    pub fn head(&self) -> &[u8] {
        self.bytes.get(self.head.clone()).unwrap_or_default()
    }
}

/// Writes a little-endian word if there is room for it.
pub fn put(bytes: &mut [u8], offset: usize, value: u64) {
    if let Some(target) = bytes.get_mut(offset..offset + 8) {
        target.copy_from_slice(&value.to_le_bytes());
    }
}

/// A size that was checked to be far below the host's limits.
fn to_usize(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}
