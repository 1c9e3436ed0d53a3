//! An image as an ELF file: one loadable segment for each piece, at its physical
//! address (System V ABI, chapter 4 and 5).

use object::elf;

use super::Contents;

const HEADER_SIZE: u16 = 64;
const PROGRAM_HEADER_SIZE: u16 = 56;
const PAGE: u64 = 4096;

impl Contents {
    /// The bytes of the ELF file.
    pub fn to_elf(&self) -> Vec<u8> {
        let count = u16::try_from(self.blobs.len()).unwrap_or(u16::MAX);
        let mut out = Vec::new();
        // Class 64, little-endian, version 1, no particular operating system.
        out.extend_from_slice(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
        put16(&mut out, elf::ET_EXEC.0);
        put16(&mut out, elf::EM_AARCH64.0);
        put32(&mut out, 1);
        put64(&mut out, self.entry);
        put64(&mut out, HEADER_SIZE.into());
        put64(&mut out, 0);
        put32(&mut out, 0);
        for value in [HEADER_SIZE, PROGRAM_HEADER_SIZE, count, 64, 0, 0] {
            put16(&mut out, value);
        }
        let mut offset = (u64::from(HEADER_SIZE)
            + u64::from(PROGRAM_HEADER_SIZE) * u64::from(count))
        .next_multiple_of(PAGE);
        for blob in &self.blobs {
            let size = blob.bytes.len() as u64;
            put32(&mut out, elf::PT_LOAD.0);
            put32(&mut out, elf::PF_R.0 | elf::PF_W.0 | elf::PF_X.0);
            for value in [offset, blob.start, blob.start, size, size, PAGE] {
                put64(&mut out, value);
            }
            offset = (offset + size).next_multiple_of(PAGE);
        }
        for blob in &self.blobs {
            let start = out.len().next_multiple_of(4096);
            out.resize(start, 0);
            out.extend_from_slice(&blob.bytes);
        }
        out
    }
}

fn put16(out: &mut Vec<u8>, value: u16) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn put32(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn put64(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(&value.to_le_bytes());
}
