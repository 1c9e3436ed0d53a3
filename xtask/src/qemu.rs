//! Boots an image in QEMU and watches its serial port.

use std::fmt;
use std::io::{IsTerminal, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};

use crate::command::{self, Shown};
use crate::serial::Lines;

/// The board to emulate; it has to be the one that the kernel was built for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// QEMU's command.
    pub binary: String,
    /// The argument of `-machine`.
    pub machine: String,
    /// QEMU's name of the CPU, as `cortex-a53`.
    pub cpu: String,
    /// RAM in MiB.
    pub memory_mib: u64,
}

impl Machine {
    /// The same board with the property `name` of `-machine` set to `value`.
    pub fn with_property(&self, name: &str, value: &str) -> Self {
        let other = |part: &&str| part.split_once('=').is_none_or(|(key, _)| key != name);
        let setting = format!("{name}={value}");
        let parts: Vec<&str> = self.machine.split(',').filter(other).collect();
        Self { machine: [parts.join(","), setting].join(","), ..self.clone() }
    }
}

/// One instruction per nanosecond of guest time.
const COUNT_INSTRUCTIONS: [&str; 4] = ["-icount", "shift=0,sleep=off", "-rtc", "clock=vm"];

/// The line that ends a run.
#[derive(Debug, Clone, Copy)]
pub enum Sentinel<'a> {
    /// Exactly this one.
    Line(&'a str),
    /// The first one that starts like this.
    Start(&'a str),
}

impl Sentinel<'_> {
    fn fits(&self, line: &str) -> bool {
        match self {
            Self::Line(expected) => line == *expected,
            Self::Start(start) => line.starts_with(start),
        }
    }
}

/// As in "the line `caravan: done` didn't come".
impl fmt::Display for Sentinel<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "the line `{line}`"),
            Self::Start(start) => write!(f, "a line that starts with `{start}`"),
        }
    }
}

/// How one run ends when its last line doesn't come.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The longest run, `None` where a person watches and can end it.
    pub total: Option<Duration>,
    /// The longest time without any output.
    pub silence: Option<Duration>,
}

/// What a run does beside booting.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// The line that ends the run.
    pub sentinel: Sentinel<'a>,
    /// How long to listen after it: a guest that has stopped says nothing more.
    pub linger: Duration,
    /// When to give up.
    pub limits: Limits,
    /// Give the user's terminal to the guest, and show everything.
    pub attached: bool,
    /// One instruction per nanosecond of guest time: every run is the same.
    pub count_instructions: bool,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// With the sentinel.
    Sentinel,
    /// QEMU ended by itself, as when the user leaves it.
    Exit,
}

/// The lines of a run.
#[derive(Debug)]
pub struct Transcript {
    /// All lines up to the end.
    pub lines: Vec<String>,
    /// Why it ended.
    pub end: End,
}

/// A QEMU that the host's kernel ends together with xtask, even when xtask is killed.
pub fn program(binary: &str) -> Command {
    match command::find_program("setpriv") {
        Some(setpriv) => {
            let mut command = Command::new(setpriv);
            command.args(["--pdeathsig", "KILL"]).arg(binary);
            command
        }
        None => Command::new(binary),
    }
}

/// The QEMU command for `machine`, without what depends on the way of running.
fn base(machine: &Machine, image: &Path) -> Command {
    let mut qemu = program(&machine.binary);
    qemu.args(["-machine", &machine.machine])
        .args(["-cpu", &machine.cpu, "-smp", "1"])
        .args(["-m", &machine.memory_mib.to_string()])
        .args(["-display", "none", "-nic", "none", "-no-reboot"])
        .arg("-kernel")
        .arg(image);
    qemu
}

/// Boots `image` and returns what it printed until the sentinel, or until QEMU ended.
///
/// # Errors
/// If a limit passes; the error holds the transcript.
pub fn run(machine: &Machine, image: &Path, options: &Options) -> Result<Transcript> {
    let mut qemu = base(machine, image);
    if options.attached {
        // QEMU turns the terminal to raw mode, and Ctrl-C goes to the guest.
        qemu.args(["-serial", "mon:stdio"]).stdin(Stdio::inherit());
    } else {
        qemu.args(["-monitor", "none", "-serial", "stdio"]);
    }
    if options.count_instructions {
        qemu.args(COUNT_INSTRUCTIONS);
    }
    watch(qemu, options)
}

