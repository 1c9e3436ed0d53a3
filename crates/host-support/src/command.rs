//! Child processes: announced, limited in time, quiet when they succeed.

use std::fmt;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::progress::Step;

/// How often a running child is looked at.
const POLL: Duration = Duration::from_millis(20);

/// A command as a person would type it, for messages.
pub struct Shown<'a>(pub &'a Command);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.get_program().to_string_lossy())?;
        for argument in self.0.get_args() {
            let argument = argument.to_string_lossy();
            if argument.is_empty() || argument.contains(char::is_whitespace) {
                write!(f, " '{argument}'")?;
            } else {
                write!(f, " {argument}")?;
            }
        }
        Ok(())
    }
}

/// What a finished command left behind.
pub struct Outcome {
    /// How it ended.
    pub status: ExitStatus,
    /// Standard output and standard error, in the order in which they were written.
    pub output: String,
}

/// Waits for `child`, at most `limit`; kills it and says so when that passes.
pub fn wait(child: &mut Child, limit: Duration, mut tick: impl FnMut()) -> Result<ExitStatus> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait().context("waiting for a child process")? {
            return Ok(status);
        }
        if Instant::now() >= deadline {
            child.kill().context("ending a child process")?;
            child.wait().context("waiting for a child process")?;
            bail!("it didn't end within {} s and was stopped", limit.as_secs());
        }
        tick();
        std::thread::sleep(POLL);
    }
}

/// Runs a command with its output kept, whether or not it succeeds.
///
/// Output goes through a file, not a pipe: a child that leaves a grandchild behind can't block us.
pub fn capture(command: &mut Command, limit: Duration, tick: impl FnMut()) -> Result<Outcome> {
    let shown = Shown(command).to_string();
    let mut log: File = tempfile::tempfile().context("creating a temporary file")?;
    let writer = |log: &File| log.try_clone().context("duplicating a file handle");
    let mut child = command
        .stdin(Stdio::null())
        .stdout(writer(&log)?)
        .stderr(writer(&log)?)
        .spawn()
        .with_context(|| format!("could not start `{shown}`"))?;
    let ended = wait(&mut child, limit, tick);
    let mut bytes = Vec::new();
    log.seek(SeekFrom::Start(0))?;
    log.read_to_end(&mut bytes)?;
    let output = String::from_utf8_lossy(&bytes).into_owned();
    let status = ended.with_context(|| format!("`{shown}`\n{output}"))?;
    Ok(Outcome { status, output })
}

/// Runs a command as one announced step; its output is shown when it fails, and is the error.
pub fn step(topic: &str, text: &str, command: &mut Command, limit: Duration) -> Result<String> {
    let mut progress = Step::start(topic, text);
    let outcome = capture(command, limit, || progress.tick());
    match outcome {
        Ok(Outcome { status, output }) if status.success() => {
            progress.finish("done");
            Ok(output)
        }
        Ok(Outcome { status, output }) => {
            progress.finish("failed");
            bail!("{output}\n`{}` ended with {status}", Shown(command));
        }
        Err(error) => {
            progress.finish("failed");
            Err(error)
        }
    }
}

/// The standard output of a short command, trimmed; an error if it fails.
pub fn query(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("could not start `{}`", Shown(command)))?;
    if !output.status.success() {
        bail!(
            "`{}` ended with {}: {}",
            Shown(command),
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The path of `program`, if a directory of `PATH` (or the system's own) has it.
pub fn find_program(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin", "/sbin", "/usr/bin"].map(PathBuf::from))
        .map(|directory| directory.join(program))
        .find(|candidate| is_executable(candidate))
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_of_both_streams_is_kept() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo out; echo err >&2; exit 3"]);
        let outcome = capture(&mut command, Duration::from_secs(10), || ()).unwrap();
        assert_eq!(outcome.status.code(), Some(3));
        assert_eq!(outcome.output, "out\nerr\n");
    }

    #[test]
    fn a_command_that_does_not_end_is_stopped() {
        let mut command = Command::new("sleep");
        command.arg("60");
        let error = capture(&mut command, Duration::from_millis(100), || ()).err().unwrap();
        let text = format!("{error:#}");
        assert!(text.contains("`sleep 60`"), "{text}");
        assert!(text.contains("it didn't end within"), "{text}");
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = query(&mut Command::new("no-such-program-here")).unwrap_err();
        assert_eq!(error.to_string(), "could not start `no-such-program-here`");
    }

    #[test]
    fn arguments_with_spaces_are_quoted() {
        let mut command = Command::new("qemu");
        command.args(["-M", "virt", "a b"]);
        assert_eq!(Shown(&command).to_string(), "qemu -M virt 'a b'");
    }
}
