//! `cargo xtask bench serial`: what a character costs, from the clients' memory to the port's register.

use anyhow::{Context, Result, bail, ensure};

use super::flood::{self, LINE, LINES, Lines, NAMES};
use super::{ASSEMBLIES, Clock, Terminal};
use crate::kernels::{Kernel, KernelOptions};
use crate::progress::Step;

/// Instructions that a character may take.
const LIMIT: u64 = 60;

/// Three clients print a megabyte each, at once: complete, in order, and fair. All instructions are counted, until the last of them
/// is done: those of the clients, of both servers, and of the kernel.
pub fn measure(kernel: &Kernel) -> Result<Vec<String>> {
    let options = KernelOptions { release_kernel: true, ..KernelOptions::default() };
    let app = ASSEMBLIES[0].build(kernel, &options)?;
    let step = Step::start("boot", format!("a serial line on {}", kernel.name));
    // An instruction takes a nanosecond.
    let mut command = app.command();
    command.args(Clock::Instructions.arguments());
    let mut terminal = Terminal::start(&mut command, NAMES.len() + 2)?;
    flood::start(&mut terminal, &NAMES, "batch", LINES)?;
    let (mut spans, mut lines) = (Vec::new(), Lines::new(&NAMES, LINES));
    while spans.len() < NAMES.len() {
        let line = terminal.shows_later("\r\n", flood::LIMIT)?;
        lines.take(&line)?;
        spans.extend(span(&line));
        // What failed is seen from the last lines as well.
        terminal.0.forget();
    }
    step.finish("done");
    ensure!(lines.are_complete(), "lines are missing");
    let share = lines.fairness()?;
    let start = spans.iter().map(|span| span.0).min().unwrap_or(0);
    let end = spans.iter().map(|span| span.1).max().unwrap_or(0);
    // Each line gets a carriage return.
    let characters = NAMES.len() * LINES * (LINE + 1);
    let characters = u64::try_from(characters).context("too many characters")?;
    if end <= start {
        bail!("the clients printed from {start} to {end} ns");
    }
    let hundred = (end - start) * 100 / characters;
    ensure!(hundred <= LIMIT * 100, "100 characters took {hundred} instructions");
    Ok(vec![
        format!("bench 100 characters {hundred}"),
        format!("bench characters of the last per 100 of the first {share}"),
    ])
}

/// From when to when a client printed.
fn span(line: &str) -> Option<(u64, u64)> {
    let (start, end) = line.strip_suffix(" ns")?.rsplit_once(" from ")?.1.split_once(" to ")?;
    Some((start.parse().ok()?, end.parse().ok()?))
}

#[cfg(test)]
mod tests {
    #[test]
    fn clients_say_how_long_it_took() {
        assert_eq!(super::span("two from 17 to 4000 ns"), Some((17, 4000)));
        assert_eq!(super::span("two.0000012...."), None);
    }
}
