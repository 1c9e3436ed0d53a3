//! `cargo xtask test apps`: applications that end by themselves, built through the CMake layer and
//! booted with its `simulate`, print the same lines on every kernel.
//!
//! The lines are those of the application's `expected.txt`, where `*` stands for any text. Before the
//! first of them the kernel and the initializer may print what they like; after the last one nothing
//! may come. A debug build of the C kernel reports users' errors on lines of its own, which aren't the
//! application's.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::app::App;
use crate::kernels::{Kernel, KernelOptions};
use crate::progress::{Step, say};
use crate::qemu::{self, Limits, Sentinel};
use crate::setup::{self, SetupOptions};
use crate::tally::Tally;
use crate::workspace;

const LIMITS: Limits =
    Limits { total: Some(Duration::from_secs(180)), silence: Some(Duration::from_secs(60)) };
/// Nothing may come within this time after the end.
const LINGER: Duration = Duration::from_millis(500);
const EXPECTED: &str = "expected.txt";

/// `cargo xtask test apps`.
#[derive(clap::Args, Debug)]
pub struct AppTestOptions {
    /// The folder of one application, instead of all that have an expected.txt
    #[arg(value_name = "DIR")]
    app: Option<PathBuf>,
    #[command(flatten)]
    kernel: KernelOptions,
}

/// Runs the tests and counts them.
pub fn run(options: &AppTestOptions, setup: &SetupOptions, tally: &mut Tally) -> Result<()> {
    let toolchain = setup::ensure(setup)?;
    let kernel = options.kernel.select(&toolchain)?;
    let apps = match &options.app {
        Some(app) => vec![app.canonicalize().with_context(|| app.display().to_string())?],
        None => apps()?,
    };
    on_kernel(&apps, &kernel, &options.kernel, tally);
    if options.app.is_none() {
        outside(&kernel, &options.kernel, tally);
    }
    Ok(())
}

/// Tries an application that lies outside of the project, with a workspace of its own.
pub fn outside(kernel: &Kernel, options: &KernelOptions, tally: &mut Tally) {
    let name = format!("an application elsewhere on {}", kernel.name);
    tally.check(&name, try_outside(kernel, options));
}

fn try_outside(kernel: &Kernel, options: &KernelOptions) -> Result<()> {
    let elsewhere = tempfile::tempdir()?;
    let root = workspace::root();
    // What an earlier test has built is of a folder that is gone.
    let built = App::build_directory("elsewhere", kernel);
    if built.exists() {
        fs::remove_dir_all(&built)
            .with_context(|| format!("could not remove {}", built.display()))?;
    }
    let app = elsewhere.path().join("elsewhere");
    let component = app.join("components/Hello");
    fs::create_dir_all(component.join("src"))?;
    for file in ["hello.camkes", "CMakeLists.txt", EXPECTED] {
        fs::copy(root.join("apps/hello").join(file), app.join(file))?;
    }
    for file in ["Hello.camkes", "build.rs", "src/main.rs"] {
        fs::copy(root.join("apps/hello/components/Hello").join(file), component.join(file))?;
    }
    // The versions that are built already.
    fs::copy(root.join("Cargo.lock"), app.join("Cargo.lock"))?;
    let crates = root.join("crates");
    // Crates that are built already serve again if their profile is the same.
    let own = fs::read_to_string(root.join("Cargo.toml"))?;
    let profile = own.split("\n\n").find(|part| part.starts_with("[profile.release]"));
    let workspace = format!(
        "[workspace]\nresolver = \"3\"\nmembers = [\"components/*\"]\n\n{}\n",
        profile.context("Cargo.toml has no [profile.release]")?
    );
    fs::write(app.join("Cargo.toml"), workspace)?;
    let manifest = format!(
        "[package]\nname = \"hello-elsewhere\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
         [dependencies]\ncomponent = {{ path = {:?} }}\n\
         [build-dependencies]\ncomponent-build = {{ path = {:?} }}\n",
        crates.join("component"),
        crates.join("component-build"),
    );
    fs::write(component.join("Cargo.toml"), manifest)?;
    try_app(&app, kernel, options)
}

/// Builds and boots all applications on a kernel that `options` would choose.
pub fn all(kernel: &Kernel, options: &KernelOptions, tally: &mut Tally) -> Result<()> {
    on_kernel(&apps()?, kernel, options, tally);
    Ok(())
}

/// The folders of applications that say what they print.
fn apps() -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for folder in ["apps", "apps/Arm", "tests"] {
        let Ok(entries) = fs::read_dir(workspace::root().join(folder)) else {
            continue;
        };
        found.extend(entries.flatten().map(|entry| entry.path()));
    }
    found.retain(|path| path.join(EXPECTED).is_file());
    found.sort();
    ensure!(!found.is_empty(), "no application has an {EXPECTED}");
    Ok(found)
}

