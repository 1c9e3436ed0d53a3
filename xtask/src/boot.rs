//! Boots root tasks on kernels: with the user's terminal, or watched.

use std::io::IsTerminal;
use std::time::Duration;

use anyhow::{Result, bail};
use boot_image::Format;
use clap::ValueEnum;

use crate::app::{self, App};
use crate::build::{self, RootTask};
use crate::kernels::{Kernel, KernelOptions};
use crate::progress::{Step, say};
use crate::qemu::{self, End, Limits, Sentinel};
use crate::setup::{self, SetupOptions};
use crate::toolchain::Toolchain;
use crate::workspace;

const WATCHED: Limits =
    Limits { total: Some(Duration::from_secs(300)), silence: Some(Duration::from_secs(60)) };
const BY_HAND: Limits = Limits { total: None, silence: None };

/// `cargo xtask run`.
#[derive(clap::Args, Debug)]
pub struct RunOptions {
    /// What to run: an application (a folder below apps), or a root task (demo, kernel-api,
    /// kernel-bench, system-calls)
    #[arg(default_value = "vm_minimal")]
    what: String,
    #[command(flatten)]
    kernel: KernelOptions,
    #[command(flatten)]
    setup: SetupOptions,
}

/// `cargo xtask image`.
#[derive(clap::Args, Debug)]
pub struct ImageOptions {
    /// The root task
    #[arg(value_enum, default_value = "demo")]
    root_task: RootTask,
    /// Write a raw arm64 Image with Linux' header instead of an ELF file
    #[arg(long)]
    raw: bool,
    /// The file to write [default: a name in target/image]
    #[arg(long, short, value_name = "FILE")]
    output: Option<std::path::PathBuf>,
    #[command(flatten)]
    kernel: KernelOptions,
    #[command(flatten)]
    setup: SetupOptions,
}

/// `cargo xtask prefix`.
#[derive(clap::Args, Debug)]
pub struct PrefixOptions {
    #[command(flatten)]
    kernel: KernelOptions,
    #[command(flatten)]
    setup: SetupOptions,
}

/// Builds an image and gives it the user's terminal.
pub fn run(options: &RunOptions) -> Result<()> {
    let what = &options.what;
    let apps = app::names();
    let root_task = RootTask::from_str(what, false).ok();
    if root_task.is_none() && !apps.contains(what) {
        let tasks = RootTask::ALL.map(RootTask::name);
        bail!(
            "{what}: there is no such application or root task; expected one of {}",
            apps.iter().map(String::as_str).chain(tasks).collect::<Vec<_>>().join(", ")
        );
    }
    let toolchain = setup::ensure(&options.setup)?;
    let kernel = options.kernel.select(&toolchain)?;
    match root_task {
        Some(task) => run_root_task(&toolchain, &kernel, task),
        None => App::build(what, &kernel, &options.kernel)?.simulate(),
    }
}

/// Boots a root task alone, without a system around it.
fn run_root_task(toolchain: &Toolchain, kernel: &Kernel, task: RootTask) -> Result<()> {
    let image = build::image(toolchain, kernel, task)?;
    let machine = kernel.machine()?;
    say(
        "run",
        &format!(
            "QEMU virt, {}, {} MiB, kernel {}; leave with Ctrl-A x",
            machine.cpu, machine.memory_mib, kernel.name
        ),
    );
    let by_hand = std::io::stdin().is_terminal();
    let options = qemu::Options {
        sentinel: Sentinel::Line(task.sentinel()),
        linger: Duration::ZERO,
        limits: if by_hand { BY_HAND } else { WATCHED },
        attached: true,
        count_instructions: false,
    };
    let transcript = qemu::run(&machine, &image, &options)?;
    let how = match transcript.end {
        End::Sentinel => "the root task is done",
        End::Exit => "QEMU ended",
    };
    say("run", how);
    Ok(())
}

/// Builds an image and says where it is.
pub fn image(options: &ImageOptions) -> Result<()> {
    let toolchain = setup::ensure(&options.setup)?;
    let kernel = options.kernel.select(&toolchain)?;
    let format = if options.raw { Format::Image } else { Format::Elf };
    let output = options.output.clone().unwrap_or_else(|| {
        let extension = if options.raw { "img" } else { "elf" };
        let name = format!("{}-{}.{extension}", options.root_task.package(), kernel.name);
        workspace::target_directory().join("image").join(name)
    });
    build::image_at(&toolchain, &kernel, options.root_task, format, &output)?;
    println!("{}", output.display());
    Ok(())
}

/// Builds the embedded kernel's prefix and says where it is.
pub fn prefix(options: &PrefixOptions) -> Result<()> {
    let toolchain = setup::ensure(&options.setup)?;
    let choice = KernelOptions { embedded: true, ..options.kernel.clone() };
    let kernel = choice.select(&toolchain)?;
    println!("{}", kernel.prefix.path().display());
    Ok(())
}

/// Builds an image, boots it without a terminal and returns its lines.
pub fn watch(
    toolchain: &Toolchain, kernel: &Kernel, task: RootTask, count_instructions: bool,
) -> Result<Vec<String>> {
    let image = build::image(toolchain, kernel, task)?;
    let options = qemu::Options {
        sentinel: Sentinel::Line(task.sentinel()),
        linger: Duration::ZERO,
        limits: WATCHED,
        attached: false,
        count_instructions,
    };
    let step = Step::start("boot", format!("{} on {}", task.package(), kernel.name));
    let transcript = qemu::run(&kernel.machine()?, &image, &options);
    step.finish(if transcript.is_ok() { "done" } else { "failed" });
    Ok(transcript?.lines)
}
