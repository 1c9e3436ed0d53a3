use alloc::string::ToString;
use alloc::vec;

use proptest::prelude::*;

use super::*;

fn words<T: Encode>(value: T) -> Vec<Word> {
    let mut words = [0xaaaa_aaaa_aaaa_aaaa; 64];
    let mut writer = Writer::new(&mut words);
    value.encode(&mut writer);
    let length = writer.finish().unwrap();
    words[..length].to_vec()
}

fn read<'a, T: Decode<'a>>(words: &'a [Word]) -> Result<T, Malformed> {
    Reader::new(words).all()
}

#[test]
fn scalars_take_a_word_each() {
    assert_eq!(words((1_u8, -1_i32, true, 0.5_f64)), [1, Word::MAX, 1, 0.5_f64.to_bits()]);
    assert_eq!(read::<(u8, i32, bool)>(&[1, Word::MAX, 1]), Ok((1, -1, true)));
    assert!(words(()).is_empty());
}

#[test]
fn what_is_no_value_of_the_type_is_refused() {
    assert_eq!(read::<u8>(&[256]), Err(Malformed));
    assert_eq!(read::<i8>(&[128]), Err(Malformed));
    assert_eq!(read::<bool>(&[2]), Err(Malformed));
    assert_eq!(read::<u8>(&[]), Err(Malformed));
    assert_eq!(read::<u8>(&[1, 2]), Err(Malformed), "a word too many");
    assert_eq!(read::<&str>(&[2, 0xffff]), Err(Malformed), "no UTF-8");
    assert_eq!(read::<&[bool]>(&[2, 0x0201]), Err(Malformed));
}

#[test]
fn texts_and_arrays_are_packed() {
    assert_eq!(words("abc"), [3, 0x63_6261]);
    assert_eq!(words(&[1_u16, 2, 3, 4, 5][..]), [5, 0x0004_0003_0002_0001, 5]);
    assert_eq!(words(("", 7_u32)), [0, 7]);
    assert_eq!(words(vec!["a".to_string(), String::new()]), [2, 1, 0x61, 0]);
    let text = words(("abcdefgh", 9_u64));
    assert_eq!(read::<(&str, u64)>(&text), Ok(("abcdefgh", 9)));
    let array = words(&[-1_i16, 2][..]);
    assert_eq!(read::<&[i16]>(&array), Ok(&[-1, 2][..]));
    assert_eq!(read::<Vec<i16>>(&array), Ok(vec![-1, 2]));
    let texts = words(vec!["x", "yz"]);
    assert_eq!(read::<Vec<&str>>(&texts), Ok(vec!["x", "yz"]));
    assert_eq!(read::<[u8; 2]>(&words([7_u8, 8])), Ok([7, 8]));
    assert_eq!(read::<[u8; 3]>(&words([7_u8, 8])), Err(Malformed));
}

#[test]
fn lengths_are_claims() {
    for claim in [3, 9, 1 << 32, Word::MAX] {
        assert_eq!(read::<&[u64]>(&[claim, 1, 2]), Err(Malformed), "{claim:#x}");
        assert_eq!(read::<Vec<(u64, u64)>>(&[claim, 1, 2]), Err(Malformed), "{claim:#x}");
    }
    assert_eq!(read::<&str>(&[17, 0, 0]), Err(Malformed));
    assert_eq!(read::<Vec<()>>(&[Word::MAX]), Err(Malformed));
}

#[test]
fn what_does_not_fit_is_too_long() {
    let mut words = [0; 3];
    let mut writer = Writer::new(&mut words);
    (1_u8, [1_u8; 9].as_slice()).encode(&mut writer);
    assert_eq!(writer.finish(), Err(TooLong));
    let mut writer = Writer::new(&mut words);
    [1_u8; 16].as_slice().encode(&mut writer);
    assert_eq!(writer.finish(), Ok(3));
}

proptest! {
    #[test]
    fn what_is_sent_arrives(
        number: i32,
        text: String,
        array in proptest::collection::vec(any::<u32>(), 0..20),
        texts in proptest::collection::vec("[a-z]{0,9}", 0..9),
    ) {
        let mut words = [0; 512];
        let mut writer = Writer::new(&mut words);
        (number, &text, &array, &texts).encode(&mut writer);
        let length = writer.finish().unwrap();
        let back: (i32, &str, &[u32], Vec<String>) = Reader::new(&words[..length]).all().unwrap();
        prop_assert_eq!(back, (number, text.as_str(), array.as_slice(), texts));
    }

    #[test]
    fn lies_do_no_harm(words in proptest::collection::vec(
        prop_oneof![any::<u64>(), 0_u64..20, Just(u64::MAX)], 0..120,
    )) {
        let _ = read::<(&str, i32)>(&words);
        let _ = read::<(Vec<&str>, &[u16])>(&words);
        let _ = read::<(&[bool], Vec<String>, [u8; 8])>(&words);
        let _ = read::<Vec<(u64, Vec<u8>)>>(&words);
    }
}
