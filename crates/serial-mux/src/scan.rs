//! Where output may be interrupted without breaking a character, a control sequence or a line.

/// The longest sequence that is kept whole. Whoever sends longer ones, such as pictures, must live
/// with colours in them; a client that never ends a sequence must not stop the others.
pub(crate) const MAX_SEQUENCE: usize = 1024;

const ESCAPE: u8 = 0x1b;
const BELL: u8 = 0x07;
const CANCEL: u8 = 0x18;
const SUBSTITUTE: u8 = 0x1a;

/// Inside of what a stream ended (ECMA-48 5, RFC 3629 3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Text,
    /// So many bytes of a UTF-8 character are missing.
    Utf8(u8),
    /// After ESC.
    Escape,
    /// After ESC and intermediate bytes, or a single shift: a final byte follows.
    Final,
    /// A control sequence, after ESC \[.
    Control,
    /// A control string, up to ESC \\ or BEL.
    String,
    /// ESC in a control string.
    StringEscape,
}

/// Follows a stream of output.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Scanner {
    state: State,
    /// Bytes of the sequence so far.
    length: usize,
    after_newline: bool,
}

/// Places in a piece of output, as numbers of bytes before them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    /// The last one between two characters.
    pub safe: Option<usize>,
    /// The last one between two lines.
    pub line: Option<usize>,
}

const fn is_plain(byte: u8) -> bool {
    matches!(byte, 0x20..=0x7e)
}

/// How many bytes at the start are plain. Most output is, so eight are looked at at once.
fn plain(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    let (words, _) = bytes.as_chunks::<8>();
    let words = words.iter().take_while(|&&word| {
        let word = u64::from_ne_bytes(word);
        // The high bits of: bytes from 0x80 on; after adding one, 0x7f; and, after taking 0x20
        // away from bytes with the high bit set, those that had at least that.
        let added = word.wrapping_add(ONES);
        let taken = (word | HIGH).wrapping_sub(0x20 * ONES);
        (word | added | !taken) & HIGH == 0
    });
    let whole = words.count() * 8;
    whole + bytes[whole..].iter().take_while(|&&byte| is_plain(byte)).count()
}

impl Scanner {
    /// Goes on with the next piece.
    pub fn scan(&mut self, bytes: &[u8]) -> Marks {
        let mut marks = Marks::default();
        let mut at = 0;
        while at < bytes.len() {
            if self.state == State::Text {
                let plain = plain(&bytes[at..]);
                if plain > 0 {
                    at += plain;
                    self.after_newline = false;
                    marks.safe = Some(at);
                    continue;
                }
            }
            let byte = bytes[at];
            at += 1;
            self.step(byte);
            if self.state != State::Text {
                self.length += 1;
                if self.length < MAX_SEQUENCE {
                    continue;
                }
                self.state = State::Text;
            }
            self.length = 0;
            marks.safe = Some(at);
            if byte == b'\n' || byte == b'\r' && self.after_newline {
                marks.line = Some(at);
            }
            self.after_newline = byte == b'\n';
        }
        marks
    }

    fn step(&mut self, byte: u8) {
        self.state = match (self.state, byte) {
            (State::Utf8(missing), 0x80..=0xbf) => match missing {
                0 | 1 => State::Text,
                _ => State::Utf8(missing - 1),
            },
            (State::String, ESCAPE) => State::StringEscape,
            (State::StringEscape, b'\\') | (State::String, BELL) => State::Text,
            (_, CANCEL | SUBSTITUTE) => State::Text,
            (State::String, _) => State::String,
            (_, ESCAPE) => State::Escape,
            // What follows ESC in a string without ending it starts a sequence of its own.
            (State::Escape | State::StringEscape, b'[') => State::Control,
            (State::Escape | State::StringEscape, b']' | b'P' | b'X' | b'^' | b'_') => {
                State::String
            }
            (State::Escape | State::StringEscape, 0x20..=0x2f | b'N' | b'O') => State::Final,
            (State::Final, 0x20..=0x2f) => State::Final,
            (State::Control, 0x20..=0x3f) => State::Control,
            // Control characters are obeyed in the middle of a sequence, which goes on.
            (State::Escape | State::StringEscape | State::Final | State::Control, 0x00..=0x1f) => {
                self.state
            }
            (State::Final, 0x80..) | (State::Text | State::Utf8(_) | State::Control, _) => {
                first(byte)
            }
            _ => State::Text,
        };
    }
}

