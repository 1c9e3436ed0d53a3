use super::*;
use crate::testing::{
    TestClock, TestLine, assert_registers, identification, mistakes, read, read_as, write,
};
use guest_memory::Width;
use proptest::prelude::*;

/// 2026-01-01, at a counter that has been running.
const START: u32 = 1_767_225_600;

fn rtc() -> (Pl031<TestLine, TestClock>, TestLine, TestClock) {
    let (line, clock) = (TestLine::default(), TestClock::default());
    clock.advance(123_456);
    (Pl031::new(line.clone(), clock.clone(), START), line, clock)
}

/// Table 3-1, but for the time, which somebody has set and started.
#[test]
fn registers_have_their_reset_values() {
    let (mut rtc, ..) = rtc();
    let expected = [(DR, START.into()), (MR, 0), (LR, 0), (CR, 1), (IMSC, 0), (RIS, 0), (MIS, 0)];
    assert_registers(&mut rtc, &expected);
    for offset in [MR, CR, IMSC] {
        write(&mut rtc, offset, 0xffff_ffff);
    }
    rtc.reset();
    assert_registers(&mut rtc, &expected);
}

/// 3.3.9, 3.3.10.
#[test]
fn drivers_recognise_it() {
    let (mut rtc, ..) = rtc();
    assert_eq!(identification(&mut rtc), (0x0004_1031, 0xb105_f00d));
}

#[test]
fn time_passes_and_can_be_set() {
    let (mut rtc, _, clock) = rtc();
    clock.advance(999);
    assert_eq!(read(&mut rtc, DR), START.into());
    clock.advance(1);
    assert_eq!(read(&mut rtc, DR), u64::from(START) + 1);
    write(&mut rtc, LR, 0xffff_ffff);
    assert_eq!((read(&mut rtc, DR), read(&mut rtc, LR)), (0xffff_ffff, 0xffff_ffff));
    clock.advance(2000);
    assert_eq!(read(&mut rtc, DR), 1, "wraps");
    rtc.reset();
    assert_eq!(read(&mut rtc, DR), 1, "the battery is no part of a reset");
}

#[test]
fn an_alarm_interrupts_until_it_is_cleared() {
    let (mut rtc, line, clock) = rtc();
    write(&mut rtc, MR, u64::from(START) + 10);
    assert_eq!(rtc.deadline(), None, "nobody would notice");
    write(&mut rtc, IMSC, 1);
    assert_eq!(rtc.deadline(), Some(123_456 + 10_000));
    clock.advance(9_999);
    rtc.poll();
    assert!(!line.is_high());
    clock.advance(1);
    rtc.poll();
    assert!(line.is_high());
    assert_eq!((read(&mut rtc, RIS), read(&mut rtc, MIS), rtc.deadline()), (1, 1, None));
    write(&mut rtc, ICR, 0);
    assert!(line.is_high());
    write(&mut rtc, ICR, 1);
    assert!(!line.is_high());
    assert_eq!(rtc.deadline(), Some(123_456 + 10_000 + (1000 << 32)));
}

#[test]
fn a_masked_alarm_can_be_polled() {
    let (mut rtc, line, clock) = rtc();
    write(&mut rtc, MR, u64::from(START) + 1);
    clock.advance(5_000);
    assert_eq!((read(&mut rtc, RIS), read(&mut rtc, MIS)), (1, 0));
    assert!(!line.is_high());
    write(&mut rtc, IMSC, 1);
    assert!(line.is_high());
    rtc.reset();
    assert!(!line.is_high());
}

#[test]
fn setting_the_time_moves_the_alarm() {
    let (mut rtc, line, _) = rtc();
    write(&mut rtc, IMSC, 1);
    write(&mut rtc, MR, 5000);
    write(&mut rtc, LR, 4990);
    assert_eq!(rtc.deadline(), Some(123_456 + 10_000));
    write(&mut rtc, LR, 5000);
    assert!(line.is_high(), "it is that time");
}

#[test]
fn mistakes_are_reported() {
    let (mut rtc, ..) = rtc();
    for offset in [DR, RIS, MIS, 0x20, 0xfe0] {
        assert_eq!(mistakes(&mut rtc, offset, Width::Four, 1), ["not-writable"]);
    }
    assert_eq!(mistakes(&mut rtc, 2, Width::Two, 1), ["unaligned"]);
}

proptest! {
    #[test]
    fn any_access(
        steps in prop::collection::vec(
            (0_u64..0x24, 0_usize..3, any::<u32>(), any::<bool>(), 0_u64..1 << 41), 1..100
        )
    ) {
        let (mut rtc, line, clock) = rtc();
        for (offset, width, value, store, ticks) in steps {
            let width = Width::ALL[width];
            let offset = offset / width.bytes() * width.bytes();
            clock.advance(ticks);
            rtc.poll();
            if store {
                mistakes(&mut rtc, offset, width, value.into());
            } else {
                read_as(&mut rtc, offset, width);
            }
            prop_assert_eq!(line.is_high(), read(&mut rtc, MIS) == 1);
            prop_assert!(rtc.deadline().is_none_or(|at| at > clock.now()));
        }
    }
}
