//! `cargo xtask test`: everything that this machine can run.

use anyhow::{Context, Result, anyhow};
use sel4_prefix::{Gic, KernelConfig};

use crate::api_log::ApiLog;
use crate::app_test;
use crate::bad_input;
use crate::boot;
use crate::build::RootTask;
use crate::cmake_test;
use crate::guest_images;
use crate::guest_test;
use crate::headers;
use crate::host;
use crate::initializer_test;
use crate::kernel_test;
use crate::kernels::{self, Kernel, KernelOptions};
use crate::lints;
use crate::loader_test;
use crate::serial_test;
use crate::setup::{self, SetupOptions};
use crate::tally::Tally;
use crate::toolchain::Toolchain;

/// `cargo xtask test`.
#[derive(clap::Args, Debug)]
pub struct TestOptions {
    #[command(subcommand)]
    part: Option<TestPart>,
    #[command(flatten)]
    setup: SetupOptions,
}

#[derive(clap::Subcommand, Debug)]
enum TestPart {
    /// Only what needs no kernel: format, lints, documentation, unit and property tests
    Host,
    /// Only the lints of the bare-metal programs
    Lints,
    /// Only the API tests, on the kernel of SEL4_PREFIX or the embedded one
    Kernel(kernel_test::KernelTestOptions),
    /// Only the ways in which an image may be entered
    Loader(loader_test::LoaderTestOptions),
    /// Only the initializer and monitor, with systems of small programs
    Initializer(initializer_test::InitializerTestOptions),
    /// Only what has to be refused: prefixes and programs that can't work
    BadInput,
    /// Only the guests' kernels and root file systems, on QEMU without a VMM
    GuestImages(guest_images::GuestImagesTestOptions),
    /// Only applications with guests: built with CMake, booted, and used by typing
    Guests(guest_test::GuestTestOptions),
    /// Only components on one serial line, which is typed to
    Serial(serial_test::SerialTestOptions),
    /// Only the CMake layer: what applications may declare, and what is refused
    Cmake,
    /// Only the applications that say what they print, on the kernel of SEL4_PREFIX or the
    /// embedded one
    Apps(app_test::AppTestOptions),
}

/// Runs the tests; returns whether none failed.
pub fn run(options: &TestOptions) -> Result<bool> {
    let mut tally = Tally::default();
    match &options.part {
        None => all(&options.setup, &mut tally)?,
        Some(TestPart::Host) => host::check_all(&mut tally),
        Some(TestPart::Lints) => lints::check_all(&setup::ensure(&options.setup)?, &mut tally),
        Some(TestPart::Kernel(part)) => kernel_test::run(part, &options.setup, &mut tally)?,
        Some(TestPart::Loader(part)) => loader_test::run(part, &options.setup, &mut tally)?,
        Some(TestPart::Initializer(part)) => {
            initializer_test::run(part, &options.setup, &mut tally)?;
        }
        Some(TestPart::GuestImages(part)) => guest_images::test(part, &options.setup, &mut tally),
        Some(TestPart::Guests(part)) => guest_test::run(part, &options.setup, &mut tally)?,
        Some(TestPart::Serial(part)) => serial_test::run(part, &options.setup, &mut tally)?,
        Some(TestPart::Cmake) => cmake_test::run(&options.setup, &mut tally)?,
        Some(TestPart::Apps(part)) => app_test::run(part, &options.setup, &mut tally)?,
        Some(TestPart::BadInput) => bad_input::run(&options.setup, &mut tally)?,
    }
    Ok(tally.finish())
}

/// `cargo xtask ci`: all tests, without any question.
pub fn ci(options: &SetupOptions) -> Result<bool> {
    let setup = SetupOptions { yes: true, ..options.clone() };
    run(&TestOptions { part: None, setup })
}