/// The command that boots `image` for a program that reads its serial port.
pub fn unattended(machine: &Machine, image: &Path, count_instructions: bool) -> Command {
    let mut qemu = base(machine, image);
    qemu.args(["-monitor", "none", "-serial", "stdio"]);
    if count_instructions {
        qemu.args(COUNT_INSTRUCTIONS);
    }
    qemu
}

/// As [`run`], with a command that boots an image.
///
/// # Errors
/// As for [`run`].
pub fn watch(mut qemu: Command, options: &Options) -> Result<Transcript> {
    if !options.attached {
        qemu.stdin(Stdio::null());
    }
    let shown = Shown(&qemu).to_string();
    let terminal = Terminal::save();
    let mut child = qemu
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("could not start `{shown}`"))?;
    let mut watch = Watch::new(&mut child, options)?;
    let ended = watch.until_end();
    let stopped = stop(&mut child);
    drop(terminal);
    let lines = watch.into_lines();
    let failed = |reason: &str| anyhow!("{}\n\n`{shown}`: {reason}", lines.join("\n"));
    let end = ended.map_err(|error| failed(&error.to_string()))?;
    stopped?;
    if end == End::Exit && !options.attached {
        let sentinel = options.sentinel;
        return Err(failed(&format!("it ended before {sentinel} came")));
    }
    Ok(Transcript { lines, end })
}

/// Ends QEMU the way that lets it restore the terminal, and by force if that doesn't help.
fn stop(child: &mut Child) -> Result<()> {
    if child.try_wait()?.is_some() {
        return Ok(());
    }
    if let Some(pid) = rustix::process::Pid::from_raw(i32::try_from(child.id())?) {
        // It may have ended by itself meanwhile.
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
    }
    // `wait` kills it when the time is over, and says so: that is no failure of the run.
    let _ = command::wait(child, Duration::from_secs(5), || ());
    Ok(())
}

/// Bytes of one of the two outputs.
struct Piece {
    stream: usize,
    bytes: Vec<u8>,
}

/// The output of a running QEMU.
struct Watch<'a> {
    bytes: Receiver<Piece>,
    /// The guest's lines and QEMU's own, which may come in the middle of the guest's.
    lines: [Lines; 2],
    seen: Vec<String>,
    options: &'a Options<'a>,
}

impl<'a> Watch<'a> {
    fn new(child: &mut Child, options: &'a Options<'a>) -> Result<Self> {
        let (sender, bytes) = channel();
        let stdout = child.stdout.take().context("QEMU has no output")?;
        let stderr = child.stderr.take().context("QEMU has no error output")?;
        // Two readers: QEMU's own messages belong into the transcript, too.
        let streams = [Box::new(stdout) as Box<dyn Read + Send>, Box::new(stderr)];
        for (stream, mut output) in streams.into_iter().enumerate() {
            let sender = sender.clone();
            std::thread::spawn(move || {
                let mut buffer = [0; 4096];
                while let Ok(count @ 1..) = output.read(&mut buffer) {
                    let piece = Piece { stream, bytes: buffer[..count].to_vec() };
                    if sender.send(piece).is_err() {
                        break;
                    }
                }
            });
        }
        Ok(Self { bytes, lines: Default::default(), seen: Vec::new(), options })
    }

