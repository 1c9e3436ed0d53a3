//! The counter, by which the server's clock is checked.

use crate::clients::Timer;

/// How often the clock is compared with the counter: the closest pairs count.
const TRIES: usize = 1_000;

/// A count in nanoseconds since power-on.
pub fn nanoseconds(count: u64) -> u64 {
    let frequency = u128::from(generic_timer::frequency());
    u64::try_from(u128::from(count) * 1_000_000_000 / frequency).unwrap_or(u64::MAX)
}

/// The server's clock, read between two readings of the counter.
#[derive(Clone, Copy)]
pub struct Reading {
    pub before: u64,
    pub time: u64,
    pub after: u64,
}

impl Reading {
    pub fn of(timer: &Timer) -> Self {
        let before = generic_timer::count();
        let time = timer.time().unwrap();
        Self { before, time, after: generic_timer::count() }
    }
}

/// When the server's clock was at 0, in the counter's nanoseconds: from when to when that may have
/// been.
#[derive(Clone, Copy)]
pub struct Origin {
    earliest: u64,
    latest: u64,
}

impl Origin {
    pub fn of(timer: &Timer) -> Self {
        let mut origin = Self { earliest: 0, latest: u64::MAX };
        for _ in 0..TRIES {
            let Reading { before, time, after } = Reading::of(timer);
            // Both times are rounded down.
            origin.earliest = origin.earliest.max((nanoseconds(before) - time).saturating_sub(1));
            origin.latest = origin.latest.min(nanoseconds(after) - time + 1);
        }
        origin
    }

    /// How late a time of the server's was seen at a count, in nanoseconds, at most; none if it was
    /// early.
    pub fn error(self, due: u64, seen: u64) -> Option<u64> {
        let seen = nanoseconds(seen);
        (seen + 1 >= self.earliest + due).then(|| seen.saturating_sub(self.earliest + due))
    }

    /// How well it is known, in nanoseconds.
    pub fn doubt(self) -> u64 {
        self.latest - self.earliest
    }
}
