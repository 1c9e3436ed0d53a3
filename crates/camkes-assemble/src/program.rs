//! Components' programs: ELF files, checked before anything boots.

use camkes_lang::Diagnostic;
use object::LittleEndian;
use object::elf::{self, FileHeader64, ProgramHeader64};
use object::read::elf::{FileHeader as _, ProgramHeader as _};
use object::{Object as _, ObjectSymbol as _, SymbolKind};

use crate::geometry::{PAGE, pages};

/// A file's content and its name for messages.
#[derive(Clone, Debug)]
pub struct File {
    /// What messages call it, usually its path.
    pub name: String,
    /// The content.
    pub bytes: Vec<u8>,
}

/// A part of a program in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment<'a> {
    /// Its first address.
    pub start: u64,
    /// Its bytes in memory.
    pub size: u64,
    /// What its first bytes are; the rest is zero.
    pub data: &'a [u8],
    /// Whether instructions are fetched from it.
    pub executable: bool,
    /// Whether it is written.
    pub writable: bool,
}

impl Segment<'_> {
    /// The first address of its first page.
    #[must_use]
    pub fn first_page(&self) -> u64 {
        self.start / PAGE * PAGE
    }

    /// The first address behind its last page.
    #[must_use]
    pub fn end_page(&self) -> u64 {
        pages(self.start + self.size)
    }
}

/// A component's program.
#[derive(Clone, Debug)]
pub struct Program<'a> {
    /// The file's name.
    pub name: &'a str,
    /// The first instruction.
    pub entry: u64,
    /// The parts, in the order of their addresses.
    pub segments: Vec<Segment<'a>>,
}

impl<'a> Program<'a> {
    /// Reads and checks a file. Addresses are below `end`.
    ///
    /// # Errors
    ///
    /// What is wrong with the file.
    pub fn parse(file: &'a File, end: u64) -> Result<Self, Diagnostic> {
        let wrong = |what: String| bad(file, what);
        let header = header(file)?;
        let headers: &[ProgramHeader64<LittleEndian>] = header
            .program_headers(LittleEndian, file.bytes.as_slice())
            .map_err(|error| wrong(format!("corrupt or truncated ELF file: {error}")))?;
        let mut segments = Vec::new();
        for header in headers {
            match header.p_type(LittleEndian) {
                elf::PT_LOAD => segments.extend(segment(file, header, end)?),
                elf::PT_INTERP => {
                    return Err(wrong("linked dynamically, expected a static program".into()));
                }
                elf::PT_TLS if header.p_memsz(LittleEndian) > 0 => {
                    return Err(wrong(
                        "has thread-local variables (PT_TLS), expected none: a component has one \
                         thread"
                            .into(),
                    ));
                }
                _ => {}
            }
        }
        segments.sort_by_key(|segment| segment.start);
        for pair in segments.windows(2) {
            if let [first, second] = pair {
                apart(first, second).map_err(wrong)?;
            }
        }
        let entry = header.e_entry(LittleEndian);
        let holds = |segment: &&Segment<'_>| {
            segment.executable && (segment.start..segment.start + segment.size).contains(&entry)
        };
        if !segments.iter().any(|segment| holds(&segment)) {
            return Err(wrong(format!(
                "the entry {entry:#x} is in no executable segment, expected `_start`: a component \
                 needs the runtime's entry point"
            )));
        }
        Ok(Self { name: &file.name, entry, segments })
    }

    /// The first address behind it.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.segments.last().map_or(0, Segment::end_page)
    }
}

fn bad(file: &File, what: String) -> Diagnostic {
    Diagnostic::error("bad-program", format!("{}: {what}", file.name))
}

/// Two neighbours must not overlap, nor be in one page: pages have rights.
fn apart(first: &Segment<'_>, second: &Segment<'_>) -> Result<(), String> {
    let range = |segment: &Segment<'_>| {
        format!("{:#x}..{:#x}", segment.start, segment.start + segment.size)
    };
    let (one, other) = (range(first), range(second));
    if first.start + first.size > second.start {
        return Err(format!("the segments at {one} and {other} overlap, expected them apart"));
    }
    if first.end_page() > second.first_page() {
        return Err(format!(
            "the segments at {one} and {other} share a page, expected each on pages of its own: \
             link with `-z separate-loadable-segments`"
        ));
    }
    Ok(())
}

