//! Files of a FileServer, for components: through the memory that is shared with the server, or in
//! place where the component has `<interface>_zero_copy`.
//!
//! ```no_run
//! # fn run() -> Result<(), file_client::Error> {
//! // The interface `uses FileServerInterface fs`, generated or added by an application.
//! let connection = component::Runtime::new().connection("fs").expect("fs is connected");
//! let server = file_client::FileServer::new(connection);
//! let mut header = [0; 64];
//! server.open("linux")?.read_exact(&mut header)?;
//! # Ok(())
//! # }
//! ```

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::vec::Vec;

use component::{CallError, Connection};
use file_archive::client::{self, FileError, checked, located};
pub use file_archive::errno::Errno;

/// Why there is no file, or no more of it.
pub type Error = FileError<CallError>;

/// An open file.
pub type File<'s> = client::File<'s, FileServer>;

/// The methods of `FileServerInterface`, by their numbers.
mod method {
    pub const OPEN: u16 = 0;
    pub const READ: u16 = 1;
    pub const SEEK: u16 = 2;
    pub const CLOSE: u16 = 3;
    pub const STAT: u16 = 4;
    pub const LOCATE: u16 = 5;
}

/// A server of files.
#[derive(Clone, Copy, Debug)]
pub struct FileServer {
    connection: Connection,
}

impl FileServer {
    /// The one at the other end of an interface `uses FileServerInterface`.
    #[must_use]
    pub const fn new(connection: Connection) -> Self {
        Self { connection }
    }

    /// Opens a file to read it.
    ///
    /// # Errors
    /// There is none of that name, or no answer.
    pub fn open(&self, name: &str) -> Result<File<'_>, Error> {
        File::open(self, name)
    }

    /// All bytes of a file that has `limit` of them at most.
    ///
    /// # Errors
    /// It can't be read, or has more.
    pub fn read(&self, name: &str, limit: usize) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        self.open(name)?.read_to_end(&mut bytes, limit)?;
        Ok(bytes)
    }

    /// How large a file is.
    ///
    /// # Errors
    /// There is none of that name, or no answer.
    pub fn size(&self, name: &str) -> Result<u64, Error> {
        let answer: i64 = self.connection.call(method::STAT, (name,)).map_err(FileError::Call)?;
        checked("stat", answer, i64::MAX)
    }

    /// The bytes of a file where they are, without a copy. None if the component doesn't see the
    /// server's files (`<interface>_zero_copy`).
    ///
    /// # Errors
    /// There is no file of that name, or no answer.
    pub fn in_place(&self, name: &str) -> Result<Option<&'static [u8]>, Error> {
        let Some(archive) = self.connection.archive() else {
            return Ok(None);
        };
        let (answer, offset, size): (i32, u64, u64) =
            self.connection.call(method::LOCATE, (name,)).map_err(FileError::Call)?;
        checked("locate", answer.into(), 0)?;
        located(archive, offset, size).map(Some).map_err(FileError::Refused)
    }
}

impl client::Connection for FileServer {
    type Error = CallError;

    fn open(&self, name: &str, flags: i32) -> Result<i32, CallError> {
        self.connection.call(method::OPEN, (name, flags))
    }

    fn read(&self, descriptor: i32, size: usize) -> Result<i64, CallError> {
        self.connection.call(method::READ, (descriptor, size))
    }

    fn seek(&self, descriptor: i32, offset: i64, whence: i32) -> Result<i64, CallError> {
        self.connection.call(method::SEEK, (descriptor, offset, whence))
    }

    fn close(&self, descriptor: i32) -> Result<i32, CallError> {
        self.connection.call(method::CLOSE, (descriptor,))
    }

    fn capacity(&self) -> usize {
        self.connection.buffer().map_or(0, |buffer| buffer.len())
    }

    fn copy_to(&self, to: &mut [u8]) {
        // Not more than `capacity`, so it is inside.
        let _ = self.connection.buffer().map(|buffer| buffer.read(0, to));
    }
}
