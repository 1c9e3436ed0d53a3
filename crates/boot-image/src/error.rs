//! What can be wrong with the parts of an image.

use loader::Range;

/// Why no image was made. Every message names the file or the part, the value
/// found and what was expected.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be read.
    #[error("{file}: cannot be read: {source}")]
    Read {
        /// The file.
        file: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file isn't what its format asks for.
    #[error("{file}: {what}")]
    Malformed {
        /// The file.
        file: String,
        /// What is wrong, and what was expected.
        what: String,
    },
    /// The prefix lacks something or has a file in another format.
    #[error(transparent)]
    Prefix(#[from] sel4_prefix::Error),
    /// The prefix's kernel is configured in a way that this cannot boot.
    #[error("{file}: {option} is {found}, expected {expected}")]
    Configuration {
        /// The file with the configuration.
        file: String,
        /// The option's name in it.
        option: &'static str,
        /// Its value.
        found: String,
        /// What would do.
        expected: &'static str,
    },
    /// A part does not fit into the memory that the kernel manages.
    #[error(
        "{part} would be at {wanted} ({} KiB), but the kernel's memory there is {memory} \
         ({} KiB); {advice}",
        wanted.len() / 1024, memory.len() / 1024
    )]
    Memory {
        /// Which part.
        part: String,
        /// Where it would have to be.
        wanted: Range,
        /// The region of memory it has to be in.
        memory: Range,
        /// What to do about it.
        advice: &'static str,
    },
    /// The kernel's first image byte is in no memory region of the platform.
    #[error(
        "{file}: loaded at {address:#x}, which is in no memory region of the platform: {regions}"
    )]
    NoMemory {
        /// The kernel's file.
        file: String,
        /// Where it is loaded.
        address: u64,
        /// The regions, as text.
        regions: String,
    },
    /// The root task needs more capability slots than the root CNode has.
    #[error(
        "{file}: booting needs {needed} slots of the root CNode ({frames} for 4 KiB frames of the \
         root task), but ROOT_CNODE_SIZE_BITS is {bits}, which gives {}; take a kernel with a \
         larger root CNode or a smaller root task",
        1_u64 << bits
    )]
    RootCNode {
        /// The root task's file.
        file: String,
        /// Slots that the kernel fills at boot.
        needed: u64,
        /// Those for the root task's image.
        frames: u64,
        /// log2 of the slots that there are.
        bits: u32,
    },
    /// Two parts would share memory.
    #[error("{0}")]
    Overlap(String),
}

impl Error {
    pub(crate) fn malformed(file: &str, what: impl Into<String>) -> Self {
        Self::Malformed { file: file.to_owned(), what: what.into() }
    }
}
