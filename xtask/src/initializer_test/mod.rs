//! `cargo xtask test initializer`: systems that are built by hand, made real and watched.

mod builder;
mod cases;
mod many;
mod system;

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use boot_image::{DeviceTree, Format, Input};
use system_spec::check::Geometry;
use system_spec::model::System;

use crate::build::{self, Parts};
use crate::kernels::{Kernel, KernelOptions};
use crate::progress::Step;
use crate::qemu::{self, Limits, Sentinel};
use crate::setup::{self, SetupOptions};
use crate::tally::Tally;
use crate::toolchain::Toolchain;

use cases::Case;
use system::Programs;

const LIMITS: Limits =
    Limits { total: Some(Duration::from_secs(120)), silence: Some(Duration::from_secs(60)) };
/// Who goes on after the last line would say something within this time.
const LINGER: Duration = Duration::from_millis(300);

/// `cargo xtask test initializer`.
#[derive(clap::Args, Debug)]
pub struct InitializerTestOptions {
    /// Show what the images print
    #[arg(long)]
    show: bool,
    #[command(flatten)]
    kernel: KernelOptions,
}

/// Runs the tests and counts them.
pub fn run(
    options: &InitializerTestOptions, setup: &SetupOptions, tally: &mut Tally,
) -> Result<()> {
    let toolchain = setup::ensure(setup)?;
    let kernel = options.kernel.select(&toolchain)?;
    on_kernel(&toolchain, &kernel, options.show, tally);
    Ok(())
}

/// Boots all cases on one kernel.
pub fn on_kernel(toolchain: &Toolchain, kernel: &Kernel, show: bool, tally: &mut Tally) {
    let parts = Images::new(toolchain, kernel, false)
        .and_then(|images| Ok((cases::all(&images.programs, images.geometry)?, images)));
    match parts {
        Ok((cases, images)) => {
            for case in cases {
                let name = format!("initializer: {}, {}", case.name, kernel.name);
                tally.check(&name, images.run(kernel, &case, &name, show));
            }
        }
        Err(error) => tally.check(&format!("initializer: images for {}", kernel.name), Err(error)),
    }
}

/// What images are made of.
pub struct Images {
    initializer: Input,
    programs: Programs,
    parts: Parts,
    geometry: Geometry,
}

/// The shape of address spaces on a kernel.
fn geometry(kernel: &Kernel) -> Geometry {
    if kernel.prefix.config().is_enabled("ARM_PA_SIZE_BITS_40") {
        Geometry::AARCH64_40
    } else {
        Geometry::AARCH64_44
    }
}

impl Images {
    /// Builds the programs.
    pub fn new(toolchain: &Toolchain, kernel: &Kernel, measure: bool) -> Result<Self> {
        let packages = ["initializer", "initializer-tests"];
        let features: &[&str] = if measure { &["initializer/measure"] } else { &[] };
        let directory = build::user_programs(toolchain, kernel, &packages, features)?;
        let program = |name: &str| -> Result<Input> {
            let input = Input::read(&directory.join(name))?;
            Ok(Input { name: name.to_owned(), ..input })
        };
        let initializer = program("initializer")?;
        Ok(Self {
            programs: Programs {
                server: program("initializer-test-server")?,
                client: program("initializer-test-client")?,
            },
            parts: Parts::with(toolchain, kernel, initializer.clone())?,
            initializer,
            geometry: geometry(kernel),
        })
    }

    /// Writes the image of a system.
    pub fn write(&self, system: &System, path: &Path) -> Result<()> {
        let spec = system_spec::flat::encode(system);
        let bytes = boot_image::attach_spec(&self.initializer, &spec)?;
        let root_task = Input { name: self.initializer.name.clone(), bytes };
        let packed = self.parts.pack_with(&root_task, DeviceTree::Prefix, Format::Elf)?;
        fs::write(path, &packed.bytes)?;
        Ok(())
    }

    fn run(&self, kernel: &Kernel, case: &Case, name: &str, show: bool) -> Result<()> {
        let directory = tempfile::tempdir()?;
        let image = directory.path().join("image");
        self.write(&case.system, &image)?;
        let options = qemu::Options {
            sentinel: Sentinel::Line(case.last),
            linger: LINGER,
            limits: LIMITS,
            attached: false,
            count_instructions: true,
        };
        let step = Step::start("boot", name);
        let result = qemu::run(&kernel.machine()?, &image, &options).and_then(|transcript| {
            // QEMU's own remark about a machine where nothing happens any more.
            let said = |line: &String| !line.contains("icount sleep disabled");
            let lines: Vec<String> = transcript.lines.into_iter().filter(said).collect();
            if show {
                println!("{}", lines.join("\n"));
            }
            check(&case.lines, &lines).with_context(|| lines.join("\n"))
        });
        step.finish(if result.is_ok() { "done" } else { "failed" });
        result
    }
}

/// Lines `bench STEP INSTRUCTIONS` of a system of `objects` objects.
pub fn measure(toolchain: &Toolchain, kernel: &Kernel, objects: usize) -> Result<Vec<String>> {
    let images = Images::new(toolchain, kernel, true)?;
    let directory = tempfile::tempdir()?;
    let image = directory.path().join("image");
    images.write(&many::build(&images.programs.server, images.geometry, objects)?, &image)?;
    let options = qemu::Options {
        sentinel: Sentinel::Start("initializer: "),
        linger: Duration::ZERO,
        limits: LIMITS,
        attached: false,
        count_instructions: true,
    };
    let step = Step::start("boot", format!("{objects} objects on {}", kernel.name));
    let transcript = qemu::run(&kernel.machine()?, &image, &options);
    step.finish(if transcript.is_ok() { "done" } else { "failed" });
    let lines = transcript?.lines;
    let up = |line: &String| line.contains(" are up, ");
    if !lines.last().is_some_and(up) {
        bail!("{}\nthe system isn't up", lines.join("\n"));
    }
    Ok(lines)
}

/// Compares the lines from the first expected one on. A `*` stands for any text.
fn check(expected: &[String], lines: &[String]) -> Result<()> {
    let first = expected.first().context("no line is expected")?;
    let start = lines.iter().position(|line| fits(first, line));
    let start = start.with_context(|| format!("expected a line: {first}"))?;
    let mut lines = lines.iter().skip(start);
    for expected in expected {
        match lines.next() {
            Some(line) if fits(expected, line) => {}
            Some(line) => bail!("expected: {expected}\nfound:    {line}"),
            None => bail!("expected one more line: {expected}"),
        }
    }
    match lines.next() {
        None => Ok(()),
        Some(line) => bail!("expected no more lines, found: {line}"),
    }
}

fn fits(pattern: &str, line: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == line,
        Some((start, rest)) => line.strip_prefix(start).is_some_and(|line| {
            (0..=line.len()).any(|at| line.get(at..).is_some_and(|line| fits(rest, line)))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_compared() {
        let list = |text: &str| -> Vec<String> { text.lines().map(str::to_owned).collect() };
        let expected = list("one\ntwo at 0x* in *+0x*\nthree");
        let good = list("noise\none\ntwo at 0x123 in main+0x4\nthree");
        assert!(check(&expected, &good).is_ok());
        for bad in ["one\nthree", "one\ntwo at 0x1 in \nthree", "noise", "one"] {
            assert!(check(&expected, &list(bad)).is_err(), "{bad}");
        }
        assert!(check(&expected, &list("one\ntwo at 0x1 in a+0x\nthree\nfour")).is_err());
    }
}
