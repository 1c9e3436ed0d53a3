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
//! A ring lies in any [`RingMemory`]; [`PageRing`] and [`WordRing`] are such memories for those who
//! can have references to atomics in what is shared.

use core::sync::atomic::{Ordering, fence};

mod words;

pub use words::{PAGE_RING_BYTES, PageRing, WordRing};

/// The smallest ring.
const MIN_SIZE: usize = 8;

/// One of the two who share a ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Where the reader is.
    Head,
    /// Where the writer is.
    Tail,
}

impl core::fmt::Display for Side {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Head => "head",
            Self::Tail => "tail",
        })
    }
}

/// Memory in which a ring lies, and which another component can write at any time.
///
/// In the original layout the head is at offset 0, the tail at offset 4, both of 32 bits, and the
/// bytes start at offset 8.
pub trait RingMemory {
    /// How many bytes the ring has: 8 to 2^31, and always the same.
    fn size(&self) -> usize;

    /// Reads an index; what is read afterwards is at least as new (acquire).
    fn load(&self, side: Side) -> u32;

    /// Writes an index, after everything that was written before (release).
    fn store(&self, side: Side, index: u32);

    /// Copies bytes out of the ring. They lie inside, one after the other.
    fn read(&self, at: usize, buffer: &mut [u8]);

    /// Copies bytes into the ring. They lie inside, one after the other.
    fn write(&self, at: usize, bytes: &[u8]);
}

/// Somebody wrote nonsense into shared memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RingError {
    /// the {side} of a ring is at {index}, expected less than {size}
    #[error("the {side} of a ring is at {index}, expected less than {size}")]
    Index {
        /// Whose index it is.
        side: Side,
        /// What it is.
        index: u32,
        /// Bytes of the ring.
        size: usize,
    },
    /// a ring has {0} bytes, expected 8 to 2^31
    #[error("a ring has {0} bytes, expected 8 to 2^31")]
    Size(usize),
}

/// The memory, and what is checked about it.
#[derive(Debug)]
struct Ring<M> {
    memory: M,
    size: usize,
}

impl<M: RingMemory> Ring<M> {
    fn new(memory: M) -> Result<Self, RingError> {
        let size = memory.size();
        let fits = (MIN_SIZE..=1 << 31).contains(&size);
        if fits { Ok(Self { memory, size }) } else { Err(RingError::Size(size)) }
    }

    /// Reads an index that the other side may have changed.
    fn claim(&self, side: Side) -> Result<usize, RingError> {
        let (index, size) = (self.memory.load(side), self.size);
        let checked = usize::try_from(index).ok().filter(|&index| index < size);
        checked.ok_or(RingError::Index { side, index, size })
    }

    /// Bytes from the reader to the writer.
    const fn used(&self, head: usize, tail: usize) -> usize {
        if tail >= head { tail - head } else { tail + self.size - head }
    }

    const fn after(&self, index: usize, count: usize) -> usize {
        let next = index + count;
        if next >= self.size { next - self.size } else { next }
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
pub struct RingWriter<M> {
    ring: Ring<M>,
    tail: usize,
    /// The head at the last notification.
    notified: Option<usize>,
}

impl<M: RingMemory> RingWriter<M> {
    /// Goes on where the ring's tail is.
    ///
    /// # Errors
    /// The tail lies outside, or the ring has a size that can't be.
    pub fn new(memory: M) -> Result<Self, RingError> {
        let ring = Ring::new(memory)?;
        let tail = ring.claim(Side::Tail)?;
        Ok(Self { ring, tail, notified: None })
    }

    /// How many bytes fit.
    ///
    /// # Errors
    /// The reader's index lies outside of the ring.
    pub fn room(&self) -> Result<usize, RingError> {
        Ok(self.ring.size - 1 - self.ring.used(self.ring.claim(Side::Head)?, self.tail))
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
        let (before, after) = bytes[..count].split_at(count.min(self.ring.size - self.tail));
        self.ring.memory.write(self.tail, before);
        if !after.is_empty() {
            self.ring.memory.write(0, after);
        }
        let old = self.tail;
        self.tail = self.ring.after(old, count);
        self.ring.memory.store(Side::Tail, word(self.tail));
        // A reader that had taken all may have looked at the old tail before it went to sleep.
        // One that hadn't will see the new tail, if it looks again before it sleeps; but the
        // original's clients needn't, so they are told when they have moved on as well.
        fence(Ordering::SeqCst);
        // A head that has just become nonsense: the bytes are in the ring all the same.
        let head = self.ring.claim(Side::Head).unwrap_or(old);
        let notify = head == old || self.notified != Some(head);
        if notify {
            self.notified = Some(head);
        }
        Ok(Written { count, notify })
    }
}

/// The reading side of a ring.
#[derive(Debug)]
pub struct RingReader<M> {
    ring: Ring<M>,
    head: usize,
}

impl<M: RingMemory> RingReader<M> {
    /// Goes on where the ring's head is.
    ///
    /// # Errors
    /// The head lies outside, or the ring has a size that can't be.
    pub fn new(memory: M) -> Result<Self, RingError> {
        let ring = Ring::new(memory)?;
        let head = ring.claim(Side::Head)?;
        Ok(Self { ring, head })
    }

    /// How many bytes the ring has; one of them stays free.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.ring.size
    }

    /// How many bytes there are.
    ///
    /// # Errors
    /// The writer's index lies outside of the ring.
    pub fn available(&self) -> Result<usize, RingError> {
        Ok(self.ring.used(self.head, self.ring.claim(Side::Tail)?))
    }

    /// Reads as many bytes as there are and fit, and returns how many that was.
    ///
    /// # Errors
    /// The writer's index lies outside of the ring. Then nothing is read.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize, RingError> {
        let count = buffer.len().min(self.available()?);
        let end = count.min(self.ring.size - self.head);
        let (before, after) = buffer[..count].split_at_mut(end);
        self.ring.memory.read(self.head, before);
        if !after.is_empty() {
            self.ring.memory.read(0, after);
        }
        self.head = self.ring.after(self.head, count);
        self.ring.memory.store(Side::Head, word(self.head));
        fence(Ordering::SeqCst);
        Ok(count)
    }
}