fn on_kernel(apps: &[PathBuf], kernel: &Kernel, options: &KernelOptions, tally: &mut Tally) {
    for app in apps {
        let name = app.file_name().unwrap_or_default().to_string_lossy();
        let name = format!("{name} on {}", kernel.name);
        let result = try_app(app, kernel, options);
        if result.is_ok() {
            say("test", &name);
        }
        tally.check(&name, result);
    }
}

fn try_app(folder: &Path, kernel: &Kernel, options: &KernelOptions) -> Result<()> {
    let path = folder.join(EXPECTED);
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let expected: Vec<&str> = text.lines().collect();
    let last = expected.last().context("expected.txt is empty")?;
    let app = App::build_folder(folder, kernel, options)?;
    let step = Step::start("boot", app.simulate_path().display().to_string());
    let options = qemu::Options {
        sentinel: Sentinel::Line(last),
        linger: LINGER,
        limits: LIMITS,
        attached: false,
        count_instructions: false,
    };
    let transcript = qemu::watch(Command::new(app.simulate_path()), &options)?;
    step.finish("done");
    compare(&transcript.lines, &expected)
}

/// The lines from the first expected one on have to be the expected ones.
fn compare(lines: &[String], expected: &[&str]) -> Result<()> {
    let first = expected.first().context("nothing is expected")?;
    let printed = lines.join("\n");
    let lines: Vec<&String> = lines.iter().filter(|line| !is_kernels(line)).collect();
    let Some(start) = lines.iter().position(|line| fits(line, first)) else {
        bail!("{printed}\n\nthe line `{first}` is missing");
    };
    let lines = lines.get(start..).unwrap_or_default();
    for (index, expected) in expected.iter().enumerate() {
        match lines.get(index) {
            Some(line) if fits(line, expected) => (),
            Some(line) => bail!("{printed}\n\nfound `{line}`, expected `{expected}`"),
            None => bail!("{printed}\n\nthe line `{expected}` is missing"),
        }
    }
    match lines.get(expected.len()) {
        None => Ok(()),
        Some(line) => bail!("{printed}\n\n`{line}` came after the end"),
    }
}

/// Whether a line is a debug kernel's report of a user's error: `<<seL4(CPU 0) [...]: ...>>`.
fn is_kernels(line: &str) -> bool {
    line.starts_with("<<seL4(CPU ") && line.trim_end().ends_with(">>")
}

/// Whether a line is `pattern`, in which `*` stands for any text.
fn fits(line: &str, pattern: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return line == pattern;
    };
    let Some(line) = line.strip_prefix(start) else {
        return false;
    };
    line.char_indices().any(|(at, _)| line.get(at..).is_some_and(|tail| fits(tail, rest)))
        || fits("", rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_text() {
        for (line, pattern) in [
            ("abc", "abc"),
            ("abc", "a*c"),
            ("abc", "*"),
            ("", "*"),
            ("abc", "abc*"),
            ("a 0x12 in b", "a * in b"),
            ("aXbXc", "a*X*c"),
        ] {
            assert!(fits(line, pattern), "{line} {pattern}");
        }
        for (line, pattern) in [("abc", "ab"), ("abc", "b*"), ("abc", "a*b"), ("x", "")] {
            assert!(!fits(line, pattern), "{line} {pattern}");
        }
    }

    #[test]
    fn lines_before_are_skipped_and_lines_after_are_not() {
        let lines = |text: &str| -> Vec<String> { text.lines().map(str::to_owned).collect() };
        let expected = ["one", "2 passed, 0 failed"];
        let outcome =
            |text: &str| compare(&lines(text), &expected).map_err(|error| error.to_string());
        assert_eq!(outcome("booting\none\n2 passed, 0 failed"), Ok(()));
        let report = "<<seL4(CPU 0) [decodeInvocation/643 T0x80 \"a.tcb\" @2161d8]: a null cap>>";
        assert_eq!(outcome(&format!("one\n{report}\n2 passed, 0 failed")), Ok(()));
        assert!(outcome("one\n<<seL4 unfinished\n2 passed, 0 failed").is_err());
        let error = outcome("one\n2 passed, 1 failed").unwrap_err();
        assert!(error.ends_with("found `2 passed, 1 failed`, expected `2 passed, 0 failed`"));
        let error = outcome("one\n2 passed, 0 failed\nmore").unwrap_err();
        assert!(error.ends_with("`more` came after the end"));
        assert!(outcome("2 passed, 0 failed").unwrap_err().ends_with("`one` is missing"));
        assert!(outcome("one").unwrap_err().ends_with("`2 passed, 0 failed` is missing"));
    }
}
