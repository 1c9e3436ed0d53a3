//! Changes to ELF files (System V ABI, ELF-64 object files) that make bad input of good ones.

use anyhow::{Context, Result};

const E_MACHINE: usize = 18;
const E_PHOFF: usize = 32;
const E_PHENTSIZE: usize = 54;
const E_PHNUM: usize = 56;
const P_VADDR: usize = 16;
const P_MEMSZ: usize = 40;
const PT_LOAD: u32 = 1;

/// Sets the machine that the file is for.
pub fn set_machine(file: &mut [u8], machine: u16) -> Result<()> {
    *field(file, E_MACHINE)? = machine.to_le_bytes();
    Ok(())
}

/// Sets the bytes in memory of the loadable segment with the highest address.
pub fn set_memory_size(file: &mut [u8], size: u64) -> Result<()> {
    let headers = usize::try_from(u64::from_le_bytes(*field(file, E_PHOFF)?))?;
    let length = usize::from(u16::from_le_bytes(*field(file, E_PHENTSIZE)?));
    let count = usize::from(u16::from_le_bytes(*field(file, E_PHNUM)?));
    let mut highest = None;
    for header in (0..count).map(|index| headers + index * length) {
        if u32::from_le_bytes(*field(file, header)?) == PT_LOAD {
            let address = u64::from_le_bytes(*field(file, header + P_VADDR)?);
            highest = highest.max(Some((address, header)));
        }
    }
    let (_, header) = highest.context("the ELF file has no loadable segment")?;
    *field(file, header + P_MEMSZ)? = size.to_le_bytes();
    Ok(())
}

fn field<const SIZE: usize>(file: &mut [u8], offset: usize) -> Result<&mut [u8; SIZE]> {
    let bytes = file.get_mut(offset..).unwrap_or_default();
    bytes.first_chunk_mut().with_context(|| format!("the ELF file has no {SIZE} bytes at {offset}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_segment_grows() {
        let mut file = vec![0; 64 + 3 * 56];
        file[E_PHOFF] = 64;
        file[E_PHENTSIZE] = 56;
        file[E_PHNUM] = 3;
        for (index, (kind, address)) in [(1, 0x20), (1, 0x10), (4, 0x30)].into_iter().enumerate() {
            file[64 + index * 56] = kind;
            file[64 + index * 56 + P_VADDR] = address;
        }
        let before = file.clone();
        set_memory_size(&mut file, 0x1234).unwrap();
        let changed: Vec<_> = (0..file.len()).filter(|i| file[*i] != before[*i]).collect();
        assert_eq!(changed, [64 + P_MEMSZ, 64 + P_MEMSZ + 1]);
        assert!(set_memory_size(&mut file[..100], 1).is_err());
    }
}
