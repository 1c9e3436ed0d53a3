use super::*;

const TEXT: &str = "-- a comment
base 64
block Info {
    field label 52 -- the label
    padding 5
    field_high length 7
}
block Two {
    field Addr 64
    padding 60
    field Type 4
}
tagged_union Fault Type {
    tag Two 2
}
";

fn error(text: &str) -> String {
    Bitfields::parse("types.pbf", text).map_or_else(|e| e.to_string(), |_| String::new())
}

#[test]
fn offsets_count_from_the_least_significant_bit() {
    let all = Bitfields::parse("types.pbf", TEXT).unwrap();
    assert_eq!(all.base, 64);
    let info = all.block("Info").unwrap();
    let label = info.field("label").unwrap();
    assert_eq!((label.offset, label.width, label.high), (12, 52, false));
    let length = info.field("length").unwrap();
    assert_eq!((length.offset, length.width, length.high), (0, 7, true));
    let two = all.block("Two").unwrap();
    assert_eq!(two.bits, 128);
    assert_eq!(two.field("Addr").unwrap().offset, 64);
    assert_eq!(all.unions[0].tag_field, "Type");
    assert_eq!(all.unions[0].tags, [(String::from("Two"), 2)]);
}

#[test]
fn errors_name_place_and_expectation() {
    assert_eq!(error("base x"), "types.pbf:1: found \"x\", expected the word size");
    assert_eq!(
        error("base 64\nblock A {\n field a 3\n}"),
        "types.pbf:2: found a block \"A\" of 3 bits, expected a multiple of the base before it"
    );
    assert_eq!(
        error("base 64\nblock A { field a"),
        "types.pbf:2: found the end of the file, expected a number of bits"
    );
    assert_eq!(
        error("base 64\nblock A {\n field a 4294967295\n field b 65\n}"),
        "types.pbf:5: found a block \"A\" of more than 2^32 bits, expected a smaller one"
    );
    assert_eq!(
        error("base 64 union"),
        "types.pbf:1: found \"union\", expected base, block or tagged_union"
    );
    assert_eq!(
        error("base 64 tagged_union A B { mask 1 2 }"),
        "types.pbf:1: found \"mask\", expected tag or }"
    );
}

#[test]
fn cut_off_files_are_no_panic() {
    for length in 0..TEXT.len() {
        let _ = Bitfields::parse("types.pbf", &TEXT[..length]);
    }
}
