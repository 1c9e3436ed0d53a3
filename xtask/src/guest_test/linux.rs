//! Linux guests.

use std::time::{SystemTime, UNIX_EPOCH};

use ::guest_images::guest::Suite;
use anyhow::{Context, Result, ensure};

use super::{BOOT_LIMIT, STEP_LIMIT, answer, check};
use crate::app::{App, Variant};
use crate::console::Console;
use crate::kernels::{Kernel, KernelOptions};
use crate::tally::Tally;

/// What the guest's shell prints when it waits for a command.
pub const PROMPT: &str = "caravan-guest:~# ";

/// What a clock of whole seconds may be behind that was set by another one.
const SECONDS_LOST: u64 = 2;

/// How the application is built for guests of a suite with a number of processors.
pub fn variant(name: &str, suite: Suite, vcpus: u8) -> Variant<'_> {
    let settings = vec![format!("CARAVAN_GUEST_SUITE={suite}"), format!("VmVcpus={vcpus}")];
    Variant { name, settings }
}

/// Boots a guest and uses its shell.
pub fn test(suite: Suite, vcpus: u8, kernel: &Kernel, options: &KernelOptions, tally: &mut Tally) {
    let name = format!(
        "vm_minimal on {}: shell, reboot and poweroff of Debian {suite}'s Linux, vCPUs: {vcpus}",
        kernel.name
    );
    let usual = suite == Suite::default() && vcpus == 1;
    let folder = if usual { String::new() } else { format!("{suite}-{vcpus}") };
    let build =
        || App::build_variant("vm_minimal", &variant(&folder, suite, vcpus), kernel, options);
    check(&name, tally, build, |app| has_a_shell(app, vcpus, true));
}

/// The same with the console on a SerialServer's line, and without a clock.
pub fn test_on_a_line(kernel: &Kernel, options: &KernelOptions, tally: &mut Tally) {
    let name = format!("vm_minimal on {}: a SerialServer's line has the console", kernel.name);
    let variant = Variant { name: "serial", settings: vec!["VmSerialServer=ON".to_owned()] };
    let build = || App::build_variant("vm_minimal", &variant, kernel, options);
    check(&name, tally, build, |app| has_a_shell(app, 1, false));
}

/// What the component says before its guest does is no error. A debug build of the C kernel reports
/// users' errors by itself.
fn no_errors(text: &str) -> Result<()> {
    let mut own = text.lines().filter(|line| !line.contains("seL4(CPU"));
    let error = own.find(|line| line.to_lowercase().contains("error"));
    ensure!(error.is_none(), "progress is printed as an error: {}", error.unwrap_or_default());
    Ok(())
}

/// The guest's clock has begun with the board's time, which QEMU takes from this machine.
fn has_the_time(console: &mut Console) -> Result<()> {
    const COMMAND: &str = "cat /sys/class/rtc/rtc0/since_epoch";
    let earliest = now()?;
    console.send(COMMAND)?;
    let printed = console.expect(PROMPT, STEP_LIMIT)?;
    let time = printed.lines().find_map(|line| line.trim().parse().ok());
    let time = time.with_context(|| format!("`{COMMAND}` printed no time:\n{printed}"))?;
    is_between(time, earliest, now()?)
}

/// Seconds since 1970.
pub fn now() -> Result<u64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())
}

/// Whether a guest's clock was right that showed `time` then.
pub fn is_between(time: u64, earliest: u64, latest: u64) -> Result<()> {
    // The board's clock has whole seconds, and so has the guest's.
    let expected = earliest.saturating_sub(SECONDS_LOST)..=latest;
    ensure!(expected.contains(&time), "the guest's clock shows {time}, expected {expected:?}");
    Ok(())
}

fn has_a_shell(app: &App, vcpus: u8, clock: bool) -> Result<()> {
    let mut console = Console::start(&mut app.command())?;
    let start = console.expect("Booting Linux on physical CPU", BOOT_LIMIT)?;
    no_errors(&start)?;
    console.expect(PROMPT, BOOT_LIMIT)?;
    answer(&mut console, PROMPT, "uname -a", "aarch64 GNU/Linux")?;
    let last = format!("processor\t: {}", vcpus.saturating_sub(1));
    answer(&mut console, PROMPT, "cat /proc/cpuinfo", &last)?;
    if clock {
        has_the_time(&mut console)?;
    }
    console.send("reboot")?;
    console.expect("Booting Linux on physical CPU", BOOT_LIMIT)?;
    console.expect(PROMPT, BOOT_LIMIT)?;
    answer(&mut console, PROMPT, "cat /proc/1/comm", "init")?;
    console.send("poweroff")?;
    console.expect("Power down", STEP_LIMIT).map(drop)
}
