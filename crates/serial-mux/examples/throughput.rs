//! Three clients print a megabyte each in batches; run under a counter of instructions.
//!
//! `valgrind --tool=none` or `perf stat` of this program, once with 1 and once with 2 megabytes,
//! gives the instructions for a character as the difference: rings, multiplexer and driver.

use pl011_driver::{Config as PortConfig, Pl011, Register, Registers};
use serial_mux::SerialMux;
use serial_mux::config::{ClientConfig, Config, Kind};
use serial_mux::ring::{PageRing, RingReader, RingWriter};

/// A port that sends at once.
struct Port(u64);

impl Registers for Port {
    fn read(&mut self, register: Register) -> u32 {
        match register {
            Register::PeripheralId0 => 0x11,
            Register::PeripheralId1 => 0x10,
            Register::PeripheralId2 => 0x14,
            _ => 0x90,
        }
    }

    fn write(&mut self, register: Register, _: u32) {
        self.0 += u64::from(register == Register::Data);
    }
}

fn main() {
    let megabytes: usize = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(1);
    let clients = [1, 2, 3].map(|badge| ClientConfig { name: "vm", badge, input: true });
    let mut mux = SerialMux::new(&Config::new(&clients), 0).expect("three clients");
    let pages = [const { PageRing::new() }; 3];
    let mut writers = pages.each_ref().map(|page| RingWriter::new(page.shared()).expect("empty"));
    let mut readers = pages.each_ref().map(|page| RingReader::new(page.shared()).expect("empty"));
    let mut port = Pl011::new(Port(0), &PortConfig::default()).expect("a PL011");
    let text = b"[    0.123456] a line of a kernel's log, as long as most of them are\n".repeat(50);
    let mut left = [megabytes << 20; 3];
    let (mut now, mut output) = (0, [0; 512]);
    while left.iter().any(|&left| left > 0) {
        for (client, n) in mux.clients().zip(0..) {
            let count = left[n].min(text.len());
            left[n] -= writers[n].write(&text[..count]).expect("a good ring").count;
            mux.drain(client, Kind::Processed, &mut readers[n], now).expect("a good ring");
        }
        loop {
            let count = mux.pull(&mut output, now);
            if count == 0 {
                break;
            }
            assert_eq!(port.send(&output[..count]), count);
        }
        now += 1_000_000;
    }
    eprintln!("{} characters sent", port.registers_mut().0);
}
