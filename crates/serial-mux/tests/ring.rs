//! Rings: in order, nothing lost or doubled, and safe from what the other side writes.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use proptest::prelude::*;
use serial_mux::ring::{
    PAGE_RING_BYTES, PageRing, RingError, RingReader, RingWriter, Side, WordRing,
};

struct Memory {
    head: AtomicU32,
    tail: AtomicU32,
    words: Vec<AtomicU64>,
}

impl Memory {
    fn new(size: usize) -> Self {
        assert!(size.is_multiple_of(8));
        let words = (0..size / 8).map(|_| AtomicU64::new(0)).collect();
        Self { head: AtomicU32::new(0), tail: AtomicU32::new(0), words }
    }

    fn shared(&self) -> WordRing<'_> {
        WordRing { head: &self.head, tail: &self.tail, words: &self.words }
    }
}

/// Bytes lie one after the other, as a peer that writes them one by one expects.
#[test]
fn bytes_are_in_order() {
    let memory = Memory::new(16);
    let mut writer = RingWriter::new(memory.shared()).unwrap();
    for text in [&b"abc"[..], b"defghijklm", b"no"] {
        assert_eq!(writer.write(text).unwrap().count, text.len());
    }
    let words = memory.words.iter().map(|word| word.load(Ordering::Relaxed).to_le_bytes());
    assert_eq!(words.collect::<Vec<_>>().concat(), b"abcdefghijklmno\0");
}

#[test]
fn a_page_has_the_original_layout() {
    let page = PageRing::new();
    let start = &raw const page as usize;
    assert_eq!(page.tail.as_ptr() as usize - start, 4);
    assert_eq!(page.words[0].as_ptr() as usize - start, 8);
    let mut writer = RingWriter::new(page.shared()).unwrap();
    assert_eq!(writer.room(), Ok(4087));
    assert_eq!(writer.write(&[7; 5000]).unwrap().count, 4087);
    assert_eq!((page.head.load(Ordering::Relaxed), page.tail.load(Ordering::Relaxed)), (0, 4087));
    let mut reader = RingReader::new(page.shared()).unwrap();
    assert_eq!(reader.read(&mut [0; 1]), Ok(1));
    assert_eq!(writer.write(&[7; 5000]).unwrap().count, 1);
    assert_eq!(page.tail.load(Ordering::Relaxed), 0);
}

/// The reader is told of the first byte, of bytes after it has moved on, and of bytes after it has
/// taken everything.
#[test]
fn notifications() {
    let memory = Memory::new(16);
    let mut writer = RingWriter::new(memory.shared()).unwrap();
    let mut reader = RingReader::new(memory.shared()).unwrap();
    assert!(writer.write(b"a").unwrap().notify);
    assert!(!writer.write(b"b").unwrap().notify);
    assert!(!writer.write(b"").unwrap().notify);
    reader.read(&mut [0; 1]).unwrap();
    assert!(writer.write(b"c").unwrap().notify);
    assert!(!writer.write(b"d").unwrap().notify);
    reader.read(&mut [0; 9]).unwrap();
    assert!(writer.write(b"e").unwrap().notify);
}

#[test]
fn claims_are_checked() {
    let memory = Memory::new(16);
    let mut writer = RingWriter::new(memory.shared()).unwrap();
    let mut reader = RingReader::new(memory.shared()).unwrap();
    memory.head.store(16, Ordering::Relaxed);
    let error = writer.write(b"x").unwrap_err();
    assert_eq!(error.to_string(), "the head of a ring is at 16, expected less than 16");
    assert_eq!(writer.room(), Err(error));
    memory.tail.store(u32::MAX, Ordering::Relaxed);
    let error = RingError::Index { side: Side::Tail, index: u32::MAX, size: 16 };
    assert_eq!(reader.read(&mut [0; 4]), Err(error));
    assert_eq!(RingWriter::new(memory.shared()).map(|_| ()).unwrap_err(), error);
    // A side's own index is its own, whatever the memory says.
    memory.head.store(3, Ordering::Relaxed);
    assert_eq!(writer.write(b"xy").unwrap().count, 2);
    assert_eq!(memory.tail.load(Ordering::Relaxed), 2);
    let mut buffer = [0; 4];
    assert_eq!((reader.read(&mut buffer), &buffer[..2]), (Ok(2), &b"xy"[..]));
}

