//! The kernel inside an x86 `bzImage`.
//!
//! Where it is stands in the header (Linux, Documentation/arch/x86/boot.rst): the boot sector and
//! `setup_sects` more, then code that unpacks the payload, at `payload_offset` in it.

use anyhow::{Context, Result, bail, ensure};

use crate::compress;

const SECTOR: usize = 512;
const SETUP_SECTORS: usize = 0x1f1;
const MAGIC: usize = 0x202;
const VERSION: usize = 0x206;
const PAYLOAD_OFFSET: usize = 0x248;
const PAYLOAD_LENGTH: usize = 0x24c;
/// The first protocol whose header says where the payload is.
const OLDEST: u16 = 0x208;
/// Behind the compressed data: how large it is when unpacked.
const SIZE_BYTES: usize = 4;

/// Takes the ELF file `vmlinux` out of a `bzImage`; `name` says in errors which file it is.
///
/// # Errors
/// It is no `bzImage` of protocol 2.08 (Linux 2.6.25) or newer, is cut off, or holds no ELF file
/// that was compressed with gzip, xz or zstd.
pub fn vmlinux(name: &str, bytes: &[u8]) -> Result<Vec<u8>> {
    extract(bytes).with_context(|| name.to_owned())
}

fn extract(bytes: &[u8]) -> Result<Vec<u8>> {
    if bytes.get(MAGIC..MAGIC + 4) != Some(b"HdrS") {
        bail!("no bzImage: expected `HdrS` at byte {MAGIC:#x}");
    }
    let version = u16::from_le_bytes(field(bytes, VERSION)?);
    ensure!(
        version >= OLDEST,
        "a bzImage of boot protocol {}.{:02}: expected 2.08 or newer",
        version >> 8,
        version & 0xff
    );
    let [sectors] = field(bytes, SETUP_SECTORS)?;
    // 0 means 4, for kernels of the last century.
    let sectors = if sectors == 0 { 4 } else { usize::from(sectors) };
    let number = |at| field(bytes, at).map(u32::from_le_bytes);
    let offset = u64::from(number(PAYLOAD_OFFSET)?) + ((sectors + 1) * SECTOR) as u64;
    let length = u64::from(number(PAYLOAD_LENGTH)?);
    let range = usize::try_from(offset).ok().zip(usize::try_from(offset + length).ok());
    let payload = range.and_then(|(start, end)| bytes.get(start..end)).with_context(|| {
        format!(
            "its header says that {length} bytes at {offset:#x} are the kernel, but the file has {} \
             bytes",
            bytes.len()
        )
    })?;
    if let Some(format) = compress::foreign(payload) {
        bail!("the kernel in it is compressed with {format}: expected gzip, xz or zstd");
    }
    let (kernel, rest) = compress::unpack(payload).context("the kernel in it")?;
    ensure!(kernel.starts_with(b"\x7fELF"), "what is compressed in it is no ELF file");
    let claim = rest.first_chunk::<SIZE_BYTES>().map(|size| u32::from_le_bytes(*size));
    if let Some(claim) = claim
        && usize::try_from(claim) != Ok(kernel.len())
    {
        bail!("the kernel in it has {} bytes, expected {claim}: it is damaged", kernel.len());
    }
    Ok(kernel)
}

fn field<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N]> {
    let field = bytes.get(at..).and_then(|rest| rest.first_chunk::<N>());
    field.copied().with_context(|| format!("it is cut off: it has {} bytes", bytes.len()))
}

#[cfg(test)]
mod test {
    use super::*;

    const KERNEL: &[u8] = b"\x7fELF and what follows";

    fn size(bytes: &[u8]) -> u32 {
        bytes.len().try_into().unwrap()
    }

    /// With the payload in the second sector after the boot sector and one of setup.
    fn bzimage(payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0; 4 * SECTOR];
        bytes[SETUP_SECTORS] = 1;
        bytes[MAGIC..MAGIC + 4].copy_from_slice(b"HdrS");
        bytes[VERSION..VERSION + 2].copy_from_slice(&0x020f_u16.to_le_bytes());
        bytes[PAYLOAD_OFFSET..][..4].copy_from_slice(&512_u32.to_le_bytes());
        let length = size(payload);
        bytes[PAYLOAD_LENGTH..][..4].copy_from_slice(&length.to_le_bytes());
        bytes.truncate(3 * SECTOR);
        bytes.extend_from_slice(payload);
        bytes
    }

    fn packed(content: &[u8], size: u32) -> Vec<u8> {
        let mut payload = compress::gzip(content).unwrap();
        payload.extend_from_slice(&size.to_le_bytes());
        payload
    }

    fn error(bytes: &[u8]) -> String {
        format!("{:#}", vmlinux("vmlinuz", bytes).unwrap_err())
    }

    #[test]
    fn the_kernel_comes_out() {
        let good = bzimage(&packed(KERNEL, size(KERNEL)));
        assert_eq!(vmlinux("vmlinuz", &good).unwrap(), KERNEL);
    }

    #[test]
    fn other_files_are_refused() {
        assert_eq!(error(b"a text file"), "vmlinuz: no bzImage: expected `HdrS` at byte 0x202");
        let mut old = bzimage(&packed(KERNEL, 0));
        old[VERSION] = 7;
        let text = "vmlinuz: a bzImage of boot protocol 2.07: expected 2.08 or newer";
        assert_eq!(error(&old), text);
        let text = "vmlinuz: the kernel in it is compressed with bzip2: expected gzip, xz or zstd";
        assert_eq!(error(&bzimage(b"BZh91AY")), text);
        let other = packed(b"a script", 8);
        assert_eq!(error(&bzimage(&other)), "vmlinuz: what is compressed in it is no ELF file");
    }

    #[test]
    fn damage_is_found() {
        let mut cut = bzimage(&packed(KERNEL, size(KERNEL)));
        cut.pop();
        assert!(
            error(&cut).contains("at 0x600 are the kernel, but the file has"),
            "{}",
            error(&cut)
        );
        let wrong = bzimage(&packed(KERNEL, 7));
        assert_eq!(
            error(&wrong),
            "vmlinuz: the kernel in it has 21 bytes, expected 7: it is damaged"
        );
    }
}
