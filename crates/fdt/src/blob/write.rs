//! Into the flattened form.

use super::{BEGIN_NODE, END, END_NODE, MAGIC, OLDEST, PROP, VERSION};
use crate::Error;
use crate::tree::{Node, Tree};
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Ten words.
const HEADER: usize = 40;

/// Writes a tree. The result is as long as needed; who wants room for later changes may append
/// zero bytes and raise the total size in the header.
///
/// # Errors
/// A name can't be written, or offsets don't fit 32 bits.
pub fn write(tree: &Tree<'_>) -> Result<Vec<u8>, Error> {
    let mut writer = Writer::default();
    writer.node(&tree.root, "")?;
    writer.word(END);

    let mut blob = Vec::new();
    let reservations = (tree.reservations.len() + 1) * 16;
    let structure = HEADER + reservations;
    let strings = structure + writer.structure.len();
    let total = strings + writer.strings.len();
    for word in [
        MAGIC,
        length(total)?,
        length(structure)?,
        length(strings)?,
        length(HEADER)?,
        VERSION,
        OLDEST,
        tree.boot_cpu,
        length(writer.strings.len())?,
        length(writer.structure.len())?,
    ] {
        blob.extend(word.to_be_bytes());
    }
    for (base, size) in tree.reservations.iter().copied().chain([(0, 0)]) {
        blob.extend(base.to_be_bytes());
        blob.extend(size.to_be_bytes());
    }
    blob.append(&mut writer.structure);
    blob.append(&mut writer.strings);
    Ok(blob)
}

#[derive(Default)]
struct Writer<'t> {
    structure: Vec<u8>,
    strings: Vec<u8>,
    /// Where names are in the strings.
    names: BTreeMap<&'t str, u32>,
}

impl<'t> Writer<'t> {
    fn node(&mut self, node: &'t Node<'_>, path: &str) -> Result<(), Error> {
        self.word(BEGIN_NODE);
        self.bytes(node.name.as_bytes());
        self.structure.push(0);
        self.pad();
        for property in &node.properties {
            check(path, &property.name)?;
            let name = self.name(&property.name)?;
            self.word(PROP);
            self.word(length(property.value.len())?);
            self.word(name);
            self.bytes(&property.value);
            self.pad();
        }
        for child in &node.children {
            check(path, &child.name)?;
            let path: String = [path, "/", &child.name].concat();
            self.node(child, &path)?;
        }
        self.word(END_NODE);
        Ok(())
    }

    fn name(&mut self, name: &'t str) -> Result<u32, Error> {
        if let Some(at) = self.names.get(name) {
            return Ok(*at);
        }
        let at = length(self.strings.len())?;
        self.strings.extend(name.as_bytes());
        self.strings.push(0);
        self.names.insert(name, at);
        Ok(at)
    }

    fn word(&mut self, word: u32) {
        self.bytes(&word.to_be_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.structure.extend_from_slice(bytes);
    }

    fn pad(&mut self) {
        self.structure.resize(self.structure.len().next_multiple_of(4), 0);
    }
}

fn check(path: &str, name: &str) -> Result<(), Error> {
    if name.is_empty() || name.contains(['\0', '/']) {
        return Err(Error::Name {
            node: if path.is_empty() { "/" } else { path }.to_string(),
            name: name.to_string(),
        });
    }
    Ok(())
}

fn length(length: usize) -> Result<u32, Error> {
    u32::try_from(length).map_err(|_| Error::TooLarge)
}

#[cfg(test)]
mod test {
    use super::*;
    use crate::blob::read;
    use crate::testing::board;

    #[test]
    fn what_is_written_is_read() {
        let mut tree = board();
        tree.reservations = alloc::vec![(0x8000_0000, 0x1000)];
        tree.boot_cpu = 3;
        let blob = write(&tree).unwrap();
        assert_eq!(read(&blob).unwrap(), tree);
        // Another reader agrees.
        let other = dtoolkit::fdt::Fdt::new(&blob).unwrap();
        assert!(std::format!("{other}").contains("serial@1000"));
    }

    #[test]
    fn long_names_of_properties_survive() {
        let name = "nvidia,pad-autocal-pull-down-offset-3v3-timeout";
        let mut tree = Tree::default();
        tree.root.set_u32(name, 5);
        let blob = write(&tree).unwrap();
        assert_eq!(read(&blob).unwrap().root.u32(name), Some(5));
    }

    #[test]
    fn names_that_cannot_be() {
        let mut tree = Tree::default();
        tree.root.push(Node::new("a/b"));
        assert_eq!(
            write(&tree).unwrap_err().to_string(),
            "/: the name \"a/b\" is empty or holds a zero byte or a slash"
        );
    }
}
