//! `cargo xtask test kernel`: the API tests on one kernel, or on several and compared.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::api_log::{self, ApiLog};
use crate::boot;
use crate::build::RootTask;
use crate::kernel_size;
use crate::kernels::{Kernel, KernelOptions};
use crate::progress::say;
use crate::setup::{self, SetupOptions};
use crate::system_calls::{self, Done, Until};
use crate::tally::Tally;
use crate::toolchain::Toolchain;

/// The first seed of random system calls, and how many there are.
const SEED: u64 = 1000;
const ROUNDS: u64 = 3;

/// `cargo xtask test kernel`.
#[derive(clap::Args, Debug)]
pub struct KernelTestOptions {
    /// Run the tests on the kernel installed here, too, and compare line by line
    #[arg(long, value_name = "PREFIX")]
    against: Vec<PathBuf>,
    /// Write the lines of the tests to FILE
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Compare the lines with those of FILE, written by --save
    #[arg(long, value_name = "FILE")]
    compare: Option<PathBuf>,
    #[command(flatten)]
    kernel: KernelOptions,
}

/// Runs the tests and counts them.
pub fn run(options: &KernelTestOptions, setup: &SetupOptions, tally: &mut Tally) -> Result<()> {
    let others: Vec<Kernel> =
        options.against.iter().map(|path| Kernel::installed(path)).collect::<Result<_>>()?;
    let reference = options.compare.as_deref().map(read_log).transpose()?;
    let toolchain = setup::ensure(setup)?;
    let kernel = options.kernel.select(&toolchain)?;
    let Some(log) = on_kernel(&toolchain, &kernel, tally) else {
        return Ok(());
    };
    let text = log.to_string();
    print!("{text}");
    if let Some(path) = &options.save {
        fs::write(path, &text).with_context(|| format!("could not write {}", path.display()))?;
    }
    if let (Some(reference), Some(path)) = (reference, &options.compare) {
        let name = path.display().to_string();
        report_differences(tally, (&kernel.name, &log), (&name, &reference));
    }
    random_system_calls(&toolchain, &kernel, tally);
    for other in &others {
        if let Some(other_log) = on_kernel(&toolchain, other, tally) {
            compare(tally, (&kernel, &log), (other, &other_log));
        }
    }
    Ok(())
}

fn read_log(path: &Path) -> Result<ApiLog> {
    let text =
        fs::read_to_string(path).with_context(|| format!("could not read {}", path.display()))?;
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    ApiLog::parse(&lines).with_context(|| format!("{}", path.display()))
}

/// Boots the test image on `kernel` and counts its tests; `None` if it didn't get to its end.
pub fn on_kernel(toolchain: &Toolchain, kernel: &Kernel, tally: &mut Tally) -> Option<ApiLog> {
    if kernel.is_embedded() {
        let name = format!("the size of {}", kernel.name);
        tally.check(&name, kernel_size::check_image(kernel));
    }
    let name = format!("the API tests on {}", kernel.name);
    // Time is counted in instructions, so that time slices end at the same places in every run,
    // however busy this machine is.
    let booted = boot::watch(toolchain, kernel, RootTask::KernelApi, true);
    let parsed = booted.and_then(|lines| ApiLog::parse(&lines).with_context(|| lines.join("\n")));
    let log = match parsed {
        Ok(log) => log,
        Err(error) => {
            tally.fail(&name, &format!("{error:#}"));
            return None;
        }
    };
    for case in &log.cases {
        match &case.verdict {
            api_log::Verdict::Passed => tally.pass(1),
            api_log::Verdict::Failed(reason) => {
                tally.fail(&format!("{} on {}", case.name, kernel.name), reason);
            }
            api_log::Verdict::Skipped(reason) => {
                tally.skip(1, &format!("{} on {}", case.name, kernel.name), reason);
            }
        }
    }
    let passed = log.count(api_log::is_passed);
    say("test", &format!("{name}: {passed} of {} passed", log.cases.len()));
    Some(log)
}

/// Makes random system calls for a moment, always the same.
pub fn random_system_calls(toolchain: &Toolchain, kernel: &Kernel, tally: &mut Tally) {
    let run = system_calls::Run { seed: SEED, until: Until::Rounds(ROUNDS) };
    let result = run.on(toolchain, kernel, |_| ());
    if let Ok(Done { calls, succeeded, .. }) = result {
        say("test", &format!("{calls} random system calls, {succeeded} known to succeed"));
    }
    let name = format!("random system calls on {}, seed {SEED} and on", kernel.name);
    tally.check(&name, result.map(drop));
}

/// Counts one check: both kernels printed the same line for every test.
pub fn compare(tally: &mut Tally, one: (&Kernel, &ApiLog), other: (&Kernel, &ApiLog)) {
    report_differences(tally, (&one.0.name, one.1), (&other.0.name, other.1));
}

fn report_differences(tally: &mut Tally, one: (&str, &ApiLog), other: (&str, &ApiLog)) {
    let name = format!("the same lines on {} and {}", one.0, other.0);
    let differences = one.1.differences(other.1);
    if differences.is_empty() {
        say("test", &name);
        return tally.pass(1);
    }
    let lines: Vec<String> = differences
        .iter()
        .map(|d| format!("{}\n  {}: {}\n  {}: {}", d.name, one.0, d.one, other.0, d.other))
        .collect();
    tally.fail(&name, &lines.join("\n"));
}
