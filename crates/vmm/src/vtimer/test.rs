use super::*;
use crate::testing::TestVcpu;
use alloc::vec::Vec;
use proptest::prelude::*;

fn timer(compare: u64, offset: u64) -> VirtualTimer {
    VirtualTimer { control: ENABLE, compare, offset }
}

#[test]
fn a_timer_is_pending_from_its_compare_value_on() {
    let timer = timer(1000, 500);
    assert_eq!((timer.is_pending(1499), timer.is_pending(1500)), (false, true));
    assert_eq!((timer.deadline(600), timer.deadline(1700)), (Some(1500), Some(1700)));
    // Before the offset the virtual count is at its upper end, which is past any compare value.
    assert_eq!(timer.deadline(100), Some(100));
}

#[test]
fn off_and_masked_timers_have_no_deadline() {
    for control in [0, IMASK, ENABLE | IMASK, 4] {
        let timer = VirtualTimer { control, compare: 0, offset: 0 };
        assert_eq!((timer.is_pending(5), timer.deadline(5)), (false, None));
    }
    assert_eq!(timer(u64::MAX, u64::MAX).deadline(u64::MAX), None);
}

#[test]
fn an_unused_timer_costs_one_register() {
    let mut vcpu = TestVcpu::new();
    VirtualTimer::read(&mut vcpu);
    assert_eq!(vcpu.touched.iter().copied().collect::<Vec<_>>(), [Register::CntvCtlEl0]);
    vcpu.set(Register::CntvCtlEl0, ENABLE);
    vcpu.set(Register::CntvCvalEl0, 7);
    vcpu.set(Register::CntvoffEl2, 3);
    assert_eq!(VirtualTimer::read(&mut vcpu), timer(7, 3));
}

/// A peer's guests hung in a few boots of a hundred: the level-triggered timer interrupt was
/// acknowledged without having been injected.
#[test]
fn the_timer_is_never_acknowledged_without_having_been_raised() {
    let mut line = TimerLine::default();
    assert_eq!(line.ended(), TimerStep::None);
    assert_eq!(line.fired(), TimerStep::Raise);
    // The line is still high, with the interrupt waiting for a list register.
    assert_eq!(line.fired(), TimerStep::None);
    assert!(line.is_masked());
    assert_eq!(line.ended(), TimerStep::LowerAndAcknowledge);
    assert_eq!(line.ended(), TimerStep::None);
    assert_eq!(line, TimerLine::default());
}

#[test]
fn reset_says_whether_the_hypervisor_waits() {
    let mut line = TimerLine::default();
    assert!(!line.reset());
    line.fired();
    assert!(line.reset());
    assert_eq!(line, TimerLine::default());
}

#[test]
fn waiting_ends_with_what_comes_first() {
    let off = VirtualTimer::default();
    let line = TimerLine::default();
    assert_eq!(idle(true, off, line, None, 10), Idle::Continue);
    assert_eq!(idle(false, off, line, None, 10), Idle::Forever);
    assert_eq!(idle(false, timer(20, 5), line, None, 10), Idle::Until(25));
    assert_eq!(idle(false, timer(20, 5), line, Some(8), 10), Idle::Until(13));
    assert_eq!(idle(false, timer(5, 5), line, None, 10), Idle::Continue);
    assert_eq!(idle(false, off, line, Some(10), 10), Idle::Continue);
}

/// A guest that has disabled the timer's interrupt in the controller and waits must not spin.
#[test]
fn a_raised_timer_keeps_nobody_awake() {
    let mut line = TimerLine::default();
    line.due();
    assert_eq!(idle(false, timer(5, 0), line, None, 10), Idle::Forever);
}

proptest! {
    #[test]
    fn a_deadline_is_the_first_moment_of_pending(
        compare: u64, offset: u64, now in 0u64..u64::MAX / 2, near: bool, distance in 0u64..1000,
    ) {
        let offset = if near { offset % (now + 1) } else { offset };
        let compare = if near { (now - offset).saturating_add(distance) } else { compare };
        let timer = timer(compare, offset);
        match timer.deadline(now) {
            None => prop_assert!(!timer.is_pending(now)),
            Some(at) if at == now => prop_assert!(timer.is_pending(now)),
            Some(at) => {
                prop_assert!(at > now);
                prop_assert!(timer.is_pending(at));
                prop_assert!(!timer.is_pending(at - 1));
            }
        }
    }

    /// Whatever happens in whatever order, an acknowledgement follows a raise, and one that the
    /// hypervisor waits for can always still come.
    #[test]
    fn raises_and_acknowledgements_alternate(events in proptest::collection::vec(0u8..3, 0..64)) {
        let mut line = TimerLine::default();
        let mut raised = false;
        for event in events {
            let step = match event {
                0 => line.fired(),
                1 => line.due(),
                _ => line.ended(),
            };
            match step {
                TimerStep::Raise => {
                    prop_assert!(!raised);
                    raised = true;
                }
                TimerStep::LowerAndAcknowledge => {
                    prop_assert!(raised);
                    raised = false;
                }
                TimerStep::None => {}
            }
            prop_assert!(!line.is_masked() || line.is_raised());
        }
    }
}
