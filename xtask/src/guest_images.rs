//! `cargo xtask guest-images`: kernel and root file system of a guest. `cargo xtask test
//! guest-images`: they work, on QEMU without anything of ours.

use std::fs;
use std::time::Duration;

use ::guest_images::files::{Choice, Files};
use ::guest_images::guest::{Architecture, Guest, Suite};
use ::guest_images::recipe::Recipe;
use anyhow::{Context, Result, ensure};

use crate::cache::Cache;
use crate::console::Console;
use crate::packages;
use crate::progress::Step;
use crate::qemu;
use crate::setup::SetupOptions;
use crate::tally::Tally;

/// From the start of QEMU to the guest's shell, on a busy machine.
const BOOT_LIMIT: Duration = Duration::from_secs(180);
const STEP_LIMIT: Duration = Duration::from_secs(60);

const PROMPT: &str = "caravan-guest:~# ";

/// Makes what isn't there, and prints the paths.
pub fn run(choice: &Choice) -> Result<()> {
    let Files { kernel, rootfs } = choice.files(&Cache::open()?)?;
    println!("kernel: {}", kernel.display());
    println!("rootfs: {}", rootfs.display());
    Ok(())
}

/// `cargo xtask test guest-images`.
#[derive(clap::Args, Debug)]
pub struct GuestImagesTestOptions {
    /// Debian's suites to test
    #[arg(long = "suite", value_enum, default_values_t = [Suite::Bookworm])]
    suites: Vec<Suite>,
    /// The guests' architecture
    #[arg(long, value_enum, default_value_t)]
    arch: Architecture,
}

/// Runs the tests for all suites that were asked for.
pub fn test(options: &GuestImagesTestOptions, setup: &SetupOptions, tally: &mut Tally) {
    if let Err(error) = packages::ensure(setup.yes) {
        tally.skip(1, "guest images", &format!("{error:#}"));
        return;
    }
    let Some(machine) = Machine::of(options.arch) else {
        let reason = "there is no machine to boot them on";
        tally.skip(1, &format!("guest images for {}", options.arch), reason);
        return;
    };
    for suite in &options.suites {
        test_guest(Guest { arch: options.arch, suite: *suite }, machine, tally);
    }
}

/// The default images, as a part of all tests.
pub fn test_default(tally: &mut Tally) {
    let guest = Guest::default();
    if let Some(machine) = Machine::of(guest.arch) {
        test_guest(guest, machine, tally);
    }
}

/// What a guest boots on without a VMM.
#[derive(Debug, Clone, Copy)]
struct Machine {
    qemu: &'static str,
    cpu: &'static str,
    /// What `uname -m` says there.
    name: &'static str,
}

impl Machine {
    fn of(arch: Architecture) -> Option<Self> {
        match arch {
            Architecture::Arm64 => {
                Some(Self { qemu: "qemu-system-aarch64", cpu: "cortex-a53", name: "aarch64" })
            }
            Architecture::Armhf => {
                Some(Self { qemu: "qemu-system-arm", cpu: "cortex-a15", name: "armv7l" })
            }
            Architecture::Amd64 => None,
        }
    }
}

/// Boots a guest's default images.
fn test_guest(guest: Guest, machine: Machine, tally: &mut Tally) {
    const TESTS: usize = 4;
    let choice = Choice { guest, ..Choice::default() };
    let files = Cache::open().and_then(|cache| Ok((choice.files(&cache)?, cache)));
    let (files, cache) = match files {
        Ok(files) => files,
        Err(error) => {
            // The outermost line will do: apt has a screen of them.
            tally.skip(TESTS, &format!("guest images of {guest}"), &error.to_string());
            return;
        }
    };
    let mut check = |name: &str, test: &dyn Fn() -> Result<()>| {
        let name = format!("guest images of {guest}: {name}");
        let step = Step::start("test", name.clone());
        let result = test();
        step.finish(if result.is_ok() { "done" } else { "failed" });
        tally.check(&name, result);
    };
    check("the same bytes again", &|| same_bytes(&cache, guest, &files));
    check("a shell on ttyAMA0, and poweroff", &|| {
        let network = ["-netdev", "user,id=n,restrict=on", "-device", "virtio-net-device,netdev=n"];
        let mut console =
            boot(machine, &files, "ttyAMA0", &[&["-serial", "stdio"], &network[..]].concat())?;
        use_shell(machine, &mut console)?;
        // Its driver and what that depends on have been loaded.
        answer(&mut console, "ls /sys/class/net", "eth0")?;
        stop(&mut console, "poweroff")
    });
    check("a shell on hvc0, and poweroff", &|| {
        let device = ["-chardev", "stdio,id=c", "-device", "virtio-serial-device", "-device"];
        let device = [&["-serial", "none"], &device[..], &["virtconsole,chardev=c"]].concat();
        let mut console = boot(machine, &files, "hvc0", &device)?;
        answer(&mut console, "tty", "/dev/hvc0")?;
        stop(&mut console, "poweroff")
    });
    check("reboot", &|| {
        stop(&mut boot(machine, &files, "ttyAMA0", &["-serial", "stdio"])?, "reboot")
    });
}

/// Makes the root file system a second time, without the cache's.
fn same_bytes(cache: &Cache, guest: Guest, files: &Files) -> Result<()> {
    let bytes = Recipe::default().make(cache, guest)?;
    let cached = fs::read(&files.rootfs).context("the cached root file system")?;
    ensure!(bytes == cached, "the root file system has other bytes than when it was made before");
    Ok(())
}

fn boot(machine: Machine, files: &Files, console: &str, devices: &[&str]) -> Result<Console> {
    let mut qemu = qemu::program(machine.qemu);
    qemu.args(["-M", "virt", "-cpu", machine.cpu, "-m", "256", "-display", "none"])
        .args(["-monitor", "none", "-nic", "none", "-no-reboot"])
        .arg("-kernel")
        .arg(&files.kernel)
        .arg("-initrd")
        .arg(&files.rootfs)
        .args(["-append", &format!("console={console}")])
        .args(devices);
    let mut console = Console::start(&mut qemu)?;
    console.expect("caravan-guest: Linux ", BOOT_LIMIT)?;
    console.expect(PROMPT, STEP_LIMIT)?;
    Ok(console)
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

fn use_shell(machine: Machine, console: &mut Console) -> Result<()> {
    answer(console, "uname -a", "Linux caravan-guest ")?;
    answer(console, "uname -a", &format!(" {} GNU/Linux", machine.name))?;
    answer(console, "cat /proc/cpuinfo", "processor\t: 0")?;
    answer(console, "id -un", "root")?;
    // A shell that ends comes back.
    console.send("exit")?;
    console.expect(PROMPT, STEP_LIMIT)?;
    answer(console, "cat /proc/1/comm", "init")
}

/// Types the command that stops the guest: QEMU ends when the guest calls PSCI.
fn stop(console: &mut Console, command: &str) -> Result<()> {
    console.send(command)?;
    let status = console.wait(STEP_LIMIT)?;
    ensure!(status.success(), "QEMU ended with {status}");
    Ok(())
}
