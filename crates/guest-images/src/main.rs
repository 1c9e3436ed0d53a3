//! `guest-images`: makes kernels and root file systems for guests.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use guest_images::files::Choice;
use guest_images::guest::Guest;
use guest_images::overlay::Overlay;
use guest_images::recipe::Recipe;
use guest_images::{bzimage, device_tree, firmware, kernel};
use host_support::cache::Cache;

#[derive(Parser)]
#[command(name = "guest-images", about, version)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Print the path of a guest's kernel; get it first if it isn't there
    Kernel(Choice),
    /// Print the path of a guest's root file system; make it first if it isn't there
    Rootfs(Choice),
    /// Print the path of U-Boot for guests; get it first if it isn't there
    UBoot(Guest),
    /// Make a root file system of your own
    BuildRootfs(BuildRootfs),
    /// Add files to a root file system
    Overlay(OverlayTask),
    /// Write a root file system's place into a device tree
    UpdateDtb(UpdateDtb),
    /// Bring a kernel to the form that boots: without gzip, zstd or EFI zboot
    UnpackKernel(UnpackKernel),
    /// Take the ELF file vmlinux out of an x86 kernel (bzImage)
    Vmlinux(Vmlinux),
}

#[derive(clap::Args)]
struct BuildRootfs {
    #[command(flatten)]
    guest: Guest,
    #[command(flatten)]
    recipe: Recipe,
    /// The new root file system
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

#[derive(clap::Args)]
struct OverlayTask {
    #[command(flatten)]
    overlay: Overlay,
    /// The new root file system
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

#[derive(clap::Args)]
struct UpdateDtb {
    /// The device tree
    #[arg(long, value_name = "FILE")]
    dtb: PathBuf,
    /// The root file system
    #[arg(long, value_name = "FILE")]
    initrd: PathBuf,
    /// Where the root file system will lie in the guest's memory
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    initrd_start: u64,
    /// The new device tree
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

#[derive(clap::Args)]
struct UnpackKernel {
    #[command(flatten)]
    guest: Guest,
    /// The kernel
    #[arg(value_name = "FILE")]
    kernel: PathBuf,
    /// The unpacked kernel
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

#[derive(clap::Args)]
struct Vmlinux {
    /// The kernel
    #[arg(value_name = "BZIMAGE")]
    kernel: PathBuf,
    /// The ELF file
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

fn main() -> ExitCode {
    match run(&Arguments::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: &Task) -> Result<()> {
    match task {
        Task::Kernel(choice) => println!("{}", choice.kernel(&Cache::open()?)?.display()),
        Task::Rootfs(choice) => println!("{}", choice.rootfs(&Cache::open()?)?.display()),
        Task::UBoot(guest) => {
            println!("{}", firmware::u_boot(&Cache::open()?, *guest, false)?.display());
        }
        Task::BuildRootfs(task) => {
            write(&task.output, &task.recipe.make(&Cache::open()?, task.guest)?)?;
        }
        Task::Overlay(task) => write(&task.output, &task.overlay.apply()?)?,
        Task::UpdateDtb(task) => {
            let name = task.dtb.display().to_string();
            let initrd = fs::metadata(&task.initrd)
                .with_context(|| format!("could not read {}", task.initrd.display()))?;
            let blob =
                device_tree::set_initrd(&name, &read(&task.dtb)?, task.initrd_start, initrd.len())?;
            write(&task.output, &blob)?;
        }
        Task::UnpackKernel(task) => {
            let name = task.kernel.display().to_string();
            write(&task.output, &kernel::unpack(task.guest.arch, &name, read(&task.kernel)?)?)?;
        }
        Task::Vmlinux(task) => {
            let name = task.kernel.display().to_string();
            write(&task.output, &bzimage::vmlinux(&name, &read(&task.kernel)?)?)?;
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("could not read {}", path.display()))
}

/// Writes a file beside its place and renames it: an interruption leaves no half of it.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let shown = || format!("could not write {}", path.display());
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(directory).with_context(shown)?;
    let readable = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    let mut file = tempfile::Builder::new()
        .permissions(readable)
        .tempfile_in(directory)
        .with_context(shown)?;
    file.write_all(bytes).with_context(shown)?;
    file.persist(path).with_context(shown)?;
    Ok(())
}

/// A number, hexadecimal with `0x`.
fn address(text: &str) -> Result<u64, String> {
    let parsed = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    parsed.map_err(|_| "expected an address of at most 64 bits, as 0x4d700000".to_owned())
}