fn all(options: &SetupOptions, tally: &mut Tally) -> Result<()> {
    // First of all: an unfit prefix should not be found after ten minutes.
    let installed = kernels::installed_path();
    let installed = installed.as_deref().map(Kernel::installed).transpose();
    let installed = installed.context("SEL4_PREFIX")?;
    let toolchain = setup::ensure(options);

    host::check_all(tally);
    let toolchain = match toolchain {
        Ok(toolchain) => toolchain,
        Err(error) => {
            tally.check("setup", Err(error));
            tally.skip(1, "everything for the target", "the machine isn't set up");
            return Ok(());
        }
    };
    lints::check_all(&toolchain, tally);
    guest_images::test_default(tally);
    if let Err(error) = cmake_test::run(options, tally) {
        tally.check("cmake", Err(error));
    }

    let mut logs = Vec::new();
    for config in kernels::tested() {
        match Kernel::embedded(&toolchain, &config) {
            Ok(kernel) => {
                let log = on_kernel(&toolchain, &kernel, tally);
                if config.gic == Gic::V2 {
                    if config.debug {
                        loader_test::on_kernel(&toolchain, &kernel, tally);
                    }
                    initializer_test::on_kernel(&toolchain, &kernel, false, tally);
                }
                let options = KernelOptions::of(&config);
                if config.gic == Gic::V3 {
                    guest_test::usual_guest(&kernel, &options, tally);
                }
                if config == KernelConfig::default() || !config.debug {
                    tally_apps(&kernel, &options, tally);
                    serial_test::on_kernel(&kernel, &options, tally);
                }
                if config == KernelConfig::default() {
                    bad_input::on_kernel(&toolchain, &kernel, tally);
                    guest_test::on_kernel(&toolchain, &kernel, &options, tally);
                    app_test::outside(&kernel, &options, tally);
                }
                logs.extend(log.map(|log| (config, kernel, log)));
            }
            Err(error) => tally.check(&kernels::embedded_name(&config), Err(error)),
        }
    }
    let Some(installed) = installed else {
        let reason = "SEL4_PREFIX names no installed kernel";
        tally.skip(1, "the API tests on the C kernel", reason);
        tally.skip(1, "the constants against C headers", reason);
        tally.skip(1, "the files of an installed kernel", reason);
        return Ok(());
    };
    headers::check(&installed, tally);
    let same = logs.iter().find(|(config, ..)| installed.has_config(config));
    host::check_installed(&installed, same.is_some(), tally);
    loader_test::on_kernel(&toolchain, &installed, tally);
    initializer_test::on_kernel(&toolchain, &installed, false, tally);
    guest_test::on_kernel(&toolchain, &installed, &KernelOptions::default(), tally);
    tally_apps(&installed, &KernelOptions::default(), tally);
    serial_test::on_kernel(&installed, &KernelOptions::default(), tally);
    if let Some(log) = on_kernel(&toolchain, &installed, tally) {
        match same {
            Some((_, embedded, other)) => {
                kernel_test::compare(tally, (&installed, &log), (embedded, other));
            }
            None => tally.skip(
                1,
                "the comparison of both kernels' lines",
                "no embedded kernel that was tested has the configuration of SEL4_PREFIX",
            ),
        }
    }
    Ok(())
}

fn tally_apps(kernel: &Kernel, options: &KernelOptions, tally: &mut Tally) {
    if let Err(error) = app_test::all(kernel, options, tally) {
        tally.check("applications", Err(error));
    }
}

/// Boots the demonstration and the API tests on one kernel.
fn on_kernel(toolchain: &Toolchain, kernel: &Kernel, tally: &mut Tally) -> Option<ApiLog> {
    let name = format!("the demonstration on {}", kernel.name);
    let demo = boot::watch(toolchain, kernel, RootTask::Demo, false);
    tally.check(&name, demo.and_then(|lines| says_something(&lines)));
    kernel_test::random_system_calls(toolchain, kernel, tally);
    kernel_test::on_kernel(toolchain, kernel, tally)
}

/// The sentinel alone would be a root task that reports nothing.
fn says_something(lines: &[String]) -> Result<()> {
    let reports = lines.iter().any(|line| line.contains("ntyped"));
    if reports {
        return Ok(());
    }
    Err(anyhow!("{}\nit listed no untyped memory", lines.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_demonstration_fails() {
        let lines = |text: &str| -> Vec<String> { text.lines().map(str::to_owned).collect() };
        assert!(says_something(&lines("caravan: root task done")).is_err());
        assert!(says_something(&lines("Untyped memory:\ncaravan: root task done")).is_ok());
    }
}
