//! The archive format of initial root file systems, "newc" (Linux,
//! Documentation/driver-api/early-userspace/buffer-format.rst).

use std::collections::HashMap;

use crate::tree::{Content, Node, Tree, TreeError};

const MAGIC: &[u8] = b"070701";
/// The same with checksums, which nobody fills in.
const MAGIC_CRC: &[u8] = b"070702";
const HEADER: usize = 110;
const TRAILER: &str = "TRAILER!!!";
/// A path and its NUL (Linux, PATH_MAX).
const MOST_NAME: u32 = 4096;

const DIRECTORY: u32 = 0o040_000;
const FILE: u32 = 0o100_000;
const LINK: u32 = 0o120_000;
const KIND: u32 = 0o170_000;

/// What is wrong with an archive.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NewcError {
    /// No header where one has to be.
    #[error("no cpio header at byte {at}: expected 070701, found \"{}\"", .found.escape_ascii())]
    Magic {
        /// Where.
        at: usize,
        /// What is there.
        found: Vec<u8>,
    },
    /// A number that isn't one.
    #[error("the cpio header at byte {at} has a field that is no hexadecimal number")]
    Number {
        /// Where the header is.
        at: usize,
    },
    /// The archive ends inside of an entry.
    #[error("cut off: the entry at byte {at} of the cpio archive ends behind its end")]
    CutOff {
        /// Where the entry is.
        at: usize,
    },
    /// The name can't be one.
    #[error("the entry at byte {at} of the cpio archive has a bad name")]
    Name {
        /// Where the entry is.
        at: usize,
    },
    /// It can't be put into a tree.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// A number is too big for the format.
    #[error("{0}: cpio archives hold files of less than 4 GiB")]
    TooBig(String),
}

/// Whether an archive starts here.
#[must_use]
pub fn is_start(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC) || bytes.starts_with(MAGIC_CRC)
}

/// Writes a tree as an archive, in the order of paths. Equal trees give equal bytes.
///
/// # Errors
/// A file is too big.
pub fn write(tree: &Tree) -> Result<Vec<u8>, NewcError> {
    let mut out = Vec::new();
    for (number, (path, node)) in (1..).zip(tree.iter()) {
        let empty: &[u8] = &[];
        let (kind, data, major, minor) = match &node.content {
            Content::Directory => (DIRECTORY, empty, 0, 0),
            Content::File(bytes) => (FILE, bytes.as_slice(), 0, 0),
            Content::Link(target) => (LINK, target.as_bytes(), 0, 0),
            Content::Special { kind, major, minor } => (*kind, empty, *major, *minor),
        };
        let links = if kind == DIRECTORY { 2 } else { 1 };
        let mode = kind | node.permissions;
        let head =
            [number, mode, node.user, node.group, links, node.modified, 0, 0, 0, major, minor];
        entry(&mut out, head, path, data)?;
    }
    entry(&mut out, [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0], TRAILER, &[])?;
    Ok(out)
}

/// The fields: inode, mode, user, group, links, time, size, device (2), special device (2).
fn entry(
    out: &mut Vec<u8>, mut fields: [u32; 11], path: &str, data: &[u8],
) -> Result<(), NewcError> {
    let too_big = |_| NewcError::TooBig(path.to_owned());
    fields[6] = u32::try_from(data.len()).map_err(too_big)?;
    let name = u32::try_from(path.len() + 1).map_err(too_big)?;
    out.extend_from_slice(MAGIC);
    for field in fields.into_iter().chain([name, 0]) {
        out.extend_from_slice(format!("{field:08x}").as_bytes());
    }
    out.extend_from_slice(path.as_bytes());
    out.push(0);
    pad(out);
    out.extend_from_slice(data);
    pad(out);
    Ok(())
}

fn pad(out: &mut Vec<u8>) {
    out.resize(out.len().next_multiple_of(4), 0);
}

struct Header {
    fields: [u32; 13],
}

impl Header {
    fn read(bytes: &[u8], at: usize) -> Result<Self, NewcError> {
        let found = bytes.get(at..).unwrap_or_default();
        if !is_start(found) {
            return Err(NewcError::Magic { at, found: found[..found.len().min(6)].to_vec() });
        }
        let header = found.get(6..HEADER).ok_or(NewcError::CutOff { at })?;
        let mut fields = [0; 13];
        for (field, digits) in fields.iter_mut().zip(header.chunks_exact(8)) {
            let hexadecimal = digits.iter().all(u8::is_ascii_hexdigit);
            let text = std::str::from_utf8(digits).ok().filter(|_| hexadecimal);
            *field = text
                .and_then(|text| u32::from_str_radix(text, 16).ok())
                .ok_or(NewcError::Number { at })?;
        }
        Ok(Self { fields })
    }
}

/// Adds an archive's files to `tree`, and returns where in `bytes` the archive ends.
///
/// # Errors
/// The archive is damaged.
pub fn read(bytes: &[u8], tree: &mut Tree) -> Result<usize, NewcError> {
    let mut at = 0;
    // Names of one file: only the last of them comes with the contents.
    let mut hard_links: HashMap<[u32; 3], Vec<String>> = HashMap::new();
    loop {
        let header = Header::read(bytes, at)?;
        let [inode, mode, user, group, links, modified, size, dev_major, dev_minor, ..] =
            header.fields;
        let [.., major, minor, name_size, _] = header.fields;
        if name_size == 0 || name_size > MOST_NAME {
            return Err(NewcError::Name { at });
        }
        let name_at = at + HEADER;
        let (name, data_at) = part(bytes, name_at, name_size).ok_or(NewcError::CutOff { at })?;
        let name = name.strip_suffix(&[0]).and_then(|name| std::str::from_utf8(name).ok());
        let name = name.ok_or(NewcError::Name { at })?;
        let (data, next) = part(bytes, data_at, size).ok_or(NewcError::CutOff { at })?;
        if name == TRAILER {
            return Ok(next);
        }
        let path = name.strip_prefix("./").unwrap_or(name).trim_matches('/');
        if !path.is_empty() && path != "." {
            let content = match mode & KIND {
                DIRECTORY => Content::Directory,
                FILE => Content::File(data.to_vec()),
                LINK => Content::Link(
                    String::from_utf8(data.to_vec()).map_err(|_| NewcError::Name { at })?,
                ),
                kind => Content::Special { kind, major, minor },
            };
            let node = Node { permissions: mode & 0o7777, user, group, modified, content };
            if mode & KIND == FILE && links > 1 {
                let names = hard_links.entry([inode, dev_major, dev_minor]).or_default();
                names.push(path.to_owned());
                if !data.is_empty() {
                    for name in names {
                        tree.insert_node(name, node.clone())?;
                    }
                }
            }
            if !(mode & KIND == FILE && links > 1 && !data.is_empty()) {
                tree.insert_node(path, node)?;
            }
        }
        at = next;
    }
}

/// `size` bytes at a place, and the next multiple of four behind them.
fn part(bytes: &[u8], at: usize, size: u32) -> Option<(&[u8], usize)> {
    let end = at.checked_add(usize::try_from(size).ok()?)?;
    let found = bytes.get(at..end)?;
    // The last padding may be missing.
    Some((found, end.next_multiple_of(4).min(bytes.len())))
}

#[cfg(test)]
mod test;