/// After a byte that starts something, or is a character.
const fn first(byte: u8) -> State {
    match byte {
        0xc2..=0xdf => State::Utf8(1),
        0xe0..=0xef => State::Utf8(2),
        0xf0..=0xf4 => State::Utf8(3),
        _ => State::Text,
    }
}

#[cfg(test)]
mod test {
    use super::*;
    use std::vec::Vec;

    /// The numbers of bytes after which the scanner would allow a break.
    fn breaks(text: &[u8]) -> Vec<usize> {
        let mut scanner = Scanner::default();
        let safe = |n: usize| scanner.scan(&text[n..=n]).safe.map(|_| n + 1);
        (0..text.len()).filter_map(safe).collect()
    }

    fn lines(text: &[u8]) -> Vec<usize> {
        let mut scanner = Scanner::default();
        let line = |n: usize| scanner.scan(&text[n..=n]).line.map(|_| n + 1);
        (0..text.len()).filter_map(line).collect()
    }

    #[test]
    fn characters_are_whole() {
        assert_eq!(breaks(b"ab"), [1, 2]);
        assert_eq!(breaks("aé€😀z".as_bytes()), [1, 3, 6, 10, 11]);
        // Latin 1 isn't UTF-8, but text all the same.
        assert_eq!(breaks(b"caf\xe9 \xff\x80\xc3\xc3x"), [1, 2, 3, 5, 6, 7, 10]);
    }

    #[test]
    fn plain_bytes_are_known() {
        for byte in 0..=u8::MAX {
            for at in 0..17 {
                let mut text = *b"~ a text of bytes";
                text[at] = byte;
                assert_eq!(plain(&text), if is_plain(byte) { 17 } else { at }, "{byte:#x} at {at}");
            }
        }
        assert_eq!(plain(b"\x7f\xff\x00\x7f\xff\x00\x80\x1f"), 0);
    }

    #[test]
    fn sequences_are_whole() {
        assert_eq!(breaks(b"a\x1b[1;31mb"), [1, 8, 9]);
        assert_eq!(breaks(b"\x1b[?25l\x1b(B\x1b7\x1b[H"), [6, 9, 11, 14]);
        assert_eq!(breaks(b"\x1bOPx"), [3, 4]);
        assert_eq!(breaks(b"\x1b]0;title\x07x"), [10, 11]);
        assert_eq!(breaks(b"\x1bPdata\nmore\x1b\\x"), [13, 14]);
        // Cancelled, restarted, with a control character inside.
        assert_eq!(breaks(b"\x1b[1\x18x\x1b[\x1b[mx\x1b[\nm"), [4, 5, 10, 11, 15]);
        assert_eq!(breaks("\x1b[1é".as_bytes()), [5]);
    }

    #[test]
    fn lines_end_after_either_order() {
        assert_eq!(lines(b"a\r\nb\n\rc\n\n\rd\re"), [3, 5, 6, 8, 9, 10]);
        // Not the end of a line, since it isn't the end of a sequence.
        assert_eq!(lines(b"\x1b[\n1m\n"), [6]);
    }

    #[test]
    fn an_endless_sequence_is_given_up() {
        let mut scanner = Scanner::default();
        assert_eq!(scanner.scan(b"\x1b]").safe, None);
        assert_eq!(scanner.scan(&[b'x'; MAX_SEQUENCE - 3]).safe, None);
        assert_eq!(scanner.scan(b"xy"), Marks { safe: Some(2), line: None });
    }
}
