//! From the flattened form.

use super::{BEGIN_NODE, END, END_NODE, MAGIC, NOP, OLDEST, PROP, VERSION};
use crate::Error;
use crate::tree::{Node, Property, Tree};
use alloc::borrow::Cow;
use alloc::vec::Vec;

/// How deep nodes may nest: the deepest trees of Linux have about ten levels.
pub const MAX_DEPTH: usize = 64;

/// Reads a blob. Bytes after the size that its header gives are ignored.
///
/// # Errors
/// It is damaged: everything is checked, so that nothing later can fail on it.
pub fn read(bytes: &[u8]) -> Result<Tree<'_>, Error> {
    let header = |index: usize| word(bytes, 4 * index, "the header ends early");
    if header(0)? != MAGIC {
        return Err(damaged("no magic number 0xd00dfeed", 0));
    }
    if header(5)? < OLDEST || header(6)? > VERSION {
        return Err(damaged("a version other than 16 and 17", 20));
    }
    let bytes = bytes
        .get(..size(header(1)?))
        .ok_or_else(|| damaged("a total size larger than the file", 4))?;
    let strings = bytes
        .get(size(header(3)?)..)
        .ok_or_else(|| damaged("a strings block outside the blob", 12))?;
    let mut structure = Structure { bytes, strings, at: size(header(2)?) };
    Ok(Tree {
        root: structure.tree()?,
        reservations: reservations(bytes, size(header(4)?))?,
        boot_cpu: header(7)?,
    })
}

/// The memory reservation block: pairs up to one of zeros.
fn reservations(bytes: &[u8], mut at: usize) -> Result<Vec<(u64, u64)>, Error> {
    let mut found = Vec::new();
    let double = |at: usize| {
        let what = "the memory reservations have no end";
        let high = u64::from(word(bytes, at, what)?);
        Ok(high << 32 | u64::from(word(bytes, at.saturating_add(4), what)?))
    };
    loop {
        let pair = (double(at)?, double(at.saturating_add(8))?);
        if pair == (0, 0) {
            return Ok(found);
        }
        found.push(pair);
        at = at.saturating_add(16);
    }
}

struct Structure<'a> {
    bytes: &'a [u8],
    strings: &'a [u8],
    at: usize,
}

impl<'a> Structure<'a> {
    fn tree(&mut self) -> Result<Node<'a>, Error> {
        let mut open: Vec<Node<'a>> = Vec::new();
        loop {
            let at = self.at;
            match self.word()? {
                NOP => {}
                BEGIN_NODE if open.len() == MAX_DEPTH => {
                    return Err(damaged("nodes nested more than 64 deep", at));
                }
                BEGIN_NODE => {
                    let name = self.name()?;
                    // The first node is the root, whose name says nothing.
                    let name = if open.is_empty() { "" } else { name };
                    if name.is_empty() != open.is_empty() || name.contains('/') {
                        return Err(damaged("a node's name that can't be", at));
                    }
                    open.push(Node::new(name));
                }
                END_NODE => {
                    let node = open.pop().ok_or_else(|| damaged("an end without a node", at))?;
                    match open.last_mut() {
                        Some(parent) => parent.children.push(node),
                        None => return self.end().map(|()| node),
                    }
                }
                PROP => {
                    let property = self.property()?;
                    open.last_mut()
                        .ok_or_else(|| damaged("a property outside of the nodes", at))?
                        .properties
                        .push(property);
                }
                END => return Err(damaged("the end of the tree inside of it", at)),
                _ => return Err(damaged("an unknown token", at)),
            }
        }
    }

    fn end(&mut self) -> Result<(), Error> {
        loop {
            let at = self.at;
            match self.word()? {
                NOP => {}
                END => return Ok(()),
                _ => return Err(damaged("something after the root node", at)),
            }
        }
    }

    fn property(&mut self) -> Result<Property<'a>, Error> {
        let length = size(self.word()?);
        let at = self.at;
        let name = text(self.strings, size(self.word()?))
            .filter(|name| !name.is_empty() && !name.contains('/'))
            .ok_or_else(|| damaged("a property's name that can't be", at))?;
        let begin = self.at;
        let value = begin
            .checked_add(length)
            .and_then(|end| self.bytes.get(begin..end))
            .ok_or_else(|| damaged("a property longer than the blob", at))?;
        self.skip(length);
        Ok(Property { name: Cow::Borrowed(name), value: Cow::Borrowed(value) })
    }

    fn name(&mut self) -> Result<&'a str, Error> {
        let name = text(self.bytes, self.at)
            .ok_or_else(|| damaged("a node's name without end", self.at))?;
        self.skip(name.len() + 1);
        Ok(name)
    }

    fn word(&mut self) -> Result<u32, Error> {
        let word = word(self.bytes, self.at, "the structure ends early")?;
        self.at += 4;
        Ok(word)
    }

    /// Goes over bytes, which are inside of the blob, and on to the next word.
    fn skip(&mut self, length: usize) {
        self.at = self.at.saturating_add(length).saturating_add(3) & !3;
    }
}

