//! An image as a raw arm64 Image: a page with the header of the boot protocol
//! and code, then memory from the kernel's first byte on as it is to be.
//!
//! The page belongs directly before the kernel. Where that is memory, the
//! header's `text_offset` asks the boot loader to put it there, and nothing has
//! to be copied. Elsewhere the image says that it may be put anywhere.

use loader::page_table::BLOCK_SIZE;
use loader::{Range, head};

use super::Contents;
use crate::Error;
use crate::device_tree::Board;
use crate::loader_elf::put;

impl Contents {
    /// The bytes of the raw image.
    pub fn to_image(&self, board: &Board) -> Result<Vec<u8>, Error> {
        let home = self.layout.kernel.start.checked_sub(head::HEAD_SIZE).ok_or_else(|| {
            Error::malformed(
                "the kernel",
                "loaded at address 0, expected room for a page before it",
            )
        })?;
        let memory_start = start_of_memory(board, home);

        let mut out = self.head.clone();
        for blob in &self.blobs {
            let offset = usize::try_from(blob.start - home).unwrap_or(usize::MAX);
            out.resize(offset, 0);
            out.extend_from_slice(&blob.bytes);
        }
        let length = out.len().next_multiple_of(4096);
        out.resize(length, 0);

        // Behind the image there must be room for a copy of its first page.
        let stored = length as u64 + head::HEAD_SIZE;
        let size = stored.max(self.layout.root_task.end - home);
        let (text_offset, anywhere) = match memory_start {
            Some(start) => (home - start, 0),
            None => (0, head::FLAG_ANYWHERE),
        };
        put(&mut out, head::TEXT_OFFSET, text_offset);
        put(&mut out, head::IMAGE_SIZE, size);
        put(&mut out, head::FLAGS, head::FLAG_PAGES_4K | anywhere);
        put(&mut out, head::HOME, home);
        put(&mut out, head::LENGTH, length as u64);
        put(&mut out, head::ENTRY, self.entry - home);
        Ok(out)
    }
}

/// The first 2 MiB boundary in memory, from which `text_offset` counts, if
/// `home` is in memory as well.
fn start_of_memory(board: &Board, home: u64) -> Option<u64> {
    let page = Range::new(home, home + head::HEAD_SIZE);
    if !board.memory.iter().any(|region| region.contains(&page)) {
        return None;
    }
    let start = board.memory.iter().map(|region| region.start).min()?;
    start.checked_next_multiple_of(BLOCK_SIZE).filter(|start| *start <= home)
}
