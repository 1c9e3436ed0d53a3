//! More output than the line takes, and more input than guests read: nothing is lost or doubled,
//! and nobody has to wait for long.

mod common;

use common::{MS, Session};
use serial_mux::config::{Colours, Config, Kind};
use serial_mux::ring::{PageRing, RingReader, RingWriter};

/// What each of some guests has said, told by the colours: the server's own is the last.
fn by_colour(seen: &[u8], clients: usize) -> Vec<Vec<u8>> {
    let colours: Vec<Vec<u8>> = (0..clients)
        .map(|n| {
            let bold = if n < 6 { "" } else { "1;" };
            format!("\x1b[0;{bold}{}m", ["31", "32", "34", "35", "33", "36"][n % 6]).into_bytes()
        })
        .chain([b"\x1b[0m".to_vec()])
        .collect();
    let mut texts = vec![Vec::new(); clients + 1];
    let (mut left, mut whose) = (seen, clients);
    while !left.is_empty() {
        if let Some(n) = colours.iter().position(|colour| left.starts_with(colour)) {
            whose = n;
            left = &left[colours[n].len()..];
        }
        let end = left.iter().position(|&byte| byte == 0x1b).unwrap_or(left.len());
        texts[whose].extend_from_slice(&left[..end]);
        left = &left[end..];
    }
    texts
}

/// Three guests with a ring each print a megabyte at once, over a line that takes 100 bytes at a
/// time: complete, in order, in whole lines, and fair at any time.
#[test]
fn three_megabytes() {
    const SIZE: usize = 1 << 20;
    let mut session = Session::new(3);
    let texts: Vec<Vec<u8>> = (0..3)
        .map(|guest| {
            let line = |n: usize| {
                format!("guest {guest} line {n} {}\n", "-".repeat((n * 7 + guest) % 90))
                    .into_bytes()
            };
            (0..).flat_map(line).take(SIZE - 1).chain([b'\n']).collect()
        })
        .collect();
    let pages = [const { PageRing::new() }; 3];
    let mut writers = pages.each_ref().map(|page| RingWriter::new(page.shared()).unwrap());
    let mut readers = pages.each_ref().map(|page| RingReader::new(page.shared()).unwrap());
    let mut written = [0; 3];
    let mut seen = Vec::new();
    let mut unfair = 0;
    loop {
        for n in 0..3 {
            // The third guest is the fastest.
            let end = (written[n] + (n + 1) * 150).min(SIZE);
            written[n] += writers[n].write(&texts[n][written[n]..end]).unwrap().count;
            let client = session.client(n as u64);
            session.mux.drain(client, Kind::Processed, &mut readers[n], session.now).unwrap();
        }
        let mut piece = [0; 100];
        let count = session.mux.pull(&mut piece, session.now);
        if count == 0 {
            break;
        }
        seen.extend_from_slice(&piece[..count]);
        session.now += 10_000;
        if seen.len().is_multiple_of(100_000) && written.iter().all(|&written| written < SIZE) {
            let shown = by_colour(&seen, 3);
            let (least, most) = (0..3).fold((usize::MAX, 0), |(least, most), n| {
                (least.min(shown[n].len()), most.max(shown[n].len()))
            });
            assert!(most - least < 2 * 512 + 256, "{least} to {most}");
            unfair += 1;
        }
    }
    assert!(unfair > 10);
    let shown = by_colour(&seen, 3);
    for (shown, text) in shown.iter().zip(&texts) {
        let expected: Vec<u8> = text
            .iter()
            .flat_map(|&byte| match byte {
                b'\n' => b"\r\n".to_vec(),
                byte => vec![byte],
            })
            .collect();
        assert!(*shown == expected, "{} bytes of {}", shown.len(), expected.len());
    }
    assert_eq!(shown[3], b"", "no line was broken");
}

