//! Files in a CPIO archive in memory, and the server and client of them, without seL4.
//!
//! | module | subject |
//! |---|---|
//! | [`archive`] | the files of a `newc` archive, in place |
//! | [`server`] | the procedures of `FileServerInterface.camkes` for one client |
//! | [`client`] | files as a client sees them, over any connection to a server |
//! | [`errno`] | the numbers of errors that go between them |
//!
//! Nothing is copied, and nothing but [`client::File::read_to_end`] (feature `alloc`) needs a heap.
//! An archive, a descriptor and a length that the other side says are claims: bad ones give errors.
//!
//! ```
//! use file_archive::archive::Archive;
//! use file_archive::server::Descriptors;
//!
//! let archive = Archive::new(b"not an archive");
//! let mut descriptors = Descriptors::new(archive);
//! // The archive is damaged: EIO.
//! assert_eq!(descriptors.open(b"linux", 0).map_err(|error| error.code()), Err(5));
//! ```

#![no_std]
#![forbid(unsafe_code)]

#[cfg(any(feature = "alloc", test))]
extern crate alloc;

pub mod archive;
pub mod client;
pub mod errno;
pub mod server;

#[cfg(test)]
mod test;
