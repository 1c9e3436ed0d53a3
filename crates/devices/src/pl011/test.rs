use super::registers::*;
use super::*;
use crate::testing::{TestLine, assert_registers, identification, mistakes, read, read_as, write};
use guest_memory::Width;
use proptest::prelude::*;
use vmm::mmio::MmioDevice;

/// Takes as much as there is room for.
#[derive(Debug, Default)]
struct Narrow {
    bytes: Vec<u8>,
    room: usize,
}

impl ByteSink for Narrow {
    fn put(&mut self, byte: u8) -> bool {
        if self.room == 0 {
            return false;
        }
        self.room -= 1;
        self.bytes.push(byte);
        true
    }
}

const ENABLED: u64 = 0x301;
const FIFOS: u64 = 0x70;

fn uart() -> (Pl011<TestLine, Narrow>, TestLine) {
    let line = TestLine::default();
    let mut uart = Pl011::new(Revision::R1p5, line.clone(), Narrow::default());
    write(&mut uart, LCR_H, FIFOS);
    write(&mut uart, CR, ENABLED);
    (uart, line)
}

/// Table 3-1.
#[test]
fn registers_have_their_reset_values() {
    let mut uart = Pl011::new(Revision::R1p5, (), ());
    let expected = [
        (RSR_ECR, 0),
        (FR, 0x97),
        (ILPR, 0),
        (IBRD, 0),
        (FBRD, 0),
        (LCR_H, 0),
        (CR, 0x300),
        (IFLS, 0x12),
        (IMSC, 0),
        (RIS, 0),
        (MIS, 0),
        (DMACR, 0),
    ];
    assert_registers(&mut uart, &expected);
    for (offset, _) in expected {
        mistakes(&mut uart, offset, Width::Four, u64::MAX);
    }
    uart.reset();
    assert_registers(&mut uart, &expected);
}

/// 3.3.15, 3.3.16: Linux finds part 0x041011, and takes the depth of the FIFOs from the revision.
#[test]
fn drivers_recognise_it() {
    let mut uart = Pl011::new(Revision::R1p5, (), ());
    assert_eq!(identification(&mut uart), (0x0034_1011, 0xb105_f00d));
    let mut uart = Pl011::new(Revision::R1p4, (), ());
    assert_eq!(identification(&mut uart), (0x0024_1011, 0xb105_f00d));
}

#[test]
fn output_arrives_and_interrupts() {
    let (mut uart, line) = uart();
    uart.sink_mut().room = 100;
    write(&mut uart, IMSC, interrupt::TX.into());
    assert!(!line.is_high(), "nothing has been sent yet");
    write(&mut uart, DR, b'a'.into());
    assert_eq!(mistakes(&mut uart, DR, Width::One, b'b'.into()), [""; 0]);
    assert_eq!(uart.sink().bytes, b"ab");
    assert!(line.is_high());
    write(&mut uart, ICR, interrupt::TX.into());
    assert!(!line.is_high());
}

/// 2.8, 3.3.3: a host that doesn't keep up fills the FIFO; nothing is lost as long as the guest
/// heeds TXFF.
#[test]
fn a_slow_host_fills_the_transmit_fifo() {
    let (mut uart, line) = uart();
    write(&mut uart, IMSC, interrupt::TX.into());
    for byte in 0..32 {
        assert_eq!(read(&mut uart, FR) & u64::from(flag::TXFF), 0);
        write(&mut uart, DR, byte);
    }
    let full = u64::from(flag::TXFF | flag::BUSY);
    assert_eq!(read(&mut uart, FR) & (full | u64::from(flag::TXFE)), full);
    assert!(!line.is_high(), "above the level of 16");
    assert_eq!(mistakes(&mut uart, DR, Width::Four, 32), ["overflow"]);
    uart.sink_mut().room = 15;
    uart.drain();
    assert!(!line.is_high(), "17 are left");
    uart.sink_mut().room = 1;
    uart.drain();
    assert!(line.is_high(), "16 are left");
    uart.sink_mut().room = 100;
    uart.drain();
    let sent: Vec<u8> = (0..32).collect();
    assert_eq!(uart.sink().bytes, sent);
    assert_ne!(read(&mut uart, FR) & u64::from(flag::TXFE), 0);
}

/// 2.8, 3.3.9: the receive interrupt at the selected level, and the timeout below it.
#[test]
fn input_interrupts_at_its_level_and_by_timeout() {
    for (select, expected) in [(0, 4), (1, 8), (2, 16), (3, 24), (4, 28)] {
        let (mut uart, line) = uart();
        write(&mut uart, IFLS, select << 3);
        write(&mut uart, IMSC, interrupt::RX.into());
        for count in 1..=expected {
            assert!(!line.is_high(), "{count} of {expected}");
            uart.receive(b"x");
        }
        assert!(line.is_high(), "{expected}");
        read(&mut uart, DR);
        assert!(!line.is_high());
        write(&mut uart, IMSC, interrupt::RT.into());
        assert!(line.is_high());
        for _ in 1..expected {
            assert!(line.is_high());
            read(&mut uart, DR);
        }
        assert!(!line.is_high(), "empty");
    }
}

#[test]
fn input_waits_for_room_and_is_never_lost() {
    let (mut uart, _) = uart();
    let input: Vec<u8> = (0..40).collect();
    assert_eq!(uart.receive(&input), 32);
    assert_ne!(read(&mut uart, FR) & u64::from(flag::RXFF), 0);
    assert_eq!(uart.receive(&input[32..]), 0);
    let mut output: Vec<u64> = (0..10).map(|_| read(&mut uart, DR)).collect();
    assert_eq!(uart.receive(&input[32..]), 8);
    output.extend((0..30).map(|_| read(&mut uart, DR)));
    assert_eq!(output, (0..40).collect::<Vec<u64>>());
    assert_eq!((read(&mut uart, DR), uart.room()), (0, 32));
}

