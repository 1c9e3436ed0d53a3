//! `cargo xtask stress`: the same thing very often. Each command says at its end how long it took.

use std::time::{Duration, Instant};

use ::guest_images::guest::Suite;
use anyhow::{Context, Result, ensure};

use crate::app::App;
use crate::console::Console;
use crate::guest_test::{self, BOOT_LIMIT, Fuzz, PROMPT, STEP_LIMIT};
use crate::kernels::KernelOptions;
use crate::progress::say;
use crate::setup::{self, SetupOptions};
use crate::system_calls::{self, Until};

/// What to do very often.
#[derive(clap::Subcommand, Debug)]
pub enum StressPart {
    /// Reboot a Linux guest: each boot has to end as the first one
    Reboots(RebootOptions),
    /// Let a guest write random values to every register that it can reach
    Registers(RegisterOptions),
    /// Make random system calls, on the kernel of SEL4_PREFIX or the embedded one
    SystemCalls(SystemCallOptions),
}

/// `cargo xtask stress reboots`.
#[derive(clap::Args, Debug)]
pub struct RebootOptions {
    /// How often
    #[arg(long, default_value_t = 50)]
    count: u32,
    /// Virtual processors of the guest
    #[arg(long, default_value_t = 1)]
    vcpus: u8,
    #[command(flatten)]
    kernel: KernelOptions,
    #[command(flatten)]
    setup: SetupOptions,
}

/// `cargo xtask stress registers`.
#[derive(clap::Args, Debug)]
pub struct RegisterOptions {
    /// Seed of the first run; the next runs have the next numbers
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Runs, each of which ends with a reset of the guest
    #[arg(long, default_value_t = 6)]
    runs: u64,
    /// Seconds that one run takes
    #[arg(long, default_value_t = 100)]
    seconds: u64,
    #[command(flatten)]
    kernel: KernelOptions,
    #[command(flatten)]
    setup: SetupOptions,
}

/// `cargo xtask stress system-calls`.
#[derive(clap::Args, Debug)]
pub struct SystemCallOptions {
    /// Seed of the first round; the next rounds have the next numbers
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How long
    #[arg(long, default_value_t = 10)]
    minutes: u64,
    /// Stop after so many rounds instead
    #[arg(long)]
    rounds: Option<u64>,
    #[command(flatten)]
    kernel: KernelOptions,
    #[command(flatten)]
    setup: SetupOptions,
}

/// Runs a part.
pub fn run(part: &StressPart) -> Result<()> {
    let start = Instant::now();
    match part {
        StressPart::Reboots(options) => reboots(options)?,
        StressPart::Registers(options) => registers(options)?,
        StressPart::SystemCalls(options) => system_calls(options)?,
    }
    say("stress", &format!("done in {} s", start.elapsed().as_secs()));
    Ok(())
}

fn system_calls(options: &SystemCallOptions) -> Result<()> {
    let toolchain = setup::ensure(&options.setup)?;
    let kernel = options.kernel.select(&toolchain)?;
    let until = match options.rounds {
        Some(rounds) => Until::Rounds(rounds),
        None => Until::Time(Duration::from_secs(options.minutes.saturating_mul(60))),
    };
    let run = system_calls::Run { seed: options.seed, until };
    let done = run.on(&toolchain, &kernel, |line| say("stress", line))?;
    let system_calls::Done { rounds, calls, succeeded } = done;
    say("stress", &format!("{rounds} rounds, {calls} system calls, {succeeded} known to succeed"));
    Ok(())
}

fn registers(options: &RegisterOptions) -> Result<()> {
    let toolchain = setup::ensure(&options.setup)?;
    let kernel = options.kernel.select(&toolchain)?;
    let app = guest_test::fuzz_app(&toolchain, &kernel, &options.kernel)?;
    let RegisterOptions { seed, runs, seconds, .. } = *options;
    let milliseconds = seconds.saturating_mul(1000);
    let prints = kernel.prints();
    let fuzz = Fuzz { first_seed: seed, runs, milliseconds, counted: false, prints };
    fuzz.run(&app, |line| say("stress", line))
}

/// What the VM component says about one life of the guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Life {
    accesses: u64,
    calls: u64,
    heap: u64,
}

impl Life {
    /// Reads the line behind `the guest starts again; `.
    fn parse(line: &str) -> Option<Self> {
        let number = |after: &str| {
            let before = line.split(after).next()?;
            before.rsplit(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
        };
        Some(Self {
            accesses: number(" accesses")?,
            calls: number(" calls")?,
            heap: number(" bytes of heap")?,
        })
    }

    /// Whether it is as another one. Timing changes how much the guest says and asks, but not by
    /// much; the heap has to be exactly as it was.
    fn is_like(&self, other: &Self) -> bool {
        let near = |one: u64, two: u64| one.abs_diff(two) <= one.max(two) / 4 + 8;
        self.heap == other.heap
            && near(self.accesses, other.accesses)
            && near(self.calls, other.calls)
    }
}

fn reboots(options: &RebootOptions) -> Result<()> {
    let toolchain = setup::ensure(&options.setup)?;
    let kernel = options.kernel.select(&toolchain)?;
    let suite = Suite::default();
    let folder = format!("{suite}-{}", options.vcpus);
    let variant = guest_test::variant(&folder, suite, options.vcpus);
    let app = App::build_variant("vm_minimal", &variant, &kernel, &options.kernel)?;
    let mut console = Console::start(&mut app.command())?;
    console.expect(PROMPT, BOOT_LIMIT)?;
    let mut first = None;
    let mut longest = Duration::ZERO;
    for boot in 1..=options.count {
        let start = Instant::now();
        console.send("reboot -f")?;
        console.expect("the guest starts again; ", STEP_LIMIT)?;
        let line = console.expect("\n", STEP_LIMIT)?;
        let life = Life::parse(&line).with_context(|| format!("no counts in: {line}"))?;
        let first = *first.get_or_insert(life);
        ensure!(life.is_like(&first), "boot {boot} ended with {life:?}, the first with {first:?}");
        console.expect(PROMPT, BOOT_LIMIT)?;
        longest = longest.max(start.elapsed());
        console.forget();
        if boot % 10 == 0 || boot == options.count {
            let longest = longest.as_millis();
            say("stress", &format!("{boot} reboots, {life:?}, the longest took {longest} ms"));
        }
    }
    console.send("poweroff")?;
    console.expect("the guest is off", STEP_LIMIT).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "exits: 26630 accesses, 0 system registers, 14 calls, 28 waits, 7169 timers, \
                        7171 ends of interrupts, 0 others; 7172 interrupts; idle for 1.763 s; 51200 \
                        bytes of heap";

    #[test]
    fn counts_are_read() {
        let life = Life::parse(LINE).unwrap();
        assert_eq!(life, Life { accesses: 26630, calls: 14, heap: 51200 });
        assert_eq!(Life::parse("exits: 5 accesses"), None);
    }

    #[test]
    fn a_life_is_like_another() {
        let life = Life::parse(LINE).unwrap();
        assert!(life.is_like(&Life { accesses: 26000, ..life }));
        assert!(!life.is_like(&Life { accesses: 9000, ..life }));
        assert!(!life.is_like(&Life { heap: 51216, ..life }));
    }
}
