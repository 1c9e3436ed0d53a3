//! The header of a zImage (Linux, arch/arm/boot/compressed/head.S).

use super::{Problem, le32};

const MAGIC: u32 = 0x016f_2818;
const LITTLE_ENDIAN: u32 = 0x0403_0201;

/// What the header says. Its addresses only give a size: where the file goes is the monitor's
/// business.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ZimageHeader {
    /// The bytes that belong to the kernel, without what was appended to it.
    pub size: u64,
}

impl ZimageHeader {
    /// Reads a header, or says that there is none.
    pub(super) fn look(bytes: &[u8]) -> Result<Option<Self>, Problem> {
        let magic = le32(bytes, 0x24);
        if magic == Some(MAGIC.swap_bytes()) {
            return Err(Problem::BigEndian);
        }
        let (Some(MAGIC), Some(start), Some(end)) = (magic, le32(bytes, 0x28), le32(bytes, 0x2c))
        else {
            return Ok(None);
        };
        // Kernels before 3.15 have no word for the byte order; they have code there.
        if le32(bytes, 0x30) == Some(LITTLE_ENDIAN.swap_bytes()) {
            return Err(Problem::BigEndian);
        }
        let len = bytes.len() as u64;
        match end.checked_sub(start) {
            None | Some(0) => Err(Problem::Damaged {
                header: "zImage",
                what: "the end",
                value: end.into(),
                expected: "an address above the start was expected",
            }),
            Some(size) if u64::from(size) > len => {
                Err(Problem::CutOff { what: "the zImage", end: size.into(), len })
            }
            Some(size) => Ok(Some(Self { size: size.into() })),
        }
    }
}
