//! A whole server: clients' rings on one side, a PL011 on the other, whose line is slow.

use std::collections::VecDeque;

use pl011_driver::{Config as PortConfig, Pl011, Register, Registers};
use serial_mux::config::{Client, ClientConfig, Colours, Config, Kind};
use serial_mux::ring::{PageRing, RingError, RingReader, RingWriter, Side, WordRing};
use serial_mux::server::{NoSuchClient, Port, Rings, SerialServer, System};

/// A PL011 as registers, with a FIFO of 16.
#[derive(Debug, Default)]
struct Device {
    sending: VecDeque<u8>,
    line: Vec<u8>,
    typed: VecDeque<u8>,
    mask: u32,
}

impl Registers for Device {
    fn read(&mut self, register: Register) -> u32 {
        match register {
            Register::PeripheralId0 => 0x11,
            Register::PeripheralId1 => 0x10,
            Register::PeripheralId2 => 0x14,
            Register::Data => self.typed.pop_front().unwrap().into(),
            Register::Flags => {
                let transmit = match self.sending.len() {
                    0 => 0x80,
                    16 => 0x28,
                    _ => 0x08,
                };
                transmit | if self.typed.is_empty() { 0x10 } else { 0 }
            }
            _ => 0,
        }
    }

    fn write(&mut self, register: Register, value: u32) {
        if register == Register::InterruptMask {
            self.mask = value;
        }
        if register == Register::Data {
            assert!(self.sending.len() < 16);
            self.sending.push_back(u8::try_from(value).unwrap());
        }
    }
}

struct Serial(Pl011<Device>);

impl Port for Serial {
    fn receive(&mut self, buffer: &mut [u8]) -> usize {
        self.0.receive(buffer).count
    }

    fn send(&mut self, bytes: &[u8]) -> usize {
        self.0.send(bytes)
    }
}

#[derive(Debug, Default)]
struct Kernel {
    now: u64,
    alarm: Option<u64>,
    notified: Vec<usize>,
    rooms: Vec<(usize, usize)>,
    broken: Vec<(usize, RingError)>,
}

impl System for Kernel {
    fn time(&mut self) -> u64 {
        self.now
    }

    fn alarm(&mut self, time: Option<u64>) {
        self.alarm = time;
    }

    fn notify(&mut self, client: Client) {
        self.notified.push(client.index());
    }

    fn room(&mut self, client: Client, ring: usize) {
        self.rooms.push((client.index(), ring));
    }

    fn broken(&mut self, client: Client, error: RingError) {
        self.broken.push((client.index(), error));
    }
}

type Server<'a> = SerialServer<Serial, WordRing<'a>>;

fn server<'a>(pages: &'a [[PageRing; 3]], kernel: &mut Kernel) -> Server<'a> {
    let clients: Vec<_> = (1..=pages.len() as u64)
        .map(|badge| ClientConfig { name: "vm", badge, input: true })
        .collect();
    let config = Config { colours: Colours::Off, ..Config::new(&clients) };
    let port = Serial(Pl011::new(Device::default(), &PortConfig::default()).unwrap());
    let rings = pages.iter().map(|[input, processed, raw]| Rings {
        input: Some(input.shared()),
        output: vec![(Kind::Processed, processed.shared()), (Kind::Raw, raw.shared())],
    });
    SerialServer::new(&config, port, rings, kernel).unwrap()
}

/// Time for some characters on the line.
fn send(server: &mut Server<'_>, characters: usize) {
    let device = server.port_mut().0.registers_mut();
    let count = characters.min(device.sending.len());
    device.line.extend(device.sending.drain(..count));
}

fn pages(count: usize) -> Vec<[PageRing; 3]> {
    (0..count).map(|_| <_>::default()).collect()
}

#[test]
fn output_and_input_at_once() {
    let (pages, mut kernel) = (pages(2), Kernel::default());
    let mut server = server(&pages, &mut kernel);
    let mut writers = [0, 1].map(|n| RingWriter::new(pages[n][1].shared()).unwrap());
    let mut readers = [0, 1].map(|n| RingReader::new(pages[n][0].shared()).unwrap());
    let text: Vec<u8> = (0..3000).flat_map(|n| format!("line {n}\n").into_bytes()).collect();
    let typed: Vec<u8> = (0..400).flat_map(|n| format!("input {n}\r").into_bytes()).collect();
    let (mut written, mut came, mut got) = ([0; 2], 0, Vec::new());
    for step in 0..40_000 {
        for (writer, written) in writers.iter_mut().zip(&mut written) {
            *written += writer.write(&text[*written..]).unwrap().count;
        }
        let end = (came + 3).min(typed.len());
        let device = server.port_mut().0.registers_mut();
        if device.typed.len() < 12 {
            device.typed.extend(&typed[came..end]);
            came = end;
        }
        server.run(&mut kernel);
        kernel.now += 1_000_000;
        send(&mut server, 5);
        if step % 7 == 0 {
            let mut buffer = [0; 30];
            let count = readers[0].read(&mut buffer).unwrap();
            got.extend_from_slice(&buffer[..count]);
        }
    }
    assert_eq!((written, came), ([text.len(); 2], typed.len()));
    assert!(got == typed);
    assert_eq!(readers[1].available(), Ok(0));
    assert!(kernel.notified.iter().all(|&client| client == 0) && !kernel.notified.is_empty());
    let device = server.port_mut().0.registers_mut();
    let mut lines: Vec<&[u8]> = device.line.split_inclusive(|&byte| byte == b'\n').collect();
    // Each line twice, in order.
    let number = |line: &[u8]| {
        let text = std::str::from_utf8(line).unwrap();
        text.strip_prefix("line ")
            .and_then(|n| n.strip_suffix("\r\n"))
            .unwrap()
            .parse::<u32>()
            .unwrap()
    };
    lines.sort_by_key(|line| number(line));
    assert!(lines.chunks(2).zip(0..).all(|(pair, n)| number(pair[0]) == n && pair[0] == pair[1]));
    assert_eq!(lines.len(), 6000);
    assert_eq!((kernel.alarm, kernel.broken), (None, vec![]));
}

