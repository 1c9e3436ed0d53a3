//! Rings as words of eight bytes, little-endian.
//!
//! Words are read and written at once. Only the writer writes them, so nothing of the reader's is
//! in its way when it replaces a part of one.

use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::{RingMemory, Side};

const WORD: usize = size_of::<AtomicU64>();

/// Bytes of a ring in a page.
pub const PAGE_RING_BYTES: usize = 4096 - 8;

/// A ring as it lies in a page of shared memory.
#[derive(Debug)]
#[repr(C)]
pub struct PageRing {
    /// Where the reader is.
    pub head: AtomicU32,
    /// Where the writer is.
    pub tail: AtomicU32,
    /// The bytes.
    pub words: [AtomicU64; PAGE_RING_BYTES / WORD],
}

const _: () = assert!(size_of::<PageRing>() == 4096);

impl PageRing {
    /// An empty ring.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            head: AtomicU32::new(0),
            tail: AtomicU32::new(0),
            words: [const { AtomicU64::new(0) }; PAGE_RING_BYTES / WORD],
        }
    }

    /// The ring, for one of its sides.
    #[must_use]
    pub const fn shared(&self) -> WordRing<'_> {
        WordRing { head: &self.head, tail: &self.tail, words: &self.words }
    }
}

impl Default for PageRing {
    fn default() -> Self {
        Self::new()
    }
}

/// A ring in shared memory, of any size.
#[derive(Clone, Copy, Debug)]
pub struct WordRing<'a> {
    /// Where the reader is.
    pub head: &'a AtomicU32,
    /// Where the writer is.
    pub tail: &'a AtomicU32,
    /// The bytes.
    pub words: &'a [AtomicU64],
}

impl WordRing<'_> {
    const fn index(&self, side: Side) -> &AtomicU32 {
        match side {
            Side::Head => self.head,
            Side::Tail => self.tail,
        }
    }

    /// The pieces of `count` bytes from `at` on that lie in one word each: the word, the first
    /// byte in it, and how many bytes.
    fn pieces(&self, at: usize, count: usize, mut piece: impl FnMut(&AtomicU64, usize, usize)) {
        let (mut offset, mut left) = (at % WORD, count);
        for word in &self.words[at / WORD..] {
            if left == 0 {
                break;
            }
            let count = left.min(WORD - offset);
            piece(word, offset, count);
            left -= count;
            offset = 0;
        }
    }
}

impl RingMemory for WordRing<'_> {
    fn size(&self) -> usize {
        self.words.len() * WORD
    }

    fn load(&self, side: Side) -> u32 {
        self.index(side).load(Ordering::Acquire)
    }

    fn store(&self, side: Side, index: u32) {
        self.index(side).store(index, Ordering::Release);
    }

    fn read(&self, at: usize, buffer: &mut [u8]) {
        let mut done = 0;
        self.pieces(at, buffer.len(), |word, offset, count| {
            let whole = word.load(Ordering::Relaxed).to_le_bytes();
            let place = &mut buffer[done..done + count];
            match <&mut [u8; WORD]>::try_from(&mut *place) {
                Ok(place) => *place = whole,
                Err(_) => place.copy_from_slice(&whole[offset..offset + count]),
            }
            done += count;
        });
    }

    fn write(&self, at: usize, bytes: &[u8]) {
        let mut left = bytes;
        self.pieces(at, bytes.len(), |word, offset, count| {
            let (now, later) = left.split_at(count);
            left = later;
            let whole = <[u8; WORD]>::try_from(now).unwrap_or_else(|_| {
                let mut part = word.load(Ordering::Relaxed).to_le_bytes();
                part[offset..offset + count].copy_from_slice(now);
                part
            });
            word.store(u64::from_le_bytes(whole), Ordering::Relaxed);
        });
    }
}
