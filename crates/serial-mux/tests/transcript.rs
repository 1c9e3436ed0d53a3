//! What the person at the terminal sees, for every escape.

mod common;

use common::{MS, Session};
use serial_mux::config::{Colours, MAX_CLIENTS};

const KEYS: &str = "0123456789:;";

#[test]
fn input_goes_to_the_first_client_at_first() {
    let mut session = Session::new(3);
    assert_eq!(session.types("ls\r"), "");
    assert_eq!((session.got(0), session.got(1)), ("ls\r".into(), String::new()));
}

#[test]
fn twelve_clients_are_switched_to() {
    let mut session = Session::new(MAX_CLIENTS);
    for (n, key) in KEYS.chars().enumerate() {
        let colour = ["31", "32", "34", "35", "33", "36"][n % 6];
        let bold = if n < 6 { "" } else { "1;" };
        let seen = session.types(&format!("@{key}"));
        assert_eq!(seen, format!("Switching input to {n} (^[0;{bold}{colour}mvm{n}^[0m)\r\n"));
        session.types("x\r");
        let got: Vec<String> = (0..MAX_CLIENTS).map(|n| session.got(n)).collect();
        assert!(got.iter().enumerate().all(|(m, text)| text == if m == n { "x\r" } else { "" }));
    }
    let seen = session.types("@<");
    assert_eq!(seen, "Invalid SerialServer command: <\r\nType @? for help\r\n");
    session.types("still the last\r");
    assert_eq!(session.got(11), "still the last\r");
}

/// `@` is only an escape at the start of a line: the start of all, and after CR, LF, Ctrl-C and
/// Ctrl-Z, which all reach the client.
#[test]
fn escapes_start_at_the_start_of_a_line() {
    let mut session = Session::new(2);
    assert_eq!(session.types("me@1"), "");
    assert_eq!(session.got(0), "me@1");
    for end in ["\r", "\n", "\x03", "\x1a"] {
        session.types(&format!("me@1{end}"));
        assert_eq!(session.got(0), format!("me@1{end}"));
        assert!(session.types("@1").starts_with("Switching input to 1"));
        assert!(session.types("@0").starts_with("Switching input to 0"));
    }
    // After other control characters it is not.
    session.types("\x04@1");
    assert_eq!(session.got(0), "\x04@1");
}

#[test]
fn a_doubled_escape_is_one_character() {
    let mut session = Session::new(1);
    assert_eq!(session.types("@@1@@\r@@\r"), "");
    assert_eq!(session.got(0), "@1@@\r@\r");
}

#[test]
fn unknown_escapes_are_explained() {
    let mut session = Session::new(2);
    for (typed, shown) in [('x', "x"), ('2', "2"), ('D', "D"), ('\r', "\\r"), ('\x1b', "\\x1b")] {
        let seen = session.types(&format!("@{typed}"));
        assert_eq!(seen, format!("Invalid SerialServer command: {shown}\r\nType @? for help\r\n"));
    }
    // Each of them leaves the next character at the start of a line.
    assert!(session.types("@1").starts_with("Switching"));
    assert_eq!((session.got(0), session.got(1)), (String::new(), String::new()));
}

#[test]
fn several_clients() {
    let mut session = Session::new(4);
    let seen = session.types("@m0x3@");
    assert_eq!(seen, "Multi-client input to clients: 0,3");
    assert_eq!(
        session.types("\r"),
        "\r\nSwitching input to several clients. What all of them \
        answer is shown once,\r\nwithout a colour; what differs is shown for each.\r\n"
    );
    session.types("ls\r");
    assert_eq!([0, 1, 2, 3].map(|n| session.got(n)), ["ls\r", "", "", "ls\r"]);
    session.types("@1pwd\r");
    assert_eq!([0, 1, 2, 3].map(|n| session.got(n)), ["", "pwd\r", "", ""]);
}

/// CR, LF, m and M all end the list; clients that aren't there are ignored.
#[test]
fn the_list_of_clients_ends() {
    for end in ["\r", "\n", "m", "M"] {
        let mut session = Session::new(2);
        session.types(&format!("@m15{end}"));
        session.types("x\r");
        assert_eq!((session.got(0), session.got(1)), (String::new(), "x\r".into()));
        let seen = session.types(&format!("@m{end}"));
        assert!(seen.ends_with("\r\nNo client chosen: nobody gets input.\r\n"), "{seen}");
        session.types("x\r");
        assert_eq!((session.got(0), session.got(1)), (String::new(), String::new()));
    }
}

