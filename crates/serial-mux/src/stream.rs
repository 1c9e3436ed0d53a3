//! Output of one client and kind that waits for the line.

use alloc::boxed::Box;
use alloc::vec;

use crate::scan::Scanner;

/// Bytes that a stream holds, as in the original.
pub const STREAM_BYTES: usize = 4096;

/// A buffer that knows where it may be cut. Places are counted from the first byte ever written.
#[derive(Debug)]
pub(crate) struct Stream {
    bytes: Box<[u8]>,
    read: usize,
    /// The last place between two characters.
    safe: usize,
    /// The last place between two lines.
    line: usize,
    end: usize,
    scanner: Scanner,
    after_return: bool,
    /// Since when something waits.
    pub oldest: u64,
    /// When something came last.
    pub newest: u64,
}

impl Stream {
    pub fn new() -> Self {
        Self {
            bytes: vec![0; STREAM_BYTES].into_boxed_slice(),
            read: 0,
            safe: 0,
            line: 0,
            end: 0,
            scanner: Scanner::default(),
            after_return: false,
            oldest: 0,
            newest: 0,
        }
    }

    /// Takes as much as fits, as it is.
    pub fn write(&mut self, bytes: &[u8], now: u64) -> usize {
        let count = bytes.len().min(self.room());
        self.arrive(now);
        self.push(&bytes[..count]);
        count
    }

    /// Takes as much as fits, and puts a carriage return before line feeds that have none.
    pub fn write_processed(&mut self, bytes: &[u8], now: u64) -> usize {
        self.arrive(now);
        let mut left = bytes;
        while !left.is_empty() {
            let text = memchr::memchr(b'\n', left).unwrap_or(left.len());
            let count = text.min(self.room());
            self.push(&left[..count]);
            left = &left[count..];
            if count < text {
                break;
            }
            if let Some(rest) = left.strip_prefix(b"\n") {
                let ending: &[u8] = if self.after_return { b"\n" } else { b"\r\n" };
                if self.room() < ending.len() {
                    break;
                }
                self.push(ending);
                left = rest;
            }
        }
        bytes.len() - left.len()
    }

    fn arrive(&mut self, now: u64) {
        if self.waiting() == 0 {
            self.oldest = now;
        }
        self.newest = now;
    }

    fn push(&mut self, bytes: &[u8]) {
        let at = self.end % STREAM_BYTES;
        let (first, second) = bytes.split_at(bytes.len().min(STREAM_BYTES - at));
        self.bytes[at..at + first.len()].copy_from_slice(first);
        self.bytes[..second.len()].copy_from_slice(second);
        let marks = self.scanner.scan(bytes);
        if let Some(safe) = marks.safe {
            self.safe = self.end + safe;
        }
        if let Some(line) = marks.line {
            self.line = self.end + line;
        }
        if let Some(&last) = bytes.last() {
            self.after_return = last == b'\r';
        }
        self.end += bytes.len();
    }

    pub fn room(&self) -> usize {
        STREAM_BYTES - (self.end - self.read)
    }

    /// A line end with its carriage return doesn't fit any more.
    pub fn is_full(&self) -> bool {
        self.room() < b"\r\n".len()
    }

    /// What came last is no whole line.
    pub fn is_in_line(&self) -> bool {
        self.line < self.end
    }

    pub fn has_written(&self) -> bool {
        self.end > 0
    }

    /// Where it was read up to.
    pub fn place(&self) -> usize {
        self.read
    }

    /// Bytes that can be taken without breaking a character.
    pub fn waiting(&self) -> usize {
        self.safe - self.read
    }

    /// Bytes of complete lines among the first `limit` ones that wait; zero if the first line is
    /// longer.
    pub fn lines_within(&self, limit: usize) -> usize {
        let all = self.line.saturating_sub(self.read);
        if all <= limit {
            return all;
        }
        // What waits starts between two characters, so a new scanner finds the same marks.
        let (first, second) = self.parts(limit);
        let mut scanner = Scanner::default();
        let early = scanner.scan(first).line;
        let late = scanner.scan(second).line.map(|line| first.len() + line);
        late.or(early).unwrap_or(0)
    }

    /// Bytes of the first line, if it is complete and not longer than `limit`.
    pub fn first_line(&self, limit: usize) -> usize {
        let mut end = 0;
        let (first, second) = self.parts(limit.min(self.waiting()));
        let mut scanner = Scanner::default();
        for piece in first.split_inclusive(is_newline).chain(second.split_inclusive(is_newline)) {
            end += piece.len();
            if scanner.scan(piece).line.is_some() {
                return end;
            }
        }
        0
    }

