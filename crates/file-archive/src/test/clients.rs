use core::cell::{Cell, RefCell};

use alloc::vec;
use alloc::vec::Vec;

use super::archive;
use crate::archive::Archive;
use crate::client::{Connection, File, FileError, located};
use crate::errno::Errno;
use crate::server::Descriptors;

/// A server, the memory shared with it, and the lie that it tells next.
struct Direct<'a> {
    server: RefCell<Descriptors<'a>>,
    buffer: RefCell<[u8; 8]>,
    lie: Cell<Option<i64>>,
    open: Cell<i32>,
}

impl Connection for Direct<'_> {
    type Error = &'static str;

    fn open(&self, name: &str, flags: i32) -> Result<i32, &'static str> {
        let opened = self.server.borrow_mut().open(name.as_bytes(), flags);
        self.open.set(self.open.get() + i32::from(opened.is_ok()));
        Ok(opened.unwrap_or_else(Errno::returned))
    }

    fn read(&self, descriptor: i32, size: usize) -> Result<i64, &'static str> {
        if let Some(lie) = self.lie.get() {
            return Ok(lie);
        }
        let size = size.min(self.capacity());
        Ok(match self.server.borrow_mut().read(descriptor, size) {
            Ok(bytes) => {
                self.buffer.borrow_mut()[..bytes.len()].copy_from_slice(bytes);
                bytes.len().try_into().unwrap()
            }
            Err(errno) => errno.returned().into(),
        })
    }

    fn seek(&self, descriptor: i32, offset: i64, whence: i32) -> Result<i64, &'static str> {
        let moved = self.server.borrow_mut().seek(descriptor, offset, whence);
        Ok(moved.unwrap_or_else(|errno| errno.returned().into()))
    }

    fn close(&self, descriptor: i32) -> Result<i32, &'static str> {
        self.open.set(self.open.get() - 1);
        let closed = self.server.borrow_mut().close(descriptor);
        Ok(closed.map_or_else(Errno::returned, |()| 0))
    }

    fn capacity(&self) -> usize {
        8
    }

    fn copy_to(&self, to: &mut [u8]) {
        to.copy_from_slice(&self.buffer.borrow()[..to.len()]);
    }
}

fn direct(bytes: &[u8]) -> Direct<'_> {
    Direct {
        server: RefCell::new(Descriptors::new(Archive::new(bytes))),
        buffer: RefCell::new([0; 8]),
        lie: Cell::new(None),
        open: Cell::new(0),
    }
}

#[test]
fn files_larger_than_the_shared_memory_are_read() {
    let content: Vec<u8> = (0..100).collect();
    let bytes = archive(&[("f", &content)]);
    let connection = direct(&bytes);
    {
        let mut file = File::open(&connection, "f").unwrap();
        let mut all = vec![9];
        assert_eq!(file.read_to_end(&mut all, 100), Ok(100));
        assert_eq!(all.get(1..), Some(content.as_slice()));
        file.seek(50).unwrap();
        let mut part = [0; 30];
        file.read_exact(&mut part).unwrap();
        assert_eq!(part, content[50..80]);
        let ends = Err(FileError::Ends { read: 20, wanted: 30 });
        assert_eq!(file.read_exact(&mut part), ends);
        assert_eq!(file.seek_to_end(), Ok(100));
        file.seek(0).unwrap();
        assert_eq!(file.read_to_end(&mut all, 99), Err(FileError::TooLarge { limit: 99 }));
        assert_eq!(all.len(), 101, "what is too large is left out");
    }
    assert_eq!(connection.open.get(), 0, "the file was closed");
    assert_eq!(File::open(&connection, "g").err(), Some(FileError::Refused(Errno::ENOENT)));
}

#[test]
fn a_server_that_lies_is_not_believed() {
    let bytes = archive(&[("f", &[1; 100])]);
    let connection = direct(&bytes);
    let mut file = File::open(&connection, "f").unwrap();
    for lie in [5, 9, 1 << 40, i64::MAX, -4096, i64::MIN] {
        connection.lie.set(Some(lie));
        let mut to = [7; 4];
        let untrue = Err(FileError::Untrue { method: "read", answer: lie });
        assert_eq!(file.read(&mut to), untrue);
        assert_eq!(to, [7; 4]);
    }
    connection.lie.set(Some(-9));
    assert_eq!(file.read(&mut [0]), Err(FileError::Refused(Errno::EBADF)));
}

#[test]
fn locations_beyond_the_archive_are_refused() {
    let bytes = [1, 2, 3, 4];
    assert_eq!(located(&bytes, 1, 2), Ok([2, 3].as_slice()));
    assert_eq!(located(&bytes, 4, 0), Ok([].as_slice()));
    for (offset, size) in [(3, 2), (5, 0), (u64::MAX, 1), (1, u64::MAX), (0, 5)] {
        assert_eq!(located(&bytes, offset, size), Err(Errno::EOVERFLOW));
    }
}
