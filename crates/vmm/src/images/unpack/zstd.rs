//! Zstandard files of one frame (RFC 8878).

use ruzstd::decoding::errors::FrameDecoderError;
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use ruzstd::io::Read;

use super::UnpackError;

const NAME: &str = "zstd";

pub(super) struct Zstd<'a> {
    rest: &'a [u8],
    decoder: FrameDecoder,
}

impl<'a> Zstd<'a> {
    pub(super) fn new(bytes: &'a [u8], most: u64) -> Result<Self, UnpackError> {
        let mut rest = bytes;
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(most);
        decoder.init(&mut rest).map_err(|error| match error {
            FrameDecoderError::WindowSizeTooBig { requested, .. } => {
                UnpackError::Window { window: requested, most }
            }
            _ => UnpackError::Damaged(NAME),
        })?;
        Ok(Self { rest, decoder })
    }

    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, UnpackError> {
        if buffer.is_empty() {
            return Ok(0);
        }
        while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
            // One block: at most 128 KiB.
            self.decoder
                .decode_blocks(&mut self.rest, BlockDecodingStrategy::UptoBlocks(1))
                .map_err(|_| match self.rest {
                    [] => UnpackError::CutOff(NAME),
                    _ => UnpackError::Damaged(NAME),
                })?;
        }
        let len = self.decoder.read(buffer).map_err(|_| UnpackError::Damaged(NAME))?;
        if len == 0 && self.decoder.is_finished() {
            let found = self.decoder.get_checksum_from_data();
            if found.is_some() && found != self.decoder.get_calculated_checksum() {
                return Err(UnpackError::Checksum(NAME));
            }
        }
        Ok(len)
    }
}
