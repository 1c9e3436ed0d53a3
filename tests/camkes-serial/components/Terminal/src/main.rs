//! Does what is typed to it, and shows what is typed, as a terminal's driver does.

#![cfg_attr(target_os = "none", no_std, no_main)]

extern crate alloc;

use alloc::vec::Vec;
use core::fmt::Write;

use component::{counter, counter_frequency, println};
use serial_client::{Input, Output, RingError};

component::include_interfaces!();

/// A line of `flood`, with its end.
const LINE: usize = 64;
/// Lines in half of a ring.
const BATCH: usize = 32;
/// In nanoseconds.
const LAG: u64 = 1_000_000_000;

struct Terminal {
    interfaces: Interfaces,
}

impl Component for Terminal {
    fn new(interfaces: Interfaces) -> Self {
        Self { interfaces }
    }

    fn run(&mut self) {
        let Err(error) = self.obey();
        println!("{}: {error}", self.name());
    }
}

impl Terminal {
    fn name(&self) -> &'static str {
        self.interfaces.runtime.name()
    }

    fn obey(&self) -> Result<core::convert::Infallible, RingError> {
        let mut output = Output::new(*self.interfaces.batch)?;
        let mut input = Input::new(*self.interfaces.input)?;
        let mut line = Vec::new();
        loop {
            let mut byte = [0];
            input.wait(&mut byte)?;
            match byte {
                [b'\r' | b'\n'] => {
                    output.write_all(b"\n")?;
                    self.run_command(&line, &mut output, &mut input)?;
                    line.clear();
                    output.write_all(b"$ ")?;
                }
                byte => {
                    line.extend(byte);
                    output.write_all(&byte)?;
                }
            }
        }
    }

    fn run_command(
        &self, line: &[u8], output: &mut Output, input: &mut Input,
    ) -> Result<(), RingError> {
        let text = core::str::from_utf8(line).unwrap_or_default();
        let (command, rest) = text.split_once(' ').unwrap_or((text, ""));
        // Whatever is no number counts as none.
        let number = rest.parse().unwrap_or(0);
        match command {
            "" => Ok(()),
            "echo" => output.write_all(rest.as_bytes()).and_then(|()| output.write_all(b"\n")),
            "name" => {
                output.write_all(self.name().as_bytes()).and_then(|()| output.write_all(b"\n"))
            }
            "raw" => Output::new(*self.interfaces.raw)?.write_all(rest.as_bytes()),
            "call" => {
                for byte in rest.bytes().chain([b'\n']) {
                    self.called(self.interfaces.putchar.putchar(byte.into()));
                }
                Ok(())
            }
            "rawcall" => {
                for byte in rest.bytes() {
                    self.called(self.interfaces.raw_call.putchar(byte.into()));
                }
                Ok(())
            }
            "log" => {
                println!("{}: {rest}", self.name());
                Ok(())
            }
            "lag" => {
                if rest == self.name() {
                    lag();
                }
                output.write_all(b"done\n")
            }
            "fail" => panic!("as it was told to"),
            "flood" => self.flood(number, 1, output),
            "batch" => self.flood(number, BATCH, output),
            "slow" => slow(number, output, input),
            _ => {
                // A failure to write is seen by the next one who writes.
                let _ = writeln!(output, "no such command: {command}");
                Ok(())
            }
        }
    }

    fn called<E: core::fmt::Display>(&self, result: Result<(), E>) {
        if let Err(error) = result {
            println!("{}: putchar: {error}", self.name());
        }
    }

    /// Prints numbered lines, and from when to when that took.
    fn flood(&self, count: usize, batch: usize, output: &mut Output) -> Result<(), RingError> {
        let mut line = [b'.'; LINE];
        let name = self.name().as_bytes();
        line[..name.len()].copy_from_slice(name);
        line[LINE - 1] = b'\n';
        let start = nanoseconds();
        for number in 0..count {
            let mut left = number;
            for digit in line[name.len() + 1..name.len() + 8].iter_mut().rev() {
                *digit = b'0' + (left % 10).to_le_bytes()[0];
                left /= 10;
            }
            // The server is told of batches. They fit into the ring, so that no line is broken.
            let count = output.put(&line)?;
            if count < LINE {
                output.write_all(&line[count..])?;
            } else if (number + 1) % batch == 0 {
                output.flush();
            }
        }
        output.flush();
        let _ = writeln!(output, "{} from {start} to {} ns", self.name(), nanoseconds());
        Ok(())
    }
}

fn nanoseconds() -> u64 {
    let nanoseconds = u128::from(counter()) * 1_000_000_000 / u128::from(counter_frequency());
    u64::try_from(nanoseconds).unwrap_or(u64::MAX)
}

/// Keeps others waiting for longer than the server does.
fn lag() {
    let start = nanoseconds();
    while nanoseconds() - start < LAG {}
}

/// Takes input more slowly than it comes, a few bytes at a time, and says what it was.
fn slow(count: usize, output: &mut Output, input: &mut Input) -> Result<(), RingError> {
    // FNV-1a.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut left = count;
    while left > 0 {
        let mut buffer = [0; 7];
        let limit = left.min(buffer.len());
        let taken = input.wait(&mut buffer[..limit])?;
        for byte in &buffer[..taken] {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        }
        left -= taken;
        for _ in 0..20_000 {
            core::hint::black_box(left);
        }
    }
    let _ = writeln!(output, "{count} bytes, {hash:016x}");
    Ok(())
}

component::main!(Terminal);
