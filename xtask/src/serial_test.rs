//! `cargo xtask test serial`: components on one serial line, which is typed to. What the terminal
//! gets is compared to the character.

mod flood;
mod idle;
mod measure;
mod transcript;
mod twelve;
mod untimed;

pub use measure::measure;

use std::process::Command;
use std::time::Duration;

use anyhow::{Result, ensure};

use crate::app::{App, Variant};
use crate::console::Console;
use crate::kernels::{Kernel, KernelOptions};
use crate::progress::Step;
use crate::setup::{self, SetupOptions};
use crate::tally::Tally;

const APP: &str = "tests/camkes-serial";
const BOOT_LIMIT: Duration = Duration::from_secs(60);
const STEP_LIMIT: Duration = Duration::from_secs(30);

/// `cargo xtask test serial`.
#[derive(clap::Args, Debug)]
pub struct SerialTestOptions {
    #[command(flatten)]
    kernel: KernelOptions,
}

/// Runs the tests on the chosen kernel.
pub fn run(options: &SerialTestOptions, setup: &SetupOptions, tally: &mut Tally) -> Result<()> {
    let toolchain = setup::ensure(setup)?;
    let kernel = options.kernel.select(&toolchain)?;
    on_kernel(&kernel, &options.kernel, tally);
    Ok(())
}

/// What is done at the terminal.
type Test = fn(&mut Terminal) -> Result<()>;

/// One of the application's assemblies.
struct Assembly {
    file: &'static str,
    instances: usize,
    tests: &'static [(&'static str, Clock, Test)],
}

/// Whose time the machine has.
#[derive(Clone, Copy, PartialEq)]
enum Clock {
    /// The host's, with pauses when the host is busy.
    Host,
    /// That of its own instructions: the shares of time that components get are the same each time.
    Instructions,
}

impl Clock {
    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Host => &[],
            Self::Instructions => &["-icount", "shift=0,sleep=off"],
        }
    }
}

const ASSEMBLIES: [Assembly; 4] = [
    Assembly {
        file: "serial",
        instances: flood::NAMES.len() + 2,
        tests: &[
            ("escapes", Clock::Host, transcript::escapes),
            ("all ways to write", Clock::Host, transcript::ways),
            ("input to several clients", Clock::Host, transcript::several),
            ("input to several clients, one of which is late", Clock::Host, transcript::late),
            ("input that comes faster than it is read", Clock::Host, flood::input),
            ("a megabyte of each of three clients at once", Clock::Instructions, flood::output),
        ],
    },
    Assembly {
        file: "twelve",
        instances: twelve::NAMES.len() + 2,
        tests: &[
            ("escapes for twelve clients", Clock::Host, twelve::escapes),
            ("input to twelve clients", Clock::Host, twelve::several),
            ("output of twelve clients at once", Clock::Instructions, twelve::output),
        ],
    },
    Assembly {
        file: "untimed",
        instances: 3,
        tests: &[("without a time server nothing waits", Clock::Host, untimed::everything)],
    },
    Assembly {
        file: "asked",
        instances: 3,
        tests: &[
            ("a terminal that answers gets colours", Clock::Host, transcript::asked),
            ("one that doesn't answer gets none", Clock::Host, transcript::not_answered),
        ],
    },
];

impl Assembly {
    fn build(&self, kernel: &Kernel, options: &KernelOptions) -> Result<App> {
        let settings = vec![format!("SERIAL_TEST_ASSEMBLY={}.camkes", self.file)];
        App::build_variant(APP, &Variant { name: self.file, settings }, kernel, options)
    }
}

/// Builds the application for a kernel, and uses it.
pub fn on_kernel(kernel: &Kernel, options: &KernelOptions, tally: &mut Tally) {
    let check = |tally: &mut Tally, what: &str, test: &mut dyn FnMut() -> Result<()>| {
        let name = format!("serial line on {}: {what}", kernel.name);
        let step = Step::start("test", name.clone());
        let result = test();
        step.finish(if result.is_ok() { "done" } else { "failed" });
        tally.check(&name, result);
    };
    for assembly in &ASSEMBLIES {
        let app = match assembly.build(kernel, options) {
            Ok(app) => app,
            Err(error) => {
                let name = format!("serial line on {}: {}.camkes", kernel.name, assembly.file);
                tally.check(&name, Err(error));
                continue;
            }
        };
        for (what, clock, test) in assembly.tests {
            check(tally, what, &mut || {
                let mut command = app.command();
                command.args(clock.arguments());
                test(&mut Terminal::start(&mut command, assembly.instances)?)
            });
        }
        if assembly.file == "serial" {
            check(tally, "nothing ticks while no timer is due", &mut || {
                idle::nothing_ticks(&app, assembly.instances, kernel)
            });
        }
    }
}

/// The terminal at the end of the line.
struct Terminal(Console);

impl Terminal {
    /// Boots the application, and waits until all its instances run.
    fn start(command: &mut Command, instances: usize) -> Result<Self> {
        let mut console = Console::start(command)?;
        console.expect(&format!("for {instances} instances are up"), BOOT_LIMIT)?;
        console.expect("\n", BOOT_LIMIT)?;
        Ok(Self(console))
    }

    /// Types a text.
    fn types(&mut self, text: &str) -> Result<()> {
        self.0.type_bytes(text.as_bytes())
    }

    /// Expects a text next, and nothing before it.
    fn shows(&mut self, text: &str) -> Result<()> {
        let before = self.0.expect(text, STEP_LIMIT)?;
        let shown = text.escape_debug();
        ensure!(before.is_empty(), "`{}` came before `{shown}`", before.escape_debug());
        Ok(())
    }

    /// Expects a text after any others, which it returns.
    fn shows_later(&mut self, text: &str, limit: Duration) -> Result<String> {
        self.0.expect(text, limit)
    }

    /// Types a text, and expects what comes then.
    fn answers(&mut self, typed: &str, shown: &str) -> Result<()> {
        self.types(typed)?;
        self.shows(shown)
    }
}
