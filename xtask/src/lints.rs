//! Clippy on the bare-metal programs, for the targets that they really run on.

use std::time::Duration;

use sel4_prefix::{Gic, KernelConfig};

use crate::build::{self, RootTask};
use crate::command;
use crate::kernel_size;
use crate::kernels::{self, Kernel};
use crate::tally::Tally;
use crate::toolchain::{KERNEL_TARGET, Toolchain, USER_TARGET};

const LIMIT: Duration = Duration::from_secs(600);

/// Checks kernel, loader and all root tasks.
pub fn check_all(toolchain: &Toolchain, tally: &mut Tally) {
    tally.check("lints: lines of the kernel", kernel_size::check_lines());

    let usual = KernelConfig::default();
    let release = KernelConfig { debug: false, ..usual.clone() };
    let gic_v3 = KernelConfig { gic: Gic::V3, ..usual };
    for config in [KernelConfig::default(), release, gic_v3] {
        // The directory of the build, which has the same dependencies on the host.
        let kernel = kernels::embedded_name(&config);
        let directory = build::kernel_directory(&kernel);
        let mut clippy = build::cargo(toolchain, "clippy", &["kernel"], KERNEL_TARGET, &directory);
        let name = format!("lints: kernel {kernel}");
        match build::configure_kernel(&mut clippy, &config, &kernel) {
            Ok(()) => run(&mut clippy, &name, tally),
            Err(error) => tally.check(&name, Err(error)),
        }
    }

    let mut clippy = build::cargo(toolchain, "clippy", &["loader"], KERNEL_TARGET, "loader");
    run(&mut clippy, "lints: loader", tally);

    let guests = ["guest-init", "register-fuzz"];
    let mut clippy = build::cargo(toolchain, "clippy", &guests, KERNEL_TARGET, "guest");
    run(&mut clippy, "lints: guests", tally);

    let config = KernelConfig::default();
    match Kernel::embedded(toolchain, &config) {
        Ok(kernel) => {
            let packages = RootTask::ALL.map(RootTask::package);
            let directory = build::user_directory(&kernel.name);
            let mut clippy = build::cargo(toolchain, "clippy", &packages, USER_TARGET, &directory);
            clippy.env("SEL4_PREFIX", kernel.prefix.path());
            run(&mut clippy, "lints: root tasks", tally);
        }
        Err(error) => tally.check("lints: root tasks", Err(error)),
    }
}

fn run(clippy: &mut std::process::Command, name: &str, tally: &mut Tally) {
    clippy.args(["--", "-Dwarnings"]);
    let result = command::step("test", name, clippy, LIMIT);
    tally.check(name, result.map(drop));
}
