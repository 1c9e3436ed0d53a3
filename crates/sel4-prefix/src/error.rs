//! What can be wrong with a prefix or a platform.

use std::path::{Path, PathBuf};

use thiserror::Error;

/// An error of this crate. The text names the file, the value and what was expected.
#[derive(Debug, Error)]
pub enum Error {
    /// The directory isn't an installed kernel.
    #[error(
        "prefix {prefix}: there is no {file}; expected the directory that `ninja install` of the \
         kernel makes"
    )]
    NoPrefix {
        /// The prefix.
        prefix: PathBuf,
        /// The file that is missing, relative to the prefix.
        file: &'static str,
    },
    /// A file can't be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file isn't what it should be.
    #[error("{file}: {reason}")]
    Format {
        /// The file.
        file: String,
        /// What is there and what was expected.
        reason: String,
    },
    /// An interface file can't be read.
    #[error(transparent)]
    Description(#[from] sel4_idl::Error),
    /// The kernel is configured in a way that the project can't use.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Refused(Vec<crate::check::Refusal>),
    /// The C compiler, which lists the constants of C headers, failed.
    #[error("{compiler}: {reason}")]
    Compiler {
        /// The compiler's command.
        compiler: String,
        /// What it said.
        reason: String,
    },
}

impl Error {
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self + use<> {
        let path = path.to_owned();
        |source| Self::Io { path, source }
    }

    pub(crate) fn format(file: impl ToString, reason: impl ToString) -> Self {
        Self::Format { file: file.to_string(), reason: reason.to_string() }
    }
}

/// Result of this crate's functions.
pub type Result<T> = std::result::Result<T, Error>;
