//! The driver in front of the device's model.

use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;

use devices::pl011::{ByteSink, Pl011 as Model, Revision};
use guest_memory::Width;
use pl011_driver::{Config, Divisor, Level, NotAPl011, Pl011, Received, Register, Registers};
use proptest::prelude::*;
use vmm::interrupt::InterruptLine;
use vmm::mmio::{Access, MmioDevice};
use vmm::report::{DeviceLog, Mistake, MistakeLog};
use vmm::vcpu::VcpuId;

#[derive(Clone, Debug, Default)]
struct Line(Rc<Cell<bool>>);

impl InterruptLine for Line {
    fn set_level(&self, asserted: bool) {
        self.0.set(asserted);
    }

    fn pulse(&self) {
        panic!("a level-sensitive line");
    }
}

/// The cable: takes as much as it has time for.
#[derive(Debug, Default)]
struct Cable {
    bytes: Vec<u8>,
    time: usize,
}

impl ByteSink for Cable {
    fn put(&mut self, byte: u8) -> bool {
        if self.time == 0 {
            return false;
        }
        self.time -= 1;
        self.bytes.push(byte);
        true
    }
}

/// A driver that does something wrong fails the test.
struct Strict;

impl MistakeLog for Strict {
    fn mistake(&mut self, device: &str, mistake: Mistake<'_>) {
        panic!("{device}: {} ({})", mistake.did, mistake.rule);
    }
}

#[derive(Debug)]
struct Device {
    model: Model<Line, Cable>,
    /// What is written, but for characters.
    writes: Vec<(Register, u32)>,
}

impl Registers for Device {
    fn read(&mut self, register: Register) -> u32 {
        let value = self.model.read(access(register), &mut DeviceLog::new("uart", &mut Strict));
        u32::try_from(value).unwrap()
    }

    fn write(&mut self, register: Register, value: u32) {
        self.model.write(access(register), value.into(), &mut DeviceLog::new("uart", &mut Strict));
        if register != Register::Data {
            self.writes.push((register, value));
        }
    }
}

fn access(register: Register) -> Access {
    Access { offset: register.offset() as u64, width: Width::Four, vcpu: VcpuId(0) }
}

fn device(revision: Revision) -> (Device, Line) {
    let line = Line::default();
    let model = Model::new(revision, line.clone(), Cable::default());
    (Device { model, writes: Vec::new() }, line)
}

fn port(revision: Revision) -> (Pl011<Device>, Line) {
    let (device, line) = device(revision);
    (Pl011::new(device, &Config::default()).unwrap(), line)
}

fn model(port: &mut Pl011<Device>) -> &mut Model<Line, Cable> {
    &mut port.registers_mut().model
}

/// Gives the cable time for some characters.
fn time(port: &mut Pl011<Device>, characters: usize) {
    model(port).sink_mut().time = characters;
    model(port).drain();
}

fn receive(port: &mut Pl011<Device>, room: usize) -> (Vec<u8>, bool) {
    let mut buffer = vec![0; room];
    let Received { count, more } = port.receive(&mut buffer);
    buffer.truncate(count);
    (buffer, more)
}

#[test]
fn set_up() {
    let (device, _) = device(Revision::R1p5);
    let config = Config {
        speed: Some(Divisor::new(24_000_000, 115_200).unwrap()),
        receive_level: Level::Half,
        transmit_level: Level::Quarter,
        hardware_flow_control: true,
    };
    let mut port = Pl011::new(device, &config).unwrap();
    let writes = [
        (Register::InterruptMask, 0),
        (Register::Control, 0),
        (Register::IntegerBaudRate, 13),
        (Register::FractionalBaudRate, 1),
        (Register::LineControl, 0x70),
        (Register::FifoLevels, 0b010_001),
        (Register::InterruptClear, 0x7ff),
        (Register::Control, 0xcf01),
        (Register::InterruptMask, 0x50),
    ];
    assert_eq!(port.registers_mut().writes, writes);
}

#[test]
fn another_device_is_refused() {
    #[derive(Debug)]
    struct Zero;
    impl Registers for Zero {
        fn read(&mut self, register: Register) -> u32 {
            // A PL031.
            [0x31, 0x10, 0x04][(register.offset() - 0xfe0) / 4]
        }
        fn write(&mut self, _: Register, _: u32) {
            panic!("it isn't ours");
        }
    }
    let error = Pl011::new(Zero, &Config::default()).unwrap_err();
    assert_eq!(error, NotAPl011 { designer: 0x41, part: 0x31 });
    let text = "the device's designer is 0x41 and its part 0x31, expected 0x41 and 0x11 of a PL011";
    assert_eq!(error.to_string(), text);
}

/// Both depths of FIFOs; the driver never writes into a full one (the model would complain).
#[test]
fn output_longer_than_the_fifo() {
    for (revision, depth, level) in [(Revision::R1p4, 16, 2), (Revision::R1p5, 32, 4)] {
        let (mut port, line) = port(revision);
        let text: Vec<u8> = (0..100).collect();
        let mut sent = port.send(&text);
        assert_eq!(sent, depth);
        assert!(!line.0.get());
        // Not yet empty enough.
        time(&mut port, depth - level - 1);
        assert!(!line.0.get());
        while sent < text.len() {
            time(&mut port, depth);
            assert!(line.0.get() && port.interrupt().transmit);
            sent += port.send(&text[sent..]);
        }
        time(&mut port, depth);
        assert!(!line.0.get(), "nothing waits");
        assert_eq!(model(&mut port).sink().bytes, text);
    }
}

