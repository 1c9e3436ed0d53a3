use super::*;
use alloc::vec::Vec;
use proptest::prelude::*;

/// Words and texts, from an assembler that isn't ours.
const ACCEPTED: &str = include_str!("accepted.txt");
const REFUSED: &str = include_str!("refused.txt");

fn lines(text: &str) -> impl Iterator<Item = (u32, &str)> {
    text.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let (word, rest) = line.split_once(' ').unwrap();
        (u32::from_str_radix(word, 16).unwrap(), rest)
    })
}

/// Reads a register name: its number, and whether it is a 64-bit one.
fn gpr(name: &str) -> (Gpr, bool) {
    let number = match &name[1..] {
        "zr" | "p" => 31,
        number => number.parse().unwrap(),
    };
    assert!(number < 32, "{name}");
    (Gpr::from_bits(number), name.starts_with('x'))
}

fn number(text: &str) -> i64 {
    text.trim_start_matches('#').parse().unwrap()
}

/// What a mnemonic says, given whether the register has 64 bits.
fn mnemonic(name: &str, long: bool) -> (Direction, Width, Extend) {
    let direction = if name.starts_with("ld") { Direction::Load } else { Direction::Store };
    let signed = if long { Extend::Sign64 } else { Extend::Sign32 };
    let suffix = ["sb", "sh", "sw", "b", "h"].into_iter().find(|suffix| name.ends_with(suffix));
    let (width, extend) = match suffix {
        Some("sb") => (Width::One, signed),
        Some("sh") => (Width::Two, signed),
        Some("sw") => (Width::Four, signed),
        Some("b") => (Width::One, Extend::Zero),
        Some("h") => (Width::Two, Extend::Zero),
        _ if long => (Width::Eight, Extend::Zero),
        _ => (Width::Four, Extend::Zero),
    };
    (direction, width, extend)
}

/// What stands between the brackets and behind them.
fn address(text: &str) -> Address {
    if let Some(offset) = text.strip_prefix('.') {
        return Address::Literal(offset.parse().unwrap());
    }
    let (inside, behind) = text.strip_prefix('[').unwrap().split_once(']').unwrap();
    let parts: Vec<&str> = inside.split(", ").collect();
    let base = if parts[0] == "sp" { Gpr::ZERO_OR_SP } else { gpr(parts[0]).0 };
    let index = match (&parts[1..], behind) {
        ([], "") => Index::Offset(0),
        ([], behind) => Index::PostIndex(number(behind.strip_prefix(", ").unwrap())),
        ([offset], "!") => Index::PreIndex(number(offset)),
        ([offset], "") if offset.starts_with('#') => Index::Offset(number(offset)),
        ([register, extend @ ..], "") => {
            let (kind, shift) = match extend {
                [] => ("lsl", 0),
                [extend] => match extend.split_once(" #") {
                    Some((kind, shift)) => (kind, shift.parse().unwrap()),
                    None => (*extend, 0),
                },
                _ => panic!("{text}"),
            };
            let part = match kind {
                "lsl" | "sxtx" => IndexPart::All,
                "uxtw" => IndexPart::Unsigned32,
                "sxtw" => IndexPart::Signed32,
                _ => panic!("{text}"),
            };
            Index::Register { register: gpr(register).0, part, shift }
        }
        _ => panic!("{text}"),
    };
    Address::Base { base, index }
}

/// Reads assembly language, as an independent description of the same instruction.
fn parse(text: &str) -> LoadStore {
    let (name, operands) = text.split_once(' ').unwrap();
    let split = operands.find(['[', '.']).unwrap();
    let registers: Vec<_> =
        operands[..split].split(", ").filter(|name| !name.is_empty()).map(gpr).collect();
    let (direction, width, extend) = mnemonic(name, registers[0].1);
    let second = registers.get(1).map(|register| register.0);
    let transfer = Transfer { direction, width, extend, first: registers[0].0, second };
    LoadStore { transfer, address: address(&operands[split..]) }
}

#[test]
fn assembled_loads_and_stores_decode() {
    let mut count = 0;
    for (word, text) in lines(ACCEPTED) {
        assert_eq!(decode(word), Ok(parse(text)), "{word:08x} {text}");
        count += 1;
    }
    assert!(count > 300, "{count}");
}

#[test]
fn assembled_others_are_refused_by_name() {
    let mut count = 0;
    for (word, rest) in lines(REFUSED) {
        let (reason, text) = rest.split_once(' ').unwrap();
        let expected = match reason {
            "simd" => Refusal::Simd,
            "sve" => Refusal::Sve,
            "exclusive" => Refusal::Exclusive,
            "atomic" => Refusal::Atomic,
            "prefetch" => Refusal::Prefetch,
            "pointer-authentication" => Refusal::PointerAuthentication,
            "tag" => Refusal::Tag,
            "unprivileged" => Refusal::Unprivileged,
            "not-load-store" => Refusal::NotLoadStore,
            "unpredictable" => Refusal::Unpredictable,
            _ => panic!("{reason}"),
        };
        assert_eq!(decode(word), Err(expected), "{word:08x} {text}");
        count += 1;
    }
    assert!(count > 40, "{count}");
}

#[test]
fn extensions() {
    assert_eq!(Extend::Sign32.apply(Width::One, 0x80), 0xffff_ff80);
    assert_eq!(Extend::Sign64.apply(Width::One, 0x80), 0xffff_ffff_ffff_ff80);
    assert_eq!(Extend::Zero.apply(Width::Two, 0x1_8000), 0x8000);
    assert_eq!(Extend::Sign64.apply(Width::Four, 0x7fff_ffff), 0x7fff_ffff);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn no_word_panics(word: u32) {
        let _ = decode(word);
    }

    /// Words of the right group, which random ones seldom are.
    #[test]
    fn no_load_or_store_panics(word: u32) {
        let word = word & !(1 << 25 | 1 << 26) | 1 << 27;
        if let Ok(LoadStore { transfer, address }) = decode(word) {
            prop_assert_eq!(transfer.first.number(), u8::try_from(word & 31).unwrap());
            if let Address::Base { base, .. } = address {
                prop_assert_eq!(u32::from(base.number()), word >> 5 & 31);
            }
        }
    }
}
