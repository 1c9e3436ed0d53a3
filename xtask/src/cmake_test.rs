//! `cargo xtask test cmake`: what applications' CMakeLists.txt may say, and what is refused.
//!
//! Each file below tests/cmake is the CMakeLists.txt of a small application. Its first lines may give
//! settings (`# settings: -DNAME=VALUE ..`) and a message (`# expect: TEXT`) that has to come: an error
//! in `refused`, a warning in `taken`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::command;
use crate::kernels::KernelOptions;
use crate::layer::{self, KernelPart};
use crate::progress::Step;
use crate::setup::SetupOptions;
use crate::tally::Tally;
use crate::workspace;

const LIMIT: Duration = Duration::from_secs(60);
const ASSEMBLY: &str = "component Hello { control; }\n\
    assembly { composition { component Hello hello; } }\n";
const MANIFEST: &str = "[package]\nname = \"hello\"\n";

/// Runs the tests and counts them.
pub fn run(setup: &SetupOptions, tally: &mut Tally) -> Result<()> {
    let directory = tempfile::tempdir()?;
    let settings = directory.path().join("kernel.cmake");
    let kernel = KernelOptions { embedded: true, ..KernelOptions::default() };
    layer::kernel(&KernelPart::new(kernel, setup.clone(), settings.clone()))?;
    // Some applications include what builds it: the time for it isn't theirs.
    layer::host_tool("guest-images")?;
    let step = Step::start("test", "configurations of applications");
    for folder in ["refused", "taken"] {
        for case in cases(folder)? {
            let stem = case.file_stem().unwrap_or_default().to_string_lossy();
            let name = format!("cmake: {folder} {stem}");
            tally.check(&name, try_case(&case, &settings));
        }
    }
    step.finish("done");
    Ok(())
}

fn cases(folder: &str) -> Result<Vec<PathBuf>> {
    let folder = workspace::root().join("tests/cmake").join(folder);
    let entries = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
    let mut cases: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    cases.sort();
    Ok(cases)
}

/// Configures the application in a new folder, and compares what comes of it.
fn try_case(case: &Path, settings: &Path) -> Result<()> {
    let text = fs::read_to_string(case)?;
    let comment = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
    let directory = tempfile::tempdir()?;
    let app = directory.path().join("app");
    fs::create_dir_all(app.join("Hello"))?;
    fs::write(app.join("CMakeLists.txt"), &text)?;
    fs::write(app.join("hello.camkes"), ASSEMBLY)?;
    fs::write(app.join("Hello/Cargo.toml"), MANIFEST)?;

    let mut cmake = Command::new("cmake");
    workspace::clean_environment(&mut cmake);
    cmake.args(["-G", "Ninja", "-S"]).arg(workspace::root());
    cmake.arg("-B").arg(directory.path().join("build"));
    cmake.arg(format!("-DCAMKES_VM_APP_DIR={}", app.display()));
    cmake.arg(format!("-DCARAVAN_KERNEL_SETTINGS={}", settings.display()));
    cmake.args(comment("# settings: ").unwrap_or_default().split_whitespace());
    let outcome = command::capture(&mut cmake, LIMIT, || ())?;
    // CMake breaks lines where it likes.
    let words = outcome.output.split_whitespace().collect::<Vec<_>>().join(" ");
    let expected = comment("# expect: ").unwrap_or_default();
    let is_taken = case.parent().is_some_and(|folder| folder.ends_with("taken"));
    match outcome.status.success() {
        true if !is_taken => bail!("it was taken; expected `{expected}`"),
        false if is_taken => bail!("it was refused:\n{}", outcome.output),
        _ => ensure!(words.contains(expected), "expected `{expected}`:\n{}", outcome.output),
    }
    Ok(())
}
