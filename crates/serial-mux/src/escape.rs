//! The escape language of the person at the terminal.
//!
//! An escape starts with `@` where a line starts: at the beginning, and after CR, LF, Ctrl-C and
//! Ctrl-Z. Everything else is input.

const ESCAPE: u8 = b'@';

/// What starts a line.
const fn starts_line(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n' | 0x03 | 0x1a)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Text,
    LineStart,
    Escape,
    /// After `@m`.
    Choose,
}

/// What a piece of what was typed means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// It is input, from the piece's start.
    Give,
    /// Nothing yet, or ever.
    Nothing,
    /// Input goes to one client.
    Select(usize),
    /// Input goes to no client until some are chosen.
    Choose,
    /// Input goes to one more client.
    Add(usize),
    /// They are all chosen.
    Chosen,
    Debug,
    Scheduler,
    Help,
    Colours,
    Prefix,
    Invalid(u8),
}

/// The state machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Escapes {
    state: State,
    /// How many clients can be chosen.
    clients: usize,
}

impl Escapes {
    pub const fn new(clients: usize) -> Self {
        Self { state: State::LineStart, clients }
    }

    /// The next piece of what was typed, by its length, and what it means. `None` at the end.
    pub fn next(&mut self, typed: &[u8]) -> Option<(usize, Action)> {
        let first = *typed.first()?;
        let (state, action) = match (self.state, first) {
            (State::LineStart, ESCAPE) => (State::Escape, Action::Nothing),
            (State::Text | State::LineStart, _) => return Some(self.text(typed)),
            (State::Escape, _) => self.escape(first),
            (State::Choose, b'm' | b'M' | b'\r' | b'\n') => (State::LineStart, Action::Chosen),
            (State::Choose, _) => {
                let action = self.client(first).map_or(Action::Nothing, Action::Add);
                (State::Choose, action)
            }
        };
        self.state = state;
        Some((1, action))
    }

    /// Input up to where a line starts.
    fn text(&mut self, typed: &[u8]) -> (usize, Action) {
        let line = typed.iter().position(|&byte| starts_line(byte));
        self.state = if line.is_some() { State::LineStart } else { State::Text };
        (line.map_or(typed.len(), |line| line + 1), Action::Give)
    }

    fn escape(&self, byte: u8) -> (State, Action) {
        let action = match byte {
            ESCAPE => return (State::Text, Action::Give),
            b'm' => return (State::Choose, Action::Choose),
            b'd' => Action::Debug,
            b's' => Action::Scheduler,
            b'?' => Action::Help,
            b'c' => Action::Colours,
            b'p' => Action::Prefix,
            _ => self.client(byte).map_or(Action::Invalid(byte), Action::Select),
        };
        (State::LineStart, action)
    }

    /// `:` and `;` follow `9` in ASCII, and are the clients 10 and 11.
    fn client(&self, byte: u8) -> Option<usize> {
        byte.checked_sub(b'0').map(usize::from).filter(|&client| client < self.clients)
    }
}

#[cfg(test)]
mod test {
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    const CLIENTS: usize = 12;

    /// The original's table, a byte at a time: what is given, and the state after it.
    fn table(state: u8, byte: u8, clients: u8) -> (Option<u8>, u8, Option<Action>) {
        let ends = [b'\r', b'\n', 3, 26].contains(&byte);
        let client = (b'0'..b'0' + clients).contains(&byte).then(|| usize::from(byte - b'0'));
        match (state, byte) {
            (1, b'@') => (None, 2, None),
            (0 | 1, _) => (Some(byte), u8::from(ends), None),
            (2, b'@') => (Some(b'@'), 0, None),
            (2, b'm') => (None, 3, Some(Action::Choose)),
            (2, b'd') => (None, 1, Some(Action::Debug)),
            (2, b's') => (None, 1, Some(Action::Scheduler)),
            (2, b'?') => (None, 1, Some(Action::Help)),
            // Not in the original.
            (2, b'c') => (None, 1, Some(Action::Colours)),
            (2, b'p') => (None, 1, Some(Action::Prefix)),
            (2, _) => (None, 1, Some(client.map_or(Action::Invalid(byte), Action::Select))),
            (3, b'm' | b'M' | b'\r' | b'\n') => (None, 1, Some(Action::Chosen)),
            (_, _) => (None, 3, client.map(Action::Add)),
        }
    }

    proptest! {
        /// However the input is cut into pieces.
        #[test]
        fn the_original_table(
            typed in prop::collection::vec(
                prop_oneof![Just(b'@'), Just(b'm'), Just(b'\r'), 0x2f_u8..0x40, any::<u8>()], 0..60),
            cut in 1_usize..20,
            clients in 0_u8..=12,
        ) {
            let mut escapes = Escapes::new(clients.into());
            let (mut state, mut expected, mut found) = (1, Vec::new(), Vec::new());
            for &byte in &typed {
                let (given, next, action) = table(state, byte, clients);
                state = next;
                expected.extend(given.map(|byte| (Some(byte), None)));
                expected.extend(action.map(|action| (None, Some(action))));
            }
            for piece in typed.chunks(cut) {
                let mut left = piece;
                while let Some((count, action)) = escapes.next(left) {
                    prop_assert!(count > 0);
                    match action {
                        Action::Give => found.extend(left[..count].iter().map(|&b| (Some(b), None))),
                        Action::Nothing => {}
                        action => found.push((None, Some(action))),
                    }
                    left = &left[count..];
                }
            }
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn all_twelve() {
        for (n, byte) in (b'0'..=b';').enumerate() {
            let mut escapes = Escapes::new(CLIENTS);
            assert_eq!(escapes.next(&[b'@', byte]), Some((1, Action::Nothing)));
            assert_eq!(escapes.next(&[byte]), Some((1, Action::Select(n))));
        }
        let mut escapes = Escapes::new(CLIENTS);
        escapes.next(b"@");
        assert_eq!(escapes.next(b"<"), Some((1, Action::Invalid(b'<'))));
    }
}
