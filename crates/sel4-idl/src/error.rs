//! What can be wrong with an interface description.

use thiserror::Error;

/// A description that can't be read.
///
/// `file` is the name that the caller gave to the text.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Error {
    /// The text is no well-formed XML.
    #[error("{file}: not well-formed XML: {reason}")]
    Xml {
        /// Name of the text.
        file: String,
        /// What the XML parser says, with its position.
        reason: String,
    },
    /// An element lacks an attribute.
    #[error("{file}:{line}: <{element}> has no attribute \"{attribute}\"")]
    MissingAttribute {
        /// Name of the text.
        file: String,
        /// Line, from 1.
        line: u32,
        /// Name of the element.
        element: String,
        /// Name of the attribute.
        attribute: &'static str,
    },
    /// An element or a value that isn't part of the format.
    #[error("{file}:{line}: found {found}, expected {expected}")]
    Unexpected {
        /// Name of the text.
        file: String,
        /// Line, from 1.
        line: u32,
        /// What is there.
        found: String,
        /// What would be right.
        expected: &'static str,
    },
    /// Two methods that are enabled at once have one identifier.
    #[error("the method \"{id}\" is defined twice for this configuration, expected once")]
    DuplicateMethod {
        /// Identifier of the method.
        id: String,
    },
}

/// Result of reading a description.
pub type Result<T> = core::result::Result<T, Error>;
