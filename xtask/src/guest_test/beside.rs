//! Two guests: one writes to every register, and the other must not notice.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use sel4_prefix::Gic;

use super::line::Line;
use super::others::{Fuzz, READY, fuzz_setting};
use super::{BOOT_LIMIT, STEP_LIMIT, check};
use crate::app::{App, Variant};
use crate::kernels::{Kernel, KernelOptions};
use crate::tally::Tally;
use crate::toolchain::Toolchain;

const APP: &str = "tests/two-guests";
/// The guest that does what it likes, and the one that is asked meanwhile.
const RUNNER: usize = 0;
const WITNESS: usize = 1;
/// For an answer. It takes a fraction of a second if nothing else runs on the machine.
const ANSWER_LIMIT: Duration = Duration::from_secs(20);
/// Between an answer and the next question.
const PAUSE: Duration = Duration::from_millis(100);
/// Questions after something has happened to the other guest.
const A_FEW: u32 = 5;
/// Registers of devices that the witness watches, and that keep at least some bits of a number.
const REGISTERS: usize = 12;
/// The bytes that are kept of what the runner prints.
const KEPT: usize = 1 << 12;

/// In a test: one run.
pub fn test(toolchain: &Toolchain, kernel: &Kernel, options: &KernelOptions, tally: &mut Tally) {
    let name = format!("two guests on {}: one goes wild, the other doesn't notice", kernel.name);
    if Gic::of(kernel.prefix.config()) != Gic::V2 {
        tally.skip(1, &name, "the guests' program knows no interrupt controller but a GICv2");
        return;
    }
    let fuzz = Fuzz { milliseconds: 10_000, ..Fuzz::new(kernel) };
    check(&name, tally, || app(toolchain, kernel, options), |app| beside(app, &fuzz, |_| ()));
}

/// Both guests.
pub fn app(toolchain: &Toolchain, kernel: &Kernel, options: &KernelOptions) -> Result<App> {
    let settings = vec![fuzz_setting(toolchain)?];
    App::build_variant(APP, &Variant { name: "", settings }, kernel, options)
}

/// Boots the guests, and asks one of them all the time while the other writes to every register,
/// starts again, and switches itself off. At last the one that was asked starts again as well.
/// `report` gets a line for each run.
pub fn beside(app: &App, fuzz: &Fuzz, report: impl FnMut(&str)) -> Result<()> {
    let mut line = Line::start(app, 2)?.without_ends();
    let result = on_line(&mut line, fuzz, report);
    result.with_context(|| format!("the VM components and the monitor said:\n{}", line.plain()))
}

fn on_line(line: &mut Line, fuzz: &Fuzz, mut report: impl FnMut(&str)) -> Result<()> {
    for guest in [RUNNER, WITNESS] {
        line.wait(Some(guest), READY, BOOT_LIMIT)?;
    }
    let mut witness = Witness::start(line, fuzz.first_seed)?;
    for seed in (fuzz.first_seed..).take(usize::try_from(fuzz.runs)?) {
        line.switch(RUNNER)?;
        line.types(&format!("{seed} {}\r", fuzz.milliseconds))?;
        line.switch(WITNESS)?;
        let end = format!(" steps with seed {seed}, reset");
        let before = witness.asked;
        let deadline = Instant::now() + fuzz.limit();
        while !line.guest(RUNNER).contains(&end) {
            ensure!(Instant::now() < deadline, "vm{RUNNER} didn't print `{end}`");
            witness.answers(line)?;
            keep_end(line.guest(RUNNER));
        }
        let during = witness.asked - before;
        // Its last question may have been on the way when the run ended.
        ensure!(during > 1, "vm{WITNESS} was asked {during} times during the run");
        line.wait(Some(RUNNER), &end, STEP_LIMIT)?;
        line.wait(None, "vm0: the guest starts again; ", STEP_LIMIT)?;
        line.wait(Some(RUNNER), READY, STEP_LIMIT)?;
        witness.answers_a_few(line)?;
        report(&format!(
            "seed {seed}: vm{WITNESS} was asked {during} times, and answered after {} ms at most",
            witness.longest.as_millis()
        ));
    }
    line.switch(RUNNER)?;
    line.types("off\r")?;
    line.wait(None, "vm0: the guest is off", STEP_LIMIT)?;
    line.switch(WITNESS)?;
    witness.answers_a_few(line)?;
    line.types("reset\r")?;
    line.wait(None, "vm1: the guest starts again; ", STEP_LIMIT)?;
    line.wait(Some(WITNESS), READY, STEP_LIMIT)?;
    // It begins at nothing.
    Witness::start(line, fuzz.first_seed)?.answers_a_few(line)
}