/// While a client doesn't read, the port keeps what is typed, and doesn't interrupt.
#[test]
fn a_full_queue_stops_the_port() {
    let (pages, mut kernel) = (pages(1), Kernel::default());
    let mut server = server(&pages, &mut kernel);
    let typed: Vec<u8> = (0..6000_u32).map(|n| n.to_le_bytes()[0] | 0x80).collect();
    server.port_mut().0.registers_mut().typed.extend(&typed);
    server.run(&mut kernel);
    let device = server.port_mut().0.registers_mut();
    assert_eq!((device.typed.len(), device.mask), (6000 - 4087 - serial_mux::INPUT_BYTES, 0));
    let mut reader = RingReader::new(pages[0][0].shared()).unwrap();
    let mut got = Vec::new();
    while got.len() < typed.len() {
        let mut buffer = [0; 100];
        let count = reader.read(&mut buffer).unwrap();
        got.extend_from_slice(&buffer[..count]);
        kernel.now = kernel.alarm.unwrap_or(kernel.now);
        server.run(&mut kernel);
    }
    assert!(got == typed);
    assert_eq!(server.port_mut().0.registers_mut().mask, 0x50);
    assert_eq!(kernel.alarm, None);
}

#[test]
fn putchar_waits_for_room() {
    let (pages, mut kernel) = (pages(1), Kernel::default());
    let mut server = server(&pages, &mut kernel);
    let mut taken = 0;
    while server.putchar(1, Kind::Raw, b'x', &mut kernel).unwrap() {
        taken += 1;
    }
    assert_eq!(taken, serial_mux::STREAM_BYTES);
    server.run(&mut kernel);
    assert_eq!(server.putchar(1, Kind::Raw, b'x', &mut kernel), Ok(true));
    let error = server.putchar(2, Kind::Raw, b'x', &mut kernel).unwrap_err();
    assert_eq!(error, NoSuchClient(2));
    assert_eq!(error.to_string(), "a call with badge 2, which no client has");
}

/// A prompt behind another one: the alarm brings it.
#[test]
fn the_alarm() {
    let (pages, mut kernel) = (pages(2), Kernel::default());
    let mut server = server(&pages, &mut kernel);
    for badge in [1, 2] {
        server.putchar(badge, Kind::Raw, b'$', &mut kernel).unwrap();
    }
    server.run(&mut kernel);
    send(&mut server, 99);
    kernel.now = kernel.alarm.unwrap();
    assert_eq!(kernel.now, 20_000_000);
    server.run(&mut kernel);
    send(&mut server, 99);
    assert_eq!(server.port_mut().0.registers_mut().line, b"$\r\n$");
    assert_eq!(kernel.alarm, None);
}

/// A client that writes nonsense loses that ring; the others go on.
#[test]
fn broken_rings() {
    let (pages, mut kernel) = (pages(2), Kernel::default());
    pages[1][2].head.store(5000, std::sync::atomic::Ordering::Relaxed);
    let mut server = server(&pages, &mut kernel);
    pages[0][0].head.store(4088, std::sync::atomic::Ordering::Relaxed);
    pages[0][1].tail.store(u32::MAX, std::sync::atomic::Ordering::Relaxed);
    RingWriter::new(pages[1][1].shared()).unwrap().write(b"fine\n").unwrap();
    server.port_mut().0.registers_mut().typed.extend(b"x");
    for _ in 0..3 {
        server.run(&mut kernel);
    }
    send(&mut server, 99);
    assert_eq!(server.port_mut().0.registers_mut().line, b"fine\r\n");
    let broken = |side, index| RingError::Index { side, index, size: 4088 };
    let expected = [
        (1, broken(Side::Head, 5000)),
        (0, broken(Side::Head, 4088)),
        (0, broken(Side::Tail, u32::MAX)),
    ];
    assert_eq!(kernel.broken, expected);
}

/// Whoever found its ring full is told when there is room, and nobody else.
#[test]
fn room_is_told() {
    let (pages, mut kernel) = (pages(2), Kernel::default());
    let mut server = server(&pages, &mut kernel);
    let mut full = RingWriter::new(pages[1][2].shared()).unwrap();
    assert_eq!(full.write(&[b'x'; 5000]).unwrap().count, 4087);
    RingWriter::new(pages[0][1].shared()).unwrap().write(b"short\n").unwrap();
    server.run(&mut kernel);
    assert!(!kernel.rooms.is_empty());
    assert!(kernel.rooms.iter().all(|&room| room == (1, 1)), "{:?}", kernel.rooms);
    assert!(full.room().unwrap() > 0);
}
