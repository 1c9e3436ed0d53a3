//! Three Linux guests on one serial line.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::{BOOT_LIMIT, PROMPT, STEP_LIMIT, check};
use crate::app::App;
use crate::console::Console;
use crate::kernels::{Kernel, KernelOptions};
use crate::tally::Tally;

const GUESTS: usize = 3;
/// Their colours, by which their output is told apart.
const COLOURS: [&str; GUESTS] = ["0;31", "0;32", "0;34"];

/// Boots the guests, and types to each of them and to all.
pub fn test(kernel: &Kernel, options: &KernelOptions, tally: &mut Tally) {
    let name = format!("vm_serial_demo on {}: three guests are typed to", kernel.name);
    let build = || App::build("vm_serial_demo", kernel, options);
    check(&name, tally, build, |app| Line::start(app)?.try_all());
}

/// The line, taken apart by colours.
struct Line {
    console: Console,
    /// What isn't taken apart yet: the beginning of a control sequence.
    rest: String,
    /// Whose colour is set.
    colour: Option<usize>,
    guests: [String; GUESTS],
    /// What has no colour: the server's own, and what several guests have in common.
    plain: String,
}

impl Line {
    fn start(app: &App) -> Result<Self> {
        let console = Console::start(&mut app.command())?;
        let (rest, plain) = (String::new(), String::new());
        Ok(Self { console, rest, colour: None, guests: Default::default(), plain })
    }

    fn try_all(&mut self) -> Result<()> {
        for guest in 0..GUESTS {
            self.wait(Some(guest), PROMPT, BOOT_LIMIT)?;
        }
        for guest in 0..GUESTS {
            self.console.type_bytes(format!("@{guest}").as_bytes())?;
            self.wait(None, &format!("Switching input to {guest} ("), STEP_LIMIT)?;
            // What is typed is shown as well, so the answer has to differ from it.
            self.console.type_bytes(format!("echo guest-$((40+{guest})) only\r").as_bytes())?;
            self.wait(Some(guest), &format!("guest-{} only", 40 + guest), STEP_LIMIT)?;
        }
        self.states()?;
        self.console.type_bytes(b"@m012\r")?;
        self.wait(None, "Switching input to several clients", STEP_LIMIT)?;
        self.console.type_bytes(b"echo $((6*7)) for all > /tmp/all\r")?;
        // Best effort is for what is shown: each of them gets what is typed.
        for guest in 0..GUESTS {
            self.console.type_bytes(format!("@{guest}").as_bytes())?;
            self.wait(None, &format!("Switching input to {guest} ("), STEP_LIMIT)?;
            self.console.type_bytes(b"cat /tmp/all\r")?;
            self.wait(Some(guest), "42 for all", STEP_LIMIT)?;
        }
        Ok(())
    }

    /// `@d` shows what guests are doing: all of them have stopped for console and timer by now, and
    /// wait for input.
    fn states(&mut self) -> Result<()> {
        self.console.type_bytes(b"@d")?;
        self.wait(None, "Debug: 1 (", STEP_LIMIT)?;
        self.wait(None, "  name             state ", STEP_LIMIT)?;
        for guest in 0..GUESTS {
            self.wait(None, &format!("  vm{guest}              "), STEP_LIMIT)?;
            self.wait(None, "    accesses ", STEP_LIMIT)?;
        }
        self.console.type_bytes(b"@d@d")?;
        self.wait(None, "Debug: 0 (", STEP_LIMIT)
    }

    /// Waits until a guest, or nobody, has printed a text, and forgets what that one has printed up
    /// to it.
    fn wait(&mut self, whose: Option<usize>, text: &str, limit: Duration) -> Result<()> {
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
            self.rest += &self.console.take(left)?;
            self.take_apart();
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
