//! `cargo xtask stress reboots`: a guest that starts again and again, each time as the first time.

use std::time::{Duration, Instant};

use ::guest_images::guest::Suite;
use anyhow::{Context, Result, ensure};

use crate::app::App;
use crate::console::Console;
use crate::guest_test::{self, BOOT_LIMIT, PROMPT, STEP_LIMIT};
use crate::kernels::{Kernel, KernelOptions};
use crate::progress::say;
use crate::setup::{self, SetupOptions};

/// Which guest reboots.
#[derive(clap::ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
enum Rebooter {
    /// Debian's Linux, up to its shell
    Linux,
    /// U-Boot, up to its prompt: a hundred times faster
    UBoot,
}

/// `cargo xtask stress reboots`.
#[derive(clap::Args, Debug)]
pub struct RebootOptions {
    /// How often
    #[arg(long, default_value_t = 50)]
    count: u32,
    /// What reboots
    #[arg(long, value_enum, default_value_t = Rebooter::Linux)]
    guest: Rebooter,
    /// Virtual processors of the guest, if it is Linux
    #[arg(long, default_value_t = 1)]
    vcpus: u8,
    #[command(flatten)]
    kernel: KernelOptions,
    #[command(flatten)]
    setup: SetupOptions,
}

/// What the VM component says about one life of the guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Life {
    accesses: u64,
    calls: u64,
    heap: u64,
}

impl Life {
    /// Reads the line behind `the guest starts again; `.
    fn parse(line: &str) -> Option<Self> {
        let number = |after: &str| {
            let before = line.split(after).next()?;
            before.rsplit(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
        };
        Some(Self {
            accesses: number(" accesses")?,
            calls: number(" calls")?,
            heap: number(" bytes of heap")?,
        })
    }

    /// Whether it is as another one. Timing changes how much the guest says and asks: its accesses
    /// by one part in so many, its calls by a quarter. The heap has to be exactly as it was.
    fn is_like(&self, other: &Self, parts: u64) -> bool {
        let near = |one: u64, two: u64, parts: u64| one.abs_diff(two) <= one.max(two) / parts + 8;
        self.heap == other.heap
            && near(self.accesses, other.accesses, parts)
            && near(self.calls, other.calls, 4)
    }
}

impl Rebooter {
    fn app(self, options: &RebootOptions, kernel: &Kernel) -> Result<App> {
        match self {
            Self::Linux => {
                let suite = Suite::default();
                let folder = format!("{suite}-{}", options.vcpus);
                let variant = guest_test::variant(&folder, suite, options.vcpus);
                App::build_variant("vm_minimal", &variant, kernel, &options.kernel)
            }
            Self::UBoot => {
                ensure!(options.vcpus == 1, "--vcpus is {}: U-Boot uses one", options.vcpus);
                guest_test::u_boot_app(&guest_test::u_boot_file()?, kernel, &options.kernel)
            }
        }
    }

    fn wait(self, console: &mut Console) -> Result<()> {
        match self {
            Self::Linux => console.expect(PROMPT, BOOT_LIMIT).map(drop),
            Self::UBoot => guest_test::u_boot_prompt(console, BOOT_LIMIT),
        }
    }

    /// By one part in how many accesses may differ. U-Boot looks for a key again and again while it
    /// waits for one.
    const fn parts(self) -> u64 {
        match self {
            Self::Linux => 4,
            Self::UBoot => 2,
        }
    }

    fn command(self) -> &'static str {
        match self {
            Self::Linux => "reboot -f",
            Self::UBoot => "reset",
        }
    }
}

/// Reboots a guest as often as the options say.
pub fn run(options: &RebootOptions) -> Result<()> {
    let toolchain = setup::ensure(&options.setup)?;
    let kernel = options.kernel.select(&toolchain)?;
    ensure!(
        kernel.prints(),
        "{} doesn't print: the guest has the serial port, so nobody would see what the VM component \
         says. Take a debug kernel",
        kernel.name
    );
    let guest = options.guest;
    let app = guest.app(options, &kernel)?;
    let mut console = Console::start(&mut app.command())?;
    guest.wait(&mut console)?;
    let mut first = None;
    let mut longest = Duration::ZERO;
    for boot in 1..=options.count {
        let start = Instant::now();
        console.send(guest.command())?;
        console.expect("the guest starts again; ", STEP_LIMIT)?;
        let line = console.expect("\n", STEP_LIMIT)?;
        let life = Life::parse(&line).with_context(|| format!("no counts in: {line}"))?;
        let first = *first.get_or_insert(life);
        let alike = life.is_like(&first, guest.parts());
        ensure!(alike, "boot {boot} ended with {life:?}, the first with {first:?}");
        guest.wait(&mut console)?;
        longest = longest.max(start.elapsed());
        console.forget();
        if boot % 10 == 0 || boot == options.count {
            let longest = longest.as_millis();
            say("stress", &format!("{boot} reboots, {life:?}, the longest took {longest} ms"));
        }
    }
    console.send("poweroff")?;
    console.expect("the guest is off", STEP_LIMIT).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "exits: 26630 accesses, 0 system registers, 14 calls, 28 waits, 7169 timers, \
                        7171 ends of interrupts, 0 others; 7172 interrupts; idle for 1.763 s; 51200 \
                        bytes of heap";

    #[test]
    fn counts_are_read() {
        let life = Life::parse(LINE).unwrap();
        assert_eq!(life, Life { accesses: 26630, calls: 14, heap: 51200 });
        assert_eq!(Life::parse("exits: 5 accesses"), None);
    }

    #[test]
    fn a_life_is_like_another() {
        let life = Life::parse(LINE).unwrap();
        assert!(life.is_like(&Life { accesses: 26000, ..life }, 4));
        assert!(!life.is_like(&Life { accesses: 16000, ..life }, 4));
        assert!(life.is_like(&Life { accesses: 16000, ..life }, 2));
        assert!(!life.is_like(&Life { accesses: 9000, ..life }, 2));
        assert!(!life.is_like(&Life { heap: 51216, ..life }, 2));
    }
}
