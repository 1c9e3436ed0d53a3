//! Guests that are no Linux: U-Boot, and one that writes to every register.

use std::path::{Path, PathBuf};
use std::time::Duration;

use ::guest_images::firmware;
use ::guest_images::guest::Guest;
use anyhow::{Context, Result, ensure};

use super::linux::{is_between, now};
use super::{BOOT_LIMIT, STEP_LIMIT, answer, check};
use crate::app::{App, Variant};
use crate::build;
use crate::cache::Cache;
use crate::console::Console;
use crate::kernels::{Kernel, KernelOptions};
use crate::tally::Tally;
use crate::toolchain::Toolchain;
use crate::workspace;

const U_BOOT_PROMPT: &str = "\n=> ";
/// A VM with modules of an application.
const MODULES: &str = "tests/camkes-modules";
/// How often its guest is rung at after each start.
const RINGS: u32 = 100;
const RAW_GUEST: &str = "tests/raw-guest";
/// What the guest that writes to every register prints when it waits for a seed.
pub const READY: &str = "register-fuzz: ready";

/// Uses all of them on a kernel.
pub fn on_kernel(
    toolchain: &Toolchain, kernel: &Kernel, options: &KernelOptions, tally: &mut Tally,
) {
    let build = || App::build("hello", kernel, options);
    check(&format!("hello on {}: greets", kernel.name), tally, build, greets);

    let name = format!("a guest on {}: writes to every register, and starts again", kernel.name);
    let prints = kernel.prints();
    let fuzz = Fuzz { runs: 2, milliseconds: 100, counted: true, ..Fuzz::new(kernel) };
    check(&name, tally, || fuzz_app(toolchain, kernel, options), |app| fuzz.run(app, |_| ()));

    let name = format!("a guest on {}: the board's clock, and a power button", kernel.name);
    let folder = workspace::root().join("tests/camkes-devices");
    check(
        &name,
        tally,
        || App::build_folder(&folder, kernel, options),
        |app| powers_off(app, prints),
    );

    let name =
        format!("a guest on {}: a device and random numbers of the application's", kernel.name);
    check(
        &name,
        tally,
        || modules_app(toolchain, kernel, options),
        |app| answers_rings(app, prints),
    );

    let name = format!("U-Boot on {}: a prompt, reset and poweroff", kernel.name);
    match u_boot_file() {
        Ok(file) => check(
            &name,
            tally,
            || u_boot_app(&file, kernel, options),
            |app| has_a_prompt(app, prints),
        ),
        // The outermost line will do: apt has a screen of them.
        Err(error) => tally.skip(1, &name, &error.to_string()),
    }
}

fn greets(app: &App) -> Result<()> {
    let mut console = Console::start(&mut app.command())?;
    console.expect("hello: Hello from seL4", STEP_LIMIT).map(drop)
}

/// A guest that says its time and powers itself off when its button is pressed.
fn powers_off(app: &App, kernel_prints: bool) -> Result<()> {
    let mut console = Console::start(&mut app.command())?;
    let earliest = now()?;
    expect_line(&mut console, "asked to restart the guest", kernel_prints)?;
    console.expect("wait-for-key: pressed at ", BOOT_LIMIT)?;
    let time = console.expect(" after ", STEP_LIMIT)?;
    let time = time.parse().with_context(|| format!("`{time}` is no time"))?;
    is_between(time, earliest, now()?)?;
    let alarms = console.expect(" alarms", STEP_LIMIT)?;
    let rang = alarms.parse().is_ok_and(|count: u64| count > 0);
    ensure!(rang, "the board's clock rang {alarms} times for the guest, expected once or more");
    console.expect("Power down", STEP_LIMIT)?;
    expect_line(&mut console, "the guest is off", kernel_prints)
}

/// A VM with modules of its own, and the guest that uses them.
fn modules_app(toolchain: &Toolchain, kernel: &Kernel, options: &KernelOptions) -> Result<App> {
    let program = build::bare_guest(toolchain, "register-fuzz")?;
    let settings = vec![format!("RawGuest={}", program.display())];
    App::build_variant(MODULES, &Variant { name: "", settings }, kernel, options)
}

/// A guest that another component rings at, by way of a module, and that starts again once.
fn answers_rings(app: &App, kernel_prints: bool) -> Result<()> {
    let mut console = Console::start(&mut app.command())?;
    for (start, random) in [(1, "0x0807060504030201"), (2, "0x100f0e0d0c0b0a09")] {
        console.expect(READY, BOOT_LIMIT)?;
        console.send("doorbell")?;
        console.expect("doorbell: ", STEP_LIMIT)?;
        let found = console.expect("\n", STEP_LIMIT)?;
        let expected = format!(
            "start {start}: 0 rings before, {RINGS} answered, {} counted; random numbers 0x10000: \
             {random}",
            RINGS + 1
        );
        ensure!(
            found.trim_end() == expected,
            "the guest has found `{found}`, expected `{expected}`"
        );
        console.send(if start == 1 { "reset" } else { "off" })?;
    }
    expect_line(&mut console, "the guest is off", kernel_prints)
}

