//! `cargo xtask test serial`: components on one serial line, which is typed to. What the terminal
//! gets is compared to the character.

mod flood;
mod measure;
mod transcript;

pub use measure::measure;

use std::process::Command;
use std::time::Duration;

use anyhow::{Result, ensure};

use crate::app::App;
use crate::console::Console;
use crate::kernels::{Kernel, KernelOptions};
use crate::progress::Step;
use crate::setup::{self, SetupOptions};
use crate::tally::Tally;
use crate::workspace;

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

/// Builds the application for a kernel, and uses it.
pub fn on_kernel(kernel: &Kernel, options: &KernelOptions, tally: &mut Tally) {
    let tests: [(&str, Test); 5] = [
        ("escapes", transcript::escapes),
        ("all ways to write", transcript::ways),
        ("input to several clients", transcript::several),
        ("input that comes faster than it is read", flood::input),
        ("a megabyte of each of three clients at once", flood::output),
    ];
    let app = App::build_folder(&workspace::root().join(APP), kernel, options);
    let app = match app {
        Ok(app) => app,
        Err(error) => {
            tally.check(&format!("serial line on {}", kernel.name), Err(error));
            return;
        }
    };
    for (what, test) in tests {
        let name = format!("serial line on {}: {what}", kernel.name);
        let step = Step::start("test", name.clone());
        let result = Terminal::start(&app).and_then(|mut terminal| test(&mut terminal));
        step.finish(if result.is_ok() { "done" } else { "failed" });
        tally.check(&name, result);
    }
}

/// The terminal at the end of the line.
struct Terminal(Console);

impl Terminal {
    /// Boots the application, and waits until the server answers.
    fn start(app: &App) -> Result<Self> {
        Self::start_with(&mut app.command())
    }

    fn start_with(command: &mut Command) -> Result<Self> {
        let mut console = Console::start(command)?;
        console.expect("for 5 instances are up", BOOT_LIMIT)?;
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