#[test]
fn sizes_are_checked() {
    let error = RingReader::new(Memory::new(0).shared()).map(|_| ()).unwrap_err();
    assert_eq!(error.to_string(), "a ring has 0 bytes, expected 8 to 2^31");
    RingWriter::new(Memory::new(8).shared()).unwrap();
}

/// Two threads, a million bytes, and sleeping until notified.
#[test]
fn two_threads() {
    const COUNT: usize = 1_000_000;
    let page = PageRing::new();
    let byte = |n: usize| (n * 31 % 251).to_le_bytes()[0];
    let (wake, woken) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut writer = RingWriter::new(page.shared()).unwrap();
            let mut sent = 0;
            while sent < COUNT {
                let chunk: Vec<u8> = (sent..(sent + 1 + sent % 300).min(COUNT)).map(byte).collect();
                let written = writer.write(&chunk).unwrap();
                sent += written.count;
                if written.notify {
                    wake.send(()).unwrap();
                }
                if written.count == 0 {
                    std::thread::yield_now();
                }
            }
        });
        let mut reader = RingReader::new(page.shared()).unwrap();
        let (mut received, mut buffer) = (0, [0; 200]);
        while received < COUNT {
            let count = reader.read(&mut buffer).unwrap();
            assert!(buffer[..count].iter().enumerate().all(|(n, &b)| b == byte(received + n)));
            received += count;
            if count == 0 {
                let wait = std::time::Duration::from_secs(20);
                woken.recv_timeout(wait).expect("asleep although there are bytes");
            }
        }
    });
}

proptest! {
    /// Any sizes of pieces.
    #[test]
    fn in_order(
        words in 1_usize..9, steps in prop::collection::vec((0_usize..90, 0_usize..90), 1..100)
    ) {
        let size = words * 8;
        let memory = Memory::new(size);
        let mut writer = RingWriter::new(memory.shared()).unwrap();
        let mut reader = RingReader::new(memory.shared()).unwrap();
        let (mut sent, mut received) = (0_u8, 0_u8);
        for (write, read) in steps {
            let bytes: Vec<u8> = (0..write).map(|n| sent.wrapping_add(n.to_le_bytes()[0])).collect();
            let room = writer.room().unwrap();
            let count = writer.write(&bytes).unwrap().count;
            prop_assert_eq!(count, write.min(room));
            sent = sent.wrapping_add(count.to_le_bytes()[0]);
            let mut buffer = vec![0; read];
            let available = reader.available().unwrap();
            prop_assert_eq!(available + writer.room().unwrap(), size - 1);
            let count = reader.read(&mut buffer).unwrap();
            prop_assert_eq!(count, read.min(available));
            for byte in &buffer[..count] {
                prop_assert_eq!(*byte, received);
                received = received.wrapping_add(1);
            }
        }
    }

    /// The other side writes anything anywhere: no panic, no more bytes than the ring has, and
    /// the own index stays inside.
    #[test]
    fn hostile(
        words in 1_usize..3,
        steps in prop::collection::vec((any::<u32>(), any::<u32>(), 0_u32..22, any::<bool>()), 1..200)
    ) {
        let size = words * 8;
        let memory = Memory::new(size);
        let mut writer = RingWriter::new(memory.shared()).unwrap();
        let mut reader = RingReader::new(memory.shared()).unwrap();
        for (head, tail, near, far) in steps {
            memory.head.store(if far { head } else { near }, Ordering::Relaxed);
            match writer.write(&[1; 64]) {
                Ok(written) => prop_assert!(written.count < size),
                Err(error) => {
                    let refused = matches!(error, RingError::Index { side: Side::Head, .. });
                    prop_assert!(refused, "{error}");
                }
            }
            prop_assert!((memory.tail.load(Ordering::Relaxed) as usize) < size);
            memory.tail.store(if far { tail } else { near }, Ordering::Relaxed);
            match reader.read(&mut [0; 64]) {
                Ok(count) => prop_assert!(count < size),
                Err(error) => {
                    let refused = matches!(error, RingError::Index { side: Side::Tail, .. });
                    prop_assert!(refused, "{error}");
                }
            }
            memory.tail.store(0, Ordering::Relaxed);
        }
    }
}

#[test]
fn a_page_is_what_its_name_says() {
    assert_eq!(PAGE_RING_BYTES, 4088);
}