/// On a line that is faster than the clients, each of which runs until it has to wait: they are
/// about as far as each other all the same, and one who prints alone isn't held up for long.
#[test]
fn a_fast_line_is_shared() {
    const LINE: &str = "a line with 23 bytes..\n";
    const SIZE: usize = LINE.len() * 45_000;
    let mut session = Session::with(3, |config| config.colours = Colours::Off);
    let pages = [const { PageRing::new() }; 3];
    let mut writers = pages.each_ref().map(|page| RingWriter::new(page.shared()).unwrap());
    let mut readers = pages.each_ref().map(|page| RingReader::new(page.shared()).unwrap());
    let mut written = [0; 3];
    let (mut runs, mut waits) = (2, 0);
    let text = LINE.repeat(128);
    let mut seen = String::new();
    // They are told at once.
    session.types("@m012\rgo\r@0");
    while written.iter().any(|&count| count < SIZE) {
        let size = 2048.min(SIZE - written[runs]);
        let count = writers[runs]
            .write(&text.as_bytes()[written[runs] % LINE.len()..][..size])
            .unwrap()
            .count;
        written[runs] += count;
        for (n, reader) in (0..).zip(&mut readers) {
            let client = session.client(n);
            session.mux.drain(client, Kind::Processed, reader, session.now).unwrap();
        }
        seen += &session.line();
        if written[runs] == SIZE && written.iter().filter(|&&count| count == SIZE).count() == 1 {
            let least = *written.iter().min().unwrap();
            assert!(least * 5 >= SIZE * 4, "{written:?}");
        }
        waits = if count > 0 { 0 } else { waits + 1 };
        if count == 0 {
            runs = (runs + 1) % 3;
        }
        if waits == 3 {
            session.now = session.mux.deadline(session.now).expect("all wait for ever");
            waits = 0;
        }
    }
    // Lines are whole, although shares end in the middle of them.
    assert!(seen.split("\r\n").all(|line| line.is_empty() || line == LINE.trim_end()));
    // The last of them goes on alone, and one who is idle is waited for once.
    let start = session.now;
    let client = session.client(0);
    let (mut alone, mut tries) = (0, 0);
    while alone < SIZE {
        tries += 1;
        assert!(tries < 10_000, "it waits for ever");
        let count = writers[0].write(text.as_bytes()).unwrap().count;
        alone += count;
        session.mux.drain(client, Kind::Processed, &mut readers[0], session.now).unwrap();
        session.bytes();
        let full = writers[0].room() == Ok(0);
        if full && let Some(due) = session.mux.deadline(session.now) {
            session.now = due;
        }
    }
    assert!(session.now - start <= 4 * MS, "{} ns", session.now - start);
}

/// A client that has had its share, and isn't waited for longer than a line: it ends that, and no
/// more of it is taken until the others have had theirs. One without line ends has a limit.
#[test]
fn a_share_ends_with_a_line() {
    const LINE: &str = "a line with 23 bytes..\n";
    for (text, most) in [(LINE.repeat(1000), LINE.len()), ("#".repeat(20_000), 513)] {
        let mut session = Session::new(2);
        let page = PageRing::new();
        let mut writer = RingWriter::new(page.shared()).unwrap();
        let mut reader = RingReader::new(page.shared()).unwrap();
        // Both are told something, and only one answers.
        session.types("@m01\rgo\r@0");
        let client = session.client(0);
        let (mut written, mut taken) = (0, 0);
        for _ in 0..100 {
            written += writer.write(&text.as_bytes()[written..]).unwrap().count;
            taken += session.mux.drain(client, Kind::Processed, &mut reader, session.now).unwrap();
            session.bytes();
        }
        assert!((8192..8192 + most).contains(&taken), "{taken} bytes");
        assert!(text.as_bytes()[taken - 1] == b'\n' || most > LINE.len(), "{taken} bytes");
        session.now += 2 * MS;
        assert!(session.mux.drain(client, Kind::Processed, &mut reader, session.now).unwrap() > 0);
    }
}

