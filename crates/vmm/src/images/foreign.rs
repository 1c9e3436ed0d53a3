//! Files that are given as a kernel by mistake, and are known well enough to say what they are.

use core::fmt;

/// Something that isn't a kernel for an Arm guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Foreign(&'static str);

impl Foreign {
    /// Recognises a file by what it starts with.
    pub(super) fn look(bytes: &[u8]) -> Option<Self> {
        const STARTS: [(&[u8], &str); 14] = [
            (b"\xd0\x0d\xfe\xed", "a device tree (dtb)"),
            (b"070701", "a cpio archive, such as an initrd"),
            (b"\x27\x05\x19\x56", "a U-Boot uImage; take the kernel that is inside"),
            (b"\xfd7zXZ\0", "an xz file; unpack it first"),
            (b"\x02\x21\x4c\x18", "an lz4 file; unpack it first"),
            (b"\x04\x22\x4d\x18", "an lz4 file; unpack it first"),
            (b"BZh", "a bzip2 file; unpack it first"),
            (b"\x5d\0\0", "an lzma file; unpack it first"),
            (b"\x89LZO", "an lzop file; unpack it first"),
            (b"!<arch>", "an archive, such as a Debian package"),
            (b"PK\x03\x04", "a zip file"),
            (b"hsqs", "a squashfs file system"),
            (b"#!", "a script"),
            (b"version https://git-lfs", "a pointer of git-lfs to a file that was not fetched"),
        ];
        // The boot sector's signature and the header of the x86 boot protocol.
        if bytes.get(0x202..0x206) == Some(b"HdrS") {
            return Some(Self("a bzImage for x86"));
        }
        if bytes.starts_with(b"MZ") {
            return Some(Self("an EFI program"));
        }
        if bytes.get(257..262) == Some(b"ustar") {
            return Some(Self("a tar archive"));
        }
        STARTS.iter().find(|(start, _)| bytes.starts_with(start)).map(|(_, what)| Self(what))
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