    /// Reads until the sentinel, the end of QEMU or a limit.
    fn until_end(&mut self) -> Result<End> {
        let Limits { total, silence } = self.options.limits;
        let deadline = total.map(|limit| Instant::now() + limit);
        loop {
            let now = Instant::now();
            let left = deadline.map(|deadline| deadline.saturating_duration_since(now));
            let wait = left.into_iter().chain(silence).min();
            let received = match wait {
                Some(wait) => self.bytes.recv_timeout(wait),
                None => self.bytes.recv().map_err(RecvTimeoutError::from),
            };
            match received {
                Ok(piece) => {
                    if self.take(&piece) {
                        self.listen(self.options.linger);
                        return Ok(End::Sentinel);
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(End::Exit),
                Err(RecvTimeoutError::Timeout) => {
                    let sentinel = self.options.sentinel;
                    let seconds = wait.unwrap_or_default().as_secs();
                    if left.is_some_and(|left| wait == Some(left)) {
                        let total = total.unwrap_or_default().as_secs();
                        bail!("{sentinel} didn't come within {total} s");
                    }
                    bail!("no output for {seconds} s; {sentinel} didn't come");
                }
            }
        }
    }

    /// Takes what comes in the next `time`.
    fn listen(&mut self, time: Duration) {
        let deadline = Instant::now() + time;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.bytes.recv_timeout(left) {
                Ok(piece) => self.take(&piece),
                Err(_) => return,
            };
        }
    }

    /// Takes new output; returns whether the sentinel was in it.
    fn take(&mut self, piece: &Piece) -> bool {
        if self.options.attached {
            let mut out = std::io::stdout();
            // A closed standard output is noticed by the user, not by the guest.
            let _ = out.write_all(&piece.bytes).and_then(|()| out.flush());
        }
        let mut found = false;
        for line in self.lines[piece.stream].push(&piece.bytes) {
            // Without lingering, what came in the same piece as the sentinel is not looked at.
            if found && self.options.linger.is_zero() {
                break;
            }
            found |= self.options.sentinel.fits(&line);
            self.seen.push(line);
        }
        found
    }

    fn into_lines(self) -> Vec<String> {
        let mut lines = self.seen;
        lines.extend(self.lines.iter().filter_map(Lines::rest));
        lines
    }
}

/// Restores the terminal's mode when it is dropped: QEMU may end without doing so.
struct Terminal(Option<rustix::termios::Termios>);

impl Terminal {
    fn save() -> Self {
        let stdin = std::io::stdin();
        let saved = stdin.is_terminal().then(|| rustix::termios::tcgetattr(&stdin).ok());
        Self(saved.flatten())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if let Some(saved) = &self.0 {
            let stdin = std::io::stdin();
            let when = rustix::termios::OptionalActions::Drain;
            // Nothing more can be done about a terminal that is gone.
            let _ = rustix::termios::tcsetattr(&stdin, when, saved);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch(script: &str, limits: Limits) -> (Result<End>, Vec<String>) {
        let options = Options {
            sentinel: Sentinel::Line("caravan: done"),
            linger: Duration::ZERO,
            limits,
            attached: false,
            count_instructions: false,
        };
        let mut child = Command::new("sh")
            .args(["-c", script])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut watch = Watch::new(&mut child, &options).unwrap();
        let end = watch.until_end();
        stop(&mut child).unwrap();
        (end, watch.into_lines())
    }

    const LIMITS: Limits = Limits { total: Some(Duration::from_secs(20)), silence: None };

    #[test]
    fn the_sentinel_ends_a_run() {
        let script = "printf 'one\\r\\ncaravan: done\\r\\n'; exec sleep 60";
        let (end, lines) = watch(script, LIMITS);
        assert_eq!(end.unwrap(), End::Sentinel);
        assert_eq!(lines, ["one", "caravan: done"]);
    }

    #[test]
    fn the_sentinel_is_a_whole_line() {
        let (end, lines) = watch("echo 'not caravan: done'; echo oops >&2", LIMITS);
        assert_eq!(end.unwrap(), End::Exit);
        assert!(lines.contains(&"oops".to_owned()));
    }

    #[test]
    fn remarks_of_qemu_do_not_cut_lines() {
        let script = "printf one; sleep 0.2; echo warning >&2; sleep 0.2; echo ' line'; \
                      echo 'caravan: done'; exec sleep 60";
        let (end, lines) = watch(script, LIMITS);
        assert_eq!(end.unwrap(), End::Sentinel);
        assert_eq!(lines, ["warning", "one line", "caravan: done"]);
    }

    #[test]
    fn silence_ends_a_run() {
        let limits = Limits {
            total: Some(Duration::from_secs(20)),
            silence: Some(Duration::from_millis(200)),
        };
        let (end, lines) = watch("echo half; exec sleep 60", limits);
        assert!(end.unwrap_err().to_string().starts_with("no output for 0 s"));
        assert_eq!(lines, ["half"]);
    }

    #[test]
    fn the_total_time_ends_a_run() {
        let limits = Limits {
            total: Some(Duration::from_millis(300)),
            silence: Some(Duration::from_millis(250)),
        };
        let (end, _) = watch("while sleep 0.05; do echo x; done", limits);
        let error = end.unwrap_err().to_string();
        assert_eq!(error, "the line `caravan: done` didn't come within 0 s");
    }
}
