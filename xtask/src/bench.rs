//! `cargo xtask bench`: instructions per operation, for each kernel.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use sel4_prefix::Cpu;

use crate::app::App;
use crate::boot;
use crate::build::RootTask;
use crate::guest_bench;
use crate::guest_limits;
use crate::initializer_test;
use crate::kernels::{self, Kernel, KernelOptions};
use crate::progress::Step;
use crate::qemu::{self, Limits, Sentinel};
use crate::serial_test;
use crate::setup::{self, SetupOptions};
use crate::table;
use crate::toolchain::Toolchain;
use crate::workspace;

const LIMITS: Limits =
    Limits { total: Some(Duration::from_secs(120)), silence: Some(Duration::from_secs(60)) };
/// The kernel's own part of a call between components.
const BARE_CALL: &str = "bench call and reply-receive, other address space ";

/// What to measure.
#[derive(clap::Subcommand, Debug)]
pub enum BenchPart {
    /// The kernel's operations, in instructions counted by QEMU
    Kernel(BenchOptions),
    /// How a system of 3,000 objects is made, in instructions counted by QEMU
    Initializer(BenchOptions),
    /// Calls between components and reads of files, in instructions counted by QEMU
    Rpc(BenchOptions),
    /// A Linux guest's boot, idling and trapped accesses, in instructions counted by a plugin
    Guest(BenchOptions),
    /// Characters of three components on one serial line, in instructions counted by QEMU
    Serial(BenchOptions),
}

/// Which kernels to measure.
#[derive(clap::Args, Debug)]
pub struct BenchOptions {
    /// More installed kernels, beside the embedded one and that of SEL4_PREFIX
    #[arg(value_name = "PREFIX")]
    prefixes: Vec<PathBuf>,
    #[command(flatten)]
    setup: SetupOptions,
}

/// Operations with their instructions, in the order of the image.
type Measures = Vec<(String, u64)>;

/// Objects of the system that is made.
const OBJECTS: usize = 3000;

/// Measures and prints a table. It never fails for a slow kernel, but for a guest that costs more than
/// SPECIFICATION.md promises.
pub fn run(part: &BenchPart) -> Result<()> {
    let (BenchPart::Kernel(options)
    | BenchPart::Initializer(options)
    | BenchPart::Rpc(options)
    | BenchPart::Guest(options)
    | BenchPart::Serial(options)) = part;
    let toolchain = setup::ensure(&options.setup)?;
    let config = kernels::embedded_config(Cpu::CortexA53, false);
    let mut list = vec![Kernel::embedded(&toolchain, &config)?];
    for path in kernels::installed_path().iter().chain(&options.prefixes) {
        list.push(Kernel::installed(path)?);
    }
    if let BenchPart::Guest(_) = part {
        return guests(&toolchain, &list);
    }
    let mut columns = Vec::new();
    for kernel in &list {
        let lines = match part {
            BenchPart::Guest(_) => Vec::new(),
            BenchPart::Kernel(_) => boot::watch(&toolchain, kernel, RootTask::KernelBench, true)?,
            BenchPart::Initializer(_) => initializer_test::measure(&toolchain, kernel, OBJECTS)?,
            BenchPart::Rpc(_) => measure_rpc(&toolchain, kernel)?,
            BenchPart::Serial(_) => serial_test::measure(kernel)?,
        };
        let mut measures = parse(&lines).with_context(|| lines.join("\n"))?;
        if let BenchPart::Initializer(_) = part {
            let cleared = |(step, _): &&(String, u64)| step != "clear memory";
            let sum = measures.iter().filter(cleared).map(|(_, number)| number).sum();
            measures.push(("all but clearing memory".to_owned(), sum));
        }
        // Beside the embedded kernel, the name of the directory is enough.
        let heading = kernel.name.trim_start_matches("installed-").to_owned();
        columns.push((heading, measures));
    }
    let what = match part {
        BenchPart::Kernel(_) | BenchPart::Rpc(_) | BenchPart::Guest(_) | BenchPart::Serial(_) => {
            "per operation".to_owned()
        }
        BenchPart::Initializer(_) => format!("per step, for {OBJECTS} objects"),
    };
    println!("Instructions {what} (QEMU TCG, -icount shift=0)\n\n{}", layout(&columns));
    Ok(())
}

/// A guest on every kernel, beside QEMU without any.
fn guests(toolchain: &Toolchain, kernels: &[Kernel]) -> Result<()> {
    let bench = guest_bench::Bench::new(toolchain)?;
    let mut columns = vec![("bare QEMU".to_owned(), bench.bare()?)];
    let options = KernelOptions { release_kernel: true, ..KernelOptions::default() };
    for kernel in kernels {
        let heading = kernel.name.trim_start_matches("installed-").to_owned();
        columns.push((heading, bench.on_kernel(toolchain, kernel, &options)?));
    }
    println!(
        "Instructions of the whole machine, Debian 6.1 arm64 with one vCPU and 256 MiB (QEMU TCG)\n\n{}",
        layout(&columns)
    );
    println!();
    guest_limits::check(&columns)
}

