//! `cargo xtask test guests`: applications that a user types into, built through the CMake layer.

mod beside;
mod line;
mod linux;
mod others;
mod several;

use std::time::Duration;

use ::guest_images::guest::Suite;
use anyhow::{Result, ensure};

use crate::app::App;
use crate::console::Console;
use crate::kernels::{Kernel, KernelOptions};
use crate::progress::Step;
use crate::setup::{self, SetupOptions};
use crate::tally::Tally;

pub use beside::{app as two_guests, beside as fuzz_beside_another};
pub use linux::{PROMPT, variant};
pub use others::{Fuzz, READY, fuzz_app, u_boot_app, u_boot_file, u_boot_prompt};
pub use several::stress as serial_stress;

/// A guest's kernel has to be emulated, perhaps on a busy machine.
pub const BOOT_LIMIT: Duration = Duration::from_secs(180);
/// For one command.
pub const STEP_LIMIT: Duration = Duration::from_secs(60);

/// `cargo xtask test guests`.
#[derive(clap::Args, Debug)]
pub struct GuestTestOptions {
    /// Debian's suites that the Linux guests are from
    #[arg(long = "suite", value_enum, default_values_t = [Suite::Bookworm])]
    suites: Vec<Suite>,
    /// Virtual processors of the Linux guests
    #[arg(long = "vcpus", value_name = "COUNT", default_values_t = [1])]
    vcpus: Vec<u8>,
    /// Only the Linux guests
    #[arg(long)]
    only_linux: bool,
    /// Only guests on a serial server's line
    #[arg(long, conflicts_with = "only_linux")]
    only_several: bool,
    /// Only two guests, one of which writes to every register
    #[arg(long, conflicts_with_all = ["only_linux", "only_several"])]
    only_two: bool,
    #[command(flatten)]
    kernel: KernelOptions,
}

/// Runs the tests on the chosen kernel.
pub fn run(options: &GuestTestOptions, setup: &SetupOptions, tally: &mut Tally) -> Result<()> {
    let toolchain = setup::ensure(setup)?;
    let kernel = options.kernel.select(&toolchain)?;
    if options.only_two {
        beside::test(&toolchain, &kernel, &options.kernel, tally);
        return Ok(());
    }
    if options.only_several {
        linux::test_on_a_line(&kernel, &options.kernel, tally);
        several::test(&kernel, &options.kernel, tally);
        return Ok(());
    }
    if !options.only_linux {
        others::on_kernel(&toolchain, &kernel, &options.kernel, tally);
        beside::test(&toolchain, &kernel, &options.kernel, tally);
        linux::test_on_a_line(&kernel, &options.kernel, tally);
        several::test(&kernel, &options.kernel, tally);
    }
    for suite in &options.suites {
        for vcpus in &options.vcpus {
            linux::test(*suite, *vcpus, &kernel, &options.kernel, tally);
        }
    }
    Ok(())
}

/// Builds and uses every application on a kernel, with the default guest.
pub fn on_kernel(
    toolchain: &crate::toolchain::Toolchain, kernel: &Kernel, options: &KernelOptions,
    tally: &mut Tally,
) {
    others::on_kernel(toolchain, kernel, options, tally);
    beside::test(toolchain, kernel, options, tally);
    linux::test_on_a_line(kernel, options, tally);
    several::test(kernel, options, tally);
    usual_guest(kernel, options, tally);
}

/// Only the default guest.
pub fn usual_guest(kernel: &Kernel, options: &KernelOptions, tally: &mut Tally) {
    linux::test(Suite::default(), 1, kernel, options, tally);
}

/// Builds an application, uses it, and counts that as a test.
fn check(
    name: &str, tally: &mut Tally, build: impl FnOnce() -> Result<App>,
    test: impl FnOnce(&App) -> Result<()>,
) {
    let step = Step::start("test", name.to_owned());
    let result = build().and_then(|app| test(&app));
    step.finish(if result.is_ok() { "done" } else { "failed" });
    tally.check(name, result);
}

/// Types a command and expects `expected` in what it prints, before the next `prompt`.
fn answer(console: &mut Console, prompt: &str, command: &str, expected: &str) -> Result<()> {
    console.send(command)?;
    let printed = console.expect(prompt, STEP_LIMIT)?;
    // The terminal shows what was typed: that doesn't count.
    let printed = printed.split_once('\n').map_or("", |(_, rest)| rest);
    ensure!(printed.contains(expected), "`{command}` printed no `{expected}`:\n{printed}");
    Ok(())
}