fn header(file: &File) -> Result<&FileHeader64<LittleEndian>, Diagnostic> {
    let wrong = |what: String| bad(file, what);
    if !file.bytes.starts_with(&elf::ELFMAG) {
        return Err(wrong(format!(
            "starts with {:02x?}, expected an ELF file (7f 45 4c 46)",
            file.bytes.get(..4).unwrap_or(&file.bytes)
        )));
    }
    if file.bytes.get(4) != Some(&2) || file.bytes.get(5) != Some(&1) {
        return Err(wrong("a 32-bit or big-endian ELF file, expected 64-bit little-endian".into()));
    }
    let header = FileHeader64::<LittleEndian>::parse(file.bytes.as_slice())
        .map_err(|error| wrong(format!("corrupt ELF header: {error}")))?;
    let machine = header.e_machine(LittleEndian);
    if machine != elf::EM_AARCH64 {
        return Err(wrong(format!(
            "ELF machine {}, expected {} (AArch64): build it for the target, not for the host",
            machine.0,
            elf::EM_AARCH64.0
        )));
    }
    let kind = header.e_type(LittleEndian);
    if kind != elf::ET_EXEC {
        return Err(wrong(format!(
            "ELF type {}, expected 2 (an executable for fixed addresses)",
            kind.0
        )));
    }
    Ok(header)
}

fn segment<'a>(
    file: &'a File, header: &ProgramHeader64<LittleEndian>, end: u64,
) -> Result<Option<Segment<'a>>, Diagnostic> {
    let wrong = |what: String| bad(file, what);
    let (start, size) = (header.p_vaddr(LittleEndian), header.p_memsz(LittleEndian));
    if size == 0 {
        return Ok(None);
    }
    let file_size = header.p_filesz(LittleEndian);
    if file_size > size {
        return Err(wrong(format!(
            "the segment at {start:#x} has {file_size:#x} bytes in the file, expected at most its \
             {size:#x} bytes in memory"
        )));
    }
    // Whole pages are mapped, so the last page counts.
    if start < PAGE || start.checked_add(size).is_none_or(|last| pages(last) >= end) {
        return Err(wrong(format!(
            "the segment at {start:#x} of {size:#x} bytes is outside of the address space, \
             expected it from {PAGE:#x} to {end:#x}"
        )));
    }
    let data = header.data(LittleEndian, file.bytes.as_slice()).map_err(|()| {
        wrong(format!(
            "truncated: the segment at {start:#x} is {file_size:#x} bytes from offset {:#x}, but \
             the file has {:#x} bytes",
            header.p_offset(LittleEndian),
            file.bytes.len()
        ))
    })?;
    let flags = header.p_flags(LittleEndian);
    let (executable, writable) = (flags.contains(elf::PF_X), flags.contains(elf::PF_W));
    if executable && writable {
        return Err(wrong(format!(
            "the segment at {start:#x} is both writable and executable, expected one of the two"
        )));
    }
    Ok(Some(Segment { start, size, data, executable, writable }))
}

/// The functions of a program as a table for [`system_spec::symbols`]; none if the file has no
/// symbols.
#[must_use]
pub fn symbols(file: &File) -> Option<Vec<u8>> {
    let parsed = object::File::parse(file.bytes.as_slice()).ok()?;
    let functions: Vec<(u64, u64, String)> = parsed
        .symbols()
        .filter(|symbol| symbol.kind() == SymbolKind::Text)
        .filter_map(|symbol| {
            let name = symbol.name().ok()?;
            // Without the hash that the compiler adds.
            let name = format!("{:#}", rustc_demangle::demangle(name));
            Some((symbol.address(), symbol.size(), name))
        })
        .collect();
    let records = functions.iter().map(|(address, size, name)| (*address, *size, name.as_str()));
    (!functions.is_empty()).then(|| system_spec::symbols::encode(records))
}