/// A guest without line ends takes turns as well.
#[test]
fn a_flood_without_lines() {
    let mut session = Session::new(2);
    let mut sent = [0; 2];
    let mut seen = Vec::new();
    for round in 0..3000 {
        if round < 2000 {
            for (n, text) in
                [&[b'#'; 3000][..], &b"a line of text\r\n".repeat(100)].iter().enumerate()
            {
                let client = session.client(n as u64);
                let text = &text[sent[n] % 16..];
                sent[n] += session.mux.write(client, Kind::Processed, text, session.now);
            }
        }
        let mut piece = [0; 64];
        let count = session.mux.pull(&mut piece, session.now);
        seen.extend_from_slice(&piece[..count]);
        session.now += 6 * MS;
    }
    seen.extend(session.bytes());
    let shown = by_colour(&seen, 2);
    assert_eq!([shown[0].len(), shown[1].len()], sent);
    assert!(sent[0].abs_diff(sent[1]) * 10 < sent[0], "{sent:?}");
    assert!(shown[1].chunks(16).all(|line| line == b"a line of text\r\n"));
}

/// A client's two streams share what it has.
#[test]
fn two_streams_are_one_client() {
    let mut session = Session::with(2, |config| config.colours = Colours::Off);
    let mut seen = Vec::new();
    while seen.len() < 60_000 {
        for (n, kind, text) in [
            (0, Kind::Processed, &b"a23456789\r\n"[..]),
            (0, Kind::Raw, b"b23456789\r\n"),
            (1, Kind::Raw, b"c23456789\r\n"),
        ] {
            let client = session.client(n);
            for _ in 0..20 {
                session.mux.write(client, kind, text, session.now);
            }
        }
        let mut piece = [0; 100];
        let count = session.mux.pull(&mut piece, session.now);
        seen.extend_from_slice(&piece[..count]);
    }
    let count = |first: u8| seen.iter().filter(|&&byte| byte == first).count();
    let [a, b, c] = [b'a', b'b', b'c'].map(count);
    assert!((a + b).abs_diff(c) * 20 < c && a.abs_diff(b) * 5 < c, "{a} {b} {c}");
}

/// A lone character of a guest in the background is seen at once if the line is free, and soon if
/// somebody's unfinished line has it.
#[test]
fn a_lone_character_comes_soon() {
    let mut session = Session::new(2);
    session.says(1, ">");
    assert_eq!(session.line(), "^[0;32m>");
    session.says(0, "$");
    assert_eq!(session.line(), "");
    assert_eq!(session.mux.deadline(session.now), Some(session.now + 20 * MS));
    assert_eq!(session.passes(20 * MS), "^[0m\r\n^[0;31m$");
    assert_eq!(session.mux.deadline(session.now), None);
}

/// A whole line comes at once over a prompt that has been there for a while, and after the rest of
/// a line that is being written.
#[test]
fn lines_wait_for_lines() {
    let mut session = Session::new(2);
    session.says(0, "work");
    session.line();
    session.now += MS;
    session.says(1, "other\n");
    assert_eq!(session.line(), "");
    session.says(0, "ing\n");
    assert_eq!(session.line(), "ing\r\n^[0;32mother\r\n");
    session.says(0, "# ");
    session.line();
    session.now += 20 * MS;
    session.says(1, "other\n");
    assert_eq!(session.line(), "^[0m\r\n^[0;32mother\r\n");
    // But not for ever.
    session.says(0, ".");
    session.passes(20 * MS);
    session.says(1, "third\n");
    let mut waited = 0;
    while !session.line().contains("third") {
        session.says(0, ".");
        session.now += MS;
        waited += 1;
    }
    assert!(waited <= 20, "{waited}");
}