/// U-Boot's program, from Debian's package.
pub fn u_boot_file() -> Result<PathBuf> {
    Cache::open().and_then(|cache| firmware::u_boot(&cache, Guest::default(), false))
}

/// U-Boot, with the flash memory that it keeps its settings in.
pub fn u_boot_app(file: &Path, kernel: &Kernel, options: &KernelOptions) -> Result<App> {
    let settings = vec![
        format!("RawGuest={}", file.display()),
        "RawGuestEntry=0x40400000".to_owned(),
        "RawGuestFlash=ON".to_owned(),
    ];
    let variant = Variant { name: "u-boot", settings };
    App::build_variant(RAW_GUEST, &variant, kernel, options)
}

/// Waits for a line of the VM component. The guest has the serial port, so the line comes through the
/// kernel, if that prints.
fn expect_line(console: &mut Console, line: &str, kernel_prints: bool) -> Result<()> {
    if kernel_prints {
        console.expect(line, STEP_LIMIT)?;
    }
    Ok(())
}

/// Waits for U-Boot and stops it from booting anything.
pub fn u_boot_prompt(console: &mut Console, limit: Duration) -> Result<()> {
    console.expect("Hit any key to stop autoboot", limit)?;
    console.send("")?;
    console.expect(U_BOOT_PROMPT, STEP_LIMIT).map(drop)
}

fn has_a_prompt(app: &App, kernel_prints: bool) -> Result<()> {
    let mut console = Console::start(&mut app.command())?;
    u_boot_prompt(&mut console, BOOT_LIMIT)?;
    answer(&mut console, U_BOOT_PROMPT, "version", "U-Boot 20")?;
    console.send("reset")?;
    expect_line(&mut console, "the guest starts again", kernel_prints)?;
    u_boot_prompt(&mut console, STEP_LIMIT)?;
    console.send("poweroff")?;
    console.expect("poweroff ...", STEP_LIMIT)?;
    expect_line(&mut console, "the guest is off", kernel_prints)
}

/// The setting of applications for the guest that writes to every register, which is built for it.
pub fn fuzz_setting(toolchain: &Toolchain) -> Result<String> {
    let program = build::bare_guest(toolchain, "register-fuzz")?;
    Ok(format!("RawGuest={}", program.display()))
}

/// The guest that writes to every register, with two processors.
pub fn fuzz_app(toolchain: &Toolchain, kernel: &Kernel, options: &KernelOptions) -> Result<App> {
    let settings = vec![fuzz_setting(toolchain)?, "VmVcpus=2".to_owned()];
    let variant = Variant { name: "fuzz", settings };
    App::build_variant(RAW_GUEST, &variant, kernel, options)
}

/// Runs of that guest, each of which ends with a reset of its machine.
#[derive(Debug, Clone, Copy)]
pub struct Fuzz {
    /// The seed of the first run; those after it have the next numbers.
    pub first_seed: u64,
    /// How many runs.
    pub runs: u64,
    /// How much of the guest's time one takes.
    pub milliseconds: u64,
    /// Whether that is counted in instructions, so that each run is the same.
    pub counted: bool,
    /// Whether the kernel prints, so that the VM component's lines are seen.
    pub prints: bool,
}

impl Fuzz {
    /// One run without time, from the first seed.
    pub fn new(kernel: &Kernel) -> Self {
        let prints = kernel.prints();
        Self { first_seed: 1, runs: 1, milliseconds: 0, counted: false, prints }
    }

    /// How long a run may take.
    pub fn limit(&self) -> Duration {
        STEP_LIMIT + Duration::from_secs(self.milliseconds.saturating_mul(4) / 1000)
    }

    /// Boots the guest, and expects it to be as new after each run. `report` gets a line for each.
    pub fn run(&self, app: &App, mut report: impl FnMut(&str)) -> Result<()> {
        let mut command = app.command();
        if self.counted {
            command.args(["-icount", "shift=0,sleep=off", "-rtc", "clock=vm"]);
        }
        let mut console = Console::start(&mut command)?;
        console.expect(READY, BOOT_LIMIT)?;
        for seed in (self.first_seed..).take(usize::try_from(self.runs)?) {
            console.send(&format!("{seed} {}", self.milliseconds))?;
            let start = "register-fuzz: ";
            console.expect(&format!("\n{start}"), self.limit())?;
            let end = console.expect("reset\n", STEP_LIMIT)?;
            ensure!(end.contains(&format!(" steps with seed {seed}, ")), "{start}{end}");
            expect_line(&mut console, "the guest starts again", self.prints)?;
            console.expect(READY, STEP_LIMIT)?;
            report(end.trim_end_matches(", "));
        }
        console.send("off")?;
        expect_line(&mut console, "the guest is off", self.prints)
    }
}
