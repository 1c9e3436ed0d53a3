use proptest::prelude::*;

use super::*;

fn sample() -> Tree {
    let mut tree = Tree::default();
    tree.insert("bin/sh", 0o755, Content::File(b"#!/bin/x".to_vec())).unwrap();
    tree.insert("bin/ash", 0o777, Content::Link("sh".to_owned())).unwrap();
    let console = Content::Special { kind: 0o020_000, major: 5, minor: 1 };
    tree.insert("dev/console", 0o600, console).unwrap();
    tree
}

#[test]
fn the_bytes_are_those_of_the_format() {
    let mut tree = Tree::default();
    tree.insert("ab", 0o644, Content::File(b"hello".to_vec())).unwrap();
    let bytes = write(&tree).unwrap();
    let expected = "070701000000010\
                    00081a400000000000000000000000100000000000000050000000000000000\
                    00000000000000000000000300000000ab\0\0\0\0hello\0\0\0";
    assert_eq!(bytes.len() % 4, 0);
    let (head, rest) = bytes.split_at(HEADER + 3);
    assert_eq!(std::str::from_utf8(head).unwrap(), &expected[..HEADER + 3]);
    assert_eq!(&rest[..11], b"\0\0\0hello\0\0\0");
    assert!(rest[11..].starts_with(b"07070100000000"));
    assert!(bytes.ends_with(b"TRAILER!!!\0\0\0\0"));
}

#[test]
fn what_is_written_can_be_read() {
    let tree = sample();
    let bytes = write(&tree).unwrap();
    let mut found = Tree::default();
    assert_eq!(read(&bytes, &mut found), Ok(bytes.len()));
    assert_eq!(found, tree);
}

#[test]
fn the_systems_cpio_agrees() {
    let Ok(mut child) = std::process::Command::new("cpio")
        .args(["-t", "--quiet"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
    else {
        eprintln!("skipped: there is no cpio");
        return;
    };
    let bytes = write(&sample()).unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), &bytes).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stdout), "bin\nbin/ash\nbin/sh\ndev\ndev/console\n");
}

#[test]
fn hard_links_share_the_last_ones_content() {
    let mut bytes = Vec::new();
    let fields = |links| [7, FILE | 0o644, 0, 0, links, 0, 0, 0, 0, 0, 0];
    entry(&mut bytes, fields(2), "one", b"").unwrap();
    entry(&mut bytes, fields(2), "./two", b"text").unwrap();
    entry(&mut bytes, [0; 11], TRAILER, b"").unwrap();
    let mut tree = Tree::default();
    read(&bytes, &mut tree).unwrap();
    assert_eq!(tree.get("one").unwrap().content, Content::File(b"text".to_vec()));
    assert_eq!(tree.get("two").unwrap().content, Content::File(b"text".to_vec()));
}

#[test]
fn damage_is_named() {
    let good = write(&sample()).unwrap();
    let error = |bytes: &[u8]| read(bytes, &mut Tree::default()).unwrap_err().to_string();
    assert_eq!(error(b""), "no cpio header at byte 0: expected 070701, found \"\"");
    assert_eq!(error(b"\x7fELF"), "no cpio header at byte 0: expected 070701, found \"\\x7fELF\"");
    assert!(error(&good[..50]).starts_with("cut off: the entry at byte 0"));
    let mut bad = good.clone();
    bad[20] = b'x';
    assert_eq!(error(&bad), "the cpio header at byte 0 has a field that is no hexadecimal number");
    bad = good.clone();
    bad[HEADER - 16..HEADER - 8].copy_from_slice(b"ffffffff");
    assert_eq!(error(&bad), "the entry at byte 0 of the cpio archive has a bad name");
    bad = good;
    let size = 6 + 6 * 8;
    bad[size..size + 8].copy_from_slice(b"fffffffe");
    assert!(error(&bad).starts_with("cut off"));
}

proptest! {
    #[test]
    fn damaged_archives_never_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        len in any::<prop::sample::Index>(),
    ) {
        let mut bytes = write(&sample()).unwrap();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(len.index(bytes.len() + 1));
        let _ = read(&bytes, &mut Tree::default());
    }

    #[test]
    fn contents_survive(contents in prop::collection::vec(any::<Vec<u8>>(), 0..6)) {
        let mut tree = Tree::default();
        for (number, content) in contents.into_iter().enumerate() {
            tree.insert(&format!("d{number}/f"), 0o640, Content::File(content)).unwrap();
        }
        let mut found = Tree::default();
        read(&write(&tree).unwrap(), &mut found).unwrap();
        prop_assert_eq!(found, tree);
    }
}