/// The application's lines, after the one of what the kernel itself takes.
fn measure_rpc(toolchain: &Toolchain, kernel: &Kernel) -> Result<Vec<String>> {
    let bare = boot::watch(toolchain, kernel, RootTask::KernelBench, true)?;
    let mut lines: Vec<String> =
        bare.into_iter().filter(|line| line.starts_with(BARE_CALL)).collect();
    let options = KernelOptions { release_kernel: true, ..KernelOptions::default() };
    let folder = workspace::root().join("benches/rpc");
    let app = App::build_folder(&folder, kernel, &options)?;
    let mut command = app.command();
    command.args(["-icount", "shift=0,sleep=off"]);
    let options = qemu::Options {
        sentinel: Sentinel::Line("caravan: done"),
        linger: Duration::ZERO,
        limits: LIMITS,
        attached: false,
        count_instructions: true,
    };
    let step = Step::start("boot", format!("calls between components on {}", kernel.name));
    let transcript = qemu::watch(command, &options)?;
    step.finish("done");
    lines.extend(transcript.lines);
    Ok(lines)
}

/// Reads the lines `bench NAME INSTRUCTIONS`.
fn parse(lines: &[String]) -> Result<Measures> {
    let measures: Measures = lines
        .iter()
        .filter_map(|line| line.strip_prefix("bench "))
        .map(|line| {
            let (name, number) = line.rsplit_once(' ').unwrap_or(("", line));
            let number = number
                .parse()
                .with_context(|| format!("`bench {line}` isn't `bench NAME INSTRUCTIONS`"))?;
            Ok((name.to_owned(), number))
        })
        .collect::<Result<_>>()?;
    if measures.is_empty() {
        bail!("the image measured nothing");
    }
    Ok(measures)
}

/// One row for each operation; beside every kernel but the first its ratio to the first.
fn layout(columns: &[(String, Measures)]) -> String {
    let mut header = vec!["operation".to_owned()];
    let mut operations: Vec<&str> = Vec::new();
    for (index, (kernel, measures)) in columns.iter().enumerate() {
        header.push(kernel.clone());
        if index > 0 {
            header.push("ratio".to_owned());
        }
        for (name, _) in measures {
            if !operations.contains(&name.as_str()) {
                operations.push(name);
            }
        }
    }
    let row = |operation: &&str| {
        let mut row = vec![(*operation).to_owned()];
        let value = |measures: &Measures| {
            measures.iter().find(|(name, _)| name == operation).map(|(_, number)| *number)
        };
        let first = columns.first().and_then(|(_, measures)| value(measures));
        for (index, (_, measures)) in columns.iter().enumerate() {
            let number = value(measures);
            row.push(number.map_or("-".to_owned(), table::thousands));
            if index > 0 {
                row.push(ratio(number, first));
            }
        }
        row
    };
    let rows: Vec<_> = operations.iter().map(row).collect();
    table::format(&header, &rows)
}

fn ratio(number: Option<u64>, first: Option<u64>) -> String {
    match (number, first) {
        (Some(number), Some(first @ 1..)) => {
            let hundredths = (u128::from(number) * 100 + u128::from(first) / 2) / u128::from(first);
            format!("{}.{:02}", hundredths / 100, hundredths % 100)
        }
        _ => "-".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_are_read() {
        let lines = ["boot", "bench page map 4 KiB 812", "bench call 1204"].map(str::to_owned);
        let measures = parse(&lines).unwrap();
        assert_eq!(measures[0], ("page map 4 KiB".to_owned(), 812));
        let error = parse(&["bench call fast".to_owned()]).unwrap_err();
        assert_eq!(error.to_string(), "`bench call fast` isn't `bench NAME INSTRUCTIONS`");
        assert!(parse(&[]).is_err());
    }

    #[test]
    fn kernels_stand_side_by_side() {
        let measures = |list: &[(&str, u64)]| -> Measures {
            list.iter().map(|(name, number)| ((*name).to_owned(), *number)).collect()
        };
        let text = layout(&[
            ("embedded".to_owned(), measures(&[("call", 1000), ("signal", 300)])),
            ("c".to_owned(), measures(&[("call", 1255), ("exit", 7)])),
        ]);
        assert_eq!(
            text,
            "operation  embedded      c  ratio\n\
             ---------  --------  -----  -----\n\
             call          1,000  1,255   1.26\n\
             signal          300      -      -\n\
             exit              -      7      -"
        );
    }
}
