//! More than the line, or a client, can take.

use std::time::Duration;

use anyhow::{Result, ensure};

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
    all(terminal, &NAMES, LINES)?.fairness().map(drop)
}

/// All clients print numbered lines at once; each arrives once, in the order of its client.
pub fn all<'a>(terminal: &mut Terminal, names: &'a [&'a str], each: usize) -> Result<Lines<'a>> {
    start(terminal, names, "flood", each)?;
    let mut lines = Lines::new(names, each);
    while !lines.are_complete() {
        lines.take(&terminal.shows_later("\r\n", LIMIT)?)?;
    }
    Ok(lines)
}

/// Lets all clients print at once: they get the command together, and then no input is shared any
/// more, so that their output is their own. Without colours, lines are the same for everybody.
pub fn start(terminal: &mut Terminal, names: &[&str], command: &str, lines: usize) -> Result<()> {
    terminal.types("@c")?;
    terminal.shows_later("Colours: off\r\n", STEP_LIMIT)?;
    let keys: String = ('0'..).take(names.len()).collect();
    terminal.types(&format!("@m{keys}\r{command} {lines}\r@0"))
}

/// Numbered lines of several clients, as they come.
pub struct Lines<'a> {
    names: &'a [&'a str],
    /// How many each of them prints.
    each: usize,
    /// Whose they were, by places in `names`.
    order: Vec<usize>,
    next: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub fn new(names: &'a [&'a str], each: usize) -> Self {
        Self { names, each, order: Vec::new(), next: vec![0; names.len()] }
    }

    pub fn are_complete(&self) -> bool {
        self.next.iter().all(|&next| next == self.each)
    }

    /// Takes a line of the terminal's, which may be anybody's.
    pub fn take(&mut self, line: &str) -> Result<()> {
        let Some((client, number)) = self.numbered(line) else {
            return Ok(());
        };
        let (name, next) = (self.names[client], &mut self.next[client]);
        ensure!(*next == number, "line {number} of {name} came where {next} was due");
        *next += 1;
        self.order.push(client);
        Ok(())
    }

    /// The client and the number in a line. Its first line comes behind what was typed.
    fn numbered(&self, line: &str) -> Option<(usize, usize)> {
        let at = line.len().checked_sub(LINE - 1)?;
        let line = line.get(at..)?;
        let client = self
            .names
            .iter()
            .position(|name| line.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))?;
        let at = self.names[client].len() + 1;
        let number = line.get(at..at + 7)?.parse().ok()?;
        line[at + 7..].bytes().all(|byte| byte == b'.').then_some((client, number))
    }

    /// Until the first client is done, none has sent less than 80 % of what another one has. Returns
    /// what the last one has sent by then, in percent.
    pub fn fairness(&self) -> Result<usize> {
        let mut counts = vec![0; self.names.len()];
        for &client in &self.order {
            counts[client] += 1;
            if counts[client] == self.each {
                break;
            }
        }
        let (least, most) = (counts.iter().min(), counts.iter().max());
        let (least, most) = (least.copied().unwrap_or(0), most.copied().unwrap_or(0));
        ensure!(
            least * 5 >= most * 4,
            "when the first was done, the clients {:?} had {counts:?} lines",
            self.names
        );
        Ok(least * 100 / most.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, number: usize) -> String {
        let start = format!("{name}.{number:07}");
        let dots = ".".repeat(LINE - 1 - start.len());
        start + &dots
    }

    #[test]
    fn lines_have_numbers() {
        let lines = Lines::new(&NAMES, LINES);
        let line = line("two", 12);
        assert_eq!(lines.numbered(&line), Some((1, 12)));
        assert_eq!(lines.numbered(&format!("$ {line}")), Some((1, 12)));
        assert_eq!(lines.numbered(&line[1..]), None);
        assert_eq!(lines.numbered(&line.replace("0012..", "0012.x")), None);
        assert_eq!(lines.numbered("flood 16384"), None);
    }

    #[test]
    fn each_line_comes_once_in_order() {
        let mut lines = Lines::new(&NAMES, 2);
        for (name, number) in [("one", 0), ("two", 0), ("one", 1), ("three", 0), ("two", 1)] {
            lines.take(&line(name, number)).unwrap();
        }
        assert!(!lines.are_complete());
        let error = lines.take(&line("three", 0)).unwrap_err().to_string();
        assert_eq!(error, "line 0 of three came where 1 was due");
        lines.take(&line("three", 1)).unwrap();
        assert!(lines.are_complete());
    }

    #[test]
    fn turns_are_compared_until_the_first_is_done() {
        let fairness = |order: Vec<usize>| Lines { order, ..Lines::new(&NAMES, 100) }.fairness();
        assert!(fairness((0..300).map(|n| n % 3).collect()).is_ok());
        assert!(fairness([[0; 100], [1; 100], [2; 100]].concat()).is_err());
        let when = |second| [vec![1; second], vec![2; 80], vec![0; 100], vec![1; 9]].concat();
        assert!(fairness(when(80)).is_ok());
        assert!(fairness(when(79)).is_err());
    }
}