    /// The first `count` bytes that wait, before and after the buffer's end.
    pub fn parts(&self, count: usize) -> (&[u8], &[u8]) {
        let count = count.min(self.end - self.read);
        let at = self.read % STREAM_BYTES;
        let first = count.min(STREAM_BYTES - at);
        (&self.bytes[at..at + first], &self.bytes[..count - first])
    }

    /// How many of the first `limit` bytes are the same in another stream.
    pub fn common(&self, other: &Self, limit: usize) -> usize {
        let mut same = 0;
        loop {
            let (mine, others) = (self.piece(same, limit), other.piece(same, limit));
            let pairs = mine.iter().zip(others);
            let count = match mine.len().min(others.len()) {
                0 => return same,
                // The usual case is compared at once.
                count if mine[..count] == others[..count] => count,
                _ => return same + pairs.take_while(|(byte, other)| byte == other).count(),
            };
            same += count;
        }
    }

    /// Bytes in one piece from `start` on, of the first `limit` ones.
    fn piece(&self, start: usize, limit: usize) -> &[u8] {
        let end = limit.min(self.end - self.read).max(start);
        let at = (self.read + start) % STREAM_BYTES;
        &self.bytes[at..(at + end - start).min(STREAM_BYTES)]
    }

    /// Takes bytes out, as many as there is room for.
    pub fn take(&mut self, out: &mut [u8]) -> usize {
        let (first, second) = self.parts(out.len());
        let (first_len, count) = (first.len(), first.len() + second.len());
        out[..first_len].copy_from_slice(first);
        out[first_len..count].copy_from_slice(second);
        self.skip(count);
        count
    }

    /// Drops bytes.
    pub fn skip(&mut self, count: usize) {
        self.read += count.min(self.end - self.read);
        // Nobody knows when the rest came, but not after this.
        self.oldest = self.newest;
    }
}

fn is_newline(byte: &u8) -> bool {
    *byte == b'\n'
}

#[cfg(test)]
mod test {
    use super::*;
    use std::vec::Vec;

    fn taken(stream: &mut Stream, count: usize) -> Vec<u8> {
        let mut out = std::vec![0; count];
        let count = stream.take(&mut out);
        out.truncate(count);
        out
    }

    #[test]
    fn processed_lines_get_one_carriage_return() {
        let mut stream = Stream::new();
        assert_eq!(stream.write_processed(b"a\nb\r\nc\r", 0), 7);
        assert_eq!(stream.write_processed(b"\n\n", 0), 2);
        assert_eq!(taken(&mut stream, 99), b"a\r\nb\r\nc\r\n\r\n");
    }

    /// A line feed that lacks room for its carriage return waits with it.
    #[test]
    fn full() {
        let mut stream = Stream::new();
        assert_eq!(stream.write_processed(&[b'x'; STREAM_BYTES - 1], 0), STREAM_BYTES - 1);
        assert_eq!(stream.write_processed(b"\nz", 0), 0);
        assert_eq!(taken(&mut stream, 1), b"x");
        assert_eq!(stream.write_processed(b"\nz", 0), 1);
        assert_eq!((stream.room(), stream.write(b"z", 0)), (0, 0));
    }

    #[test]
    fn cuts() {
        let mut stream = Stream::new();
        // Across the buffer's end.
        stream.write(&[b'-'; STREAM_BYTES - 6], 0);
        stream.skip(STREAM_BYTES - 6);
        stream.write("one\r\ntwo\r\nthré".as_bytes(), 0);
        assert_eq!((stream.waiting(), stream.lines_within(99)), (15, 10));
        assert_eq!((stream.lines_within(9), stream.lines_within(4)), (5, 0));
        assert_eq!((stream.first_line(99), stream.first_line(4)), (5, 0));
        assert!(stream.is_in_line());
        assert_eq!(taken(&mut stream, 5), b"one\r\n");
        assert_eq!((stream.first_line(99), stream.lines_within(99)), (5, 5));
        stream.write(b"\xc3", 0);
        assert_eq!((stream.waiting(), stream.room()), (10, STREAM_BYTES - 11));
    }

    #[test]
    fn common_beginnings() {
        let (mut one, mut other) = (Stream::new(), Stream::new());
        other.write(&[b'-'; STREAM_BYTES - 3], 0);
        other.skip(STREAM_BYTES - 3);
        one.write(b"hello, one", 0);
        other.write(b"hello, other", 0);
        assert_eq!((one.common(&other, 99), one.common(&other, 4)), (8, 4));
    }
}
