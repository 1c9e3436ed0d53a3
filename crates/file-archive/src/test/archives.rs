use alloc::string::ToString;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::{archive, entry};
use crate::archive::{Archive, Damage, Type};

#[test]
fn files_are_found_in_place() {
    let bytes = archive(&[("linux", b"kernel"), ("a/b", b""), ("dtb", b"tree")]);
    let archive = Archive::new(&bytes);
    let names: Vec<_> = archive.entries().map(|entry| entry.unwrap().name).collect();
    assert_eq!(names, [b"linux".as_slice(), b"a/b", b"dtb"]);
    let dtb = archive.find(b"dtb").unwrap().unwrap();
    assert_eq!((dtb.data, dtb.ty), (b"tree".as_slice(), Type::File));
    assert_eq!(bytes.get(dtb.offset..dtb.offset + 4), Some(b"tree".as_slice()));
    assert_eq!(dtb.offset % 4, 0);
    for absent in [b"dt".as_slice(), b"dtb2", b"", b"TRAILER!!!"] {
        assert_eq!(archive.find(absent), Ok(None), "{absent:?}");
    }
}

#[test]
fn an_archive_may_be_empty() {
    assert_eq!(Archive::EMPTY, archive(&[]).to_ascii_uppercase());
    assert_eq!(Archive::new(Archive::EMPTY).find(b"a"), Ok(None));
}

#[test]
fn what_follows_the_end_is_padding() {
    let mut bytes = archive(&[("a", b"1")]);
    bytes.extend_from_slice(b"anything");
    assert_eq!(Archive::new(&bytes).entries().count(), 1);
}

#[test]
fn upper_and_lower_case_digits_are_the_same() {
    let mut bytes = archive(&[("a", &[7; 0xab])]);
    let digits = bytes.get_mut(6 + 6 * 8..6 + 7 * 8).unwrap();
    assert_eq!(digits, b"000000ab");
    digits.make_ascii_uppercase();
    assert_eq!(Archive::new(&bytes).find(b"a").unwrap().unwrap().data.len(), 0xab);
}

#[test]
fn entries_that_are_no_files_are_told() {
    let mut bytes = Vec::new();
    entry(&mut bytes, b"directory", 0o040_755, b"");
    entry(&mut bytes, b"link", 0o120_777, b"directory");
    bytes.extend(archive(&[]));
    let types: Vec<_> = Archive::new(&bytes).entries().map(|entry| entry.unwrap().ty).collect();
    assert_eq!(types, [Type::Directory, Type::Other]);
}

#[test]
fn damage_says_where_and_what() {
    let good = archive(&[("a", b"1234"), ("b", b"5678")]);
    let second = 110 + 2 + 4;
    let error = |bytes: &[u8]| Archive::new(bytes).find(b"b").unwrap_err().to_string();
    assert_eq!(
        error(b""),
        "damaged archive, entry at byte 0x0: the header ends at byte 0x6e, but the archive has \
         0x0 bytes"
    );
    let truncated = error(good.get(..second + 112).unwrap());
    assert!(
        truncated.ends_with(
            "entry at byte 0x74: the content ends at byte 0xe8, but the archive has 0xe4 bytes"
        ),
        "{truncated}"
    );
    let mut bytes = good.clone();
    bytes[second] = b'x';
    assert_eq!(Archive::new(&bytes).find(b"b").unwrap_err().damage, Damage::Magic(*b"x70701"));
    let mut bytes = good.clone();
    bytes[second + 6 + 8] = b'+';
    assert_eq!(Archive::new(&bytes).find(b"b").unwrap_err().damage, Damage::Number(1));
    let mut bytes = good.clone();
    bytes[second + 111] = b'b';
    assert_eq!(Archive::new(&bytes).find(b"b").unwrap_err().damage, Damage::Name);
    // The end is missing.
    let headless = good.get(..2 * second).unwrap();
    assert!(Archive::new(headless).find(b"c").is_err());
    // The first file is readable although the second isn't.
    assert_eq!(Archive::new(&bytes).find(b"a").unwrap().unwrap().data, b"1234");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = Archive::new(&bytes).entries().count();
    }

    #[test]
    fn damaged_archives_give_entries_within_or_errors(
        place in 0..700_usize, byte: u8, cut in 0..700_usize,
        sizes in proptest::collection::vec(0..40_usize, 0..4),
    ) {
        let data = [5; 40];
        let files: Vec<_> = sizes.iter().map(|size| ("name", &data[..*size])).collect();
        let mut bytes = archive(&files);
        if let Some(at) = bytes.get_mut(place) {
            *at = byte;
        }
        bytes.truncate(cut);
        let entries: Vec<_> = Archive::new(&bytes).entries().collect();
        prop_assert!(entries.len() <= bytes.len() / 110 + 1);
        for entry in entries.into_iter().flatten() {
            prop_assert_eq!(bytes.get(entry.offset..entry.offset + entry.data.len()), Some(entry.data));
        }
    }

    #[test]
    fn whatever_is_packed_is_found(
        files in proptest::collection::btree_map("[a-z./]{1,9}", proptest::collection::vec(any::<u8>(), 0..50), 0..6),
    ) {
        let list: Vec<_> = files.iter().map(|(name, data)| (name.as_str(), data.as_slice())).collect();
        let bytes = archive(&list);
        let archive = Archive::new(&bytes);
        prop_assert_eq!(archive.entries().count(), files.len());
        for (name, data) in list {
            prop_assert_eq!(archive.find(name.as_bytes()).unwrap().unwrap().data, data);
        }
    }
}