#[test]
fn debugging() {
    let mut session = Session::new(2);
    let table = concat!(
        "  name             state     idle     interrupts          exits  memory\r\n",
        "  vm0              idle      98 %          1,500          5,001  64 of 128 MiB\r\n",
        "    WFx 5,000  SMC 1\r\n",
    );
    let modes = [
        "Debug: 1 (output that differs is explained)\r\n",
        "Debug: 2 (each turn on the line is explained)\r\n",
        "Debug: 0 (nothing is explained)\r\n",
    ];
    for mode in modes.iter().chain(&modes) {
        assert_eq!(session.types("@d"), *mode);
        // They are asked, and have a moment to answer.
        assert_eq!(session.passes(19 * MS), "");
        assert_eq!(session.passes(MS), table);
    }
    session.types("@d@d");
    session.passes(20 * MS);
    session.says(1, "hi\n");
    assert_eq!(session.line(), "^[0;32mhi\r\n^[0m[vm1: 4 bytes, whole lines]\r\n");
}

#[test]
fn the_scheduler() {
    let mut session = Session::new(1);
    assert_eq!(session.types("@s"), "Only a debug kernel can show its scheduler.\r\n");
    session.guests.debug_kernel = true;
    assert_eq!(session.types("@s"), "");
}

#[test]
fn help() {
    for count in [0, 1, 3, MAX_CLIENTS] {
        let mut session = Session::with(count, |config| config.colours = Colours::Off);
        let seen = session.types("@?");
        for line in seen.split("\r\n") {
            assert!(line.chars().count() < 80, "{line}");
        }
        for escape in ["0 to 9", "m ", "d ", "s ", "c ", "p ", "@ ", "? "] {
            assert!(seen.contains(&format!("\r\n  {escape}")), "{escape}: {seen}");
        }
        for (key, n) in KEYS.chars().zip(0..count) {
            assert!(seen.contains(&format!("{key} vm{n}")), "{seen}");
        }
        // Nothing of it remains.
        assert_eq!(session.line(), "");
    }
}

#[test]
fn colours_can_be_off() {
    let mut session = Session::with(2, |config| config.colours = Colours::Off);
    session.says(0, "a\n").says(1, "b\n");
    assert_eq!(session.line(), "a\r\nb\r\n");
    assert_eq!(session.types("@c"), "Colours: on\r\n");
    session.says(0, "a\n");
    assert_eq!(session.line(), "^[0;31ma\r\n");
    assert_eq!(session.types("@c"), "^[0mColours: off\r\n");
    session.says(0, "a\n");
    assert_eq!(session.line(), "a\r\n");
}

/// A terminal that answers gets colours; the answer is nobody's input. One that doesn't, doesn't.
#[test]
fn the_terminal_is_asked() {
    let mut session = Session::with(1, |config| config.colours = Colours::Ask);
    assert_eq!(session.line(), "^[c");
    session.says(0, "a\n");
    assert_eq!(session.line(), "a\r\n");
    assert_eq!(session.types("l\x1b[?62;1c"), "");
    session.types("s\r");
    assert_eq!(session.got(0), "ls\r");
    session.says(0, "a\n");
    assert_eq!(session.line(), "^[0;31ma\r\n");

    let mut session = Session::with(1, |config| config.colours = Colours::Ask);
    session.types("\x1b[");
    assert_eq!(session.got(0), "");
    session.passes(2001 * MS);
    assert_eq!(session.got(0), "\x1b[");
    session.types("?62;1c");
    assert_eq!(session.got(0), "?62;1c");
    assert_eq!(session.mux.deadline(session.now), None);
}

#[test]
fn lines_with_time_and_name() {
    let mut session = Session::with(2, |config| {
        config.prefix = true;
        config.colours = Colours::Off;
    });
    session.now = 12_345 * MS;
    session.says(0, "one\ntwo\nthr").says(1, "eins\n");
    let seen = "[   12.345 vm0] one\r\n[   12.345 vm0] two\r\n[   12.345 vm1] eins\r\n";
    assert_eq!(session.line(), format!("{seen}[   12.345 vm0] thr"));
    session.says(1, "zwei\n");
    assert_eq!(session.passes(20 * MS), "\r\n[   12.365 vm1] zwei\r\n");
    session.says(0, "ee\n");
    assert_eq!(session.line(), "[   12.365 vm0] ee\r\n");
    assert_eq!(session.types("@p"), "Time and name before each line: off\r\n");
    session.says(0, "four\n");
    assert_eq!(session.line(), "four\r\n");
}

/// The server's own lines start on a line of their own, and belong to nobody.
#[test]
fn messages_do_not_mix_with_output() {
    let mut session = Session::new(2);
    session.says(0, "~ # ");
    assert_eq!(session.line(), "^[0;31m~ # ");
    assert_eq!(session.types("@1"), "^[0m\r\nSwitching input to 1 (^[0;32mvm1^[0m)\r\n");
    session.types("@m0");
    session.says(1, "boot\n");
    assert_eq!(session.passes(20 * MS), "\r\n^[0;32mboot\r\n");
    assert_eq!(session.types("1"), "^[0m,1");
}
