//! EFI zboot: a compressed kernel inside of an EFI program that unpacks it (Linux,
//! drivers/firmware/efi/libstub/zboot-header.S). Without EFI, the monitor unpacks.

use core::fmt;

use super::{Packing, Problem, le, le32};

/// The name of a compression that the header gives, up to 32 bytes long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompressionName([u8; 32]);

impl CompressionName {
    fn bytes(&self) -> &[u8] {
        let end = self.0.iter().position(|byte| *byte == 0).unwrap_or(self.0.len());
        &self.0[..end]
    }
}

impl fmt::Display for CompressionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.bytes().escape_ascii())
    }
}

/// Finds the compressed kernel, or says that this is no such file.
pub(super) fn look(bytes: &[u8]) -> Result<Option<(Packing, &[u8])>, Problem> {
    if !bytes.starts_with(b"MZ") || le(bytes, 4) != Some(*b"zimg") {
        return Ok(None);
    }
    let (Some(offset), Some(size), Some(name)) =
        (le32(bytes, 8), le32(bytes, 12), le::<32>(bytes, 24))
    else {
        return Ok(None);
    };
    let name = CompressionName(name);
    let packing = match name.bytes() {
        b"gzip" => Packing::Gzip,
        b"zstd" | b"zstd22" => Packing::Zstd,
        _ => return Err(Problem::Compression(name)),
    };
    let len = bytes.len() as u64;
    let end = u64::from(offset) + u64::from(size);
    let payload = usize::try_from(offset)
        .ok()
        .zip(usize::try_from(end).ok())
        .and_then(|(start, end)| bytes.get(start..end))
        .ok_or(Problem::CutOff { what: "the compressed kernel", end, len })?;
    if Packing::look(payload) == Some(packing) {
        Ok(Some((packing, payload)))
    } else {
        Err(Problem::Damaged {
            header: "EFI zboot",
            what: "the offset of the compressed kernel",
            value: offset.into(),
            expected: "no data compressed as the header says is there",
        })
    }
}
