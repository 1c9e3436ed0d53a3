//! `cargo xtask test guests`: applications that a user types into, built through the CMake layer.

use std::time::Duration;

use anyhow::{Result, ensure};

use crate::app::App;
use crate::console::Console;
use crate::kernels::{Kernel, KernelOptions};
use crate::progress::Step;
use crate::setup::{self, SetupOptions};
use crate::tally::Tally;

/// A guest's kernel has to be emulated, perhaps on a busy machine.
const BOOT_LIMIT: Duration = Duration::from_secs(180);
const STEP_LIMIT: Duration = Duration::from_secs(60);
const PROMPT: &str = "caravan-guest:~# ";

/// What is done with an application.
type Test = fn(&App) -> Result<()>;

/// `cargo xtask test guests`.
#[derive(clap::Args, Debug)]
pub struct GuestTestOptions {
    #[command(flatten)]
    kernel: KernelOptions,
}

/// Runs the tests on the chosen kernel.
pub fn run(options: &GuestTestOptions, setup: &SetupOptions, tally: &mut Tally) -> Result<()> {
    let toolchain = setup::ensure(setup)?;
    let kernel = options.kernel.select(&toolchain)?;
    on_kernel(&kernel, &options.kernel, tally);
    Ok(())
}

/// Builds and uses every application on a kernel.
pub fn on_kernel(kernel: &Kernel, options: &KernelOptions, tally: &mut Tally) {
    let tests: [(&str, &str, Test); 2] = [
        ("hello", "greets", greets),
        ("vm_minimal", "a shell, reboot and poweroff of a Linux guest", has_a_shell),
    ];
    for (app, what, test) in tests {
        let name = format!("{app} on {}: {what}", kernel.name);
        let step = Step::start("test", name.clone());
        let result = App::build(app, kernel, options).and_then(|app| test(&app));
        step.finish(if result.is_ok() { "done" } else { "failed" });
        tally.check(&name, result);
    }
}

fn greets(app: &App) -> Result<()> {
    let mut console = Console::start(&mut app.command())?;
    console.expect("hello: Hello from seL4", STEP_LIMIT).map(drop)
}

fn has_a_shell(app: &App) -> Result<()> {
    let mut console = Console::start(&mut app.command())?;
    console.expect(PROMPT, BOOT_LIMIT)?;
    answer(&mut console, "uname -a", "aarch64 GNU/Linux")?;
    answer(&mut console, "cat /proc/cpuinfo", "processor\t: 0")?;
    console.send("reboot")?;
    console.expect("Booting Linux on physical CPU", BOOT_LIMIT)?;
    console.expect(PROMPT, BOOT_LIMIT)?;
    answer(&mut console, "cat /proc/1/comm", "init")?;
    console.send("poweroff")?;
    console.expect("Power down", STEP_LIMIT).map(drop)
}

/// Types a command and expects `expected` in what it prints, before the next prompt.
fn answer(console: &mut Console, command: &str, expected: &str) -> Result<()> {
    console.send(command)?;
    let printed = console.expect(PROMPT, STEP_LIMIT)?;
    // The terminal shows what was typed: that doesn't count.
    let printed = printed.split_once('\n').map_or("", |(_, rest)| rest);
    ensure!(printed.contains(expected), "`{command}` printed no `{expected}`:\n{printed}");
    Ok(())
}
