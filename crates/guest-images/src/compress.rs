//! Compressed files, whole.

use std::io::{Read, Write};

use anyhow::{Context, Result, bail};
use flate2::{Compression, GzBuilder};
use lzma_rust2::XzReader;
use ruzstd::decoding::StreamingDecoder;

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// RFC 1952.
    Gzip,
    /// The .xz file format.
    Xz,
    /// RFC 8878.
    Zstd,
}

impl Format {
    /// Recognises it by its magic number.
    #[must_use]
    pub fn look(bytes: &[u8]) -> Option<Self> {
        let magics: [(&[u8], Self); 3] = [
            (&[0x1f, 0x8b], Self::Gzip),
            (&[0xfd, b'7', b'z', b'X', b'Z', 0], Self::Xz),
            (&[0x28, 0xb5, 0x2f, 0xfd], Self::Zstd),
        ];
        magics.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, format)| *format)
    }
}

/// Names the compressed formats that can't be unpacked.
#[must_use]
pub fn foreign(bytes: &[u8]) -> Option<&'static str> {
    let magics: [(&[u8], &str); 5] = [
        (b"BZh", "bzip2"),
        (&[0x5d, 0, 0], "lzma"),
        (&[0x02, 0x21, 0x4c, 0x18], "lz4"),
        (&[0x04, 0x22, 0x4d, 0x18], "lz4"),
        (&[0x89, b'L', b'Z', b'O'], "lzo"),
    ];
    magics.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, name)| *name)
}

/// Unpacks the compressed data that `bytes` starts with; returns the content and what follows.
///
/// # Errors
/// The data is damaged, or in another format.
pub fn unpack(bytes: &[u8]) -> Result<(Vec<u8>, &[u8])> {
    let mut content = Vec::new();
    let rest = match Format::look(bytes) {
        Some(Format::Gzip) => {
            let mut reader = flate2::bufread::GzDecoder::new(bytes);
            reader.read_to_end(&mut content).context("the gzip data is damaged")?;
            reader.into_inner()
        }
        Some(Format::Xz) => {
            let mut reader = XzReader::new(bytes, false);
            reader.read_to_end(&mut content).context("the xz data is damaged")?;
            reader.into_inner()
        }
        Some(Format::Zstd) => {
            let mut rest = bytes;
            let mut reader =
                StreamingDecoder::new(&mut rest).context("the zstd data is damaged")?;
            reader.read_to_end(&mut content).context("the zstd data is damaged")?;
            drop(reader);
            rest
        }
        None => bail!("compressed in a way that isn't known: expected gzip, xz or zstd"),
    };
    Ok((content, rest))
}

/// Compresses with gzip, without name and time: equal inputs give equal bytes.
///
/// # Errors
/// Never in practice: the output is memory.
pub fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut writer = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    writer.write_all(bytes)?;
    Ok(writer.finish()?)
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn gzip_round_trip_and_rest() {
        let mut packed = gzip(b"some text").unwrap();
        assert_eq!(packed, gzip(b"some text").unwrap());
        assert_eq!(packed[4..8], [0; 4], "no time");
        packed.extend_from_slice(b"rest");
        let (content, rest) = unpack(&packed).unwrap();
        assert_eq!((content.as_slice(), rest), (b"some text".as_slice(), b"rest".as_slice()));
    }

    #[test]
    fn xz_and_zstd() {
        // `printf hello | xz --check=crc32`, `printf hello | zstd`
        let xz = b"\xfd7zXZ\0\0\x01i\"\xde6\x02\0!\x01\x16\0\0\0t/\xe5\xa3\x01\0\x04hello\0\0\0\0\
                   \x86\xa6\x106\0\x01\x19\x05\xbc\xe8\xec\xcb\x90B\x99\r\x01\0\0\0\0\x01YZ";
        let (content, rest) = unpack(xz).unwrap();
        assert_eq!((content.as_slice(), rest), (b"hello".as_slice(), b"".as_slice()));
        let zstd = b"\x28\xb5\x2f\xfd\x00\x58\x29\x00\x00hello";
        let (content, rest) = unpack(zstd).unwrap();
        assert_eq!((content.as_slice(), rest), (b"hello".as_slice(), b"".as_slice()));
    }

    #[test]
    fn damage_is_an_error() {
        let packed = gzip(&[7; 1000]).unwrap();
        assert!(unpack(&packed[..packed.len() - 5]).is_err());
        assert!(unpack(b"\xfd7zXZ\0damaged").is_err());
        assert!(unpack(b"\x28\xb5\x2f\xfd").is_err());
        let error = unpack(b"plain").unwrap_err().to_string();
        assert!(error.ends_with("expected gzip, xz or zstd"), "{error}");
        assert_eq!(foreign(b"BZh91AY"), Some("bzip2"));
    }
}
