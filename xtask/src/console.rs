//! A program whose terminal a test drives: what it has to print, what to type then.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};

use crate::command::Shown;

/// QEMU warns of this, perhaps in the middle of a line, when a machine whose time is that of its
/// instructions has no more to do.
const NOTHING_TO_DO: &str = "icount sleep disabled and no active timers";

/// A running program, which ends with this.
pub struct Console {
    child: Child,
    input: ChildStdin,
    output: Receiver<Vec<u8>>,
    shown: String,
    /// Everything that was printed.
    text: String,
    /// Up to where it has been expected.
    seen: usize,
}

impl Console {
    /// Starts a program; it gets pipes for a terminal.
    pub fn start(command: &mut Command) -> Result<Self> {
        let shown = Shown(command).to_string();
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("could not start `{shown}`"))?;
        let input = child.stdin.take().context("it has no input")?;
        let stdout = child.stdout.take().context("it has no output")?;
        let stderr = child.stderr.take().context("it has no error output")?;
        let (sender, output) = channel();
        let errors = sender.clone();
        std::thread::spawn(move || {
            let mut stream = stdout;
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = stream.read(&mut buffer) {
                if sender.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).split(b'\n').map_while(std::io::Result::ok) {
                let is_wanted = !String::from_utf8_lossy(&line).contains(NOTHING_TO_DO);
                if is_wanted && errors.send([&line[..], b"\n"].concat()).is_err() {
                    break;
                }
            }
        });
        Ok(Self { child, input, output, shown, text: String::new(), seen: 0 })
    }

    /// Waits until `expected` is printed, and returns what came before it since the last time.
    pub fn expect(&mut self, expected: &str, limit: Duration) -> Result<String> {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(at) = self.text[self.seen..].find(expected) {
                let before = self.text[self.seen..self.seen + at].to_owned();
                self.seen += at + expected.len();
                return Ok(before);
            }
            self.read(deadline).with_context(|| self.failure(&format!("no `{expected}`")))?;
        }
    }

    /// Forgets what was printed up to the last thing that came as expected: a failure later shows
    /// what came behind it.
    pub fn forget(&mut self) {
        self.text.drain(..self.seen);
        self.seen = 0;
    }

    /// Waits until anything is printed, and returns all of it since the last time.
    pub fn take(&mut self, limit: Duration) -> Result<String> {
        let deadline = Instant::now() + limit;
        while self.text.len() == self.seen {
            self.read(deadline).with_context(|| self.failure("nothing more"))?;
        }
        let printed = self.text[self.seen..].to_owned();
        self.seen = self.text.len();
        Ok(printed)
    }

    /// Waits for so long, and returns all that is printed since the last time, if anything is.
    pub fn take_for(&mut self, time: Duration) -> Result<String> {
        let deadline = Instant::now() + time;
        while Instant::now() < deadline {
            if let Err(error) = self.read(deadline)
                && Instant::now() < deadline
            {
                return Err(error.context(self.failure("no output any more")));
            }
        }
        let printed = self.text[self.seen..].to_owned();
        self.seen = self.text.len();
        Ok(printed)
    }

    /// Types a line.
    pub fn send(&mut self, line: &str) -> Result<()> {
        self.type_bytes(format!("{line}\n").as_bytes())
    }

    /// Types characters, as they are.
    pub fn type_bytes(&mut self, bytes: &[u8]) -> Result<()> {
        let sent = self.input.write_all(bytes).and_then(|()| self.input.flush());
        sent.with_context(|| self.failure(&format!("could not type `{}`", bytes.escape_ascii())))
    }

    /// Waits until the program ends by itself.
    pub fn wait(&mut self, limit: Duration) -> Result<ExitStatus> {
        let deadline = Instant::now() + limit;
        while self.read(deadline).is_ok() {}
        if Instant::now() < deadline {
            return Ok(self.child.wait()?);
        }
        let status = self.child.try_wait()?;
        status.ok_or_else(|| anyhow!(self.failure("it doesn't end")))
    }

    /// The processor time that the program has used, in all its threads.
    pub fn cpu_time(&self) -> Result<Duration> {
        let tasks = format!("/proc/{}/task", self.child.id());
        let mut sum = Duration::ZERO;
        for task in fs::read_dir(&tasks).with_context(|| format!("could not read {tasks}"))? {
            // A thread may end meanwhile.
            let Ok(text) = fs::read_to_string(task?.path().join("schedstat")) else {
                continue;
            };
            let time = text.split(' ').next().and_then(|nanoseconds| nanoseconds.parse().ok());
            sum += Duration::from_nanos(time.with_context(|| format!("{tasks}: `{text}`"))?);
        }
        Ok(sum)
    }

    fn read(&mut self, deadline: Instant) -> Result<()> {
        let left = deadline.saturating_duration_since(Instant::now());
        match self.output.recv_timeout(left) {
            Ok(bytes) => {
                self.text.push_str(&String::from_utf8_lossy(&bytes));
                Ok(())
            }
            Err(RecvTimeoutError::Timeout) => Err(anyhow!("the time for it is over")),
            Err(RecvTimeoutError::Disconnected) => Err(anyhow!("the program has ended")),
        }
    }

    fn failure(&self, what: &str) -> String {
        format!("{}\n\n`{}`: {what}", self.text, self.shown)
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        // It may have ended, which is no failure.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(20);

    fn shell(script: &str) -> Console {
        Console::start(Command::new("sh").args(["-c", script])).unwrap()
    }

    #[test]
    fn a_dialogue() {
        let mut console = shell("printf 'name? '; read name; echo \"hello $name\"; exit 3");
        assert_eq!(console.expect("? ", LIMIT).unwrap(), "name");
        console.send("you").unwrap();
        console.expect("hello you", LIMIT).unwrap();
        assert_eq!(console.wait(LIMIT).unwrap().code(), Some(3));
    }

    #[test]
    fn a_warning_is_left_out() {
        let script = "printf 'the guest '; echo 'qemu: icount sleep disabled and no active timers' \
                      >&2; sleep 0.3; echo 'is off'; sleep 0.3; echo 'an error' >&2";
        let mut console = shell(script);
        assert_eq!(console.expect("the guest is off", LIMIT).unwrap(), "");
        console.expect("an error\n", LIMIT).unwrap();
    }

    #[test]
    fn processor_time_is_counted() {
        let mut console =
            shell("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; echo on; sleep 60");
        console.expect("on", LIMIT).unwrap();
        let used = console.cpu_time().unwrap();
        assert!(used > Duration::from_micros(100) && used < LIMIT, "{used:?}");
    }

    #[test]
    fn what_comes_for_a_while_is_taken() {
        let mut console = shell("echo one; sleep 0.1; echo two; exec sleep 60");
        assert_eq!(console.take_for(Duration::from_secs(1)).unwrap(), "one\ntwo\n");
        assert_eq!(console.take_for(Duration::from_millis(10)).unwrap(), "");
        let error = shell("echo one").take_for(LIMIT).unwrap_err();
        let text = format!("{error:#}");
        assert!(text.ends_with("no output any more: the program has ended"), "{text}");
    }

    #[test]
    fn what_does_not_come_is_named() {
        let mut console = shell("echo one; exec sleep 60");
        let error = console.expect("two", Duration::from_millis(300)).unwrap_err();
        let text = format!("{error:#}");
        assert!(text.starts_with("one\n"), "{text}");
        assert!(text.ends_with("no `two`: the time for it is over"), "{text}");
        let error = console.wait(Duration::from_millis(10)).unwrap_err().to_string();
        assert!(error.ends_with("it doesn't end"), "{error}");
        let mut console = shell("true");
        let text = format!("{:#}", console.expect("two", LIMIT).unwrap_err());
        assert!(text.ends_with("no `two`: the program has ended"), "{text}");
    }
}