/// What the guest that is asked has to know.
struct Witness {
    asked: u64,
    sum: u64,
    longest: Duration,
}

impl Witness {
    /// Tells the guest what it is.
    fn start(line: &mut Line, seed: u64) -> Result<Self> {
        line.switch(WITNESS)?;
        line.types(&format!("witness {seed}\r"))?;
        line.wait(Some(WITNESS), &format!("witness with seed {seed}, "), STEP_LIMIT)?;
        let kept = line.take_until(Some(WITNESS), " registers;", STEP_LIMIT)?;
        let enough = kept.parse().is_ok_and(|kept: usize| kept >= REGISTERS);
        ensure!(enough, "the witness watches {kept} registers, expected {REGISTERS} or more");
        Ok(Self { asked: 0, sum: 0, longest: Duration::ZERO })
    }

    fn answers_a_few(&mut self, line: &mut Line) -> Result<()> {
        (0..A_FEW).try_for_each(|_| self.answers(line))
    }

    /// Asks a number, and expects its own answer, which no other question has. Nothing but answers
    /// is on this guest's part of the line.
    fn answers(&mut self, line: &mut Line) -> Result<()> {
        self.asked += 1;
        let number = number(self.asked);
        self.sum = self.sum.wrapping_add(number);
        let expected = answer(self.asked, number, self.sum);
        let start = Instant::now();
        line.types(&format!("ask {number}\r"))?;
        let printed = line.take_until(Some(WITNESS), ";", ANSWER_LIMIT);
        let printed = printed.with_context(|| format!("question {}: {number}", self.asked))?;
        ensure!(printed == expected, "vm{WITNESS} answered `{printed}`, expected `{expected}`");
        self.longest = self.longest.max(start.elapsed());
        line.take_for(PAUSE)
    }
}

/// Keeps the end of what was printed.
fn keep_end(printed: &mut String) {
    let rest = printed.len().saturating_sub(KEPT);
    printed.drain(..printed.ceil_char_boundary(rest));
}

/// A number to ask, of 32 bits (Knuth's multiplicative hash).
const fn number(question: u64) -> u64 {
    question.wrapping_mul(2_654_435_761) & 0xffff_ffff
}

/// What the guest answers, up to the semicolon.
fn answer(asked: u64, number: u64, sum: u64) -> String {
    let square = number.wrapping_mul(number);
    format!("register-fuzz: answer {asked}: {square}, sum {sum}, nothing has changed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_kept() {
        let mut printed = "é".repeat(KEPT) + "end";
        keep_end(&mut printed);
        assert!(printed.len() <= KEPT && printed.ends_with("éend"), "{}", printed.len());
        keep_end(&mut printed);
        assert!(printed.len() > KEPT - 2);
    }

    #[test]
    fn answers_depend_on_the_question() {
        let numbers: std::collections::BTreeSet<u64> = (1..=1000).map(number).collect();
        assert_eq!(numbers.len(), 1000);
        assert_eq!(answer(2, 7, 12), "register-fuzz: answer 2: 49, sum 12, nothing has changed");
    }
}
