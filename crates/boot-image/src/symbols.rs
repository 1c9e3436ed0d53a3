//! The functions of a program, for reports of faults.

use object::{LittleEndian, Object, ObjectSymbol, SymbolKind};
use rustc_demangle::demangle;

use crate::{Error, Input};

/// Reads the functions of an ELF file into the table that [`system_spec::symbols::find`] looks
/// addresses up in. A stripped file gives an empty table.
pub fn function_symbols(file: &Input) -> Result<Vec<u8>, Error> {
    let elf = object::read::elf::ElfFile64::<LittleEndian>::parse(file.bytes.as_slice())
        .map_err(|error| Error::malformed(&file.name, error.to_string()))?;
    let functions: Vec<(u64, u64, String)> = elf
        .symbols()
        .filter(|symbol| symbol.kind() == SymbolKind::Text && symbol.is_definition())
        .filter_map(|symbol| {
            // `{:#}` leaves out the hash.
            let name = symbol.name().ok().filter(|name| !name.is_empty())?;
            Some((symbol.address(), symbol.size(), format!("{:#}", demangle(name))))
        })
        .collect();
    let functions = functions.iter().map(|(address, size, name)| (*address, *size, name.as_str()));
    Ok(system_spec::symbols::encode(functions))
}