#[test]
fn a_fast_line_takes_all_at_once() {
    let (mut port, line) = port(Revision::R1p4);
    model(&mut port).sink_mut().time = 1000;
    assert_eq!(port.send(&[b'x'; 1000]), 1000);
    assert_eq!(port.send(&[]), 0);
    assert!(!line.0.get());
}

#[test]
fn input() {
    let (mut port, line) = port(Revision::R1p5);
    assert_eq!(model(&mut port).receive(b"abc"), 3);
    assert!(line.0.get());
    let events = port.interrupt();
    assert!(events.receive && !events.transmit);
    assert_eq!(receive(&mut port, 10), (b"abc".to_vec(), false));
    assert!(!line.0.get());
    assert_eq!(receive(&mut port, 10), (vec![], false));
}

/// No storm of interrupts, and nothing lost, while there is no room.
#[test]
fn input_without_room_waits() {
    let (mut port, line) = port(Revision::R1p5);
    model(&mut port).receive(b"abcdef");
    assert_eq!(receive(&mut port, 4), (b"abcd".to_vec(), true));
    assert!(!line.0.get());
    model(&mut port).receive(b"gh");
    assert!(!line.0.get());
    assert_eq!(receive(&mut port, 4), (b"efgh".to_vec(), false));
    model(&mut port).receive(b"i");
    assert!(line.0.get());
}

/// What came before the driver did.
#[test]
fn early_input() {
    let (mut device, line) = device(Revision::R1p5);
    for (register, value) in [(Register::LineControl, 0x70), (Register::Control, 0x301)] {
        device.write(register, value);
    }
    device.model.receive(b"early");
    let mut port = Pl011::new(device, &Config::default()).unwrap();
    assert_eq!(receive(&mut port, 10), (b"early".to_vec(), false));
    assert!(!line.0.get());
}

#[test]
fn a_break_is_no_character() {
    let (mut port, line) = port(Revision::R1p5);
    model(&mut port).receive(b"a");
    assert!(model(&mut port).receive_break());
    model(&mut port).receive(b"b");
    assert!(port.interrupt().receive);
    assert_eq!(receive(&mut port, 10), (b"ab".to_vec(), false));
    assert_eq!(port.errors().breaks, 1);
    assert!(!line.0.get());
}

/// The characters of a FIFO that ran over are good but for the lost one.
#[test]
fn an_overrun_is_counted_and_loses_nothing_else() {
    #[derive(Debug)]
    struct Overrun(VecDeque<u32>, Vec<Register>);
    impl Registers for Overrun {
        fn read(&mut self, register: Register) -> u32 {
            match register {
                Register::PeripheralId0 => 0x11,
                Register::PeripheralId1 => 0x10,
                Register::PeripheralId2 => 0x14,
                Register::Flags if self.0.is_empty() => 0x90,
                Register::Data => self.0.pop_front().unwrap(),
                _ => 0,
            }
        }
        fn write(&mut self, register: Register, _: u32) {
            self.1.push(register);
        }
    }
    let characters = [0x861, 0x162, 0x263, 0x064].into();
    let mut port = Pl011::new(Overrun(characters, Vec::new()), &Config::default());
    let port = port.as_mut().unwrap();
    let mut buffer = [0; 8];
    assert_eq!(port.receive(&mut buffer).count, 4);
    assert_eq!(&buffer[..4], b"abcd");
    let errors = port.errors();
    assert_eq!((errors.overruns, errors.framing, errors.parity, errors.breaks), (1, 1, 1, 0));
    assert!(port.registers_mut().1.contains(&Register::ErrorClear));
}

/// A port that never gets idle doesn't hang the driver.
#[test]
fn a_port_that_hangs_is_set_up_all_the_same() {
    #[derive(Debug)]
    struct Busy;
    impl Registers for Busy {
        fn read(&mut self, register: Register) -> u32 {
            match register {
                Register::PeripheralId0 => 0x11,
                Register::PeripheralId1 => 0x10,
                Register::PeripheralId2 => 0x14,
                _ => 0x38,
            }
        }
        fn write(&mut self, _: Register, _: u32) {}
    }
    let mut port = Pl011::new(Busy, &Config::default()).unwrap();
    assert_eq!(port.send(b"x"), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// In both directions at once, with a driver that runs only when it is interrupted, and has
    /// little room: everything arrives, once, in order.
    #[test]
    fn both_directions(
        input in prop::collection::vec(any::<u8>(), 0..400),
        output in prop::collection::vec(any::<u8>(), 0..400),
        steps in prop::collection::vec((0_usize..40, 0_usize..40, 1_usize..40), 10..40),
        deep: bool,
    ) {
        let revision = if deep { Revision::R1p5 } else { Revision::R1p4 };
        let (mut port, line) = port(revision);
        let (mut offered, mut sent) = (0, port.send(&output));
        let mut received = Vec::new();
        let mut more = false;
        for (came, went, room) in steps.into_iter().cycle().take(2000) {
            let end = (offered + came).min(input.len());
            offered += model(&mut port).receive(&input[offered..end]);
            time(&mut port, went);
            let events = if line.0.get() { port.interrupt() } else { <_>::default() };
            if events.receive || more {
                let (bytes, again) = receive(&mut port, room);
                received.extend(bytes);
                more = again;
            }
            if events.transmit {
                sent += port.send(&output[sent..]);
            }
        }
        time(&mut port, 100);
        prop_assert_eq!(received, input);
        prop_assert_eq!(&model(&mut port).sink().bytes, &output);
        prop_assert!(!line.0.get());
    }
}
