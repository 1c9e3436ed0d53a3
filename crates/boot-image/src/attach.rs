//! Attaches the description of a system to the initializer.

use object::LittleEndian;
use object::elf::{self, FileHeader64, ProgramHeader64};
use object::read::elf::{FileHeader, ProgramHeader};
use object::{Object, ObjectSymbol};
use system_spec::attached::{MAGIC, Place, SYMBOL, work_size};
use system_spec::flat::{self, Spec};

use crate::layout::{PAGE, align_up};
use crate::program::{self, Program};
use crate::{Error, Input};

const HEADER_SIZE: u64 = size_of::<ProgramHeader64<LittleEndian>>() as u64;
const PLACE_SIZE: u64 = size_of::<Place>() as u64;

/// Makes of the initializer's ELF file one that has `spec`, written by
/// [`system_spec::flat::encode`], in a segment of its own behind all others: at the begin of a
/// page, both in the file and in memory. Zeroed memory for the initializer's tables follows it.
///
/// The same input gives the same bytes. What is attached already is not replaced: attach to the
/// file as it was built.
pub fn attach_spec(initializer: &Input, spec: &[u8]) -> Result<Vec<u8>, Error> {
    let name = initializer.name.as_str();
    let program = Program::parse(initializer)?;
    let place = find_place(initializer, &program)?;
    let work = work_memory(name, spec)? as u64;

    let mut bytes = initializer.bytes.clone();
    let spec_address = align_up(program.range().end);
    let spec_size = spec.len() as u64;
    let work_address = align_up(spec_address.saturating_add(spec_size));
    let end = align_up(work_address.saturating_add(work));

    // Program headers move to the end, where there is room for one more.
    let mut headers = headers(initializer)?;
    let offset = align_up(bytes.len() as u64);
    headers.push(segment(offset, spec_address, spec_size, end - spec_address));
    let headers_offset = align_up(offset.saturating_add(spec_size));

    put(&mut bytes, offset, spec);
    for (index, header) in headers.iter().enumerate() {
        put(&mut bytes, headers_offset + HEADER_SIZE * index as u64, object::bytes_of(header));
    }
    let mut header = *program::header(initializer)?;
    header.e_phoff.set(LittleEndian, headers_offset);
    let count = u16::try_from(headers.len()).map_err(|_| {
        Error::malformed(name, format!("{} program headers, expected less", headers.len()))
    })?;
    header.e_phnum.set(LittleEndian, count);
    put(&mut bytes, 0, object::bytes_of::<FileHeader64<LittleEndian>>(&header));
    for (index, word) in
        [MAGIC, spec_address, spec_size, work_address, end - work_address].iter().enumerate()
    {
        put(&mut bytes, place + 8 * index as u64, &word.to_le_bytes());
    }
    Ok(bytes)
}

/// Checks the description; returns how much work memory it takes.
fn work_memory(name: &str, spec: &[u8]) -> Result<usize, Error> {
    let count = |spec: &[u8]| {
        Spec::parse(spec).map(|spec| work_size(spec.objects().len(), spec.instances().len()))
    };
    let counted = match count(spec) {
        // It will lie at the begin of a page; here it can lie anywhere.
        Err(flat::Error::Misaligned { .. }) => {
            let mut aligned = vec![0_u64; spec.len().div_ceil(8)];
            for (word, chunk) in aligned.iter_mut().zip(spec.chunks(8)) {
                let mut bytes = [0; 8];
                bytes[..chunk.len()].copy_from_slice(chunk);
                *word = u64::from_ne_bytes(bytes);
            }
            count(object::bytes_of_slice(&aligned).get(..spec.len()).unwrap_or_default())
        }
        counted => counted,
    };
    let subject = format!("the system that is attached to {name}");
    counted.map_err(|error| Error::malformed(&subject, error.to_string()))
}

/// The program headers. That of the table itself is dropped, since the table moves.
fn headers(file: &Input) -> Result<Vec<ProgramHeader64<LittleEndian>>, Error> {
    let header = program::header(file)?;
    let headers = header
        .program_headers(LittleEndian, file.bytes.as_slice())
        .map_err(|error| Error::malformed(&file.name, error.to_string()))?;
    Ok(headers
        .iter()
        .filter(|header| header.p_type(LittleEndian) != elf::PT_PHDR)
        .copied()
        .collect())
}

fn segment(offset: u64, address: u64, file: u64, memory: u64) -> ProgramHeader64<LittleEndian> {
    use object::endian::{U32, U64};
    ProgramHeader64 {
        p_type: U32::new(LittleEndian, elf::PT_LOAD),
        // The work memory behind it is written.
        p_flags: U32::new(LittleEndian, elf::PF_R | elf::PF_W),
        p_offset: U64::new(LittleEndian, offset),
        p_vaddr: U64::new(LittleEndian, address),
        p_paddr: U64::new(LittleEndian, address),
        p_filesz: U64::new(LittleEndian, file),
        p_memsz: U64::new(LittleEndian, memory),
        p_align: U64::new(LittleEndian, PAGE),
    }
}

/// Where in the file the initializer wants to be told about the description.
fn find_place(file: &Input, program: &Program<'_>) -> Result<u64, Error> {
    let malformed = |what: String| Error::malformed(&file.name, what);
    let elf = object::read::elf::ElfFile64::<LittleEndian>::parse(file.bytes.as_slice())
        .map_err(|error| malformed(error.to_string()))?;
    let symbol = elf
        .symbols()
        .find(|symbol| symbol.name() == Ok(SYMBOL) && symbol.is_definition())
        .ok_or_else(|| {
            malformed(format!("it has no symbol {SYMBOL}, expected the initializer, not stripped"))
        })?;
    let wanted = symbol.address();
    let place = program.segments.iter().find_map(|segment| {
        let offset = wanted.checked_sub(segment.range.start)?;
        let data = segment.data.get(usize::try_from(offset).ok()?..)?;
        data.get(..usize::try_from(PLACE_SIZE).ok()?)
    });
    match place {
        Some(data) if data.starts_with(&MAGIC.to_le_bytes()) => {
            if data[8..].iter().any(|byte| *byte != 0) {
                return Err(malformed("a system is attached to it already".to_owned()));
            }
            let offset = data.as_ptr().addr() - file.bytes.as_ptr().addr();
            Ok(offset as u64)
        }
        _ => Err(malformed(format!(
            "{SYMBOL} at {wanted:#x} is of another version, expected an initializer that belongs \
             to this program"
        ))),
    }
}

/// Writes a part, and makes room for it.
fn put(bytes: &mut Vec<u8>, offset: u64, part: &[u8]) {
    let Ok(start) = usize::try_from(offset) else {
        return;
    };
    let end = start.saturating_add(part.len());
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[start..end].copy_from_slice(part);
}

#[cfg(test)]
#[path = "attach_test.rs"]
mod tests;
