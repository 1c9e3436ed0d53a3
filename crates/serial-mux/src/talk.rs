//! What members of a group have said, as far as others may still say the same.
//!
//! One that is behind repeats what the group has said before. That is shown at once, and isn't
//! compared with what those ahead say next; so it catches up, and then they are compared again.

use alloc::vec;
use alloc::vec::Vec;

/// As much as is remembered: what a stream holds.
const LIMIT: usize = crate::STREAM_BYTES;

/// A repetition: so many bytes, after which the one who said it is there in the talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Repeated {
    pub bytes: usize,
    pub at: usize,
}

/// What a group has said since its members were last in step.
#[derive(Debug)]
pub(crate) struct Talk {
    text: Vec<u8>,
    /// Where each client is.
    at: Vec<usize>,
}

impl Talk {
    pub fn new(clients: usize) -> Self {
        Self { text: Vec::new(), at: vec![0; clients] }
    }

    /// All are in step.
    pub fn clear(&mut self) {
        self.text.clear();
        self.at.fill(0);
    }

    /// Something that nobody has said before.
    pub fn add(&mut self, parts: (&[u8], &[u8])) {
        self.text.extend_from_slice(parts.0);
        self.text.extend_from_slice(parts.1);
        let over = self.text.len().saturating_sub(LIMIT);
        if over > 0 {
            self.text.drain(..over);
            self.at.iter_mut().for_each(|at| *at = at.saturating_sub(over));
        }
    }

    /// A client has said all that there is.
    pub fn is_at_end(&mut self, client: usize) {
        self.at[client] = self.text.len();
    }

    /// A client has repeated something. If none of the others is behind now, all are in step.
    pub fn has_repeated(&mut self, client: usize, at: usize, all: &[usize]) {
        self.at[client] = at;
        if all.iter().all(|&client| self.at[client] == self.text.len()) {
            self.clear();
        }
    }

    /// How much of what a client says now the group has said before. `lines` finds whole lines
    /// among that many bytes.
    pub fn repeated(
        &self, client: usize, parts: (&[u8], &[u8]), lines: impl Fn(usize) -> usize,
    ) -> Option<Repeated> {
        let rest = &self.text[self.at[client]..];
        let all = parts.0.len() + parts.1.len();
        let later = memchr::memchr_iter(b'\n', rest).map(|end| end + 1);
        core::iter::once(0).chain(later).find_map(|start| {
            let same = same(&rest[start..], parts);
            let bytes = if start == 0 && (same == all || same == rest.len()) {
                same
            } else {
                // What was left out must be worth it: an empty line is everywhere.
                let bytes = lines(same);
                let blank = rest[start..start + bytes].iter().all(u8::is_ascii_whitespace);
                if start > 0 && blank { 0 } else { bytes }
            };
            let at = self.at[client] + start + bytes;
            (bytes > 0).then_some(Repeated { bytes, at })
        })
    }
}

/// How many bytes at the start are the same.
fn same(text: &[u8], parts: (&[u8], &[u8])) -> usize {
    text.iter().zip(parts.0.iter().chain(parts.1)).take_while(|(one, other)| one == other).count()
}

#[cfg(test)]
mod test {
    use super::*;

    fn repeated(talk: &Talk, client: usize, text: &str) -> Option<(usize, usize)> {
        let (first, second) = text.as_bytes().split_at(text.len() / 2);
        let lines = |limit: usize| text[..limit].rfind('\n').map_or(0, |end| end + 1);
        let found = talk.repeated(client, (first, second), lines);
        found.map(|Repeated { bytes, at }| (bytes, at))
    }

    #[test]
    fn one_behind_catches_up() {
        let mut talk = Talk::new(2);
        assert_eq!(repeated(&talk, 0, "one\n"), None);
        talk.add((b"one\nt", b"wo\nthr"));
        talk.is_at_end(0);
        assert_eq!(repeated(&talk, 0, "one\n"), None, "it has said that");
        assert_eq!(repeated(&talk, 1, "one\n"), Some((4, 4)));
        assert_eq!(repeated(&talk, 1, "o"), Some((1, 1)));
        assert_eq!(repeated(&talk, 1, "one\nof"), Some((4, 4)));
        assert_eq!(repeated(&talk, 1, "two\nthree"), Some((4, 8)), "it leaves a line out");
        assert_eq!(repeated(&talk, 1, "\n"), None);
        talk.has_repeated(1, 8, &[0, 1]);
        assert_eq!(repeated(&talk, 1, "three"), Some((3, 11)));
        talk.has_repeated(1, 11, &[0, 1]);
        assert_eq!(talk.text, b"");
    }

    #[test]
    fn what_is_old_is_forgotten() {
        let mut talk = Talk::new(2);
        talk.add((b"old\n", &[b'-'; LIMIT - 2]));
        assert_eq!(repeated(&talk, 0, "old\n"), None);
        assert_eq!(repeated(&talk, 0, "d\n"), Some((2, 2)));
    }
}