/// A line that is being written is broken after 20 ms, or when another client's stream is full; how
/// much else that one has makes no difference.
#[test]
fn only_time_and_a_full_stream_break_a_line() {
    let lines = "sixteen bytes..\n".repeat(240);
    let mut session = Session::new(2);
    session.says(0, "work");
    assert_eq!(session.line(), "^[0;31mwork");
    // 4080 of 4096 bytes, with carriage returns.
    session.says(1, &lines);
    assert_eq!(session.passes(20 * MS - 1), "");
    assert!(session.passes(1).starts_with("^[0m\r\n^[0;32msixteen"));

    let mut session = Session::new(2);
    session.says(0, "work");
    session.line();
    session.says(1, &lines).says(1, "fifteen bytes.");
    assert_eq!(session.line(), "");
    session.says(1, "\n");
    assert!(session.line().starts_with("^[0m\r\n^[0;32msixteen"));
}

/// The start of a line behind whole ones waits, so that nobody's line gets into its middle: for the
/// rest, until nobody else has anything, for 20 ms, or until the stream is full.
#[test]
fn an_unfinished_line_waits_for_its_end() {
    let flood = |session: &mut Session| -> String {
        let client = session.client(1);
        session.mux.write(client, Kind::Processed, b"other\nother\nother\n", session.now);
        let mut piece = [0; 20];
        let count = session.mux.pull(&mut piece, session.now);
        String::from_utf8(piece[..count].to_vec()).unwrap().replace('\x1b', "^")
    };
    let mut session = Session::new(2);
    session.says(1, &"other\n".repeat(100)).says(0, "whole\nhalf");
    let mut seen = String::new();
    while !seen.contains("whole\r\n") {
        seen += &flood(&mut session);
    }
    for _ in 0..19 {
        session.now += MS;
        seen += &flood(&mut session);
    }
    assert!(!seen.contains("half"), "{seen}");
    session.says(0, " and half\n");
    while !seen.contains("half\r\n") {
        seen += &flood(&mut session);
    }
    assert!(seen.contains("\r\n^[0;31mhalf and half\r\n"), "{seen}");
    // Without its rest it comes late: with the client's next turn after 20 ms.
    session.says(0, "late");
    for _ in 0..19 {
        session.now += MS;
        seen += &flood(&mut session);
    }
    assert!(!seen.contains("late"), "{seen}");
    session.now += MS;
    for _ in 0..64 {
        seen += &flood(&mut session);
    }
    assert!(seen.ends_with("\r\n^[0;31mlate"), "{seen}");
    session.now += 20 * MS;
    assert!(flood(&mut session).starts_with("^[0m\r\n^[0;32mother"));
}

/// Without a clock nothing waits, for anything that might never come.
#[test]
fn without_a_clock() {
    let mut session = Session::with(2, |config| *config = config.untimed());
    session.now = 0;
    session.says(0, "half").says(1, "other ");
    assert_eq!(session.line(), "^[0;31mhalf^[0m\r\n^[0;32mother ");
    session.says(0, "line\n").says(1, "half\n");
    assert_eq!(session.line(), "half\r\n^[0;31mline\r\n");
    let states = session.types("@d");
    assert!(states.starts_with("^[0mDebug: 1 (") && states.contains("  vm0 "), "{states}");
    session.types("@d@d@m01\r");
    session.passes(0);
    session.says(0, "same\n").says(1, "same\n");
    assert_eq!(session.line(), "same\r\n");
    session.says(0, "late\n");
    assert_eq!(session.line(), "^[0;31mlate\r\n");
    session.says(1, "late\n");
    assert_eq!(session.line(), "^[0;32mlate\r\n");
    let ask = Config { colours: Colours::Ask, ..Config::new(&[]) };
    assert_eq!(ask.untimed().colours, Colours::Off);
    // The keyboard isn't locked by one who doesn't read.
    session.guests.room = vec![1, usize::MAX];
    session.types("xyz\r@1");
    session.types("ls\r");
    assert_eq!((session.got(0), session.got(1)), ("x".into(), "xyz\rls\r".into()));
    assert_eq!(session.mux.deadline(session.now), None);
}

