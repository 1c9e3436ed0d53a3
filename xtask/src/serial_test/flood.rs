//! More than the line, or a client, can take.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::{STEP_LIMIT, Terminal};

pub const LIMIT: Duration = Duration::from_secs(400);
pub const NAMES: [&str; 3] = ["one", "two", "three"];
/// Bytes that are typed at once: eight times what a client's ring holds.
const TYPED: usize = 32 << 10;
/// Lines of each client, of 64 characters: a megabyte.
pub const LINES: usize = 1 << 14;
pub const LINE: usize = 64;

/// Clients get every byte once, in order, however slowly they read.
pub fn input(terminal: &mut Terminal) -> Result<()> {
    terminal.types(&format!("slow {TYPED}\r"))?;
    terminal.shows_later(&format!("slow {TYPED}\r\n"), STEP_LIMIT)?;
    let text: String = (0..TYPED / 8).map(|number| format!("{number:07}\r")).collect();
    terminal.types(&text)?;
    let expected = format!("{TYPED} bytes, {:016x}\r\n$ ", hash(text.as_bytes()));
    terminal.shows_later(&expected, LIMIT)?;
    // Several clients, which all get it.
    terminal.types("@m012\r")?;
    terminal.types(&format!("slow {TYPED}\r"))?;
    terminal.shows_later(&format!("slow {TYPED}\r\n"), STEP_LIMIT)?;
    terminal.types(&text)?;
    let answer = terminal.shows_later(&expected, LIMIT)?;
    // They answer the same, so that is shown once; or else each of them has to.
    if answer.contains("\x1b[0;3") {
        terminal.shows_later(&expected, LIMIT)?;
        terminal.shows_later(&expected, LIMIT)?;
    }
    Ok(())
}

/// FNV-1a, as the clients have it.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    })
}

/// All output arrives, in the order of each client, and none is far ahead of the others.
pub fn output(terminal: &mut Terminal) -> Result<()> {
    start(terminal, "flood")?;
    let mut order = Vec::new();
    let mut next: BTreeMap<&str, usize> = NAMES.map(|name| (name, 0)).into();
    while next.values().any(|&count| count < LINES) {
        let line = terminal.shows_later("\r\n", LIMIT)?;
        let Some((name, number)) = numbered(&line) else {
            continue;
        };
        let next = next.get_mut(name).context("a client that isn't there")?;
        ensure!(*next == number, "line {number} of {name} came where {next} was due");
        *next += 1;
        order.push(name);
    }
    fairness(&order)
}

/// Lets all clients print, without colours, so that lines are the same for everybody.
pub fn start(terminal: &mut Terminal, command: &str) -> Result<()> {
    terminal.types("@c")?;
    terminal.shows_later("Colours: off\r\n", STEP_LIMIT)?;
    let commands: String = (0..NAMES.len()).map(|n| format!("@{n}{command} {LINES}\r")).collect();
    terminal.types(&commands)
}

/// The client and the number in a line of `flood`. Its first line comes behind what was typed.
fn numbered(line: &str) -> Option<(&'static str, usize)> {
    let at = line.len().checked_sub(LINE - 1)?;
    let line = line.get(at..)?;
    let name = NAMES.into_iter().find(|name| line.starts_with(&format!("{name}.")))?;
    let number = line.get(name.len() + 1..name.len() + 8)?.parse().ok()?;
    line[name.len() + 8..].bytes().all(|byte| byte == b'.').then_some((name, number))
}

/// Until the first client is done, none has sent less than 80 % of what another one has.
fn fairness(order: &[&str]) -> Result<()> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in order {
        let count = counts.entry(name).or_default();
        *count += 1;
        if *count == LINES {
            break;
        }
    }
    let least = NAMES.iter().map(|name| counts.get(name).copied().unwrap_or(0)).min();
    let least = least.unwrap_or(0);
    ensure!(least * 5 >= LINES * 4, "when the first was done, the clients had {counts:?} lines");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_numbers() {
        let line = format!("two.0000012{}", ".".repeat(LINE - 1 - 11));
        assert_eq!(numbered(&line), Some(("two", 12)));
        assert_eq!(numbered(&format!("$ {line}")), Some(("two", 12)));
        assert_eq!(numbered(&line[1..]), None);
        assert_eq!(numbered(&line.replace("0012..", "0012.x")), None);
        assert_eq!(numbered("flood 16384"), None);
    }

    #[test]
    fn turns_are_compared_until_the_first_is_done() {
        let fair: Vec<&str> = (0..LINES * 3).map(|n| NAMES[n % 3]).collect();
        assert!(fairness(&fair).is_ok());
        let unfair = [vec!["one"; LINES], vec!["two"; LINES], vec!["three"; LINES]].concat();
        assert!(fairness(&unfair).is_err());
    }
}
