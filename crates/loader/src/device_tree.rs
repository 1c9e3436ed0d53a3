//! The few bytes of a flattened device tree that the loader reads
//! (Devicetree Specification 0.4, section 5.2).

use core::fmt;

/// Bytes of the part of the header that [`total_size`] reads.
pub const PREFIX_SIZE: u64 = 8;

/// The value of the header's `magic`.
pub const MAGIC: u32 = 0xd00d_feed;

/// Why something isn't a device tree that can be passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotATree {
    /// The magic number is another one.
    Magic(u32),
    /// It has more bytes than there is room for.
    TooBig {
        /// The header's `totalsize`.
        size: u64,
        /// Bytes kept for it.
        room: u64,
    },
}

impl fmt::Display for NotATree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Magic(found) => {
                write!(f, "it starts with {found:#010x}, expected {MAGIC:#010x}")
            }
            Self::TooBig { size, room } => {
                write!(f, "it has {size} bytes, the image has room for {room}")
            }
        }
    }
}

/// Bytes of the device tree whose first 8 bytes are `prefix`, read as a
/// little-endian word; an error unless at most `room`.
pub fn total_size(prefix: u64, room: u64) -> Result<u64, NotATree> {
    let bytes = prefix.to_le_bytes();
    let [magic @ .., _, _, _, _] = bytes;
    let [_, _, _, _, size @ ..] = bytes;
    let magic = u32::from_be_bytes(magic);
    let size = u64::from(u32::from_be_bytes(size));
    if magic != MAGIC {
        Err(NotATree::Magic(magic))
    } else if size > room {
        Err(NotATree::TooBig { size, room })
    } else {
        Ok(size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: [u8; 8] = [0xd0, 0x0d, 0xfe, 0xed, 0, 0, 0x1e, 0xd8];

    #[test]
    fn reads_the_size() {
        assert_eq!(total_size(u64::from_le_bytes(TREE), 0x2000), Ok(0x1ed8));
    }

    #[test]
    fn refuses_what_is_no_tree_or_too_big() {
        assert_eq!(total_size(0, 0x2000), Err(NotATree::Magic(0)));
        assert_eq!(
            total_size(u64::from_le_bytes(TREE), 0x1000),
            Err(NotATree::TooBig { size: 0x1ed8, room: 0x1000 })
        );
    }
}
