//! Compressed files, unpacked a piece at a time.

use alloc::boxed::Box;

mod gzip;
mod zstd;

/// How a file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// Not at all.
    None,
    /// gzip (RFC 1952).
    Gzip,
    /// Zstandard (RFC 8878).
    Zstd,
}

impl Packing {
    /// Recognises a compressed file by its magic number.
    #[must_use]
    pub fn look(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(&[0x1f, 0x8b]) {
            Some(Self::Gzip)
        } else if bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
            Some(Self::Zstd)
        } else {
            None
        }
    }
}

/// Bytes of memory that unpacking zstd data takes at most, by the bytes of its window: the buffer of
/// it is copied when it grows, and besides there are tables, and blocks of up to 128 KiB.
#[must_use]
pub const fn zstd_memory(window: u64) -> u64 {
    window.saturating_mul(3).saturating_add(512 << 10)
}

/// Why a file can't be unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnpackError {
    /// It ends too early.
    #[error("the {0} data is cut off")]
    CutOff(&'static str),
    /// It can't have been written like this.
    #[error("the {0} data is damaged")]
    Damaged(&'static str),
    /// What came out isn't what went in.
    #[error("the {0} data is damaged: its checksum is another one")]
    Checksum(&'static str),
    /// It needs more memory than a monitor has.
    #[error("the zstd data needs a window of {window} bytes, but there is memory for {most}")]
    Window {
        /// What it needs.
        window: u64,
        /// What there is.
        most: u64,
    },
}

enum Decoder<'a> {
    None(&'a [u8]),
    Gzip(Box<gzip::Gzip<'a>>),
    Zstd(Box<zstd::Zstd<'a>>),
}

/// Unpacks a file.
pub struct Unpacker<'a>(Decoder<'a>);

impl<'a> Unpacker<'a> {
    /// Starts at the beginning of a file. What follows the compressed data is ignored. A zstd
    /// file's window may have `most_window` bytes.
    ///
    /// # Errors
    /// The header is damaged, or the window is too large.
    pub fn new(packing: Packing, bytes: &'a [u8], most_window: u64) -> Result<Self, UnpackError> {
        Ok(Self(match packing {
            Packing::None => Decoder::None(bytes),
            Packing::Gzip => Decoder::Gzip(Box::new(gzip::Gzip::new(bytes)?)),
            Packing::Zstd => Decoder::Zstd(Box::new(zstd::Zstd::new(bytes, most_window)?)),
        }))
    }

    /// Puts the next bytes into the buffer, and says how many; 0 at the end, or if the buffer is
    /// empty. Checksums have been compared when the end is reached.
    ///
    /// # Errors
    /// The data is damaged.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize, UnpackError> {
        match &mut self.0 {
            Decoder::None(rest) => {
                let len = buffer.len().min(rest.len());
                let (now, later) = rest.split_at(len);
                buffer[..len].copy_from_slice(now);
                *rest = later;
                Ok(len)
            }
            Decoder::Gzip(gzip) => gzip.read(buffer),
            Decoder::Zstd(zstd) => zstd.read(buffer),
        }
    }

    /// Fills the whole buffer, as far as there are bytes, and says how many.
    ///
    /// # Errors
    /// The data is damaged.
    pub fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, UnpackError> {
        let mut done = 0;
        loop {
            match self.read(&mut buffer[done..])? {
                0 => return Ok(done),
                more => done += more,
            }
        }
    }
}
