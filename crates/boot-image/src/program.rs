//! The loadable part of an ELF file, checked.

use loader::Range;
use object::LittleEndian;
use object::elf::{self, FileHeader64, ProgramHeader64};
use object::read::elf::{FileHeader, ProgramHeader};

use crate::{Error, Input};

/// One loadable segment with bytes in memory.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    /// Its virtual addresses, zeroed part included.
    pub range: Range,
    /// Physical address that the ELF file gives for its start.
    pub physical: u64,
    /// Contents of its first bytes; the rest is zero.
    pub data: &'a [u8],
    /// Whether it may be executed.
    pub executable: bool,
    /// Whether it may be written.
    pub writable: bool,
}

/// A fixed-address AArch64 program.
#[derive(Clone, Debug)]
pub struct Program<'a> {
    /// The file, for messages.
    pub name: &'a str,
    /// Virtual address of the first instruction.
    pub entry: u64,
    /// Segments in the order of their addresses; at least one, none overlap.
    pub segments: Vec<Segment<'a>>,
}

impl<'a> Program<'a> {
    /// Reads and checks `file`.
    pub fn parse(file: &'a Input) -> Result<Self, Error> {
        let name = file.name.as_str();
        let malformed = |what: String| Error::malformed(name, what);
        let header = header(file)?;
        let kind = header.e_type(LittleEndian);
        if kind != elf::ET_EXEC {
            return Err(malformed(format!(
                "ELF type {}, expected 2 (an executable for fixed addresses)",
                kind.0
            )));
        }
        let mut segments = Vec::new();
        for program_header in program_headers(file, header)? {
            if let Some(segment) = segment(file, program_header)? {
                segments.push(segment);
            }
        }
        segments.sort_by_key(|segment| segment.range.start);
        if segments.is_empty() {
            return Err(malformed("no loadable segments, expected at least one".to_owned()));
        }
        for pair in segments.windows(2) {
            if let [first, second] = pair
                && first.range.end > second.range.start
            {
                return Err(malformed(format!(
                    "the segments at {} and {} overlap, expected them apart",
                    first.range, second.range
                )));
            }
        }
        let entry = header.e_entry(LittleEndian);
        let holds_entry = |segment: &&Segment<'_>| {
            segment.range.contains(&Range::new(entry, entry.saturating_add(4)))
        };
        match segments.iter().find(holds_entry) {
            None => Err(malformed(format!(
                "the entry {entry:#x} is outside of the image, expected it inside of a segment: {}",
                list(&segments)
            ))),
            Some(segment) if !segment.executable => Err(malformed(format!(
                "the entry {entry:#x} is in the segment at {}, expected it in an executable one",
                segment.range
            ))),
            Some(_) => Ok(Self { name, entry, segments }),
        }
    }

    /// Virtual addresses from the first to the last byte.
    pub fn range(&self) -> Range {
        let start = self.segments.first().map_or(0, |segment| segment.range.start);
        let end = self.segments.last().map_or(0, |segment| segment.range.end);
        Range::new(start, end)
    }

    /// What is allowed, but unusual, in a root task.
    pub fn warnings(&self) -> Vec<String> {
        self.segments
            .iter()
            .filter(|segment| segment.executable && segment.writable)
            .map(|segment| {
                format!(
                    "{}: the segment at {} is both writable and executable",
                    self.name, segment.range
                )
            })
            .collect()
    }
}

fn list(segments: &[Segment<'_>]) -> String {
    let ranges: Vec<String> = segments.iter().map(|segment| segment.range.to_string()).collect();
    ranges.join(", ")
}

/// The header of a 64-bit little-endian AArch64 ELF file.
pub fn header(file: &Input) -> Result<&FileHeader64<LittleEndian>, Error> {
    let malformed = |what: String| Error::malformed(&file.name, what);
    let ident = file.bytes.get(..16).ok_or_else(|| {
        malformed(format!("{} bytes long, expected an ELF file", file.bytes.len()))
    })?;
    if !ident.starts_with(&elf::ELFMAG) {
        return Err(malformed(format!(
            "starts with {:02x?}, expected an ELF file (7f 45 4c 46)",
            ident.get(..4).unwrap_or_default()
        )));
    }
    if ident.get(4) != Some(&2) || ident.get(5) != Some(&1) {
        return Err(malformed(
            "a 32-bit or big-endian ELF file, expected 64-bit little-endian".to_owned(),
        ));
    }
    let header = FileHeader64::<LittleEndian>::parse(file.bytes.as_slice())
        .map_err(|error| malformed(format!("corrupt ELF header: {error}")))?;
    let machine = header.e_machine(LittleEndian);
    if machine != elf::EM_AARCH64 {
        return Err(malformed(format!(
            "ELF machine {}, expected {} (AArch64)",
            machine.0,
            elf::EM_AARCH64.0
        )));
    }
    Ok(header)
}

/// The program headers of `file`.
pub fn program_headers<'a>(
    file: &'a Input, header: &FileHeader64<LittleEndian>,
) -> Result<&'a [ProgramHeader64<LittleEndian>], Error> {
    header.program_headers(LittleEndian, file.bytes.as_slice()).map_err(|error| {
        Error::malformed(&file.name, format!("corrupt or truncated ELF file: {error}"))
    })
}

