//! `cargo xtask test loader`: every way in which an image may be entered, tried on the emulated
//! board. The demonstration has to come to its end, or the loader has to say why it can't.

mod cases;
mod patch;

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use boot_image::Layout;

use crate::build::{Parts, RootTask};
use crate::kernels::{Kernel, KernelOptions};
use crate::progress::Step;
use crate::qemu::{self, Limits, Machine, Sentinel};
use crate::setup::{self, SetupOptions};
use crate::tally::Tally;
use crate::toolchain::Toolchain;

const LIMITS: Limits =
    Limits { total: Some(Duration::from_secs(120)), silence: Some(Duration::from_secs(60)) };
/// A loader that goes on after its error would reach the kernel within this time.
const LINGER: Duration = Duration::from_secs(1);
const ERROR: &str = "loader: error: ";

/// `cargo xtask test loader`.
#[derive(clap::Args, Debug)]
pub struct LoaderTestOptions {
    #[command(flatten)]
    kernel: KernelOptions,
}

/// One boot.
struct Case {
    name: &'static str,
    machine: Machine,
    image: Vec<u8>,
    expected: Expected,
}

enum Expected {
    /// The loader says at which level it was entered and what lies where, and the demonstration
    /// comes to its end.
    RootTask { level: u8, layout: Layout },
    /// The loader says this and stops.
    Refusal(String),
}

/// Runs the tests and counts them.
pub fn run(options: &LoaderTestOptions, setup: &SetupOptions, tally: &mut Tally) -> Result<()> {
    let toolchain = setup::ensure(setup)?;
    let kernel = options.kernel.select(&toolchain)?;
    on_kernel(&toolchain, &kernel, tally);
    Ok(())
}

/// Boots all cases with one kernel.
pub fn on_kernel(toolchain: &Toolchain, kernel: &Kernel, tally: &mut Tally) {
    let cases = Parts::new(toolchain, kernel, RootTask::Demo)
        .and_then(|parts| cases::all(&parts, &kernel.machine()?));
    match cases {
        Ok(cases) => {
            for case in cases {
                let name = format!("loader: {}, {}", case.name, kernel.name);
                tally.check(&name, case.run(&name));
            }
        }
        Err(error) => tally.check(&format!("loader: images for {}", kernel.name), Err(error)),
    }
}

impl Case {
    fn run(&self, name: &str) -> Result<()> {
        let directory = tempfile::tempdir()?;
        let image = directory.path().join("image");
        fs::write(&image, &self.image)?;
        let (sentinel, linger) = match self.expected {
            Expected::RootTask { .. } => {
                (Sentinel::Line(RootTask::Demo.sentinel()), Duration::ZERO)
            }
            Expected::Refusal(_) => (Sentinel::Start(ERROR), LINGER),
        };
        let options = qemu::Options {
            sentinel,
            linger,
            limits: LIMITS,
            attached: false,
            count_instructions: false,
        };
        let step = Step::start("boot", name);
        let result = qemu::run(&self.machine, &image, &options).and_then(|transcript| {
            let lines = transcript.lines;
            self.expected.check(&lines).with_context(|| lines.join("\n"))
        });
        step.finish(if result.is_ok() { "done" } else { "failed" });
        result
    }
}

impl Expected {
    fn check(&self, lines: &[String]) -> Result<()> {
        match self {
            Self::Refusal(sentence) => {
                let expected = format!("{ERROR}{sentence}");
                if lines.last() != Some(&expected) {
                    bail!("expected as the last line: {expected}");
                }
            }
            Self::RootTask { level, layout } => {
                // A tree from the boot loader is shorter than the room that is kept for it.
                let start = format!(
                    "loader: entered at EL{level}; kernel at {}, device tree at {:#x}..",
                    layout.kernel, layout.device_tree.start
                );
                let end = format!(", root task at {}", layout.root_task);
                let fits = |line: &String| line.starts_with(&start) && line.ends_with(&end);
                if !lines.iter().any(fits) {
                    bail!("expected a line: {start}...{end}");
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::loader::Range;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_refusal_is_the_last_line_and_complete() {
        let expected = Expected::Refusal("no EL2".to_owned());
        assert!(expected.check(&lines("loader: error: no EL2")).is_ok());
        for text in ["", "loader: error: no EL2 here", "loader: error: no EL2\nbooting"] {
            let error = expected.check(&lines(text)).unwrap_err();
            assert_eq!(error.to_string(), "expected as the last line: loader: error: no EL2");
        }
    }

    #[test]
    fn the_announcement_has_level_and_places() {
        let layout = Layout {
            kernel: Range::new(0x1000, 0x2000),
            device_tree: Range::new(0x2000, 0x4000),
            device_tree_from_boot_loader: true,
            loader: Range::new(0x4000, 0x5000),
            root_task: Range::new(0x5000, 0x6000),
            root_task_virtual: 0,
        };
        let expected = Expected::RootTask { level: 2, layout };
        let line = |level: u8, root_task: &str| {
            lines(&format!(
                "loader: entered at EL{level}; kernel at 0x1000..0x2000, device tree at \
                 0x2000..0x2800, root task at {root_task}"
            ))
        };
        assert!(expected.check(&line(2, "0x5000..0x6000")).is_ok());
        assert!(expected.check(&line(3, "0x5000..0x6000")).is_err());
        assert!(expected.check(&line(2, "0x5000..0x6001")).is_err());
    }
}
