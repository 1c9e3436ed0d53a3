//! gzip files of one member (RFC 1952).

use alloc::boxed::Box;
use alloc::vec;

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, TINFL_LZ_DICT_SIZE, decompress};

use super::UnpackError;

const NAME: &str = "gzip";

pub(super) struct Gzip<'a> {
    rest: &'a [u8],
    decoder: Box<DecompressorOxide>,
    /// The last 32 KiB, which the data refers to: a ring.
    window: Box<[u8]>,
    /// Where the next byte goes in the window.
    at: usize,
    /// Bytes before that place that nobody has read yet.
    unread: usize,
    checksum: crc32fast::Hasher,
    /// Modulo 2^32, as the file has it.
    size: u32,
    finished: bool,
}

impl<'a> Gzip<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self, UnpackError> {
        Ok(Self {
            rest: skip_header(bytes)?,
            decoder: Box::default(),
            window: vec![0; TINFL_LZ_DICT_SIZE].into(),
            at: 0,
            unread: 0,
            checksum: crc32fast::Hasher::new(),
            size: 0,
            finished: false,
        })
    }

    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, UnpackError> {
        if buffer.is_empty() {
            return Ok(0);
        }
        while self.unread == 0 && !self.finished {
            self.step()?;
        }
        // What is unread never wraps: a step writes up to the window's end at most.
        let start = (self.at + TINFL_LZ_DICT_SIZE - self.unread) % TINFL_LZ_DICT_SIZE;
        let len = buffer.len().min(self.unread);
        buffer[..len].copy_from_slice(&self.window[start..start + len]);
        self.unread -= len;
        Ok(len)
    }

    /// Unpacks up to the end of the window.
    fn step(&mut self) -> Result<(), UnpackError> {
        // No flags: all input is here, so the decoder says when it is cut off.
        let (status, used, written) =
            decompress(&mut self.decoder, self.rest, &mut self.window, self.at, 0);
        self.rest = self.rest.get(used..).ok_or(UnpackError::CutOff(NAME))?;
        let new = &self.window[self.at..self.at + written];
        self.checksum.update(new);
        let written32 = u32::try_from(written).map_err(|_| UnpackError::Damaged(NAME))?;
        self.size = self.size.wrapping_add(written32);
        self.at = (self.at + written) % TINFL_LZ_DICT_SIZE;
        self.unread = written;
        match status {
            TINFLStatus::HasMoreOutput => Ok(()),
            TINFLStatus::Done => self.finish(),
            TINFLStatus::NeedsMoreInput | TINFLStatus::FailedCannotMakeProgress => {
                Err(UnpackError::CutOff(NAME))
            }
            _ => Err(UnpackError::Damaged(NAME)),
        }
    }

    /// Compares checksum and size, which follow the data.
    fn finish(&mut self) -> Result<(), UnpackError> {
        self.finished = true;
        let trailer: [u8; 8] = self.rest.first_chunk().copied().ok_or(UnpackError::CutOff(NAME))?;
        let [a, b, c, d, e, f, g, h] = trailer;
        let checksum = u32::from_le_bytes([a, b, c, d]);
        let size = u32::from_le_bytes([e, f, g, h]);
        if self.checksum.clone().finalize() == checksum && self.size == size {
            Ok(())
        } else {
            Err(UnpackError::Checksum(NAME))
        }
    }
}

/// What follows the header (RFC 1952 2.3).
fn skip_header(bytes: &[u8]) -> Result<&[u8], UnpackError> {
    const HEADER_CHECKSUM: u8 = 1 << 1;
    const EXTRA: u8 = 1 << 2;
    const FILE_NAME: u8 = 1 << 3;
    const COMMENT: u8 = 1 << 4;
    const RESERVED: u8 = 0xe0;
    let cut_off = UnpackError::CutOff(NAME);
    let (header, mut rest) = bytes.split_first_chunk::<10>().ok_or(cut_off)?;
    let [0x1f, 0x8b, 8, flags, ..] = *header else {
        return Err(UnpackError::Damaged(NAME));
    };
    if flags & RESERVED != 0 {
        return Err(UnpackError::Damaged(NAME));
    }
    if flags & EXTRA != 0 {
        let (len, behind) = rest.split_first_chunk::<2>().ok_or(cut_off)?;
        rest = behind.get(usize::from(u16::from_le_bytes(*len))..).ok_or(cut_off)?;
    }
    for flag in [FILE_NAME, COMMENT] {
        if flags & flag != 0 {
            let end = rest.iter().position(|byte| *byte == 0).ok_or(cut_off)?;
            rest = &rest[end + 1..];
        }
    }
    if flags & HEADER_CHECKSUM != 0 {
        rest = rest.get(2..).ok_or(cut_off)?;
    }
    Ok(rest)
}
