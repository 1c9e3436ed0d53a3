//! `cargo xtask stress`: the same thing very often. Each command says at its end how long it took.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::guest_test::{self, Fuzz};
use crate::kernels::KernelOptions;
use crate::progress::say;
use crate::reboots::{self, RebootOptions};
use crate::setup::{self, SetupOptions};
use crate::system_calls::{self, Until};

/// What to do very often.
#[derive(clap::Subcommand, Debug)]
pub enum StressPart {
    /// Reboot a guest: each boot has to end as the first one
    Reboots(RebootOptions),
    /// Let a guest write random values to every register that it can reach
    Registers(RegisterOptions),
    /// Let three Linux guests on one serial line print a megabyte each at once
    Serial(SerialOptions),
    /// Make random system calls, on the kernel of SEL4_PREFIX or the embedded one
    SystemCalls(SystemCallOptions),
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
    /// Ask another guest meanwhile, which must not notice
    #[arg(long)]
    beside_another_vm: bool,
    #[command(flatten)]
    kernel: KernelOptions,
    #[command(flatten)]
    setup: SetupOptions,
}

/// `cargo xtask stress serial`.
#[derive(clap::Args, Debug)]
pub struct SerialOptions {
    /// Lines of 64 characters of each guest
    #[arg(long, default_value_t = 1 << 14)]
    lines: usize,
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
        StressPart::Reboots(options) => reboots::run(options)?,
        StressPart::Registers(options) => registers(options)?,
        StressPart::Serial(options) => serial(options)?,
        StressPart::SystemCalls(options) => system_calls(options)?,
    }
    say("stress", &format!("done in {} s", start.elapsed().as_secs()));
    Ok(())
}

fn serial(options: &SerialOptions) -> Result<()> {
    let toolchain = setup::ensure(&options.setup)?;
    let kernel = options.kernel.select(&toolchain)?;
    guest_test::serial_stress(options.lines, &kernel, &options.kernel)
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
    let kernel_options = &options.kernel;
    let fuzz = Fuzz {
        first_seed: options.seed,
        runs: options.runs,
        milliseconds: options.seconds.saturating_mul(1000),
        ..Fuzz::new(&kernel)
    };
    let report = |line: &str| say("stress", line);
    if options.beside_another_vm {
        let app = guest_test::two_guests(&toolchain, &kernel, kernel_options)?;
        return guest_test::fuzz_beside_another(&app, &fuzz, report);
    }
    fuzz.run(&guest_test::fuzz_app(&toolchain, &kernel, kernel_options)?, report)
}
