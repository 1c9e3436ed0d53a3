//! Asks the terminal what it is.
//!
//! A terminal with control sequences answers the request for its attributes (ECMA-48 8.3.24, DA)
//! with `ESC [ ? numbers c`. One without them, or nobody, doesn't. The answer comes among what is
//! typed, and is taken out of it.

/// The request.
pub(crate) const REQUEST: &str = "\x1b[c";
/// How long an answer may take.
pub(crate) const PATIENCE: u64 = 2_000_000_000;
const LONGEST: usize = 32;

/// Looks for the answer.
#[derive(Debug)]
pub(crate) struct Query {
    /// What may be the start of an answer.
    held: [u8; LONGEST],
    len: usize,
    /// When it is given up.
    pub until: u64,
}

impl Query {
    pub const fn new(now: u64) -> Self {
        Self { held: [0; LONGEST], len: 0, until: now.saturating_add(PATIENCE) }
    }

    /// The next byte. True if it completes the answer; otherwise `typed` gets what was typed.
    pub fn next(&mut self, byte: u8, typed: &mut impl FnMut(&[u8])) -> bool {
        let fits = match self.len {
            0 => byte == 0x1b,
            1 => byte == b'[',
            2 => byte == b'?',
            3..LONGEST if byte == b'c' => {
                self.len = 0;
                return true;
            }
            _ => self.len < LONGEST && (byte.is_ascii_digit() || byte == b';'),
        };
        if fits {
            self.held[self.len] = byte;
            self.len += 1;
        } else {
            self.give_up(typed);
            if byte == 0x1b {
                self.held[0] = byte;
                self.len = 1;
            } else {
                typed(&[byte]);
            }
        }
        false
    }

    /// What was held was typed.
    pub fn give_up(&mut self, typed: &mut impl FnMut(&[u8])) {
        typed(&self.held[..core::mem::take(&mut self.len)]);
    }
}

#[cfg(test)]
mod test {
    use super::*;
    use std::vec::Vec;

    fn typed(input: &[u8]) -> (Vec<u8>, bool) {
        let (mut query, mut text, mut answered) = (Query::new(0), Vec::new(), false);
        for &byte in input {
            answered |= query.next(byte, &mut |bytes| text.extend_from_slice(bytes));
        }
        query.give_up(&mut |bytes| text.extend_from_slice(bytes));
        (text, answered)
    }

    #[test]
    fn answers() {
        assert_eq!(typed(b"l\x1b[?64;1;22cs"), (b"ls".to_vec(), true));
        assert_eq!(typed(b"\x1b\x1b[?6c"), (b"\x1b".to_vec(), true));
        // Cursor keys, and what looks like an answer for too long.
        for text in [&b"\x1b[A\x1b[?25"[..], &[b"\x1b[?", &[b'1'; 60][..], b"c"].concat()] {
            assert_eq!(typed(text), (text.to_vec(), false));
        }
    }
}
