//! Links for busybox' programs, which can't be asked for them: it is for another machine.

use crate::tree::{Content, Tree, TreeError};

/// Where the package puts it.
const PROGRAM: &str = "usr/bin/busybox";

/// The start of the list of programs in busybox: their names in the order of bytes, each with a
/// NUL. The first two are names of `test`.
const START: &[u8] = b"\0[\0[[\0";

/// Fewer names than any build for people has: then something else was found.
const FEWEST: usize = 50;

/// Adds links in `usr/bin` for all programs that aren't there.
pub(super) fn link_programs(tree: &mut Tree) -> Result<(), TreeError> {
    let Some(Content::File(bytes)) = tree.get(PROGRAM).map(|node| &node.content) else {
        return Ok(());
    };
    for name in names(bytes).unwrap_or_default() {
        let path = format!("usr/bin/{name}");
        // `linuxrc` is a name of init for the root directory.
        if tree.get(&path).is_none() && name != "linuxrc" {
            tree.insert(&path, 0o777, Content::Link("busybox".to_owned()))?;
        }
    }
    Ok(())
}

/// The names in the program's list. Without one, `init` makes the links at boot.
fn names(bytes: &[u8]) -> Option<Vec<String>> {
    let start = bytes.windows(START.len()).position(|window| window == START)?;
    let mut names: Vec<String> = Vec::new();
    for name in bytes.get(start + 1..)?.split(|byte| *byte == 0) {
        let fits = |byte: &u8| byte.is_ascii_alphanumeric() || b"[-_.".contains(byte);
        let name = std::str::from_utf8(name).ok().filter(|name| name.bytes().all(|b| fits(&b)));
        match name {
            Some(name) if !name.is_empty() && names.last().is_none_or(|last| **last < *name) => {
                names.push(name.to_owned());
            }
            _ => break,
        }
    }
    (names.len() >= FEWEST).then_some(names)
}

#[cfg(test)]
mod test {
    use super::*;

    fn program() -> Vec<u8> {
        let mut bytes = b"\x7fELF code \0[\0[[\0".to_vec();
        for number in 0..60 {
            bytes.extend_from_slice(format!("p{number:02}\0").as_bytes());
        }
        bytes.extend_from_slice(b"/var/log/wtmp\0");
        bytes
    }

    #[test]
    fn programs_are_found_and_linked() {
        let bytes = program();
        assert_eq!(names(&bytes).unwrap().len(), 62);
        let mut tree = Tree::default();
        tree.insert(PROGRAM, 0o755, Content::File(bytes)).unwrap();
        tree.insert("usr/bin/p07", 0o755, Content::File(Vec::new())).unwrap();
        link_programs(&mut tree).unwrap();
        let link = Content::Link("busybox".to_owned());
        assert_eq!(tree.get("usr/bin/p59").unwrap().content, link);
        assert_eq!(tree.get("usr/bin/p07").unwrap().content, Content::File(Vec::new()));
    }

    #[test]
    fn another_program_has_no_list() {
        assert_eq!(names(b"\x7fELF"), None);
        assert_eq!(names(b"\x7fELF\0[\0[[\0ash\0"), None);
    }
}
