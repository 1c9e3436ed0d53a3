//! Output of several guests that get the same input.

mod common;

use common::{MS, Session};
use proptest::prelude::*;

/// Two guests, both chosen, that have written something.
fn session(clients: usize) -> Session {
    let mut session = Session::new(clients);
    for n in 0..clients {
        session.says(n as u64, "boot\n");
    }
    session.line();
    let keys: String = ('0'..).take(clients).collect();
    session.types(&format!("@m{keys}\r"));
    session
}

#[test]
fn the_same_output_is_shown_once_in_white() {
    let mut session = session(2);
    session.says(0, "bin etc\n~ # ");
    assert_eq!(session.line(), "", "it waits for the other one");
    session.says(1, "bin etc\n~ # ");
    assert_eq!(session.line(), "bin etc\r\n~ # ");
    // What is typed comes back a character at a time.
    for key in ["l", "s"] {
        session.says(1, key).says(0, key);
        assert_eq!(session.line(), key);
    }
    assert_eq!(session.mux.deadline(session.now), None);
}

#[test]
fn pieces_need_not_match() {
    let mut session = session(3);
    session.says(0, "ab").says(1, "abc\nde").says(2, "a");
    assert_eq!(session.line(), "a");
    session.says(2, "bc\nd");
    assert_eq!(session.line(), "b");
    session.says(0, "c\nd");
    assert_eq!(session.line(), "c\r\nd");
    session.says(0, "e").says(2, "e");
    assert_eq!(session.line(), "e");
}

/// Differences are shown as copies in colours, from the start of the line, and afterwards it works
/// again.
#[test]
fn different_output_is_shown_for_each() {
    let mut session = session(2);
    session.says(0, "Linux\nvm0 # ").says(1, "Linux\nvm1 # ");
    let seen = session.passes(20 * MS);
    assert_eq!(seen, "Linux\r\n^[0;31mvm0 # ^[0m\r\n^[0;32mvm1 # ");
    session.says(0, "\nsame\n").says(1, "\nsame\n");
    assert_eq!(session.line(), "^[0m\r\n\r\nsame\r\n");
}

/// Of what differs, a line is shown of each, even if the rest of it comes later; what follows is
/// compared again.
#[test]
fn only_the_lines_that_differ_are_shown_for_each() {
    let mut session = session(2);
    session.says(0, "one\nsame\n").says(1, "tw");
    assert_eq!(session.line(), "", "the line isn't complete");
    session.says(1, "o\nsame\nend\n");
    assert_eq!(session.line(), "^[0;31mone\r\n^[0;32mtwo\r\n^[0msame\r\n");
    session.says(0, "end\n");
    assert_eq!(session.line(), "end\r\n");
}

/// One has a line more than the other.
#[test]
fn a_line_that_only_one_has() {
    let mut session = session(2);
    session.says(0, "a\nmore\nb\nc\nd\n").says(1, "a\nb\nc\n");
    let seen = session.line();
    assert_eq!(seen, "a\r\n^[0;31mmore\r\n^[0;32mb\r\n^[0;31mb\r\n^[0mc\r\n");
    session.says(1, "d\n");
    assert_eq!(session.line(), "d\r\n");
}

/// One that lags is waited for, but not for ever; then it fails as two copies. Once the one has
/// caught up, it works again.
#[test]
fn coalescing_fails_when_one_is_late() {
    let mut session = session(2);
    session.says(0, "late\n");
    assert_eq!(session.passes(499 * MS), "");
    assert_eq!(session.passes(MS), "^[0;31mlate\r\n");
    session.says(1, "late\n").says(0, "next\n");
    assert_eq!(session.line(), "^[0;32mlate\r\n");
    session.says(1, "next\n");
    assert_eq!(session.line(), "^[0mnext\r\n");
    // The same again isn't late.
    session.says(1, "next\n");
    assert_eq!(session.line(), "");
    session.says(0, "next\n");
    assert_eq!(session.line(), "next\r\n");
}

/// A guest that has stopped delays the others once, not at each character.
#[test]
fn one_that_says_nothing_is_left_out() {
    let mut session = session(3);
    session.says(0, "a").says(1, "a");
    assert_eq!(session.passes(499 * MS), "");
    assert_eq!(session.passes(MS), "a");
    session.says(0, "b").says(1, "b");
    assert_eq!(session.line(), "b");
    session.says(2, "ab").says(0, "c").says(1, "c");
    assert_eq!(session.passes(20 * MS), "\r\n^[0;34mab");
    session.says(2, "c");
    assert_eq!(session.line(), "^[0m\r\nc");
}

