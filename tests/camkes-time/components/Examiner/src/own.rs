//! The examiner's own timers, and the clock.

use component::println;

use super::counter::{Origin, Reading, nanoseconds};
use super::{Component, Examiner};

const EINVAL: i32 = 22;
const EAGAIN: i32 = 11;
const MILLISECOND: u64 = 1_000_000;
const LAST: i32 = 99;

impl Examiner {
    /// The clock, against the counter.
    pub fn clock(&mut self) {
        let timer = self.interfaces.timer;
        let Reading { before: from, time: start, after: until } = Reading::of(&timer);
        self.sleep(300 * MILLISECOND);
        let Reading { before: after, time: end, after: last } = Reading::of(&timer);
        // The clock was read between the two readings of the counter.
        let (least, most) = (nanoseconds(after - until), nanoseconds(last - from));
        let passed = end - start;
        self.same("the clock goes with the counter", (least..=most + 1).contains(&passed), true);
        let middle = nanoseconds(u64::midpoint(after, last) - u64::midpoint(from, until));
        let error = passed.abs_diff(middle);
        println!("time: the clock against the counter: {error} ns in {passed} ns");
    }

    /// Own timers.
    pub fn own(&mut self) {
        self.comparator();
        self.one_shot();
        self.periodic();
        self.stop();
        self.wrong();
        let timer = self.interfaces.timer;
        self.same("all is off in the end", generic_timer::compared(), None);
        self.same("and nobody is told of anything", poll(&timer), false);
    }

    fn comparator(&mut self) {
        let timer = self.interfaces.timer;
        self.same("without timers the comparator is off", generic_timer::compared(), None);
        spin(50 * MILLISECOND);
        self.same("and nobody is told of anything", poll(&timer), false);
        let (before, now) = (generic_timer::count(), timer.time().unwrap());
        timer.oneshot_absolute(0, now + 1_000 * MILLISECOND).unwrap();
        let in_a_second = generic_timer::compared().map(|count| {
            let second = u64::from(generic_timer::frequency());
            (before + second..=generic_timer::count() + second).contains(&count)
        });
        self.same("with one it waits for it", in_a_second, Some(true));
        timer.oneshot_absolute(LAST, u64::MAX).unwrap();
        timer.stop(0).unwrap();
        let never = generic_timer::compared().is_some_and(|count| count > u64::MAX / 100);
        self.same("a time that never comes can be set", never, true);
        timer.stop(LAST).unwrap();
    }

    fn one_shot(&mut self) {
        let timer = self.interfaces.timer;
        let now = timer.time().unwrap();
        self.same("one shot, relative", timer.oneshot_relative(2, 3 * MILLISECOND), Ok(0));
        self.told();
        let (code, due, late, count) = timer.expiry(2).unwrap();
        let seen = timer.time().unwrap();
        let right = due >= now + 3 * MILLISECOND && due + late <= seen;
        self.same("it expires, and not too early", (code, right, count), (0, true, 1));
        self.same("its bit is set", timer.completed(), Ok(1 << 2));
        self.same("until that is asked", timer.completed(), Ok(0));
        self.same("as the expiry is", timer.expiry(2).unwrap().0, EAGAIN);

        self.same("a time that is over", timer.oneshot_absolute(1, now), Ok(0));
        self.told();
        let (_, due, late, count) = timer.expiry(1).unwrap();
        let right = late >= 3 * MILLISECOND;
        self.same("it is found late", (due, right, count), (now, true, 1));
        self.same("and not lost", timer.completed(), Ok(1 << 1));

        timer.oneshot_relative(LAST, 0).unwrap();
        self.told();
        self.same("the last timer, at once", timer.completed_from(96), Ok(1 << 3));

        timer.oneshot_relative(5, 1_000_000 * MILLISECOND).unwrap();
        timer.oneshot_relative(5, MILLISECOND).unwrap();
        self.told();
        self.same("a timer that is set twice counts once", timer.expiry(5).unwrap().3, 1);
        self.same("and has one bit", timer.completed(), Ok(1 << 5));
    }

