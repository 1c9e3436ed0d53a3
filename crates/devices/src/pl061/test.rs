use super::*;
use crate::testing::{TestLine, assert_registers, identification, mistakes, read, read_as, write};
use guest_memory::Width;
use proptest::prelude::*;

const ALL_PINS: u64 = 0x3fc;

fn gpio() -> (Pl061<TestLine>, TestLine) {
    let line = TestLine::default();
    (Pl061::new(line.clone()), line)
}

/// Table 3-1: everything is zero.
#[test]
fn registers_have_their_reset_values() {
    let (mut gpio, _) = gpio();
    let all = [ALL_PINS, DIR, IS, IBE, IEV, IE, RIS, MIS, AFSEL];
    let zero = all.map(|offset| (offset, 0));
    assert_registers(&mut gpio, &zero);
    for offset in all {
        mistakes(&mut gpio, offset, Width::Four, 0xff);
    }
    gpio.reset();
    assert_registers(&mut gpio, &zero);
}

/// 3.3.11, 3.3.12.
#[test]
fn drivers_recognise_it() {
    let (mut gpio, _) = gpio();
    assert_eq!(identification(&mut gpio), (0x0004_1061, 0xb105_f00d));
}

/// 3.3.1: the offset says which pins are read and written.
#[test]
fn data_is_masked_by_the_offset() {
    let (mut gpio, _) = gpio();
    write(&mut gpio, DIR, 0xff);
    write(&mut gpio, 0x098, 0xfb);
    assert_eq!(read(&mut gpio, ALL_PINS), 0x22, "the document's example");
    assert_eq!(read(&mut gpio, 0x2 << 2), 0x02);
    write(&mut gpio, 0, 0xff);
    assert_eq!(gpio.pins(), 0x22);
    write(&mut gpio, DIR, 0x02);
    gpio.set_input(0, true);
    assert_eq!(gpio.pins(), 0x03);
}

#[test]
fn edges_are_kept_until_cleared() {
    let (mut gpio, line) = gpio();
    write(&mut gpio, IEV, 0b001);
    write(&mut gpio, IBE, 0b100);
    write(&mut gpio, IE, 0b111);
    let mut edges = |pin, high| {
        gpio.set_input(pin, high);
        let status = read(&mut gpio, RIS);
        assert_eq!(line.is_high(), status != 0);
        write(&mut gpio, IC, 0xff);
        assert!(!line.is_high());
        status
    };
    assert_eq!([edges(0, true), edges(0, false)], [1, 0], "rising");
    assert_eq!([edges(1, true), edges(1, false)], [0, 2], "falling");
    assert_eq!([edges(2, true), edges(2, false)], [4, 4], "both");
    assert_eq!([edges(0, true), edges(0, true)], [1, 0], "once");
}

#[test]
fn levels_are_live() {
    let (mut gpio, line) = gpio();
    write(&mut gpio, IS, 0b11);
    write(&mut gpio, IEV, 0b01);
    assert_eq!(read(&mut gpio, RIS), 0b10, "low is the event of pin 1");
    write(&mut gpio, IE, 0b01);
    gpio.set_input(0, true);
    write(&mut gpio, IC, 0xff);
    assert!(line.is_high());
    gpio.set_input(0, false);
    assert!(!line.is_high());
}

#[test]
fn pins_that_do_not_exist_are_nobodys() {
    let (mut gpio, _) = gpio();
    gpio.set_input(8, true);
    gpio.set_input(255, true);
    assert_eq!(gpio.pins(), 0);
}

proptest! {
    #[test]
    fn any_access(
        steps in prop::collection::vec(
            (0_u64..0x430, 0_usize..3, any::<u32>(), any::<bool>(), any::<u8>()), 1..100
        )
    ) {
        let (mut gpio, line) = gpio();
        for (offset, width, value, store, pin) in steps {
            let width = Width::ALL[width];
            let offset = offset / width.bytes() * width.bytes();
            if store {
                mistakes(&mut gpio, offset, width, value.into());
            } else {
                read_as(&mut gpio, offset, width);
            }
            gpio.set_input(pin % 9, value & 1 != 0);
            prop_assert_eq!(line.is_high(), read(&mut gpio, MIS) != 0);
        }
    }
}
