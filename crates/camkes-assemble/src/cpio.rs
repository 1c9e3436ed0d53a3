//! Archives of files in the format that the C tools call `newc` CPIO.

/// The mode of a regular file that everybody may read.
const MODE: u32 = 0o100_644;
/// The last entry's name.
const TRAILER: &str = "TRAILER!!!";

/// Packs files, in the order given. Nothing in the archive depends on the machine or the time.
///
/// # Errors
///
/// When a file is larger than the format can say, or a name can't be in it.
pub fn pack<'f>(files: impl IntoIterator<Item = (&'f str, &'f [u8])>) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    for (index, (name, bytes)) in (1_u32..).zip(files) {
        if name.is_empty() || name == TRAILER || name.contains('\0') {
            return Err(format!("{name:?} can't be the name of a file in an archive"));
        }
        let size = u32::try_from(bytes.len())
            .map_err(|_| format!("{name} has {} bytes, expected less than 4 GiB", bytes.len()))?;
        entry(&mut out, index, name, size);
        out.extend_from_slice(bytes);
        align(&mut out);
    }
    entry(&mut out, 0, TRAILER, 0);
    Ok(out)
}

/// A header of 13 numbers in hexadecimal, and the name.
fn entry(out: &mut Vec<u8>, inode: u32, name: &str, size: u32) {
    let name_size = u32::try_from(name.len() + 1).unwrap_or(u32::MAX);
    let (mode, links) = if name == TRAILER { (0, 1) } else { (MODE, 1) };
    let fields = [inode, mode, 0, 0, links, 0, size, 0, 0, 0, 0, name_size, 0];
    out.extend_from_slice(b"070701");
    for field in fields {
        out.extend_from_slice(format!("{field:08X}").as_bytes());
    }
    out.extend_from_slice(name.as_bytes());
    out.push(0);
    align(out);
}

fn align(out: &mut Vec<u8>) {
    out.resize(out.len().next_multiple_of(4), 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_are_what_cpio_reads() {
        let archive = pack([("linux", b"kernel".as_slice()), ("a/b", b"")]).unwrap();
        let text = String::from_utf8_lossy(&archive);
        assert!(text.starts_with("07070100000001000081A4"), "{text}");
        assert!(text.contains("linux\0"), "{text}");
        assert_eq!(archive.len() % 4, 0);
        // Header, name and its zero, then the content at a multiple of four.
        let content = (110_usize + "linux".len() + 1).next_multiple_of(4);
        assert_eq!(archive.get(content..content + 6), Some(b"kernel".as_slice()));
        assert!(text.ends_with("TRAILER!!!\0\0\0\0"), "{text}");
    }

    #[test]
    fn names_that_end_an_archive_are_refused() {
        for name in ["", "TRAILER!!!", "a\0b"] {
            assert!(pack([(name, b"".as_slice())]).is_err(), "{name:?}");
        }
    }
}
