//! The checks that run on the host: format, lints, documentation, unit and property tests.

use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use crate::command::{self, find_program};
use crate::kernels::Kernel;
use crate::tally::Tally;
use crate::test_counts::{self, Counts};
use crate::workspace;

const LIMIT: Duration = Duration::from_secs(1200);

/// Runs everything and counts it. These use the toolchain that plain `cargo` uses here.
pub fn check_all(tally: &mut Tally) {
    let checks: [(&str, &[&str]); 2] = [
        // The names of the files will do: `cargo fmt` shows and fixes the rest.
        ("format", &["fmt", "--all", "--check", "--", "-l"]),
        ("lints", &["clippy", "--workspace", "--all-targets", "--", "-Dwarnings"]),
    ];
    for (name, arguments) in checks {
        let result = step(name, cargo().args(arguments));
        tally.check(name, result.map(drop));
    }
    let mut doc = cargo();
    doc.args(["doc", "--workspace", "--no-deps", "--document-private-items"])
        .env("RUSTDOCFLAGS", "-Dwarnings");
    tally.check("documentation", step("documentation", &mut doc).map(drop));

    if find_program("cargo-nextest").is_some() {
        let arguments = ["nextest", "run", "--workspace", "--no-fail-fast"];
        run_tests(tally, "unit tests", &arguments, test_counts::of_nextest);
    } else {
        let arguments = ["test", "--workspace", "--all-targets", "--no-fail-fast"];
        run_tests(tally, "unit tests", &arguments, test_counts::of_libtest);
    }
    let arguments = ["test", "--workspace", "--doc", "--no-fail-fast"];
    run_tests(tally, "documentation tests", &arguments, test_counts::of_libtest);
}

/// Runs the tests that need an installed kernel. `is_reference`: it has the configuration of an
/// embedded one, so that the files that state it have to be equal.
pub fn check_installed(kernel: &Kernel, is_reference: bool, tally: &mut Tally) {
    let name = format!("files of {}", kernel.name);
    run_installed(kernel, &name, "installed", tally);
    let name = format!("configuration and memory map of {}", kernel.name);
    if is_reference {
        run_installed(kernel, &name, "reference", tally);
    } else {
        tally.skip(1, &name, "no embedded kernel has the same configuration");
    }
}

/// Runs one of sel4-prefix's files of tests, with the features that the other tests are built with.
fn run_installed(kernel: &Kernel, name: &str, file: &str, tally: &mut Tally) {
    let mut cargo = cargo();
    cargo.args(["test", "--workspace", "--test", file]).env("SEL4_PREFIX", kernel.prefix.path());
    count(tally, name, &mut cargo, test_counts::of_libtest);
}

fn cargo() -> Command {
    let mut cargo = Command::new("cargo");
    workspace::clean_environment(&mut cargo);
    cargo
        .current_dir(workspace::root())
        .env("CARGO_TERM_COLOR", "never")
        .env("CARGO_TARGET_DIR", workspace::target_directory());
    cargo
}

fn step(name: &str, cargo: &mut Command) -> Result<String> {
    command::step("test", &format!("host: {name}"), cargo, LIMIT)
}

fn run_tests(
    tally: &mut Tally, name: &str, arguments: &[&str], counts: impl Fn(&str) -> Option<Counts>,
) {
    count(tally, name, cargo().args(arguments), counts);
}

fn count(
    tally: &mut Tally, name: &str, cargo: &mut Command, counts: impl Fn(&str) -> Option<Counts>,
) {
    match step(name, cargo) {
        Ok(output) => match counts(&output) {
            Some(Counts { passed, skipped, .. }) => {
                tally.pass(passed);
                tally.skip(skipped, name, "marked as ignored");
            }
            None => tally.fail(name, &format!("{output}\nno sum of tests in this output")),
        },
        Err(error) => {
            let text = format!("{error:#}");
            let counts = counts(&text).unwrap_or_default();
            tally.pass(counts.passed);
            tally.skip(counts.skipped, name, "marked as ignored");
            tally.fail_many(counts.failed, name, &text);
        }
    }
}
