//! The page through which a component's output goes to the monitor.
//!
//! The component writes bytes and moves `head`; the monitor reads them and moves `tail`. Both are
//! positions in `bytes`; equal positions mean that there is nothing, so one byte always stays
//! free. Each side takes the other's position for a claim: one that is out of range counts as 0.

use core::sync::atomic::{AtomicU8, AtomicU32, Ordering};

/// Bytes of the page.
pub const PAGE_SIZE: usize = 4096;

/// Bytes of output that the page has room for, and one.
pub const CAPACITY: usize = PAGE_SIZE - 8;

/// The page. Zeros are an empty ring.
#[repr(C, align(4096))]
#[derive(Debug)]
pub struct LogRing {
    head: AtomicU32,
    tail: AtomicU32,
    bytes: [AtomicU8; CAPACITY],
}

const _: () = assert!(size_of::<LogRing>() == PAGE_SIZE);

impl Default for LogRing {
    fn default() -> Self {
        Self {
            head: AtomicU32::new(0),
            tail: AtomicU32::new(0),
            bytes: [const { AtomicU8::new(0) }; CAPACITY],
        }
    }
}

fn position(index: &AtomicU32, order: Ordering) -> usize {
    usize::try_from(index.load(order)).ok().filter(|at| *at < CAPACITY).unwrap_or(0)
}

fn set(index: &AtomicU32, at: usize) {
    index.store(u32::try_from(at).unwrap_or(0), Ordering::Release);
}

fn next(at: usize) -> usize {
    if at + 1 == CAPACITY { 0 } else { at + 1 }
}

impl LogRing {
    /// The component's side: writes as much as there is room for, and returns how much that was.
    pub fn write(&self, bytes: &[u8]) -> usize {
        let tail = position(&self.tail, Ordering::Acquire);
        let mut head = position(&self.head, Ordering::Relaxed);
        let mut written = 0;
        for byte in bytes {
            let after = next(head);
            if after == tail {
                break;
            }
            self.bytes[head].store(*byte, Ordering::Relaxed);
            head = after;
            written += 1;
        }
        set(&self.head, head);
        written
    }

    /// The component's side: how many bytes there is room for.
    #[must_use]
    pub fn room(&self) -> usize {
        let tail = position(&self.tail, Ordering::Acquire);
        let head = position(&self.head, Ordering::Relaxed);
        let used = if head >= tail { head - tail } else { head + CAPACITY - tail };
        CAPACITY - 1 - used
    }

    /// Whether the component has no room left.
    #[must_use]
    pub fn is_full(&self) -> bool {
        next(position(&self.head, Ordering::Acquire)) == position(&self.tail, Ordering::Acquire)
    }

    /// Whether there is nothing for the monitor.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        position(&self.head, Ordering::Acquire) == position(&self.tail, Ordering::Acquire)
    }

    /// The monitor's side: takes bytes until `buffer` is full or nothing is left, and returns how
    /// many.
    pub fn read(&self, buffer: &mut [u8]) -> usize {
        let head = position(&self.head, Ordering::Acquire);
        let mut tail = position(&self.tail, Ordering::Relaxed);
        let mut count = 0;
        for byte in buffer {
            if tail == head {
                break;
            }
            *byte = self.bytes[tail].load(Ordering::Relaxed);
            tail = next(tail);
            count += 1;
        }
        set(&self.tail, tail);
        count
    }

    /// The first byte that isn't read yet and fits, counted from the next one to read.
    #[must_use]
    pub fn find(&self, wanted: u8) -> Option<usize> {
        let head = position(&self.head, Ordering::Acquire);
        let mut at = position(&self.tail, Ordering::Relaxed);
        let mut count = 0;
        while at != head {
            if self.bytes[at].load(Ordering::Relaxed) == wanted {
                return Some(count);
            }
            at = next(at);
            count += 1;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_out_in_order_across_the_end() {
        let ring = LogRing::default();
        let mut buffer = [0; 1500];
        for round in 0..20_u8 {
            let line = [round; 1500];
            assert_eq!(ring.write(&line), line.len());
            assert_eq!(ring.read(&mut buffer), line.len());
            assert_eq!(buffer, line);
            assert!(ring.is_empty());
        }
    }

    #[test]
    fn a_full_ring_takes_nothing() {
        let ring = LogRing::default();
        assert_eq!(ring.write(&[b'x'; PAGE_SIZE]), CAPACITY - 1);
        assert!(ring.is_full());
        assert_eq!((ring.write(b"more"), ring.room()), (0, 0));
        let mut byte = [0; 1];
        assert_eq!(ring.read(&mut byte), 1);
        assert_eq!((ring.room(), ring.write(b"more")), (1, 1));
    }

    #[test]
    fn lies_about_positions_stay_inside_the_page() {
        let ring = LogRing::default();
        ring.head.store(u32::MAX, Ordering::Relaxed);
        ring.tail.store(u32::try_from(CAPACITY).unwrap(), Ordering::Relaxed);
        assert!(ring.is_empty());
        assert_eq!(ring.write(b"hello\n"), 6);
        assert_eq!(ring.find(b'\n'), Some(5));
        let mut buffer = [0; 16];
        assert_eq!(ring.read(&mut buffer), 6);
        assert_eq!(&buffer[..6], b"hello\n");
    }
}