/// Without FIFOs there is room for one character (3.3.7, FEN).
#[test]
fn a_holding_register_takes_one_character() {
    let (mut uart, line) = uart();
    write(&mut uart, LCR_H, 0x60);
    write(&mut uart, IMSC, interrupt::RX.into());
    assert_eq!(uart.receive(b"ab"), 1);
    assert!(line.is_high());
    assert_eq!(read(&mut uart, FR) & 0x50, flag::RXFF.into());
    assert_eq!(read(&mut uart, DR), b'a'.into());
    assert!(!line.is_high());
}

#[test]
fn a_port_that_is_off_takes_no_input() {
    let (mut uart, _) = uart();
    for control in [0x300, 0x101, ENABLED | 0x80] {
        write(&mut uart, CR, control);
        assert_eq!((uart.room(), uart.receive(b"a")), (0, 0));
        assert!(!uart.receive_break());
    }
}

/// Linux' early console writes before anybody has enabled the port.
#[test]
fn output_of_a_port_that_is_off_is_reported_and_sent() {
    let mut uart = Pl011::new(Revision::R1p5, (), Vec::new());
    assert_eq!(mistakes(&mut uart, DR, Width::Four, 0x141), ["disabled"]);
    assert_eq!(uart.sink(), b"A");
}

/// A driver clears, drains and then enables its interrupts (Linux' pl011_startup): what comes
/// between must not be lost until the next key.
#[test]
fn input_before_the_interrupt_is_enabled_is_not_forgotten() {
    let (mut uart, line) = uart();
    uart.receive(b"x");
    write(&mut uart, ICR, u64::from(interrupt::ALL));
    assert_eq!(read(&mut uart, RIS), 0);
    write(&mut uart, IMSC, u64::from(interrupt::RX | interrupt::RT));
    assert!(line.is_high());
}

/// 3.3.1, 3.3.2: a break is a zero with an error, which UARTRSR keeps until it is cleared.
#[test]
fn a_break_is_an_error_of_its_character() {
    let (mut uart, _) = uart();
    assert!(uart.receive_break());
    uart.receive(b"h");
    assert_ne!(read(&mut uart, RIS) & u64::from(interrupt::BE), 0);
    assert_eq!(read(&mut uart, DR), data::BE.into());
    assert_eq!(read(&mut uart, RSR_ECR), 0b0100);
    write(&mut uart, RSR_ECR, 0);
    assert_eq!(read(&mut uart, RSR_ECR), 0);
    assert_eq!(read(&mut uart, DR), b'h'.into());
}

/// 3.3.8: what is sent is received, outputs of the modem are its inputs, and overruns happen.
#[test]
fn loopback() {
    let (mut uart, _) = uart();
    write(&mut uart, CR, ENABLED | u64::from(control::LBE | control::RTS | control::OUT2));
    assert_eq!(read(&mut uart, FR) & 0x107, u64::from(flag::CTS | flag::RI));
    let changed = interrupt::RI | interrupt::DCD | interrupt::DSR;
    assert_eq!(read(&mut uart, RIS) & 0xf, changed.into());
    for byte in 0..33 {
        write(&mut uart, DR, byte);
    }
    assert_ne!(read(&mut uart, RIS) & u64::from(interrupt::OE), 0);
    assert_eq!(read(&mut uart, RSR_ECR), 0b1000);
    let looped: Vec<u64> = (0..32).map(|_| read(&mut uart, DR)).collect();
    assert_eq!(looped, (0..32).collect::<Vec<u64>>());
    assert!(uart.sink().bytes.is_empty());
}

#[test]
fn reserved_bits_and_read_only_registers_stay() {
    let (mut uart, _) = uart();
    for (offset, writable) in [
        (ILPR, 0xff),
        (IBRD, 0xffff),
        (FBRD, 0x3f),
        (LCR_H, 0xff),
        (CR, 0xff87),
        (IFLS, 0x3f),
        (IMSC, 0x7ff),
        (DMACR, 0x7),
    ] {
        write(&mut uart, offset, u64::from(u32::MAX));
        assert_eq!(read(&mut uart, offset), writable, "{offset:#x}");
    }
    for offset in [FR, RIS, MIS, 0xfe0, 0x100] {
        assert_eq!(mistakes(&mut uart, offset, Width::Four, 0), ["not-writable"]);
    }
    assert_eq!(mistakes(&mut uart, DR + 1, Width::One, 0), ["unaligned"]);
    assert_eq!(read_as(&mut uart, CR + 1, Width::One), 0);
    assert_eq!(read_as(&mut uart, CR, Width::One), 0x87);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// The line is high exactly while UARTMIS isn't zero, and the FIFOs keep to their depth,
    /// whatever the guest does.
    #[test]
    fn any_access(
        steps in prop::collection::vec((0_u64..0x50, 0_usize..3, any::<u32>(), any::<bool>()), 1..200)
    ) {
        let (mut uart, line) = uart();
        for (offset, width, value, store) in steps {
            let width = Width::ALL[width];
            let offset = offset / width.bytes() * width.bytes();
            if store {
                mistakes(&mut uart, offset, width, value.into());
            } else {
                read_as(&mut uart, offset, width);
            }
            uart.sink_mut().room = usize::from(value % 3 == 0);
            uart.drain();
            uart.receive(&value.to_le_bytes());
            prop_assert_eq!(line.is_high(), read(&mut uart, MIS) != 0);
            prop_assert!(uart.received.len() <= 32 && uart.to_send.len() <= 32);
        }
        uart.reset();
        prop_assert!(!line.is_high());
    }
}
