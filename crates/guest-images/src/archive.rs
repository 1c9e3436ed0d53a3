//! Files of initial root file systems: archives in a row, compressed or not (Linux,
//! Documentation/driver-api/early-userspace/buffer-format.rst).

use anyhow::{Context, Result, bail};

use crate::compress::{self, Format};
use crate::newc;
use crate::tree::Tree;

/// The parts of a file whose first archives aren't compressed and have to stay so: the kernel reads
/// microcode and tables from them before it can unpack anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split<'a> {
    /// The bytes up to the compressed part.
    pub early: &'a [u8],
    /// What is in the compressed part.
    pub tree: Tree,
}

/// All files of an initial root file system. `name` is the file's, for messages.
///
/// # Errors
/// It is none, or damaged.
pub fn read(name: &str, bytes: &[u8]) -> Result<Tree> {
    let mut tree = Tree::default();
    add(bytes, &mut tree, 0).with_context(|| name.to_owned())?;
    if tree.is_empty() {
        bail!("{name}: no file in this root file system");
    }
    Ok(tree)
}

/// Whether a file may be an initial root file system, of any compression that Linux knows.
///
/// # Errors
/// It starts with something else.
pub fn check(name: &str, bytes: &[u8]) -> Result<()> {
    let known = newc::is_start(bytes)
        || Format::look(bytes).is_some()
        || compress::foreign(bytes).is_some();
    if !known {
        let start = bytes[..bytes.len().min(8)].escape_ascii();
        bail!("{name}: \"{start}\" at byte 0: expected a cpio archive (newc), compressed or not");
    }
    Ok(())
}

/// [`read`], with the uncompressed part at the start left as it is.
///
/// # Errors
/// It is none, or damaged, or has no such part.
pub fn read_split<'a>(name: &str, bytes: &'a [u8]) -> Result<Split<'a>> {
    let mut at = 0;
    while let Some(rest) = next(bytes, &mut at) {
        if newc::is_start(rest) {
            at += newc::read(rest, &mut Tree::default()).with_context(|| name.to_owned())?;
        } else if at > 0 {
            let (early, packed) = bytes.split_at(at);
            return Ok(Split { early, tree: read(name, packed)? });
        } else {
            break;
        }
    }
    bail!("{name}: not split: expected an uncompressed archive and a compressed one after it")
}

/// A compressed archive may hold compressed ones, but nobody nests them deeper.
const MOST_LAYERS: u32 = 3;

fn add(bytes: &[u8], tree: &mut Tree, layer: u32) -> Result<()> {
    let mut at = 0;
    while let Some(rest) = next(bytes, &mut at) {
        if newc::is_start(rest) {
            at += newc::read(rest, tree).with_context(|| format!("the archive at byte {at}"))?;
        } else if Format::look(rest).is_some() && layer < MOST_LAYERS {
            let (content, after) =
                compress::unpack(rest).with_context(|| format!("the part at byte {at}"))?;
            at = bytes.len() - after.len();
            add(&content, tree, layer + 1)?;
        } else if let Some(format) = compress::foreign(rest) {
            bail!("compressed with {format}: expected gzip, xz, zstd or nothing");
        } else {
            let start = rest[..rest.len().min(8)].escape_ascii();
            bail!("\"{start}\" at byte {at}: expected a cpio archive (newc), compressed or not");
        }
    }
    Ok(())
}

/// What follows the zeroes between two archives.
fn next<'a>(bytes: &'a [u8], at: &mut usize) -> Option<&'a [u8]> {
    let rest = bytes.get(*at..)?;
    *at += rest.iter().position(|byte| *byte != 0)?;
    bytes.get(*at..)
}

#[cfg(test)]
mod test {
    use super::*;
    use crate::tree::Content;

    fn archive(path: &str, text: &str) -> Vec<u8> {
        let mut tree = Tree::default();
        tree.insert(path, 0o644, Content::File(text.as_bytes().to_vec())).unwrap();
        newc::write(&tree).unwrap()
    }

    #[test]
    fn archives_in_a_row() {
        let mut bytes = archive("kernel/microcode", "m");
        bytes.extend_from_slice(&[0; 300]);
        let early = bytes.len();
        bytes.extend(compress::gzip(&archive("etc/motd", "one")).unwrap());
        let split = read_split("initrd", &bytes).unwrap();
        assert_eq!(split.early.len(), early);
        assert!(split.tree.get("kernel/microcode").is_none());
        assert!(split.tree.get("etc/motd").is_some());
        bytes.extend(archive("etc/motd", "two"));
        let tree = read("initrd", &bytes).unwrap();
        assert!(tree.get("kernel/microcode").is_some());
        assert_eq!(tree.get("etc/motd").unwrap().content, Content::File(b"two".to_vec()));
    }

    #[test]
    fn what_is_none_is_refused() {
        let error = |bytes: &[u8]| format!("{:#}", read("initrd", bytes).unwrap_err());
        assert_eq!(error(b""), "initrd: no file in this root file system");
        assert_eq!(
            error(b"\x02\x21\x4c\x18"),
            "initrd: compressed with lz4: expected gzip, xz, \
                    zstd or nothing"
        );
        assert_eq!(
            error(b"\x7fELF"),
            "initrd: \"\\x7fELF\" at byte 0: expected a cpio archive \
                    (newc), compressed or not"
        );
        let mut cut = archive("a", "text");
        cut.truncate(115);
        assert!(
            error(&cut).starts_with("initrd: the archive at byte 0: cut off"),
            "{}",
            error(&cut)
        );
        let text = read_split("initrd", &archive("a", "text")).unwrap_err().to_string();
        assert!(text.starts_with("initrd: not split: expected"), "{text}");
    }
}
