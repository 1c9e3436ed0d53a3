//! Anything typed, anything written, at any pace.

mod common;

use common::{MS, Session};
use proptest::prelude::*;
use serial_mux::config::{Colours, Kind};

/// Pieces of guests' output: text, characters of several bytes, sequences.
fn whole() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "text",
        "line\n",
        "\r\n",
        "\n\r",
        "é",
        "€",
        "😀",
        "\x1b[1;32m",
        "\x1b[m",
        "\x1b]0;t\x07",
        "\x1b[2J",
        "\x1b(B",
        "\x1bP1\x1b\\",
        " ",
        "$ ",
    ])
}

/// The same, and damage.
fn output() -> impl Strategy<Value = Vec<u8>> {
    let known = whole().prop_map(|text| text.as_bytes().to_vec());
    prop_oneof![8 => known, 1 => prop::collection::vec(any::<u8>(), 1..5)]
}

/// Takes the server's own bytes out of the line, given that it has no colours: what is left is
/// what clients sent.
fn without_breaks(seen: &[u8]) -> Vec<u8> {
    seen.iter().copied().filter(|byte| !b"\r\n".contains(byte)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Bytes of a guest come out in order, all of them, none twice, whatever the pace.
    #[test]
    fn nothing_is_lost_or_doubled(
        steps in prop::collection::vec((0_u64..3, any::<bool>(), output(), 0_usize..40, 0_u64..30), 1..200),
        several: bool,
    ) {
        let mut session = Session::new(3);
        if several {
            // Two guests that never say the same are members of a group all the same.
            session.types("@m01\r");
        }
        let mut said = vec![Vec::new(); 6];
        let mut seen = Vec::new();
        for (n, raw, text, room, time) in steps {
            let (kind, index) =
                if raw { (Kind::Raw, n * 2 + 1) } else { (Kind::Processed, n * 2) };
            // Each guest has letters of its own, so that groups find nothing in common.
            let mut text = text;
            for byte in &mut text {
                if byte.is_ascii_alphabetic() && *byte == b't' {
                    *byte = b'A' + u8::try_from(index).unwrap();
                }
            }
            let client = session.client(n);
            let taken = session.mux.write(client, kind, &text, session.now);
            said[usize::try_from(index).unwrap()].extend_from_slice(&text[..taken]);
            let mut piece = vec![0; room];
            let count = session.mux.pull(&mut piece, session.now);
            seen.extend_from_slice(&piece[..count]);
            session.now += time * MS;
        }
        // Whatever was cut off at the end is finished: first a byte that ends characters, then
        // one that ends sequences.
        for n in 0..3 {
            for kind in [Kind::Processed, Kind::Raw] {
                let client = session.client(n);
                let index = usize::try_from(n).unwrap() * 2 + usize::from(kind == Kind::Raw);
                let end = b" \x18\n";
                prop_assert_eq!(session.mux.write(client, kind, end, session.now), end.len());
                said[index].extend_from_slice(end);
            }
        }
        for _ in 0..100 {
            seen.extend(session.bytes());
            session.now += 600 * MS;
        }
        prop_assert_eq!(session.mux.deadline(session.now), None);
        check(&seen, &said, several)?;
    }

    /// A guest writes a byte at a time, and the line takes some now and then: the colour changes
    /// only between characters, sequences and texts.
    #[test]
    fn colours_come_between(
        steps in prop::collection::vec((0_u64..3, whole(), 0_usize..30, 0_u64..30), 1..150)
    ) {
        let mut session = Session::new(3);
        let mut places = vec![vec![0]; 3];
        let mut seen = Vec::new();
        for (n, text, room, time) in steps {
            let (client, places) = (session.client(n), &mut places[usize::try_from(n).unwrap()]);
            let plain = text.bytes().all(|byte| byte.is_ascii() && byte != 0x1b);
            for (at, byte) in text.bytes().enumerate() {
                let last = *places.last().unwrap();
                if plain || at + 1 == text.len() {
                    places.push(last + if plain { 1 } else { text.len() });
                }
                prop_assert_eq!(session.mux.write(client, Kind::Raw, &[byte], session.now), 1);
                let mut piece = vec![0; room];
                let count = session.mux.pull(&mut piece, session.now);
                seen.extend_from_slice(&piece[..count]);
                session.now += time * MS / 10;
            }
        }
        for _ in 0..10 {
            seen.extend(session.bytes());
            session.now += 20 * MS;
        }
        let colours = ["31", "32", "34"].map(|colour| format!("\x1b[0;{colour};47m"));
        let mut shown = [0; 4];
        let mut whose = 3;
        let mut left = &seen[..];
        while !left.is_empty() {
            let mut known = colours.iter().map(String::as_str).chain(["\x1b[0m"]).enumerate();
            let known = known.find(|(_, colour)| left.starts_with(colour.as_bytes()));
            if let Some((n, colour)) = known {
                let whole = whose == 3 || places[whose].contains(&shown[whose]);
                prop_assert!(whole, "{whose} is broken at {}", shown[whose]);
                whose = n;
                left = &left[colour.len()..];
            } else {
                shown[whose] += 1;
                left = &left[1..];
            }
        }
        for (places, shown) in places.iter().zip(shown) {
            prop_assert_eq!(*places.last().unwrap(), shown);
        }
    }

    /// Anything typed: no panic, and the keyboard never locks.
    #[test]
    fn anything_typed(
        typed in prop::collection::vec(
            (prop::collection::vec(prop_oneof![Just(b'@'), Just(b'\r'), any::<u8>()], 1..20),
             0_usize..30, 0_u64..300), 1..60),
        ask: bool,
    ) {
        let colours = if ask { Colours::Ask } else { Colours::On };
        let mut session = Session::with(3, |config| config.colours = colours);
        for (bytes, room, time) in &typed {
            session.guests.room = vec![*room, 5, usize::MAX];
            let mut left = &bytes[..];
            let mut tries = 0;
            while !left.is_empty() {
                let taken = session.mux.receive(left, &mut session.guests, session.now);
                left = &left[taken..];
                session.bytes();
                session.passes(10 * MS);
                tries += 1;
                prop_assert!(tries < 1000, "the keyboard is locked");
            }
            session.passes(time * MS);
        }
        session.guests.room = vec![usize::MAX; 3];
        session.passes(5000 * MS);
        prop_assert_eq!(session.mux.input_room(), serial_mux::INPUT_BYTES);
        prop_assert_eq!(session.mux.deadline(session.now), None);
        session.types("\r\r@2");
        session.guests.input[2].clear();
        session.types("end\r");
        prop_assert_eq!(session.got(2), "end\r");
    }
}

/// Tells streams by colours, undoes what the multiplexer adds, and compares.
fn check(seen: &[u8], said: &[Vec<u8>], several: bool) -> Result<(), TestCaseError> {
    let colours: Vec<Vec<u8>> = ["31", "31;47", "32", "32;47", "34", "34;47"]
        .map(|colour| format!("\x1b[0;{colour}m").into_bytes())
        .into();
    let mut shown = vec![Vec::new(); 7];
    let (mut left, mut whose) = (seen, 6);
    while !left.is_empty() {
        if let Some(n) = colours.iter().position(|colour| left.starts_with(colour)) {
            whose = n;
            left = &left[colours[n].len()..];
        } else if left.starts_with(b"\x1b[0m") {
            whose = 6;
            left = &left[4..];
        } else {
            shown[whose].push(left[0]);
            left = &left[1..];
        }
    }
    if several {
        // What members had in common is in no colour; the others still are complete.
        for n in [4, 5] {
            prop_assert_eq!(without_breaks(&shown[n]), without_breaks(&said[n]));
        }
        return Ok(());
    }
    for (shown, said) in shown.iter().zip(said) {
        let shown = without_breaks(shown);
        prop_assert_eq!(&shown, &without_breaks(said));
    }
    Ok(())
}
