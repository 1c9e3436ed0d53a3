//! `cargo xtask`: sets the machine up, builds, runs, tests and measures Caravan.

mod api_log;
mod app;
mod app_test;
mod bad_input;
mod bench;
mod boot;
mod build;
mod cmake_test;
mod console;
mod elf_patch;
mod guest_bench;
mod guest_images;
mod guest_limits;
mod guest_test;
mod headers;
mod host;
mod initializer_test;
mod kernel_size;
mod kernel_test;
mod kernels;
mod layer;
mod lints;
mod loader_test;
mod packages;
mod qemu;
mod reboots;
mod serial;
mod serial_test;
mod setup;
mod stress;
mod system_calls;
mod table;
mod tally;
mod test;
mod test_counts;
mod toolchain;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use host_support::{apt, cache, command, progress};

use setup::SetupOptions;

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about, version)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Get what a machine needs: system packages, bare-metal targets
    Setup(SetupOptions),
    /// Build an application or a root task and a kernel, and boot them in QEMU on this terminal
    Run(boot::RunOptions),
    /// Write a bootable image
    Image(boot::ImageOptions),
    /// Build the embedded kernel and its prefix; print the prefix's directory
    Prefix(boot::PrefixOptions),
    /// Get a guest's kernel and make its root file system; print their paths
    GuestImages(::guest_images::files::Choice),
    /// Used by the CMake layer
    #[command(subcommand, hide = true)]
    Layer(layer::LayerPart),
    /// Run every test that this machine can run
    Test(test::TestOptions),
    /// Measure, and print a table
    Bench {
        #[command(subcommand)]
        part: bench::BenchPart,
    },
    /// Do the same thing very often, for hours if you like
    Stress {
        #[command(subcommand)]
        part: stress::StressPart,
    },
    /// Run all tests as continuous integration does: without any question
    Ci(SetupOptions),
}

fn main() -> ExitCode {
    let done = |()| true;
    let result = match Arguments::parse().task {
        Task::Setup(options) => setup::run(&options).map(done),
        Task::Run(options) => boot::run(&options).map(done),
        Task::Image(options) => boot::image(&options).map(done),
        Task::Prefix(options) => boot::prefix(&options).map(done),
        Task::GuestImages(choice) => guest_images::run(&choice).map(done),
        Task::Layer(part) => layer::run(&part).map(done),
        Task::Test(options) => test::run(&options),
        Task::Bench { part } => bench::run(&part).map(done),
        Task::Stress { part } => stress::run(&part).map(done),
        Task::Ci(options) => test::ci(&options),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