/// Input faster than it's read waits for the guest, in order, and isn't lost or doubled.
#[test]
fn input_waits_for_room() {
    let mut session = Session::new(2);
    session.types("@m01\r");
    session.guests.room = vec![5, 9];
    let text = b"0123456789abcdef\rmore\r";
    assert_eq!(session.mux.receive(text, &mut session.guests, session.now), text.len());
    assert_eq!(session.guests.input[0], b"01234");
    assert_eq!(session.guests.input[1], b"01234");
    let mut steps = 0;
    while session.guests.input[1].len() < text.len() {
        let due = session.mux.deadline(session.now).expect("it looks again");
        session.now = due;
        session.guests.room = vec![1 + steps % 3, 2];
        session.mux.poll(&mut session.guests, session.now);
        steps += 1;
        assert!(steps < 100);
    }
    assert_eq!(session.guests.input, [text, text]);
    assert_eq!(session.mux.deadline(session.now), None);
}

/// With a queue that is full, the port keeps what is typed.
#[test]
fn input_without_a_reader_is_not_taken() {
    let mut session = Session::new(1);
    session.guests.room = vec![0];
    let taken = session.mux.receive(&[b'x'; 5000], &mut session.guests, session.now);
    assert_eq!((taken, session.mux.input_room()), (serial_mux::INPUT_BYTES, 0));
    assert_eq!(session.mux.receive(b"x", &mut session.guests, session.now), 0);
}

/// A guest that has stopped reading doesn't lock the keyboard.
#[test]
fn a_guest_that_does_not_read_is_given_up() {
    let mut session = Session::new(2);
    session.guests.room = vec![3, usize::MAX];
    assert_eq!(session.types("hello\r@1"), "");
    let seen = session.passes(2010 * MS);
    let told = "vm0 doesn't read its input: until it does, input for it is lost.\r\n\
        Switching input to 1 (^[0;32mvm1^[0m)\r\n";
    assert_eq!(seen, told);
    session.types("echo\r@0");
    assert_eq!((session.got(0), session.got(1)), ("hel".into(), "echo\r".into()));
    // It isn't waited for again until it has read.
    assert_eq!(session.types("lost\r"), "");
    session.guests.room[0] = 100;
    session.types("read\r");
    assert_eq!(session.got(0), "read\r");
}

/// Help that nobody pulls doesn't pile up.
#[test]
fn answers_wait_for_the_line() {
    let mut session = Session::new(1);
    let mut taken = 0;
    for _ in 0..10_000 {
        taken += session.mux.receive(b"@?", &mut session.guests, session.now);
    }
    assert!(taken < serial_mux::INPUT_BYTES + 10, "{taken}");
    let mut shown = 0;
    loop {
        let seen = session.line();
        shown += seen.matches("SerialServer help").count();
        session.mux.poll(&mut session.guests, session.now);
        if seen.is_empty() {
            break;
        }
    }
    assert_eq!(shown, taken / 2);
}

#[test]
fn configurations_are_checked() {
    use serial_mux::SerialMux;
    use serial_mux::config::ClientConfig;
    let client = |badge| ClientConfig { name: "vm", badge, input: true };
    let error = |clients: &[_], quantum| {
        let config = Config { quantum, ..Config::new(clients) };
        SerialMux::new(&config, 0).map(|_| ()).unwrap_err().to_string()
    };
    let many: Vec<_> = (0..13).map(client).collect();
    assert_eq!(error(&many, 1), "13 clients are on one line, expected at most 12");
    let same = error(&[client(7), client(8), client(7)], 1);
    assert_eq!(same, "two clients have the badge 7, expected different ones");
    assert_eq!(error(&[], 0), "the quantum is 0 bytes, expected 1 or more");
    let mux = SerialMux::new(&Config::new(&[client(7)]), 0).unwrap();
    assert!(mux.client(7).is_some() && mux.client(0).is_none());
}
