//! As many clients as there are characters that choose one.

use anyhow::{Result, ensure};

use super::flood;
use super::transcript::SEVERAL;
use super::{STEP_LIMIT, Terminal};

pub const NAMES: [&str; 12] = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
];
const KEYS: &str = "0123456789:;";
/// Lines of each.
const LINES: usize = 512;

/// The colour of a client's processed output.
fn colour(client: usize) -> String {
    let bold = if client < 6 { "" } else { "1;" };
    format!("\x1b[0;{bold}{}m", ["31", "32", "34", "35", "33", "36"][client % 6])
}

/// Each of them is listed, chosen, and answers in its colour; there is no thirteenth.
pub fn escapes(terminal: &mut Terminal) -> Result<()> {
    terminal.types("@?")?;
    let help = terminal.shows_later(" Clients (* gets input):\r\n", STEP_LIMIT)?;
    ensure!(help.contains(" 12 clients ---\r\n"), "{help}");
    for (client, (key, name)) in KEYS.chars().zip(NAMES).enumerate() {
        let listed = format!("{key} {}{name}\x1b[0m", colour(client));
        let before = terminal.shows_later(&listed, STEP_LIMIT)?;
        ensure!(before.ends_with('*') == (client == 0), "`{before}` before {name}");
    }
    terminal.shows("\r\n")?;
    let mut before = "";
    for (client, (key, name)) in KEYS.chars().zip(NAMES).enumerate() {
        let colour = colour(client);
        let switch = format!("{before}Switching input to {client} ({colour}{name}\x1b[0m)\r\n");
        terminal.answers(&format!("@{key}"), &switch)?;
        terminal.answers("name\r", &format!("{colour}name\r\n{name}\r\n$ "))?;
        before = "\x1b[0m\r\n";
    }
    terminal.answers("@<", "\x1b[0m\r\nInvalid SerialServer command: <\r\nType @? for help\r\n")?;
    terminal.answers("name\r", &format!("{}name\r\neleven\r\n$ ", colour(11)))
}

/// What twelve answer is shown once, and what differs is shown for each.
pub fn several(terminal: &mut Terminal) -> Result<()> {
    terminal.types(&format!("@m{KEYS}"))?;
    terminal.shows_later("clients: 0,1,2,3,4,5,6,7,8,9,10,11", STEP_LIMIT)?;
    terminal.answers("\r", SEVERAL)?;
    terminal.answers("echo all of us\r", "echo all of us\r\nall of us\r\n$ ")?;
    let each = (0..).zip(NAMES).map(|(client, name)| format!("{}{name}\r\n", colour(client)));
    let each: String = each.collect();
    terminal.answers("name\r", &format!("name\r\n{each}\x1b[0m$ "))?;
    terminal.answers("echo as one\r", "echo as one\r\nas one\r\n$ ")
}

/// All of them print at once: complete, and in order.
pub fn output(terminal: &mut Terminal) -> Result<()> {
    flood::all(terminal, &NAMES, LINES).map(drop)
}
