//! Three Linux guests on one serial line.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::line::Line;
use super::{BOOT_LIMIT, PROMPT, STEP_LIMIT, check};
use crate::app::App;
use crate::kernels::{Kernel, KernelOptions};
use crate::progress::say;
use crate::tally::Tally;

const GUESTS: usize = 3;
/// Lines of 64 characters that each guest prints in tests. Each character stops the guest a few
/// times, so a megabyte takes minutes.
const LINES: usize = 1 << 10;
/// Bytes of a line, with its end.
const LINE: usize = 65;
const SILENCE: Duration = Duration::from_secs(60);

/// Boots the guests, and types to each of them and to all; lets them print at once.
pub fn test(kernel: &Kernel, options: &KernelOptions, tally: &mut Tally) {
    let build = || App::build("vm_serial_demo", kernel, options);
    let name = format!("vm_serial_demo on {}: three guests are typed to", kernel.name);
    check(&name, tally, build, |app| typed_to(&mut start(app)?));
    let name = format!("vm_serial_demo on {}: three guests print at once", kernel.name);
    check(&name, tally, build, |app| flood(&mut start(app)?, LINES));
}

/// `cargo xtask stress serial`.
pub fn stress(lines: usize, kernel: &Kernel, options: &KernelOptions) -> Result<()> {
    let app = App::build("vm_serial_demo", kernel, options)?;
    flood(&mut start(&app)?, lines)
}

/// Waits for all shells.
fn start(app: &App) -> Result<Line> {
    let mut line = Line::start(app, GUESTS)?;
    for guest in 0..GUESTS {
        line.wait(Some(guest), PROMPT, BOOT_LIMIT)?;
    }
    Ok(line)
}

fn typed_to(line: &mut Line) -> Result<()> {
    for guest in 0..GUESTS {
        line.switch(guest)?;
        // What is typed is shown as well, so the answer has to differ from it.
        line.types(&format!("echo guest-$((40+{guest})) only\r"))?;
        line.wait(Some(guest), &format!("guest-{} only", 40 + guest), STEP_LIMIT)?;
    }
    states(line)?;
    line.types("@m012\r")?;
    line.wait(None, "Switching input to several clients", STEP_LIMIT)?;
    line.types("echo $((6*7)) for all > /tmp/all\r")?;
    // Best effort is for what is shown: each of them gets what is typed.
    for guest in 0..GUESTS {
        line.switch(guest)?;
        line.types("cat /tmp/all\r")?;
        line.wait(Some(guest), "42 for all", STEP_LIMIT)?;
    }
    Ok(())
}

/// `@d` shows what guests are doing: all of them have stopped for console and timer by now, and
/// wait for input.
fn states(line: &mut Line) -> Result<()> {
    line.types("@d")?;
    line.wait(None, "Debug: 1 (", STEP_LIMIT)?;
    line.wait(None, "  name             state ", STEP_LIMIT)?;
    for guest in 0..GUESTS {
        line.wait(None, &format!("  vm{guest}              "), STEP_LIMIT)?;
        line.wait(None, "    accesses ", STEP_LIMIT)?;
    }
    line.types("@d@d")?;
    line.wait(None, "Debug: 0 (", STEP_LIMIT)
}

/// A guest's line, without its end.
fn numbered(guest: usize, number: usize) -> String {
    format!("vm{guest}.{number:07}{}", ".".repeat(52))
}

/// All guests print so many lines at once: complete, in order, and fair.
fn flood(line: &mut Line, lines: usize) -> Result<()> {
    for guest in 0..GUESTS {
        line.switch(guest)?;
        let program = format!(
            "BEGIN {{ s = sprintf(\"%52s\", \"\"); gsub(/ /, \".\", s); \
             for (i = 0; i < {lines}; i++) printf \"vm{guest}.%07d%s\\n\", i, s }}"
        );
        line.types(&format!("awk '{program}' > /tmp/lines; wc -c < /tmp/lines\r"))?;
        line.wait(Some(guest), &format!("\n{}\r\n", lines * 64), STEP_LIMIT)?;
    }
    line.types("@m012\r")?;
    line.wait(None, "Switching input to several clients", STEP_LIMIT)?;
    // They are not compared with each other while they print.
    line.types("cat /tmp/lines\r@0")?;
    let start = Instant::now();
    let mut printed = [0; GUESTS];
    let mut at_first_end = None;
    let all = lines * LINE;
    while printed.iter().any(|&count| count < all) {
        line.take(SILENCE).with_context(|| format!("after {printed:?} of {all} bytes each"))?;
        for (guest, printed) in printed.iter_mut().enumerate() {
            *printed += check_lines(line.guest(guest), guest, *printed, lines)?;
        }
        if printed.contains(&all) && at_first_end.is_none() {
            at_first_end = Some(printed);
        }
    }
    let fair = at_first_end.context("none has printed all")?;
    let seconds = start.elapsed().as_secs();
    say(
        "serial",
        &format!("{all} bytes of each guest in {seconds} s; at the first one's end: {fair:?}"),
    );
    let least = fair.iter().min().copied().unwrap_or(0);
    ensure!(least * 5 >= all * 4, "when the first was done, they had printed {fair:?} of {all}");
    Ok(())
}

/// Takes complete lines out of what a guest has printed, `before` bytes after the first one's start;
/// returns how many bytes they have.
fn check_lines(text: &mut String, guest: usize, before: usize, lines: usize) -> Result<usize> {
    if before == 0 {
        // Behind the echo of what was typed.
        let Some(start) = text.find(&numbered(guest, 0)) else {
            return Ok(0);
        };
        text.drain(..start);
    }
    let mut done = 0;
    while (before + done) / LINE < lines
        && let Some(end) = text[done..].find('\n')
    {
        let line = &text[done..=done + end];
        let expected = numbered(guest, (before + done) / LINE) + "\r\n";
        ensure!(line == expected, "vm{guest} printed {line:?}, expected {expected:?}");
        done += line.len();
    }
    text.drain(..done);
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_checked() {
        let mut text = format!("cat /tmp/lines\r\n{}\r\n{}", numbered(1, 0), numbered(1, 1));
        assert_eq!(check_lines(&mut text, 1, 0, 9).unwrap(), LINE);
        assert_eq!(check_lines(&mut text, 1, LINE, 9).unwrap(), 0);
        text += "\r\n";
        assert_eq!(check_lines(&mut text, 1, LINE, 9).unwrap(), LINE);
        assert_eq!(text, "");
        let mut doubled = numbered(1, 1) + "\r\n";
        assert!(check_lines(&mut doubled, 1, 2 * LINE, 9).is_err());
    }
}
