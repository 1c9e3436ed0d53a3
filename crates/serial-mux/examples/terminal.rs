//! Three simulated guests on this terminal, as they would share a serial line.
//!
//! `cargo run -p serial-mux --example terminal`; Ctrl-A x ends it, and `@?` shows the help.

use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use serial_mux::config::{Client, ClientConfig, Config, Kind};
use serial_mux::ring::{PageRing, RingReader, RingWriter, WordRing};
use serial_mux::status::{State, Status};
use serial_mux::{Host, SerialMux};

const NAMES: [&str; 3] = ["vm0", "vm1", "vm2"];
const BOOT: [&str; 6] = [
    "Booting Linux on physical CPU 0x0000000000 [0x410fd034]",
    "Machine model: virtual machine of Caravan",
    "Memory: 124136K/131072K available",
    "Serial: AMBA PL011 UART driver",
    "9000000.pl011: ttyAMA0 at MMIO 0x9000000 (irq = 13) is a PL011 rev1",
    "Run /init as init process",
];

/// A guest with a small shell.
struct Guest<'a> {
    number: usize,
    input: RingReader<WordRing<'a>>,
    output: RingWriter<WordRing<'a>>,
    unsent: String,
    booted: usize,
    typed: String,
    commands: u64,
}

impl Guest<'_> {
    /// Runs for a moment.
    fn run(&mut self, now: Duration) {
        let due = Duration::from_millis(90 + 35 * self.number as u64);
        while self.booted <= BOOT.len() && now > due * u32::try_from(self.booted + 1).unwrap_or(1) {
            let seconds = now.as_secs_f32() + 0.4;
            let _ = match BOOT.get(self.booted) {
                Some(line) => writeln!(self.unsent, "[{seconds:12.6}] {line}"),
                None => write!(self.unsent, "\nWelcome to Buildroot\n{}", self.prompt()),
            };
            self.booted += 1;
        }
        let mut buffer = [0; 64];
        while let Ok(count @ 1..) = self.input.read(&mut buffer) {
            for &byte in &buffer[..count] {
                self.key(byte);
            }
        }
        if let Ok(written) = self.output.write(self.unsent.as_bytes()) {
            self.unsent.drain(..written.count);
        }
    }

    fn prompt(&self) -> String {
        format!("{}:~ # ", NAMES[self.number])
    }

    fn key(&mut self, byte: u8) {
        match byte {
            b'\r' | b'\n' => {
                self.unsent.push('\n');
                let command = std::mem::take(&mut self.typed);
                self.obey(command.trim());
                self.unsent += &self.prompt();
            }
            0x7f | 0x08 if self.typed.pop().is_some() => self.unsent += "\x08 \x08",
            0x20..=0x7e => {
                self.typed.push(byte.into());
                self.unsent.push(byte.into());
            }
            _ => {}
        }
    }

    fn obey(&mut self, command: &str) {
        self.commands += 1;
        let text = match command {
            "" => return,
            "ls" => "bin   dev   etc   init  lib   proc  root  sys   tmp   usr   var\n",
            "uname -a" => "Linux buildroot 6.1.0 #1 SMP aarch64 GNU/Linux\n",
            "hostname" => NAMES[self.number],
            "seq" => return (1..=20_000).for_each(|n| self.unsent += &format!("{n} of 20000\n")),
            _ => {
                self.unsent += &format!("-sh: {command}: not found\n");
                return;
            }
        };
        self.unsent += text.trim_end();
        self.unsent.push('\n');
    }
}

/// The guests' input rings, and what is known of the guests.
struct Rings<'a> {
    input: Vec<RingWriter<WordRing<'a>>>,
    commands: Vec<u64>,
}

impl Host for Rings<'_> {
    fn input_room(&mut self, client: Client) -> usize {
        self.input[client.index()].room().unwrap_or(0)
    }

    fn input(&mut self, client: Client, bytes: &[u8]) {
        // A guest that runs all the time needn't be notified.
        let _ = self.input[client.index()].write(bytes);
    }

    fn status(&mut self, show: &mut dyn FnMut(&Status<'_>)) {
        for (name, commands) in NAMES.iter().zip(&self.commands) {
            show(&Status {
                name,
                state: State::Idle,
                exits: &[("WFx", 48_201 + commands * 312), ("data abort", 9_114), ("SMC", 3)],
                interrupts: Some(50_118 + commands * 310),
                idle_percent: Some(97),
                memory: Some((128 << 20, 128 << 20)),
            });
        }
    }
}

/// A terminal without line editing, until it is dropped.
struct RawTerminal(Option<Termios>);

impl RawTerminal {
    fn new() -> Self {
        let before = tcgetattr(io::stdin()).ok();
        if let Some(before) = &before {
            let mut raw = before.clone();
            raw.make_raw();
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &raw);
        }
        Self(before)
    }
}

impl Drop for RawTerminal {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, before);
        }
    }
}

fn main() -> io::Result<()> {
    let pages: Vec<[PageRing; 2]> = NAMES.iter().map(|_| <_>::default()).collect();
    let clients: Vec<_> =
        (1..).zip(NAMES).map(|(badge, name)| ClientConfig { name, badge, input: true }).collect();
    let mut mux = SerialMux::new(&Config::new(&clients), 0).map_err(io::Error::other)?;
    let side = io::Error::other;
    let mut guests = Vec::new();
    let mut rings = Rings { input: Vec::new(), commands: vec![0; NAMES.len()] };
    let mut outputs = Vec::new();
    for (number, [input, output]) in pages.iter().enumerate() {
        rings.input.push(RingWriter::new(input.shared()).map_err(side)?);
        outputs.push(RingReader::new(output.shared()).map_err(side)?);
        guests.push(Guest {
            number,
            input: RingReader::new(input.shared()).map_err(side)?,
            output: RingWriter::new(output.shared()).map_err(side)?,
            unsent: String::new(),
            booted: 0,
            typed: String::new(),
            commands: 0,
        });
    }

    let _terminal = RawTerminal::new();
    let (stdin, mut stdout) = (io::stdin(), io::stdout());
    let start = Instant::now();
    let now = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    let mut command = false;
    loop {
        let wait = Timespec { tv_sec: 0, tv_nsec: 5_000_000 };
        let mut ready = [PollFd::new(&stdin, PollFlags::IN)];
        if poll(&mut ready, Some(&wait))? > 0 && mux.input_room() > 0 {
            let mut keys = [0; 256];
            let room = keys.len().min(mux.input_room());
            let count = stdin.lock().read(&mut keys[..room])?;
            if count == 0 {
                return Ok(());
            }
            for &key in &keys[..count] {
                match (command, key) {
                    (true, b'x') => return stdout.write_all(b"\x1b[0m\r\n"),
                    (false, 0x01) => command = true,
                    _ => {
                        command = false;
                        mux.receive(&[key], &mut rings, now(start.elapsed()));
                    }
                }
            }
        }
        let time = now(start.elapsed());
        mux.poll(&mut rings, time);
        for (client, (guest, output)) in mux.clients().zip(guests.iter_mut().zip(&mut outputs)) {
            guest.run(start.elapsed());
            rings.commands[client.index()] = guest.commands;
            mux.drain(client, Kind::Processed, output, time).map_err(side)?;
        }
        // The line is as fast as the terminal.
        let mut bytes = [0; 1024];
        let count = mux.pull(&mut bytes, time);
        stdout.write_all(&bytes[..count])?;
        stdout.flush()?;
    }
}
