//! One-way rings of bytes in memory that two components share.
//!
//! The layout is that of the original `getchar_buffer`: `head` is where the reader is, `tail`
//! where the writer is, and one byte stays free so that a full ring differs from an empty one. It
//! serves for input, where the server writes, and for batches of output, where the client does.
//!
//! Each side owns its index and keeps a copy of it that the other side can't change. The other
//! index is a claim: it is read once for an operation, and refused if it lies outside of the ring.
//! So whatever the other side writes, no operation leaves the ring or handles more bytes than it
//! has.
//!
//! Bytes are in words of eight, little-endian, which are read and written at once: only the writer
//! writes them, so nothing of the reader's is in its way.

use core::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};

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
    pub const fn shared(&self) -> SharedRing<'_> {
        SharedRing { head: &self.head, tail: &self.tail, words: &self.words }
    }
}

impl Default for PageRing {
    fn default() -> Self {
        Self::new()
    }
}

/// A ring in shared memory, of any size.
#[derive(Clone, Copy, Debug)]
pub struct SharedRing<'a> {
    /// Where the reader is.
    pub head: &'a AtomicU32,
    /// Where the writer is.
    pub tail: &'a AtomicU32,
    /// The bytes: at least one word, and no more than an index can count.
    pub words: &'a [AtomicU64],
}

/// Somebody wrote nonsense into shared memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RingError {
    /// the {side} of a ring is at {index}, expected less than {size}
    #[error("the {side} of a ring is at {index}, expected less than {size}")]
    Index {
        /// Whose index it is: `head` or `tail`.
        side: &'static str,
        /// What it is.
        index: u32,
        /// Bytes of the ring.
        size: usize,
    },
    /// a ring has {0} bytes, expected 8 to 2^31
    #[error("a ring has {0} bytes, expected 8 to 2^31")]
    Size(usize),
}

impl SharedRing<'_> {
    const fn size(&self) -> usize {
        self.words.len() * WORD
    }

    fn check(&self) -> Result<(), RingError> {
        let size = self.size();
        if (WORD..=1 << 31).contains(&size) { Ok(()) } else { Err(RingError::Size(size)) }
    }

    fn head(&self) -> Result<usize, RingError> {
        self.claim("head", self.head)
    }

    fn tail(&self) -> Result<usize, RingError> {
        self.claim("tail", self.tail)
    }

    /// Reads an index that the other side may have changed.
    fn claim(&self, side: &'static str, index: &AtomicU32) -> Result<usize, RingError> {
        let index = index.load(Ordering::Acquire);
        let size = self.size();
        let checked = usize::try_from(index).ok().filter(|&index| index < size);
        checked.ok_or(RingError::Index { side, index, size })
    }

    /// Bytes from the reader to the writer.
    const fn used(&self, head: usize, tail: usize) -> usize {
        if tail >= head { tail - head } else { tail + self.size() - head }
    }

    const fn after(&self, index: usize, count: usize) -> usize {
        let (next, size) = (index + count, self.size());
        if next >= size { next - size } else { next }
    }

    /// The pieces of `count` bytes from `index` on that lie in one word each or are whole words:
    /// calls `piece` with the word, the first byte in it, and how many bytes.
    fn pieces(&self, index: usize, count: usize, mut piece: impl FnMut(&AtomicU64, usize, usize)) {
        let (mut word, mut offset, mut left) = (index / WORD, index % WORD, count);
        while left > 0 {
            let count = left.min(WORD - offset);
            piece(&self.words[word], offset, count);
            left -= count;
            offset = 0;
            word = if word + 1 == self.words.len() { 0 } else { word + 1 };
        }
    }

    fn store(&self, index: usize, bytes: &[u8]) {
        let mut left = bytes;
        self.pieces(index, bytes.len(), |word, offset, count| {
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

    fn load(&self, index: usize, buffer: &mut [u8]) {
        let mut at = 0;
        self.pieces(index, buffer.len(), |word, offset, count| {
            let whole = word.load(Ordering::Relaxed).to_le_bytes();
            let place = &mut buffer[at..at + count];
            match <&mut [u8; WORD]>::try_from(&mut *place) {
                Ok(place) => *place = whole,
                Err(_) => place.copy_from_slice(&whole[offset..offset + count]),
            }
            at += count;
        });
    }
}

fn word(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(0)
}

/// What became of bytes for a ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// How many are in the ring now.
    pub count: usize,
    /// The reader may be asleep, and has to be notified.
    pub notify: bool,
}

/// The writing side of a ring.
#[derive(Debug)]
pub struct RingWriter<'a> {
    ring: SharedRing<'a>,
    tail: usize,
    /// The head at the last notification.
    notified: Option<usize>,
}

impl<'a> RingWriter<'a> {
    /// Goes on where the ring's tail is.
    ///
    /// # Errors
    /// The tail lies outside, or the ring has a size that can't be.
    pub fn new(ring: SharedRing<'a>) -> Result<Self, RingError> {
        ring.check()?;
        Ok(Self { ring, tail: ring.tail()?, notified: None })
    }

    /// How many bytes fit.
    ///
    /// # Errors
    /// The reader's index lies outside of the ring.
    pub fn room(&self) -> Result<usize, RingError> {
        Ok(self.ring.size() - 1 - self.ring.used(self.ring.head()?, self.tail))
    }

    /// Writes as many bytes as fit.
    ///
    /// # Errors
    /// The reader's index lies outside of the ring. Then nothing is written.
    pub fn write(&mut self, bytes: &[u8]) -> Result<Written, RingError> {
        let count = bytes.len().min(self.room()?);
        if count == 0 {
            return Ok(Written { count, notify: false });
        }
        self.ring.store(self.tail, &bytes[..count]);
        let old = self.tail;
        self.tail = self.ring.after(old, count);
        self.ring.tail.store(word(self.tail), Ordering::Release);
        // A reader that had taken all may have looked at the old tail before it went to sleep.
        // One that hadn't will see the new tail, if it looks again before it sleeps; but the
        // original's clients needn't, so they are told when they have moved on as well.
        fence(Ordering::SeqCst);
        // A head that has just become nonsense: the bytes are in the ring all the same.
        let head = self.ring.head().unwrap_or(old);
        let notify = head == old || self.notified != Some(head);
        if notify {
            self.notified = Some(head);
        }
        Ok(Written { count, notify })
    }
}

/// The reading side of a ring.
#[derive(Debug)]
pub struct RingReader<'a> {
    ring: SharedRing<'a>,
    head: usize,
}

impl<'a> RingReader<'a> {
    /// Goes on where the ring's head is.
    ///
    /// # Errors
    /// The head lies outside, or the ring has a size that can't be.
    pub fn new(ring: SharedRing<'a>) -> Result<Self, RingError> {
        ring.check()?;
        Ok(Self { ring, head: ring.head()? })
    }

    /// How many bytes there are.
    ///
    /// # Errors
    /// The writer's index lies outside of the ring.
    pub fn available(&self) -> Result<usize, RingError> {
        Ok(self.ring.used(self.head, self.ring.tail()?))
    }

    /// Reads as many bytes as there are and fit, and returns how many that was.
    ///
    /// # Errors
    /// The writer's index lies outside of the ring. Then nothing is read.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize, RingError> {
        let count = buffer.len().min(self.available()?);
        self.ring.load(self.head, &mut buffer[..count]);
        self.head = self.ring.after(self.head, count);
        self.ring.head.store(word(self.head), Ordering::Release);
        fence(Ordering::SeqCst);
        Ok(count)
    }
}