fn word(bytes: &[u8], at: usize, what: &'static str) -> Result<u32, Error> {
    at.checked_add(4)
        .and_then(|end| bytes.get(at..end)?.try_into().ok())
        .map(u32::from_be_bytes)
        .ok_or_else(|| damaged(what, at))
}

/// The text from a place to the next zero byte.
fn text(bytes: &[u8], at: usize) -> Option<&str> {
    let bytes = bytes.get(at..)?;
    let end = bytes.iter().position(|byte| *byte == 0)?;
    core::str::from_utf8(bytes.get(..end)?).ok()
}

fn size(word: u32) -> usize {
    usize::try_from(word).unwrap_or(usize::MAX)
}

fn damaged(what: &'static str, at: usize) -> Error {
    Error::Damaged { what, at }
}

#[cfg(test)]
mod test {
    use super::*;
    use crate::blob::write;
    use crate::testing::board;
    use alloc::string::ToString;
    use proptest::prelude::*;

    #[test]
    fn errors_say_what_and_where() {
        let text = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
        assert_eq!(text(b"\x7fELF"), "device tree blob: no magic number 0xd00dfeed at byte 0x0");
        assert_eq!(text(&[]), "device tree blob: the header ends early at byte 0x0");
        let blob = write(&board()).unwrap();
        assert_eq!(
            text(&blob[..100]),
            "device tree blob: a total size larger than the file at byte 0x4"
        );
    }

    #[test]
    fn nesting_is_bounded() {
        let mut tree = Tree::default();
        for _ in 0..MAX_DEPTH {
            let inner = core::mem::replace(&mut tree.root, Node::new(""));
            tree.root.push(Node { name: "n".into(), ..inner });
        }
        let blob = write(&tree).unwrap();
        assert!(read(&blob).unwrap_err().to_string().contains("more than 64 deep"));
        tree.root = tree.root.children.remove(0);
        let blob = write(&tree).unwrap();
        assert!(read(&blob).is_ok());
    }

    /// Everything that a VMM asks of a tree; none of it may panic.
    fn ask(tree: &Tree<'_>) {
        for place in tree.places() {
            let _ = place.regions();
            let _ = place.interrupts();
            let _ = crate::reference::references(&place);
            let _ = tree.find(&place.path());
        }
        let _ = tree.stdout();
        let mut changed = tree.clone();
        let _ = crate::select::remove_disabled(&mut changed, crate::reference::Missing::Drop);
        if let Ok(blob) = write(&changed) {
            assert_eq!(read(&blob).as_ref(), Ok(&changed));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3000))]

        #[test]
        fn damaged_blobs_give_errors(
            changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
            cut in any::<prop::sample::Index>(),
            shorten in any::<bool>(),
        ) {
            let mut blob = write(&board()).unwrap();
            for (index, byte) in &changes {
                let at = index.index(blob.len());
                blob[at] = *byte;
            }
            if shorten {
                let length = cut.index(blob.len());
                blob.truncate(length);
            }
            if let Ok(tree) = read(&blob) {
                ask(&tree);
            }
        }
    }

    #[test]
    fn each_word_of_a_blob_damaged() {
        let good = write(&board()).unwrap();
        for at in (0..good.len() - 4).step_by(4) {
            for value in [0u32, 1, 2, 3, 9, 0x7fff_ffff, u32::MAX] {
                let mut blob = good.clone();
                blob[at..at + 4].copy_from_slice(&value.to_be_bytes());
                if let Ok(tree) = read(&blob) {
                    ask(&tree);
                }
            }
        }
    }
}