/// As many as there may be, of both kinds.
#[test]
fn twelve_answer_as_one() {
    let mut session = session(12);
    let say = |session: &mut Session, text: &dyn Fn(u64) -> String| {
        for n in 0..12 {
            session.says(n, &text(n));
        }
    };
    say(&mut session, &|_| "ok\n".to_owned());
    assert_eq!(session.line(), "ok\r\n");
    for n in 0..12 {
        session.says_raw(n, "raw\r\n");
    }
    assert_eq!(session.line(), "raw\r\n");
    say(&mut session, &|n| format!("I am {n}\nend\n"));
    let seen = session.line();
    let each = (0..12).map(|n| {
        let bold = if n < 6 { "" } else { "1;" };
        format!("^[0;{bold}{}mI am {n}\r\n", ["31", "32", "34", "35", "33", "36"][n % 6])
    });
    assert_eq!(seen, each.collect::<String>() + "^[0mend\r\n");
}

/// Guests that have never said anything are waited for as well: they get the input.
#[test]
fn one_that_never_said_anything_is_expected() {
    let mut session = Session::new(3);
    session.says_raw(2, "boot\r\n");
    session.line();
    session.types("@m012\r");
    session.says(0, "x\n");
    assert_eq!(session.line(), "");
    // The third one uses its other stream.
    session.says(1, "x\n");
    assert_eq!(session.line(), "x\r\n");
    // One that was missing is waited for again when it is chosen again.
    session.says(0, "y\n");
    assert_eq!(session.passes(500 * MS), "^[0;31my\r\n");
    session.types("@m01\r");
    session.says(0, "z\n");
    assert_eq!(session.line(), "");
    session.says(1, "z\n");
    assert_eq!(session.line(), "z\r\n");
}

/// Clients that don't get the input show their output as always.
#[test]
fn others_are_not_involved() {
    let mut session = Session::new(3);
    for n in 0..3 {
        session.says(n, "boot\n");
    }
    session.line();
    session.types("@m02\r");
    session.says(0, "x\n").says(1, "x\n").says(2, "x\n");
    let seen = session.line();
    assert_eq!(seen, "x\r\n^[0;32mx\r\n");
}

/// Processed and raw output aren't compared with each other.
#[test]
fn kinds_are_apart() {
    let mut session = session(2);
    session.says(0, "x\n").says(1, "x\n").says_raw(0, "y\r\n").says_raw(1, "y\r\n");
    assert_eq!(session.line(), "x\r\ny\r\n");
}

#[test]
fn choosing_one_ends_it() {
    let mut session = session(2);
    session.says(0, "waits\n");
    assert_eq!(session.line(), "");
    assert!(session.types("@1").ends_with("^[0;31mwaits\r\n"));
}

#[test]
fn prefixes_name_all() {
    let mut session = session(2);
    session.types("@p");
    session.says(0, "a\nb\n").says(1, "a\nb\n");
    assert_eq!(session.line(), "[    1.000 vm0,vm1] a\r\n[    1.000 vm0,vm1] b\r\n");
}

#[test]
fn differences_are_explained() {
    let mut session = session(2);
    session.types("@d");
    session.passes(20 * MS);
    session.says(0, "same\none\n").says(1, "same\nother\n");
    let seen = session.passes(20 * MS);
    let explained = r#"[different output: vm0 "one\r\n" vm1 "other\r\n"]"#;
    assert_eq!(seen, format!("same\r\n{explained}\r\n^[0;31mone\r\n^[0;32mother\r\n"));
}

/// A character or a sequence that only a part of has come from one of them isn't split.
#[test]
fn characters_and_sequences_stay_whole() {
    let mut session = session(2);
    session.says(0, "é\x1b[1mx");
    let client = session.client(1);
    for &byte in "é\x1b[1m".as_bytes() {
        session.mux.write(client, serial_mux::config::Kind::Processed, &[byte], session.now);
        let seen = session.line();
        assert!(["", "é", "^[1m"].contains(&&*seen), "{seen}");
    }
}

