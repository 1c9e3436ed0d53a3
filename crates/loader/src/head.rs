//! The first page of a raw image: the header of the arm64 boot protocol
//! (Linux, `Documentation/arch/arm64/booting.rst`), then what the code after it
//! needs to put the image where it belongs.
//!
//! All fields are little-endian. The loader's section `.head` holds the code;
//! the packer writes the fields at the offsets below.

/// Bytes of the head in a raw image; the image's contents follow it.
pub const HEAD_SIZE: u64 = 4096;

/// Name of the section of the loader's ELF that holds the head's code.
pub const HEAD_SECTION: &str = ".head";

/// Offset of `text_offset`: bytes from a 2 MiB boundary to the image.
pub const TEXT_OFFSET: usize = 8;
/// Offset of `image_size`: bytes of memory that the image takes.
pub const IMAGE_SIZE: usize = 16;
/// Offset of `flags`.
pub const FLAGS: usize = 24;
/// Offset of the magic number.
pub const MAGIC: usize = 56;
/// The magic number of an arm64 image.
pub const MAGIC_VALUE: [u8; 4] = *b"ARM\x64";

/// `flags`: pages of 4 KiB, little-endian.
pub const FLAG_PAGES_4K: u64 = 1 << 1;
/// `flags`: the image may be put anywhere in memory, not only as near to its
/// start as `text_offset` allows.
pub const FLAG_ANYWHERE: u64 = 1 << 3;

/// Offset of the physical address for which the head was laid out (8 bytes).
pub const HOME: usize = 64;
/// Offset of the number of bytes to move to get there, head included: a
/// multiple of [`MOVE_UNIT`] (8 bytes).
pub const LENGTH: usize = 72;
/// Offset of the distance from the head to the loader's entry (8 bytes).
pub const ENTRY: usize = 80;

/// Bytes that the head moves at a time.
pub const MOVE_UNIT: u64 = 128;
