//! What can be wrong with a block.

/// Why a block of memory is no description of a system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It is too short for a header.
    #[error("{length} bytes long, expected at least {expected}")]
    Short {
        /// How long it is.
        length: usize,
        /// Bytes of the header.
        expected: usize,
    },
    /// It doesn't lie as records need it.
    #[error("at address {address:#x}, expected a multiple of {expected}")]
    Misaligned {
        /// Where it lies.
        address: usize,
        /// The alignment of records.
        expected: usize,
    },
    /// It is something else.
    #[error("starts with {found:02x?}, expected a system's description ({expected:02x?})")]
    Magic {
        /// The first bytes.
        found: [u8; 8],
        /// What they should be.
        expected: [u8; 8],
    },
    /// It was written in another version of the format.
    #[error("version {found} of the format, expected {expected}: rebuild the image")]
    Version {
        /// Its version.
        found: u32,
        /// The version that can be read.
        expected: u32,
    },
    /// It was cut off.
    #[error("truncated: {length} of {expected} bytes are there")]
    Truncated {
        /// How many bytes there are.
        length: usize,
        /// How many the header says.
        expected: u64,
    },
    /// A table isn't inside of the block.
    #[error(
        "the table of {table} has {count} records from byte {offset:#x}, expected it aligned \
         and inside of {size:#x} bytes"
    )]
    Table {
        /// Which one.
        table: &'static str,
        /// Where it begins.
        offset: u64,
        /// How many records it has.
        count: u64,
        /// Bytes of the block.
        size: usize,
    },
    /// The names aren't text.
    #[error("the names are no UTF-8 text from byte {valid} on")]
    Names {
        /// Bytes that are text.
        valid: usize,
    },
    /// A record refers to records that aren't there.
    #[error(
        "{record} {index}: refers to {count} {what} from number {start}, but there are {available}"
    )]
    Range {
        /// The kind of record.
        record: &'static str,
        /// Its number.
        index: usize,
        /// What it refers to.
        what: &'static str,
        /// The first one.
        start: u64,
        /// How many.
        count: u64,
        /// How many there are.
        available: u64,
    },
    /// A record has a value that means nothing.
    #[error("{record} {index}: {field} is {value}, expected {expected}")]
    Value {
        /// The kind of record.
        record: &'static str,
        /// Its number.
        index: usize,
        /// The field.
        field: &'static str,
        /// Its value.
        value: u64,
        /// What would do.
        expected: &'static str,
    },
}
