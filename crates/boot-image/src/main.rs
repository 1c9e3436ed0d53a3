//! The command-line form of the packer.

use std::path::PathBuf;
use std::process::ExitCode;

use boot_image::{DeviceTree, Format, Input, InstalledKernel, pack};
use clap::{Parser, ValueEnum};
use sel4_prefix::Prefix;

/// Packs kernel, root task and device tree into one bootable image.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Directory of an installed kernel.
    #[arg(long, value_name = "DIR", env = "SEL4_PREFIX")]
    prefix: PathBuf,
    /// The `loader` package's ELF file.
    #[arg(long, value_name = "FILE")]
    loader: PathBuf,
    /// The root task's ELF file.
    #[arg(long, value_name = "FILE")]
    root_task: PathBuf,
    /// The image to write.
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
    /// The image's form.
    #[arg(long, value_enum, default_value = "elf")]
    format: FormatName,
    /// Take the device tree from the boot loader (x0), and keep this many KiB
    /// for it, instead of the prefix's.
    #[arg(long, value_name = "KIB")]
    device_tree_from_boot_loader: Option<u32>,
}

#[derive(Clone, Copy, ValueEnum)]
enum FormatName {
    /// ELF file with physical addresses.
    Elf,
    /// Raw arm64 Image.
    Image,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("boot-image: error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), String> {
    let text = |error: boot_image::Error| error.to_string();
    let prefix = Prefix::open(&arguments.prefix).map_err(|error| error.to_string())?;
    let installed = InstalledKernel::from_prefix(&prefix).map_err(text)?;
    let loader = Input::read(&arguments.loader).map_err(text)?;
    let root_task = Input::read(&arguments.root_task).map_err(text)?;
    let device_tree = match arguments.device_tree_from_boot_loader {
        Some(kib) => DeviceTree::BootLoader { room: u64::from(kib) * 1024 },
        None => DeviceTree::Prefix,
    };
    let format = match arguments.format {
        FormatName::Elf => Format::Elf,
        FormatName::Image => Format::Image,
    };
    let packed = pack(&installed, &loader, &root_task, device_tree, format).map_err(text)?;
    for warning in &packed.warnings {
        eprintln!("boot-image: warning: {warning}");
    }
    let layout = &packed.layout;
    for (part, range) in [
        ("kernel", layout.kernel),
        ("device tree", layout.device_tree),
        ("loader", layout.loader),
        ("root task", layout.root_task),
    ] {
        println!("{part:<12} {range}");
    }
    std::fs::write(&arguments.output, &packed.bytes)
        .map_err(|error| format!("{}: cannot be written: {error}", arguments.output.display()))
}
