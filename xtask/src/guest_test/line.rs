//! A serial line with several guests, which a test types to.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::STEP_LIMIT;
use crate::app::App;
use crate::console::Console;

pub const GUESTS: usize = 3;
/// Their colours, by which their output is told apart.
const COLOURS: [&str; GUESTS] = ["0;31", "0;32", "0;34"];

/// The line, taken apart by colours.
pub struct Line {
    console: Console,
    /// What isn't taken apart yet: the beginning of a control sequence.
    rest: String,
    /// Whose colour is set.
    colour: Option<usize>,
    pub guests: [String; GUESTS],
    /// What has no colour: the server's own, and what several guests have in common.
    plain: String,
}

impl Line {
    /// Boots the application.
    pub fn start(app: &App) -> Result<Self> {
        let console = Console::start(&mut app.command())?;
        let (rest, plain) = (String::new(), String::new());
        Ok(Self { console, rest, colour: None, guests: Default::default(), plain })
    }

    /// Types characters.
    pub fn types(&mut self, text: &str) -> Result<()> {
        self.console.type_bytes(text.as_bytes())
    }

    /// Lets what is typed go to one guest.
    pub fn switch(&mut self, guest: usize) -> Result<()> {
        self.types(&format!("@{guest}"))?;
        self.wait(None, &format!("Switching input to {guest} ("), STEP_LIMIT)
    }

    /// Takes more of what is printed, which has to come soon.
    pub fn take(&mut self, limit: Duration) -> Result<()> {
        self.rest += &self.console.take(limit)?;
        self.console.forget();
        self.take_apart();
        Ok(())
    }

    /// Waits until a guest, or nobody, has printed a text, and forgets what that one has printed up
    /// to it.
    pub fn wait(&mut self, whose: Option<usize>, text: &str, limit: Duration) -> Result<()> {
        let deadline = Instant::now() + limit;
        loop {
            let printed = match whose {
                Some(guest) => &mut self.guests[guest],
                None => &mut self.plain,
            };
            if let Some(at) = printed.find(text) {
                printed.drain(..at + text.len());
                return Ok(());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                bail!("{whose:?} didn't print `{text}`, but `{printed}`");
            }
            self.take(left)?;
        }
    }

    fn take_apart(&mut self) {
        let text = std::mem::take(&mut self.rest);
        let mut left = text.as_str();
        while let Some(at) = left.find("\x1b[") {
            self.print(&left[..at]);
            let sequence = &left[at + 2..];
            let Some(end) = sequence.find(|end: char| end.is_ascii_alphabetic()) else {
                self.rest = left[at..].to_owned();
                return;
            };
            match sequence[..end].trim() {
                // The second one is the monitor's.
                "0" | "0;1" => self.colour = None,
                colour => {
                    let guest = COLOURS.iter().position(|of| *of == colour);
                    self.colour = guest.or(self.colour);
                }
            }
            left = &sequence[end + 1..];
        }
        match left.strip_suffix('\x1b') {
            Some(before) => {
                self.print(before);
                self.rest = "\x1b".to_owned();
            }
            None => self.print(left),
        }
    }

    fn print(&mut self, text: &str) {
        match self.colour {
            Some(guest) => self.guests[guest] += text,
            None => self.plain += text,
        }
    }
}
