//! The header of an arm64 kernel (Linux, Documentation/arch/arm64/booting.rst, section 4).

use super::{Problem, le, le32, le64};

/// The header's length.
pub(super) const HEADER_SIZE: usize = 64;

/// `ARM\x64`.
const MAGIC: u32 = 0x644d_5241;

/// What an EFI program's header starts with.
const PE: &[u8] = b"PE\0\0";

/// What a file that is an EFI program starts with.
const DOS: &[u8] = b"MZ";

/// `PE\0\0` and the COFF file header.
const COFF_HEADER_SIZE: u64 = 24;

/// An entry of the section table.
const SECTION_SIZE: u64 = 40;

/// The size of the pages that a kernel was built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageSize {
    /// It doesn't say.
    Unspecified,
    /// 4 KiB.
    Kib4,
    /// 16 KiB.
    Kib16,
    /// 64 KiB.
    Kib64,
}

/// What the header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arm64Header {
    /// The distance of the image's first byte from a multiple of 2 MiB.
    pub text_offset: u64,
    /// The bytes of memory that it needs from its first byte on. Zero before Linux 3.17: unknown.
    pub size: u64,
    /// The page size.
    pub page_size: PageSize,
    /// Any multiple of 2 MiB will do; otherwise the nearest one to the start of memory.
    pub anywhere: bool,
}

impl Arm64Header {
    /// Reads a header, or says that there is none.
    pub(super) fn look(bytes: &[u8]) -> Result<Option<Self>, Problem> {
        if bytes.len() < HEADER_SIZE || le32(bytes, 56) != Some(MAGIC) {
            return Ok(None);
        }
        let (Some(text_offset), Some(size), Some(flags)) =
            (le64(bytes, 8), le64(bytes, 16), le64(bytes, 24))
        else {
            return Ok(None);
        };
        if size == 0 {
            // Without a size the other fields aren't to be trusted either, says the protocol.
            let page_size = PageSize::Unspecified;
            return Ok(Some(Self { text_offset: 0x8_0000, size, page_size, anywhere: false }));
        }
        if flags & 1 != 0 {
            return Err(Problem::BigEndian);
        }
        if text_offset >= 2 << 20 || !text_offset.is_multiple_of(4096) {
            return Err(Problem::Damaged {
                header: "Image",
                what: "text_offset",
                value: text_offset,
                expected: "whole pages below 2 MiB were expected",
            });
        }
        if size > 1 << 32 {
            return Err(Problem::Damaged {
                header: "Image",
                what: "image_size",
                value: size,
                expected: "at most 4 GiB was expected",
            });
        }
        let page_size = match flags >> 1 & 3 {
            1 => PageSize::Kib4,
            2 => PageSize::Kib16,
            3 => PageSize::Kib64,
            _ => PageSize::Unspecified,
        };
        Ok(Some(Self { text_offset, size, page_size, anywhere: flags & 8 != 0 }))
    }
}

/// Finds out whether an Image that isn't compressed was cut off, if it is an EFI program as well:
/// then the file has a header of that, and its sections (PE Format, "COFF File Header", "Section
/// Table").
pub(super) fn is_whole(bytes: &[u8]) -> Result<(), Problem> {
    let len = bytes.len() as u64;
    let up_to = |what, end: u64| {
        if end > len { Err(Problem::CutOff { what, end, len }) } else { Ok(()) }
    };
    // Others have no such header, and zero for its offset.
    let Some(header) = le32(bytes, 60).filter(|_| bytes.starts_with(DOS)) else {
        return Ok(());
    };
    let end_of_header = u64::from(header) + COFF_HEADER_SIZE;
    up_to("the Image's EFI header", end_of_header)?;
    let header = header as usize;
    if !bytes.get(header..).is_some_and(|at| at.starts_with(PE)) {
        return Ok(());
    }
    let le16 = |at: usize| le(bytes, header.saturating_add(at)).map(u16::from_le_bytes);
    let (Some(sections), Some(optional)) = (le16(6), le16(20)) else {
        return Ok(());
    };
    let table = end_of_header + u64::from(optional);
    up_to("the Image's section table", table + u64::from(sections) * SECTION_SIZE)?;
    let ends = (0..u64::from(sections)).filter_map(|section| {
        let entry = usize::try_from(table + section * SECTION_SIZE).ok()?;
        let size = le32(bytes, entry.saturating_add(16))?;
        let start = le32(bytes, entry.saturating_add(20))?;
        Some(u64::from(start) + u64::from(size))
    });
    up_to("the Image's last section", ends.max().unwrap_or(0))
}
