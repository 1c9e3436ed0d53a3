//! Archives, servers and clients against each other.

mod archives;
mod clients;
mod servers;

use alloc::format;
use alloc::vec::Vec;

/// An entry as `cpio -H newc` writes it.
pub fn entry(out: &mut Vec<u8>, name: &[u8], mode: u32, data: &[u8]) {
    let mut numbers = [0; 13];
    numbers[1] = mode;
    numbers[6] = u32::try_from(data.len()).unwrap();
    numbers[11] = u32::try_from(name.len() + 1).unwrap();
    out.extend_from_slice(b"070701");
    for number in numbers {
        out.extend_from_slice(format!("{number:08x}").as_bytes());
    }
    out.extend_from_slice(name);
    out.push(0);
    out.resize(out.len().next_multiple_of(4), 0);
    out.extend_from_slice(data);
    out.resize(out.len().next_multiple_of(4), 0);
}

/// An archive of files.
pub fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, data) in files {
        entry(&mut out, name.as_bytes(), 0o100_644, data);
    }
    entry(&mut out, b"TRAILER!!!", 0, b"");
    out
}
