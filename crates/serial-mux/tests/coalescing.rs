//! Output of several guests that get the same input.

mod common;

use common::{MS, Session};

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

/// One that lags is waited for, but not for ever; then it fails as two copies.
#[test]
fn coalescing_fails_when_one_is_late() {
    let mut session = session(2);
    session.says(0, "late\n");
    assert_eq!(session.passes(499 * MS), "");
    assert_eq!(session.passes(MS), "^[0;31mlate\r\n");
    // Now they are out of step, until both have said what they had to say.
    session.says(1, "late\n").says(0, "next\n");
    assert_eq!(session.passes(20 * MS), "next\r\n^[0;32mlate\r\n");
    session.says(1, "next\n");
    assert_eq!(session.passes(499 * MS), "");
    assert_eq!(session.passes(MS), "next\r\n");
    session.says(0, "together\n").says(1, "together\n");
    assert_eq!(session.passes(500 * MS), "^[0mtogether\r\n");
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
    session.says(2, "ab");
    assert_eq!(session.passes(0), "");
    session.says(0, "c").says(1, "c");
    let seen = session.passes(20 * MS);
    assert_eq!(seen, "\r\n^[0;31mc^[0m\r\n^[0;32mc^[0m\r\n^[0;34mab");
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
