//! The procedures of `FileServerInterface.camkes` for one client.
//!
//! A server has one [`Descriptors`] for each client, so that a client's descriptor means nothing to
//! another, and no client can use up what others need.

use crate::archive::{Archive, Entry, Type};
use crate::errno::Errno;

/// How many descriptors a client can have.
pub const DESCRIPTORS: usize = 32;
/// The first one: 0 to 2 are taken by what programs call standard input and output.
const FIRST: i32 = 3;
/// Bytes of a name, as in Linux's file systems.
const NAME_MAX: usize = 255;

/// Flags of `open`, as Linux on AArch64 has them.
pub mod flags {
    /// The bits that say what the descriptor is for.
    pub const O_ACCMODE: i32 = 0o3;
    /// To read.
    pub const O_RDONLY: i32 = 0;
    /// To write.
    pub const O_WRONLY: i32 = 0o1;
    /// To read and write.
    pub const O_RDWR: i32 = 0o2;
    /// Makes the file if it isn't there.
    pub const O_CREAT: i32 = 0o100;
    /// With `O_CREAT`: refuses a file that is there.
    pub const O_EXCL: i32 = 0o200;
    /// Empties the file.
    pub const O_TRUNC: i32 = 0o1000;
    /// Refuses all but directories.
    pub const O_DIRECTORY: i32 = 0o40_000;
}

/// Where `seek` counts from.
pub mod whence {
    /// The file's start.
    pub const SEEK_SET: i32 = 0;
    /// The descriptor's position.
    pub const SEEK_CUR: i32 = 1;
    /// The file's end.
    pub const SEEK_END: i32 = 2;
}

/// Where in the archive a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location {
    /// Bytes before its content.
    pub offset: u64,
    /// Bytes of its content.
    pub size: u64,
}

#[derive(Clone, Copy, Debug)]
struct Open<'a> {
    data: &'a [u8],
    /// At most `i64::MAX`; may be beyond the end.
    position: u64,
}

/// The descriptors of one client.
#[derive(Clone, Debug)]
pub struct Descriptors<'a> {
    archive: Archive<'a>,
    open: [Option<Open<'a>>; DESCRIPTORS],
}

impl<'a> Descriptors<'a> {
    /// None open.
    #[must_use]
    pub const fn new(archive: Archive<'a>) -> Self {
        Self { archive, open: [None; DESCRIPTORS] }
    }

    /// Opens a file to read it. The lowest descriptor that is free.
    ///
    /// # Errors
    /// `ENOENT`, `ENAMETOOLONG`, `EIO`, and `EISDIR` or `EACCES` for entries that are no files;
    /// `EROFS`, `EEXIST` or `ENOTDIR` by the flags; `EMFILE`.
    pub fn open(&mut self, name: &[u8], flags: i32) -> Result<i32, Errno> {
        let create = flags & flags::O_CREAT != 0;
        let file = match self.file(name) {
            Err(Errno::ENOENT) if create => return Err(Errno::EROFS),
            Ok(_) if create && flags & flags::O_EXCL != 0 => return Err(Errno::EEXIST),
            other => other?,
        };
        if flags & flags::O_ACCMODE != flags::O_RDONLY || flags & flags::O_TRUNC != 0 {
            return Err(Errno::EROFS);
        }
        if flags & flags::O_DIRECTORY != 0 {
            return Err(Errno::ENOTDIR);
        }
        let (descriptor, free) =
            (FIRST..).zip(&mut self.open).find(|(_, open)| open.is_none()).ok_or(Errno::EMFILE)?;
        *free = Some(Open { data: file.data, position: 0 });
        Ok(descriptor)
    }

    /// The next bytes of a file, `limit` of them at most: what is returned has been read. Nothing
    /// at its end.
    ///
    /// # Errors
    /// `EBADF`.
    pub fn read(&mut self, descriptor: i32, limit: usize) -> Result<&'a [u8], Errno> {
        let open = self.get(descriptor)?;
        let start = usize::try_from(open.position).unwrap_or(usize::MAX);
        let rest = open.data.get(start..).unwrap_or_default();
        let read = rest.get(..limit).unwrap_or(rest);
        // Not beyond the end, which fits.
        open.position += read.len() as u64;
        Ok(read)
    }

    /// Moves the position, which may be beyond the end. Says where it is then.
    ///
    /// # Errors
    /// `EBADF`; `EINVAL` for another `whence` or a negative position; `EOVERFLOW`.
    pub fn seek(&mut self, descriptor: i32, offset: i64, whence: i32) -> Result<i64, Errno> {
        let open = self.get(descriptor)?;
        let base = match whence {
            whence::SEEK_SET => 0,
            whence::SEEK_CUR => open.position,
            whence::SEEK_END => open.data.len() as u64,
            _ => return Err(Errno::EINVAL),
        };
        let base = i64::try_from(base).map_err(|_| Errno::EOVERFLOW)?;
        let position = base.checked_add(offset).ok_or(Errno::EOVERFLOW)?;
        open.position = u64::try_from(position).map_err(|_| Errno::EINVAL)?;
        Ok(position)
    }

    /// Closes a descriptor.
    ///
    /// # Errors
    /// `EBADF`.
    pub fn close(&mut self, descriptor: i32) -> Result<(), Errno> {
        self.slot(descriptor)?.take().map(|_| ()).ok_or(Errno::EBADF)
    }

    /// How large a file is, and where, for clients that see the archive themselves.
    ///
    /// # Errors
    /// As [`open`](Self::open), to read.
    pub fn locate(&self, name: &[u8]) -> Result<Location, Errno> {
        let file = self.file(name)?;
        Ok(Location { offset: file.offset as u64, size: file.data.len() as u64 })
    }

    fn file(&self, name: &[u8]) -> Result<Entry<'a>, Errno> {
        if name.len() > NAME_MAX {
            return Err(Errno::ENAMETOOLONG);
        }
        match self.archive.find(name) {
            Err(_) => Err(Errno::EIO),
            Ok(None) => Err(Errno::ENOENT),
            Ok(Some(entry)) => match entry.ty {
                Type::File => Ok(entry),
                Type::Directory => Err(Errno::EISDIR),
                Type::Other => Err(Errno::EACCES),
            },
        }
    }

    fn get(&mut self, descriptor: i32) -> Result<&mut Open<'a>, Errno> {
        self.slot(descriptor)?.as_mut().ok_or(Errno::EBADF)
    }

    fn slot(&mut self, descriptor: i32) -> Result<&mut Option<Open<'a>>, Errno> {
        let index = descriptor.checked_sub(FIRST).and_then(|index| usize::try_from(index).ok());
        index.and_then(|index| self.open.get_mut(index)).ok_or(Errno::EBADF)
    }
}