/// The segment of a program header, if it is loadable and not empty.
pub fn segment<'a>(
    file: &'a Input, header: &ProgramHeader64<LittleEndian>,
) -> Result<Option<Segment<'a>>, Error> {
    let size = header.p_memsz(LittleEndian);
    if header.p_type(LittleEndian) != elf::PT_LOAD || size == 0 {
        return Ok(None);
    }
    let malformed = |what: String| Error::malformed(&file.name, what);
    let start = header.p_vaddr(LittleEndian);
    let file_size = header.p_filesz(LittleEndian);
    if file_size > size {
        return Err(malformed(format!(
            "the segment at {start:#x} has {file_size:#x} bytes in the file, expected at most its \
             {size:#x} bytes in memory"
        )));
    }
    let end = start.checked_add(size).ok_or_else(|| {
        malformed(format!(
            "the segment at {start:#x} of {size:#x} bytes goes beyond 64-bit addresses"
        ))
    })?;
    let physical = header.p_paddr(LittleEndian);
    if physical.checked_add(size).is_none() {
        return Err(malformed(format!(
            "the segment at physical {physical:#x} of {size:#x} bytes goes beyond 64-bit addresses"
        )));
    }
    let data = header.data(LittleEndian, file.bytes.as_slice()).map_err(|()| {
        malformed(format!(
            "truncated: the segment at {start:#x} is {file_size:#x} bytes from offset {:#x}, but \
             the file has {:#x} bytes",
            header.p_offset(LittleEndian),
            file.bytes.len()
        ))
    })?;
    let flags = header.p_flags(LittleEndian);
    Ok(Some(Segment {
        range: Range::new(start, end),
        physical,
        data,
        executable: flags.contains(elf::PF_X),
        writable: flags.contains(elf::PF_W),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{Elf, root_task};

    fn error(change: impl FnOnce(&mut Elf<'_>)) -> String {
        let mut elf = root_task();
        change(&mut elf);
        Program::parse(&elf.build("task.elf")).unwrap_err().to_string()
    }

    #[test]
    fn reads_segments_in_the_order_of_addresses() {
        let mut elf = root_task();
        elf.loads.reverse();
        let file = elf.build("task.elf");
        let program = Program::parse(&file).unwrap();
        assert_eq!(program.entry, 0x20_0040);
        assert_eq!(program.range(), Range::new(0x20_0000, 0x40_1800));
        assert_eq!(program.segments[0].data, [0x43; 0x234]);
        assert!(program.warnings().is_empty());
    }

    #[test]
    fn says_what_is_wrong_with_the_file() {
        assert_eq!(
            error(|elf| elf.machine = 62),
            "task.elf: ELF machine 62, expected 183 (AArch64)"
        );
        assert_eq!(
            error(|elf| elf.kind = 3),
            "task.elf: ELF type 3, expected 2 (an executable for fixed addresses)"
        );
        assert_eq!(
            error(|elf| elf.loads.clear()),
            "task.elf: no loadable segments, expected at least one"
        );
        let script =
            Input { name: "run.sh".to_owned(), bytes: b"#!/bin/sh\necho hello\n".to_vec() };
        assert_eq!(
            Program::parse(&script).unwrap_err().to_string(),
            "run.sh: starts with [23, 21, 2f, 62], expected an ELF file (7f 45 4c 46)"
        );
        let mut class_32 = root_task().build("task.elf");
        class_32.bytes[4] = 1;
        assert_eq!(
            Program::parse(&class_32).unwrap_err().to_string(),
            "task.elf: a 32-bit or big-endian ELF file, expected 64-bit little-endian"
        );
    }

    #[test]
    fn says_what_is_wrong_with_a_segment() {
        assert_eq!(
            error(|elf| elf.loads[1].virtual_start = 0x20_0200),
            "task.elf: the segments at 0x200000..0x200234 and 0x200200..0x400200 overlap, expected \
             them apart"
        );
        assert_eq!(
            error(|elf| elf.loads[0].size = 0x100),
            "task.elf: the segment at 0x200000 has 0x234 bytes in the file, expected at most its \
             0x100 bytes in memory"
        );
        assert_eq!(
            error(|elf| elf.loads[1].size = u64::MAX),
            "task.elf: the segment at 0x201800 of 0xffffffffffffffff bytes goes beyond 64-bit \
             addresses"
        );
        let mut truncated = root_task().build("task.elf");
        truncated.bytes.truncate(0x200);
        assert_eq!(
            Program::parse(&truncated).unwrap_err().to_string(),
            "task.elf: truncated: the segment at 0x200000 is 0x234 bytes from offset 0xb0, but the \
             file has 0x200 bytes"
        );
    }

    #[test]
    fn the_entry_must_be_executable() {
        assert_eq!(
            error(|elf| elf.entry = 0x10_0000),
            "task.elf: the entry 0x100000 is outside of the image, expected it inside of a \
             segment: 0x200000..0x200234, 0x201800..0x401800"
        );
        assert_eq!(
            error(|elf| elf.entry = 0x20_1800),
            "task.elf: the entry 0x201800 is in the segment at 0x201800..0x401800, expected it in \
             an executable one"
        );
    }

    #[test]
    fn warns_of_writable_code() {
        let mut elf = root_task();
        elf.loads[0].flags = 7;
        let file = elf.build("task.elf");
        assert_eq!(
            Program::parse(&file).unwrap().warnings(),
            ["task.elf: the segment at 0x200000..0x200234 is both writable and executable"]
        );
    }
}
