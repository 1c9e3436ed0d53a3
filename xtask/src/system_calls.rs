//! Random system calls on the target (`tests/system-calls`): how long, from which seed on, and what
//! became of them.

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use boot_image::{DeviceTree, Format};

use crate::build::{Parts, RootTask};
use crate::console::Console;
use crate::kernels::Kernel;
use crate::progress::Step;
use crate::qemu;
use crate::toolchain::Toolchain;
use crate::workspace;

/// Where the program's parameters are: behind this text.
const MARK: &[u8] = b"fuzz-parameters:";
/// How its lines begin, and those for which the run is a failure.
const PREFIX: &str = "system-calls: ";
const FAILED: &str = "FAILED";
/// How long it may be silent. One round takes some seconds where the machine is busy.
const SILENCE: Duration = Duration::from_secs(180);
/// Lines before a failure that are shown.
const SHOWN: usize = 60;

/// What to run.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    /// The seed of the first round; the next ones have the next numbers.
    pub seed: u64,
    /// When to stop.
    pub until: Until,
}

/// When to stop.
#[derive(Debug, Clone, Copy)]
pub enum Until {
    /// After so many rounds.
    Rounds(u64),
    /// At the end of the first round after this time.
    Time(Duration),
}

/// What was done.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Done {
    /// Rounds.
    pub rounds: u64,
    /// System calls.
    pub calls: u64,
    /// Invocations that are known to have succeeded.
    pub succeeded: u64,
}

impl Done {
    /// Counts a line about a round that is over. Gives whether it is one.
    fn count(&mut self, line: &str) -> bool {
        let Some((_, counts)) = line.strip_prefix(PREFIX).and_then(|it| it.split_once(": ")) else {
            return false;
        };
        let number = |after: &str| {
            let before = counts.split_once(after)?.0;
            before.rsplit(' ').next()?.parse::<u64>().ok()
        };
        let (Some(calls), Some(succeeded)) = (number(" calls"), number(" invocations")) else {
            return false;
        };
        self.rounds += 1;
        self.calls += calls;
        self.succeeded += succeeded;
        true
    }
}

impl Run {
    /// Runs it, and gives every line about it to `show`.
    ///
    /// # Errors
    /// If anything but the task under test noticed; the error names the seed.
    pub fn on(
        self, toolchain: &Toolchain, kernel: &Kernel, mut show: impl FnMut(&str),
    ) -> Result<Done> {
        let image = self.image(toolchain, kernel)?;
        let mut command = qemu::unattended(&kernel.machine()?, &image, true);
        let step = Step::start("boot", format!("random system calls on {}", kernel.name));
        let mut console = Console::start(&mut command)?;
        let result = self.follow(&mut console, &mut show);
        step.finish(if result.is_ok() { "done" } else { "failed" });
        result
    }

    fn follow(self, console: &mut Console, show: &mut impl FnMut(&str)) -> Result<Done> {
        let start = Instant::now();
        let (mut done, mut last) = (Done::default(), VecDeque::new());
        loop {
            let line = console.expect("\n", SILENCE);
            console.forget();
            let seed = self.seed.saturating_add(done.rounds);
            let line = line.map(|it| it.trim_end().to_owned());
            last.extend(line.as_ref().ok().cloned());
            if last.len() > SHOWN {
                last.pop_front();
            }
            let told = || last.iter().cloned().collect::<Vec<_>>().join("\n");
            let line = line.map_err(|_| {
                anyhow!("{}\nseed {seed}: silent for {} s", told(), SILENCE.as_secs())
            })?;
            if line.contains(FAILED) || line.contains("panicked") {
                bail!("{}\nseed {seed} has failed", told());
            }
            if line == RootTask::SystemCalls.sentinel() {
                return Ok(done);
            }
            if line.starts_with(PREFIX) && line.contains(": ") {
                let is_round = done.count(&line);
                if is_round || line.contains("succeeded ") {
                    show(line.trim_start_matches(PREFIX));
                }
                let is_late = matches!(self.until, Until::Time(time) if start.elapsed() > time);
                if is_round && is_late {
                    return Ok(done);
                }
            }
        }
    }

    /// Packs an image with these parameters.
    fn image(self, toolchain: &Toolchain, kernel: &Kernel) -> Result<PathBuf> {
        let parts = Parts::new(toolchain, kernel, RootTask::SystemCalls)?;
        let mut root_task = parts.root_task().clone();
        let rounds = match self.until {
            Until::Rounds(rounds) => rounds,
            Until::Time(_) => u64::MAX,
        };
        set_parameters(&mut root_task.bytes, self.seed, rounds)
            .with_context(|| root_task.name.clone())?;
        let packed = parts.pack_with(&root_task, DeviceTree::Prefix, Format::Elf)?;
        let name = format!("system-calls-{}.elf", kernel.name);
        let output = workspace::target_directory().join("image").join(name);
        write(&output, &packed.bytes)?;
        Ok(output)
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, bytes).with_context(|| format!("could not write {}", path.display()))
}

/// Writes the parameters into the program.
fn set_parameters(program: &mut [u8], seed: u64, rounds: u64) -> Result<()> {
    let mark = program.windows(MARK.len()).position(|bytes| bytes == MARK);
    let at = mark.context("the program has no place for its parameters")? + MARK.len();
    let bytes = [seed, rounds].map(u64::to_le_bytes).concat();
    let place = program.get_mut(at..at + bytes.len());
    place.context("the program ends in its parameters")?.copy_from_slice(&bytes);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_are_counted() {
        let mut done = Done::default();
        assert!(done.count(
            "system-calls: seed 3: 1490 calls, 479 invocations succeeded; the witness looked 170 times"
        ));
        assert!(!done.count("system-calls: seed 4"));
        assert!(!done.count("system-calls: succeeded CNodeCopy 1/2"));
        assert_eq!(done, Done { rounds: 1, calls: 1490, succeeded: 479 });
    }

    #[test]
    fn a_program_gets_its_parameters() {
        let mut program = [b"..", MARK, &[0; 16], b"."].concat();
        set_parameters(&mut program, 7, 9).unwrap();
        assert_eq!((program[18], program[26], program[34]), (7, 9, b'.'));
        assert!(set_parameters(&mut program[..20], 7, 9).is_err());
        assert!(set_parameters(&mut [0; 64], 7, 9).is_err());
    }
}
