//! Files as a client sees them.
//!
//! A component implements [`Connection`] for its interface of type `FileServerInterface`. The
//! server isn't trusted: an answer that can't be true is an error.

use crate::errno::Errno;
use crate::server::{flags, whence};

/// The procedures of `FileServerInterface.camkes`, as they are called, and the shared memory.
pub trait Connection {
    /// Why a call had no answer: the server is gone or was restarted.
    type Error;

    /// `open`
    ///
    /// # Errors
    /// If there is no answer.
    fn open(&self, name: &str, flags: i32) -> Result<i32, Self::Error>;

    /// `read`
    ///
    /// # Errors
    /// If there is no answer.
    fn read(&self, descriptor: i32, size: usize) -> Result<i64, Self::Error>;

    /// `seek`
    ///
    /// # Errors
    /// If there is no answer.
    fn seek(&self, descriptor: i32, offset: i64, whence: i32) -> Result<i64, Self::Error>;

    /// `close`
    ///
    /// # Errors
    /// If there is no answer.
    fn close(&self, descriptor: i32) -> Result<i32, Self::Error>;

    /// Bytes of the memory that is shared with the server.
    fn capacity(&self) -> usize;

    /// Copies from the start of the shared memory; `to` is no larger than [`Self::capacity`].
    fn copy_to(&self, to: &mut [u8]);
}

/// Why a file can't be opened or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError<E> {
    /// A call had no answer.
    #[error("no answer from the file server: {0}")]
    Call(E),
    /// The server refuses.
    #[error("{0}")]
    Refused(Errno),
    /// The server answers what can't be true.
    #[error("the file server's answer to {method} is {answer}, which it can't be")]
    Untrue {
        /// The procedure's method.
        method: &'static str,
        /// What it returned.
        answer: i64,
    },
    /// The file has fewer bytes than were wanted.
    #[error("the file ends after {read} of {wanted} bytes")]
    Ends {
        /// How many were read.
        read: usize,
        /// How many were wanted.
        wanted: usize,
    },
    /// The file has more bytes than were expected.
    #[error("the file is larger than {limit} bytes")]
    TooLarge {
        /// How many there may be.
        limit: usize,
    },
}

/// An open file, which is closed when it is dropped.
pub struct File<'c, C: Connection> {
    connection: &'c C,
    descriptor: i32,
}

impl<'c, C: Connection> File<'c, C> {
    /// Opens a file to read it.
    ///
    /// # Errors
    /// If the server has no such file, or doesn't answer.
    pub fn open(connection: &'c C, name: &str) -> Result<Self, FileError<C::Error>> {
        let answer = connection.open(name, flags::O_RDONLY).map_err(FileError::Call)?;
        checked("open", answer.into(), i32::MAX.into())?;
        Ok(Self { connection, descriptor: answer })
    }

    /// Reads up to `to.len()` bytes, and says how many: 0 at the end.
    ///
    /// # Errors
    /// If the server refuses or doesn't answer, or says that it read more than it was asked for.
    pub fn read(&mut self, to: &mut [u8]) -> Result<usize, FileError<C::Error>> {
        let wanted = to.len().min(self.connection.capacity());
        if wanted == 0 {
            return Ok(0);
        }
        let answer = self.connection.read(self.descriptor, wanted).map_err(FileError::Call)?;
        let read = checked("read", answer, wanted.try_into().unwrap_or(i64::MAX))?;
        let read = usize::try_from(read).unwrap_or(wanted).min(wanted);
        if let Some(to) = to.get_mut(..read) {
            self.connection.copy_to(to);
        }
        Ok(read)
    }

    /// Fills `to`.
    ///
    /// # Errors
    /// As [`read`](Self::read), and if the file ends before.
    pub fn read_exact(&mut self, to: &mut [u8]) -> Result<(), FileError<C::Error>> {
        let wanted = to.len();
        let mut done = 0;
        while let Some(rest) = to.get_mut(done..)
            && !rest.is_empty()
        {
            match self.read(rest)? {
                0 => return Err(FileError::Ends { read: done, wanted }),
                read => done += read,
            }
        }
        Ok(())
    }

    /// Adds the rest of the file to `to`, and says how many bytes it had.
    ///
    /// # Errors
    /// As [`read`](Self::read), and if the rest is larger than `limit`.
    #[cfg(any(feature = "alloc", test))]
    pub fn read_to_end(
        &mut self, to: &mut alloc::vec::Vec<u8>, limit: usize,
    ) -> Result<usize, FileError<C::Error>> {
        let start = to.len();
        let chunk = self.connection.capacity();
        loop {
            let done = to.len();
            to.resize(done.saturating_add(chunk), 0);
            let read = self.read(to.get_mut(done..).unwrap_or_default());
            to.truncate(done + *read.as_ref().unwrap_or(&0));
            if read? == 0 {
                return Ok(to.len() - start);
            }
            if to.len() - start > limit {
                to.truncate(start);
                return Err(FileError::TooLarge { limit });
            }
        }
    }

    /// Moves the position to `offset` bytes after the start.
    ///
    /// # Errors
    /// If the server refuses or doesn't answer.
    pub fn seek(&mut self, offset: u64) -> Result<(), FileError<C::Error>> {
        let wanted = i64::try_from(offset).map_err(|_| FileError::Refused(Errno::EOVERFLOW))?;
        self.move_to(wanted, whence::SEEK_SET).map(|_| ())
    }

    /// How large the file is. The position is then the file's end.
    ///
    /// # Errors
    /// If the server refuses or doesn't answer.
    pub fn seek_to_end(&mut self) -> Result<u64, FileError<C::Error>> {
        self.move_to(0, whence::SEEK_END)
    }

    fn move_to(&mut self, offset: i64, whence: i32) -> Result<u64, FileError<C::Error>> {
        let answer = self.connection.seek(self.descriptor, offset, whence);
        checked("seek", answer.map_err(FileError::Call)?, i64::MAX)
    }
}

impl<C: Connection> Drop for File<'_, C> {
    fn drop(&mut self) {
        // A server that doesn't answer has no descriptor to free.
        let _ = self.connection.close(self.descriptor);
    }
}

/// A part of the archive that the client sees, as the server located it.
///
/// # Errors
/// If the part isn't in the archive.
pub fn located(archive: &[u8], offset: u64, size: u64) -> Result<&[u8], Errno> {
    let start = usize::try_from(offset).map_err(|_| Errno::EOVERFLOW)?;
    let size = usize::try_from(size).map_err(|_| Errno::EOVERFLOW)?;
    let end = start.checked_add(size).ok_or(Errno::EOVERFLOW)?;
    archive.get(start..end).ok_or(Errno::EOVERFLOW)
}

/// An answer from 0 to `most`, or the error that it stands for.
///
/// # Errors
/// It is an error's number, or neither.
pub fn checked<E>(method: &'static str, answer: i64, most: i64) -> Result<u64, FileError<E>> {
    if let Some(errno) = Errno::from_returned(answer) {
        return Err(FileError::Refused(errno));
    }
    match u64::try_from(answer) {
        Ok(value) if answer <= most => Ok(value),
        _ => Err(FileError::Untrue { method, answer }),
    }
}
