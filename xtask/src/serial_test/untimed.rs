//! A serial line without a time server: time stands still at 0, and nothing waits for it to pass.

use anyhow::{Result, ensure};

use super::flood;
use super::transcript::SEVERAL;
use super::{STEP_LIMIT, Terminal};

const NAMES: [&str; 2] = ["one", "two"];
const LINES: usize = 4096;

/// What would wait for a moment comes at once, and what is counted in time says 0.
pub fn everything(terminal: &mut Terminal) -> Result<()> {
    terminal.answers("name\r", "\x1b[0;31mname\r\none\r\n$ ")?;
    // The second one's answer comes into the first one's unfinished line.
    terminal
        .answers("@m01\r", &format!("\x1b[0m\r\nMulti-client input to clients: 0,1{SEVERAL}"))?;
    terminal.types("lag two\r@0")?;
    terminal.shows_later("Switching input to 0 (\x1b[0;31mone\x1b[0m)\r\n", STEP_LIMIT)?;
    terminal.types("unfinished")?;
    terminal.shows_later("unfinished", STEP_LIMIT)?;
    let shown = terminal.shows_later("done\r\n$ ", STEP_LIMIT)?;
    // It shows what it was told as soon as it runs, which may have been before, or begun before.
    let of_two = shown.strip_prefix("\x1b[0m\r\n\x1b[0;32m");
    let is_rest = of_two.is_some_and(|rest| "lag two\r\n".ends_with(rest));
    ensure!(is_rest, "{}", shown.escape_debug());
    terminal.types("\r")?;
    terminal.shows_later("no such command: unfinished\r\n$ ", STEP_LIMIT)?;
    terminal.types("@p")?;
    terminal.shows_later("Time and name before each line: on\r\n", STEP_LIMIT)?;
    terminal.types("name\r")?;
    terminal.shows_later("[    0.000 one] name\r\n[    0.000 one] one\r\n", STEP_LIMIT)?;
    terminal.types("@p")?;
    terminal.shows_later("Time and name before each line: off\r\n", STEP_LIMIT)?;
    // States are those of before.
    terminal.types("@d")?;
    let shown = terminal.shows_later(" of 2048 KiB\r\n", STEP_LIMIT)?;
    ensure!(shown.contains("Debug: 1 (") && shown.contains("\r\n  one "), "{shown}");
    // Flow control needs no time.
    flood::all(terminal, &NAMES, LINES).map(drop)
}
