//! Tells a guest in its device tree where its root file system lies.

use anyhow::{Context, Result};
use fdt::address::Region;
use fdt::guest::Chosen;
use fdt::patch::Changes;

/// Sets `linux,initrd-start` and `linux,initrd-end` of `chosen` for `size` bytes at `start`. `name` is
/// the device tree's file, for messages.
///
/// # Errors
/// It is no device tree, or the place is none.
pub fn set_initrd(name: &str, blob: &[u8], start: u64, size: u64) -> Result<Vec<u8>> {
    let initrd = Some(Region { base: start, size });
    let changes = Changes { chosen: Chosen { initrd, ..Chosen::default() }, ..Changes::default() };
    let change = || -> Result<Vec<u8>, fdt::Error> {
        let tree = fdt::blob::read(blob)?;
        fdt::blob::write(&fdt::patch::apply(&tree, &changes)?.tree)
    };
    change().with_context(|| name.to_owned())
}

#[cfg(test)]
mod test {
    use fdt::tree::{Node, Tree};

    use super::*;

    fn blob(chosen: Option<Node<'static>>) -> Vec<u8> {
        let mut tree = Tree::default();
        tree.root.push(Node::new("memory@0"));
        tree.root.children.extend(chosen);
        fdt::blob::write(&tree).unwrap()
    }

    fn cells(blob: &[u8], name: &str) -> Vec<u32> {
        fdt::blob::read(blob).unwrap().chosen().unwrap().cells(name).unwrap()
    }

    #[test]
    fn the_place_is_written() {
        let new = set_initrd("a.dtb", &blob(None), 0x4d70_0000, 0x1001).unwrap();
        assert_eq!(cells(&new, "linux,initrd-start"), [0, 0x4d70_0000]);
        assert_eq!(cells(&new, "linux,initrd-end"), [0, 0x4d70_1001]);
    }

    #[test]
    fn an_old_place_is_replaced() {
        let mut chosen = Node::new("chosen");
        chosen.set_text("bootargs", "console=ttyAMA0");
        chosen.set_u32("linux,initrd-start", 1);
        let new = set_initrd("a.dtb", &blob(Some(chosen)), 0x8_0000_0000, 16).unwrap();
        assert_eq!(cells(&new, "linux,initrd-start"), [8, 0]);
        let tree = fdt::blob::read(&new).unwrap();
        assert_eq!(tree.chosen().unwrap().text("bootargs"), Some("console=ttyAMA0"));
    }

    #[test]
    fn bad_input_is_named() {
        let error =
            |blob: &[u8], start| format!("{:#}", set_initrd("a.dtb", blob, start, 16).unwrap_err());
        assert!(error(b"text", 0).starts_with("a.dtb: "), "{}", error(b"text", 0));
        let text = error(&blob(None), u64::MAX - 3);
        assert!(text.contains("an end within 64 bits"), "{text}");
    }
}
