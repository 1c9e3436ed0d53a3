//! `guest-images`: makes kernels and root file systems for guests.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use guest_images::guest::Guest;
use guest_images::{kernel, rootfs};
use host_support::cache::Cache;

#[derive(Parser)]
#[command(name = "guest-images", about, version)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Print the path of the default kernel; get it first if it isn't there
    Kernel(Default),
    /// Print the path of the default root file system; make it first if it isn't there
    Rootfs(Default),
}

#[derive(clap::Args)]
struct Default {
    #[command(flatten)]
    guest: Guest,
    /// Ask for newer packages
    #[arg(long)]
    update: bool,
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
    let cache = Cache::open()?;
    match task {
        Task::Kernel(Default { guest, update }) => {
            println!("{}", kernel::image(&cache, *guest, *update)?.display());
        }
        Task::Rootfs(Default { guest, update }) => {
            println!("{}", rootfs::default(&cache, *guest, *update)?.display());
        }
    }
    Ok(())
}
