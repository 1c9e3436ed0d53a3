//! `newc` archives: for each file a header of hexadecimal numbers, the name and the content, each
//! part padded to four bytes, up to an entry that is called `TRAILER!!!`.

use core::fmt;

const MAGIC: &[u8] = b"070701";
/// The same layout; the last number is a sum over the content, which nothing checks here.
const MAGIC_WITH_SUM: &[u8] = b"070702";
const MAGIC_SIZE: usize = 6;
const NUMBER_SIZE: usize = 8;
const NUMBERS: usize = 13;
const HEADER_SIZE: usize = MAGIC_SIZE + NUMBERS * NUMBER_SIZE;
const TRAILER: &[u8] = b"TRAILER!!!";
/// Where a header has which number.
const MODE: usize = 1;
const FILE_SIZE: usize = 6;
const NAME_SIZE: usize = 11;

/// Mask of a mode's bits that say what an entry is.
const TYPE: u32 = 0o170_000;
const DIRECTORY: u32 = 0o040_000;
const REGULAR: u32 = 0o100_000;

/// An archive in memory.
#[derive(Clone, Copy, Debug)]
pub struct Archive<'a> {
    bytes: &'a [u8],
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// A file with content.
    File,
    /// A directory.
    Directory,
    /// A link or device.
    Other,
}

/// A file of an archive.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Its name, which may have any bytes but zero.
    pub name: &'a [u8],
    /// What it is.
    pub ty: Type,
    /// Where its content starts in the archive.
    pub offset: usize,
    /// Its content.
    pub data: &'a [u8],
}

/// What is wrong with an archive, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("damaged archive, entry at byte {offset:#x}: {damage}")]
pub struct ArchiveError {
    /// Where the header of the damaged entry starts.
    pub offset: usize,
    /// What is wrong.
    pub damage: Damage,
}

/// What is wrong with an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// The archive ends before the entry does.
    #[error("{part} ends at byte {end:#x}, but the archive has {available:#x} bytes")]
    Truncated {
        /// `the header`, `the name` or `the content`.
        part: &'static str,
        /// Where it ends.
        end: usize,
        /// Bytes of the archive.
        available: usize,
    },
    /// It starts with something else.
    #[error("the header starts with {0:02x?}, expected \"070701\" or \"070702\"")]
    Magic([u8; MAGIC_SIZE]),
    /// A number has other characters than hexadecimal digits.
    #[error("number {0} of the header has other characters than hexadecimal digits")]
    Number(usize),
    /// The name is empty, has no zero at its end or one in the middle.
    #[error("the name doesn't have exactly one zero byte, at its end")]
    Name,
}

impl<'a> Archive<'a> {
    /// The bytes of an archive without files.
    pub const EMPTY: &'static [u8] =
        b"070701000000000000000000000000000000000000000000000000000000\
        00000000000000000000000000000000000000000B00000000TRAILER!!!\0\0\0\0";

    /// An archive in `bytes`, which are looked at when they are needed. What follows the last
    /// entry is not.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// All entries in their order; after an error there are none.
    #[must_use]
    pub const fn entries(&self) -> Entries<'a> {
        Entries { bytes: self.bytes, next: Some(0) }
    }

    /// The first entry of that name.
    ///
    /// # Errors
    /// If the archive is damaged before or in that entry.
    pub fn find(&self, name: &[u8]) -> Result<Option<Entry<'a>>, ArchiveError> {
        self.entries()
            .find(|entry| entry.as_ref().map_or(true, |entry| entry.name == name))
            .transpose()
    }
}

impl fmt::Debug for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("name", &format_args!("\"{}\"", self.name.escape_ascii()))
            .field("ty", &self.ty)
            .field("offset", &self.offset)
            .field("size", &self.data.len())
            .finish()
    }
}

/// The entries of an archive.
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    bytes: &'a [u8],
    /// Where the next header is. None at the end.
    next: Option<usize>,
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<Entry<'a>, ArchiveError>;

    fn next(&mut self) -> Option<Self::Item> {
        let offset = self.next.take()?;
        match read(self.bytes, offset) {
            Ok((entry, _)) if entry.name == TRAILER => None,
            Ok((entry, next)) => {
                self.next = Some(next);
                Some(Ok(entry))
            }
            Err(damage) => Some(Err(ArchiveError { offset, damage })),
        }
    }
}

impl core::iter::FusedIterator for Entries<'_> {}

/// The entry whose header is at `offset`, and where the next one's is.
fn read(bytes: &[u8], offset: usize) -> Result<(Entry<'_>, usize), Damage> {
    let (header, name_at) = take(bytes, offset, HEADER_SIZE, "the header")?;
    let (magic, numbers) = header.split_first_chunk().unwrap_or((&[0; MAGIC_SIZE], &[]));
    if magic != MAGIC && magic != MAGIC_WITH_SUM {
        return Err(Damage::Magic(*magic));
    }
    let mode = number(numbers, MODE)?;
    let file_size = size(numbers, FILE_SIZE)?;
    let (name, name_end) = take(bytes, name_at, size(numbers, NAME_SIZE)?, "the name")?;
    let name = match name.split_last() {
        Some((0, name)) if !name.is_empty() && !name.contains(&0) => name,
        _ => return Err(Damage::Name),
    };
    let data_at = align(name_end);
    let (data, data_end) = take(bytes, data_at, file_size, "the content")?;
    let ty = match mode & TYPE {
        DIRECTORY => Type::Directory,
        REGULAR => Type::File,
        _ => Type::Other,
    };
    Ok((Entry { name, ty, offset: data_at.min(bytes.len()), data }, align(data_end)))
}

/// Bytes of a part, and where it ends.
fn take<'a>(
    bytes: &'a [u8], start: usize, size: usize, part: &'static str,
) -> Result<(&'a [u8], usize), Damage> {
    let end = start.saturating_add(size);
    match bytes.get(start..end) {
        Some(found) => Ok((found, end)),
        // The padding of an empty last part may be missing.
        None if size == 0 => Ok((&[], bytes.len())),
        None => Err(Damage::Truncated { part, end, available: bytes.len() }),
    }
}

fn number(numbers: &[u8], index: usize) -> Result<u32, Damage> {
    let digits =
        numbers.get(index * NUMBER_SIZE..).and_then(|rest| rest.first_chunk::<NUMBER_SIZE>());
    let digits = digits.ok_or(Damage::Number(index))?;
    digits.iter().try_fold(0, |value: u32, digit| {
        let digit = char::from(*digit).to_digit(16).ok_or(Damage::Number(index))?;
        Ok(value << 4 | digit)
    })
}

fn size(numbers: &[u8], index: usize) -> Result<usize, Damage> {
    // Saturated sizes are found to be beyond the end.
    number(numbers, index).map(|size| usize::try_from(size).unwrap_or(usize::MAX))
}

/// Headers and contents start at multiples of 4. What is beyond the end is found when it is read.
fn align(offset: usize) -> usize {
    offset.checked_next_multiple_of(4).unwrap_or(usize::MAX)
}
