//! A serial line with several guests, which a test types to.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::STEP_LIMIT;
use crate::app::App;
use crate::console::Console;

/// The colours of the first guests, by which their output is told apart.
const COLOURS: [&str; 3] = ["0;31", "0;32", "0;34"];
/// What begins a control sequence (ECMA-48 5.4).
const CSI: &str = "\x1b[";

/// The line, taken apart by colours.
pub struct Line {
    console: Console,
    output: Output,
}

impl Line {
    /// Boots an application with so many guests, three at most.
    pub fn start(app: &App, guests: usize) -> Result<Self> {
        let console = Console::start(&mut app.command())?;
        Ok(Self { console, output: Output::of(guests) })
    }

    /// Leaves line ends out of what guests print: the server adds some where lines are not
    /// finished in time.
    pub fn without_ends(mut self) -> Self {
        self.output.without_ends = true;
        self
    }

    /// Types characters.
    pub fn types(&mut self, text: &str) -> Result<()> {
        self.console.type_bytes(text.as_bytes())
    }

    /// Lets what is typed go to one guest, which is called as its number says.
    pub fn switch(&mut self, guest: usize) -> Result<()> {
        self.types(&format!("@{guest}"))?;
        self.wait(None, &format!("Switching input to {guest} ("), STEP_LIMIT)?;
        // Its name has its colour.
        self.wait(Some(guest), &format!("vm{guest}"), STEP_LIMIT)
    }

    /// Takes more of what is printed, which has to come soon.
    pub fn take(&mut self, limit: Duration) -> Result<()> {
        let printed = self.console.take(limit)?;
        self.console.forget();
        self.output.push(&printed);
        Ok(())
    }

    /// Takes all that is printed for so long.
    pub fn take_for(&mut self, time: Duration) -> Result<()> {
        let printed = self.console.take_for(time)?;
        self.console.forget();
        self.output.push(&printed);
        Ok(())
    }

    /// Waits until a guest, or nobody, has printed a text, and forgets what that one has printed up
    /// to it.
    pub fn wait(&mut self, whose: Option<usize>, text: &str, limit: Duration) -> Result<()> {
        self.take_until(whose, text, limit).map(drop)
    }

    /// The same; returns what came before the text.
    pub fn take_until(
        &mut self, whose: Option<usize>, text: &str, limit: Duration,
    ) -> Result<String> {
        let deadline = Instant::now() + limit;
        loop {
            let printed = match whose {
                Some(guest) => &mut self.output.guests[guest],
                None => &mut self.output.plain,
            };
            if let Some(at) = printed.find(text) {
                let before = printed[..at].to_owned();
                printed.drain(..at + text.len());
                return Ok(before);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                bail!("{whose:?} didn't print `{text}`, but `{printed}`");
            }
            self.take(left)?;
        }
    }

    /// What nobody in particular has printed, and nobody has waited for yet.
    pub fn plain(&self) -> &str {
        &self.output.plain
    }

    /// What a guest has printed and nobody has waited for yet.
    pub fn guest(&mut self, guest: usize) -> &mut String {
        &mut self.output.guests[guest]
    }
}

/// What is printed, taken apart.
#[derive(Debug, Default)]
struct Output {
    /// What isn't taken apart yet: the beginning of a control sequence.
    rest: String,
    /// Whose colour is set.
    colour: Option<usize>,
    without_ends: bool,
    guests: Vec<String>,
    /// What has no colour: the server's own, and what several guests have in common.
    plain: String,
}

impl Output {
    fn of(guests: usize) -> Self {
        Self { guests: vec![String::new(); guests], ..Self::default() }
    }

    fn push(&mut self, printed: &str) {
        let text = std::mem::take(&mut self.rest) + printed;
        let mut left = text.as_str();
        while let Some(at) = left.find(CSI) {
            self.print(&left[..at]);
            let sequence = &left[at + CSI.len()..];
            let Some(end) = sequence.find(|c: char| !matches!(c, ' '..='?')) else {
                self.rest = left[at..].to_owned();
                return;
            };
            let (parameters, rest) = sequence.split_at(end);
            if rest.starts_with(|c: char| matches!(c, '@'..='~')) {
                self.set(parameters.trim());
                left = &rest[1..];
            } else {
                // It isn't one: a guest prints what it likes.
                self.print(&left[at..at + CSI.len() + end]);
                left = rest;
            }
        }
        match left.strip_suffix('\x1b') {
            Some(before) => {
                self.print(before);
                self.rest = "\x1b".to_owned();
            }
            None => self.print(left),
        }
    }

    fn set(&mut self, parameters: &str) {
        match parameters {
            // The second one is the monitor's.
            "0" | "0;1" => self.colour = None,
            colour => {
                let guest = COLOURS.iter().position(|of| *of == colour);
                self.colour = guest.filter(|&guest| guest < self.guests.len()).or(self.colour);
            }
        }
    }

    fn print(&mut self, text: &str) {
        match self.colour {
            Some(guest) if self.without_ends => {
                self.guests[guest].extend(text.chars().filter(|c| !matches!(c, '\r' | '\n')));
            }
            Some(guest) => self.guests[guest] += text,
            None => self.plain += text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = "help\r\n\x1b[0;31mone\x1b[1m 1\r\n\x1b[0;32mtwo\r\n2\x1b[0mplain\x1b[0;1m\
                           monitor\x1b[0;34mthree";

    fn taken_apart(output: &Output) -> (Vec<&str>, &str) {
        (output.guests.iter().map(String::as_str).collect(), &output.plain)
    }

    #[test]
    fn output_is_taken_apart_in_pieces_of_any_size() {
        for size in 1..PRINTED.len() {
            let mut output = Output::of(3);
            for piece in PRINTED.as_bytes().chunks(size) {
                output.push(std::str::from_utf8(piece).unwrap());
            }
            let expected = (vec!["one 1\r\n", "two\r\n2", "three"], "help\r\nplainmonitor");
            assert_eq!(taken_apart(&output), expected);
        }
    }

    #[test]
    fn line_ends_of_guests_are_left_out() {
        let mut output = Output { without_ends: true, ..Output::of(2) };
        output.push(PRINTED);
        assert_eq!(taken_apart(&output), (vec!["one 1", "two2"], "help\r\nplainmonitorthree"));
    }

    #[test]
    fn what_a_guest_leaves_unfinished_hides_no_colour() {
        let mut output = Output::of(2);
        output.push("\x1b[0;31mx\x1b[1;\x1b[0;32my\x1b[\r\n\x1b\x1b[0;31m");
        let expected = vec!["x\x1b[1;", "y\x1b[\r\n\x1b"];
        assert_eq!(taken_apart(&output), (expected, ""));
    }
}