/// A part of what all are to say.
#[derive(Clone, Debug)]
enum Part {
    Same(String),
    /// A line of each, which differ.
    Own,
}

fn part() -> impl Strategy<Value = Part> {
    prop_oneof![3 => "[a-z]{0,6}\n".prop_map(Part::Same), 1 => Just(Part::Own)]
}

/// What is in no colour, and what is in each guest's.
fn by_colour(seen: &str) -> [String; 4] {
    let mut texts = <[String; 4]>::default();
    for piece in format!("[0m{seen}").split('^') {
        let colours = ["[0m", "[0;31m", "[0;32m", "[0;34m"];
        let known = colours.iter().position(|colour| piece.starts_with(colour));
        let known = known.expect("a colour");
        texts[known] += &piece[colours[known].len()..];
    }
    texts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Guests that answer the same with lines of their own among it, in pieces, and not more than
    /// 400 ms later than the others: each line that is the same is shown once, and only others are
    /// in colours.
    #[test]
    fn only_differences_are_in_colours(
        parts in prop::collection::vec(part(), 1..20),
        mut steps in prop::collection::vec((0_usize..3, 1_usize..9, 0_u64..10), 0..400),
        finish: bool,
    ) {
        let mut session = Session::new(3);
        session.types("@m012\r");
        let texts = [0, 1, 2].map(|n| {
            parts.iter().map(|part| match part {
                Part::Same(text) => text.clone(),
                Part::Own => format!("{n}{n}{n}{n}\n"),
            }).collect::<String>()
        });
        let mut said = [0; 3];
        let mut seen = String::new();
        if finish {
            steps.extend((0..3).map(|n| (n, 400, 0)));
        }
        // One who has said less than the others goes on first, so that nobody is very late.
        for (n, count, time) in steps.into_iter().chain((0..3).map(|n| (n, 1000, 0))) {
            let least = (0..3).min_by_key(|&n| said[n]).unwrap();
            let n = if said[n] > said[least] + 20 { least } else { n };
            let end = (said[n] + count).min(texts[n].len());
            let text = texts[n][said[n]..end].to_owned();
            session.says(n as u64, &text);
            said[n] = end;
            seen += &session.passes(time * MS);
        }
        for n in 0..3 {
            let text = texts[n][said[n]..].to_owned();
            session.says(n as u64, &text);
        }
        seen += &session.passes(20 * MS);
        // What comes then is the same for all.
        for text in ["$ ", "l", "s", "\n"] {
            for n in [1, 0, 2] {
                session.says(n, text);
            }
        }
        seen += &session.passes(600 * MS);
        prop_assert_eq!(session.mux.deadline(session.now), None);
        let [same, own @ ..] = by_colour(&seen);
        for (n, own) in own.iter().enumerate() {
            let name = n.to_string().repeat(4);
            let count = parts.iter().filter(|part| matches!(part, Part::Own)).count();
            prop_assert_eq!(own.matches(&name).count(), count, "{}", seen);
            prop_assert!(own.split_whitespace().all(|word| word == name), "{}", seen);
        }
        let expected: String = parts.iter().map(|part| match part {
            Part::Same(text) => &**text,
            Part::Own => "",
        }).collect();
        let words = |text: &str| text.split_whitespace().map(String::from).collect::<Vec<_>>();
        let expected = expected + "$ ls";
        // The server says first that input goes to several.
        let shown = words(&same);
        prop_assert!(shown.ends_with(&words(&expected)), "{}", seen);
    }

    /// Whatever guests said before: after two seconds in which they say nothing, they are compared
    /// again.
    #[test]
    fn it_always_works_again(
        steps in prop::collection::vec((0_u64..3, "[ab\n]{1,5}", 0_u64..200), 1..60)
    ) {
        let mut session = Session::new(3);
        session.types("@m012\r");
        for (n, text, time) in steps {
            session.says(n, &text);
            session.passes(time * MS);
        }
        session.passes(2000 * MS);
        session.types("x");
        for n in [2, 0, 1] {
            session.says(n, "together\n");
        }
        let seen = session.passes(0);
        prop_assert!(seen.ends_with("together\r\n"), "{seen}");
        prop_assert!(!seen.contains("^[0;"), "{seen}");
    }
}