    fn periodic(&mut self) {
        let timer = self.interfaces.timer;
        let period = 2 * MILLISECOND;
        let origin = Origin::of(&timer);
        let before = timer.time().unwrap();
        timer.periodic(3, period).unwrap();
        let set = before..=timer.time().unwrap();
        let (mut start, mut last, mut early) = (None, 0, 0);
        let (mut periods, mut drift) = (0, 0);
        while periods < 50 {
            self.told();
            let (code, due, _, count) = timer.expiry(3).unwrap();
            // This one was told with the one before, if nobody asked in time.
            if code == EAGAIN {
                continue;
            }
            early += u32::from(origin.error(due, generic_timer::count()).is_none());
            (periods, last) = (periods + count, due);
            let start = *start.get_or_insert(due - count * period);
            drift = drift.max(due.abs_diff(start + periods * period));
        }
        self.same("a periodic timer doesn't drift", drift, 0);
        let start = start.is_some_and(|start| set.contains(&start));
        self.same("it counts from when it was set", start, true);
        self.same("and is never early by the counter", early, 0);
        spin(20 * period);
        let (mut counted, mut exact) = (0, true);
        while counted < 19 {
            let (code, due, _, count) = timer.expiry(3).unwrap();
            // The counter is there already, but the interrupt isn't.
            if code == EAGAIN {
                self.told();
                continue;
            }
            exact &= due == last + count * period;
            last = due;
            counted += count;
        }
        self.same("periods that nobody waits for are counted", exact, true);
        timer.stop(3).unwrap();
        let _ = (timer.completed(), poll(&timer));
        spin(3 * period);
        self.same("until it is stopped", timer.completed(), Ok(0));
    }

    fn stop(&mut self) {
        let timer = self.interfaces.timer;
        let _ = (timer.expiry(4), timer.expiry(6));
        timer.oneshot_relative(4, 400 * MILLISECOND).unwrap();
        timer.oneshot_relative(6, 500 * MILLISECOND).unwrap();
        self.same("one of two is stopped", timer.stop(4), Ok(0));
        self.told();
        self.same("and the other expires", timer.completed(), Ok(1 << 6));
        self.same("one that isn't set can be stopped", timer.stop(4), Ok(0));
    }

    fn wrong(&mut self) {
        let timer = self.interfaces.timer;
        for id in [-1, LAST + 1, i32::MAX, i32::MIN] {
            let codes = (
                timer.oneshot_absolute(id, 0).unwrap(),
                timer.oneshot_relative(id, 0).unwrap(),
                timer.periodic(id, 1).unwrap(),
                timer.stop(id).unwrap(),
                timer.expiry(id).unwrap().0,
                timer.completed_from(id).unwrap(),
            );
            let expected = (EINVAL, EINVAL, EINVAL, EINVAL, EINVAL, 0);
            self.same("a timer that there isn't", codes, expected);
        }
        self.same("a period of nothing", timer.periodic(0, 0), Ok(EINVAL));
        self.same("an odd place in the masks", timer.completed_from(1), Ok(0));
    }

    /// Waits until the time server says that a timer has expired.
    fn told(&mut self) {
        let event = self.interfaces.timer.event().unwrap();
        self.wait(event);
    }

    fn sleep(&mut self, ns: u64) {
        let timer = self.interfaces.timer;
        timer.oneshot_relative(0, ns).unwrap();
        self.told();
        timer.completed().unwrap();
        timer.expiry(0).unwrap();
    }
}

/// Whether the time server has said something.
fn poll(timer: &crate::clients::Timer) -> bool {
    timer.event().unwrap().poll()
}

/// Lets time pass, without the time server.
fn spin(ns: u64) {
    let ticks = ns * u64::from(generic_timer::frequency()) / 1_000_000_000;
    let start = generic_timer::count();
    while generic_timer::count() - start < ticks {}
}
