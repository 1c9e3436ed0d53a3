//! The procedures of `Timer.idl4`.

use core::num::NonZeroU32;

use crate::queue::{Config, ConfigError, Expired, Expiry, TimerError, TimerQueue};
use crate::scale::Scale;

/// A counter with one comparator: on Arm, CNTPCT_EL0 with CNTP_CVAL_EL0 and CNTP_CTL_EL0.
pub trait Comparator {
    /// The counter.
    fn count(&self) -> u64;

    /// Interrupts as soon as the counter has reached `count`, and at once if it has, until this is
    /// called again. `None` turns the interrupt off.
    fn compare(&mut self, count: Option<u64>);

    /// What it is set to now; `None` if it doesn't interrupt. That may differ from what
    /// [`compare`](Self::compare) was called with: kernels that let user level write the comparator
    /// let guests do so.
    fn compared(&self) -> Option<u64>;
}

/// How well timers were served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Timers that fired.
    pub fired: u64,
    /// Periods that were over before the one in front of them was noticed.
    pub skipped: u64,
    /// Sum of nanoseconds by which timers fired late.
    pub late: u64,
    /// The largest of them.
    pub latest: u64,
}

/// A time server: the timers, and what they are counted by.
///
/// Each procedure sets the comparator right if somebody else has changed it, those that are refused
/// too.
#[derive(Debug)]
pub struct TimeServer<C> {
    comparator: C,
    scale: Scale,
    queue: TimerQueue,
    statistics: Statistics,
}

impl<C: Comparator> TimeServer<C> {
    /// A server whose time starts now.
    ///
    /// # Errors
    /// The configuration can't be.
    pub fn new(
        mut comparator: C, frequency: NonZeroU32, config: Config<'_>,
    ) -> Result<Self, ConfigError> {
        let queue = TimerQueue::new(config)?;
        let scale = Scale::new(frequency, comparator.count());
        comparator.compare(None);
        Ok(Self { comparator, scale, queue, statistics: Statistics::default() })
    }

    /// `time()`: nanoseconds since the server started.
    pub fn time(&mut self) -> u64 {
        // Whoever asks for the time perhaps waits for a timer.
        self.compare();
        self.now()
    }

    fn now(&self) -> u64 {
        self.scale.nanoseconds(self.comparator.count())
    }

    /// `completed()`: a mask of the first 32 timers of a client that fired since the last call.
    ///
    /// # Errors
    /// No client has this badge.
    pub fn completed(&mut self, badge: u64) -> Result<u32, TimerError> {
        self.completed_from(badge, 0)
    }

    /// The same for 32 timers from `first`, a multiple of 32.
    ///
    /// # Errors
    /// There is no such client, or no such timer.
    pub fn completed_from(&mut self, badge: u64, first: i32) -> Result<u32, TimerError> {
        self.compare();
        self.queue.completed(badge, first)
    }

    /// `periodic()`: a timer that fires each `ns` nanoseconds.
    ///
    /// # Errors
    /// There is no such client or timer, or the period is zero.
    pub fn periodic(&mut self, badge: u64, timer: i32, ns: u64) -> Result<(), TimerError> {
        let now = self.now();
        let result = self.queue.set_periodic(badge, timer, now, ns);
        self.compare();
        result
    }

    /// `oneshot_absolute()`: a timer that fires once, at the time `ns`.
    ///
    /// # Errors
    /// There is no such client or timer.
    pub fn oneshot_absolute(&mut self, badge: u64, timer: i32, ns: u64) -> Result<(), TimerError> {
        let result = self.queue.set_oneshot(badge, timer, ns);
        self.compare();
        result
    }

    /// `oneshot_relative()`: a timer that fires once, `ns` nanoseconds from now.
    ///
    /// # Errors
    /// There is no such client or timer.
    pub fn oneshot_relative(&mut self, badge: u64, timer: i32, ns: u64) -> Result<(), TimerError> {
        let due = self.now().saturating_add(ns);
        self.oneshot_absolute(badge, timer, due)
    }

    /// `stop()`: stops a timer.
    ///
    /// # Errors
    /// There is no such client or timer.
    pub fn stop(&mut self, badge: u64, timer: i32) -> Result<(), TimerError> {
        let result = self.queue.stop(badge, timer);
        self.compare();
        result
    }

    /// `expiry()`: how a timer expired since the last call.
    ///
    /// # Errors
    /// There is no such client or timer, or it didn't.
    pub fn expired(&mut self, badge: u64, timer: i32) -> Result<Expired, TimerError> {
        self.compare();
        self.queue.expired(badge, timer)
    }

    /// The comparator's interrupt: fires what is due, then calls `notify` once for each client
    /// that has to be told. The interrupt is to be acknowledged afterwards.
    pub fn interrupt(&mut self, notify: impl FnMut(u64)) {
        self.interrupt_with(|_| (), notify);
    }

    /// The same, and shows each timer that fires, in order.
    pub fn interrupt_with(&mut self, mut expired: impl FnMut(&Expiry), notify: impl FnMut(u64)) {
        let now = self.now();
        while let Some(expiry) = self.queue.fire(now) {
            let statistics = &mut self.statistics;
            statistics.fired += 1;
            statistics.skipped = statistics.skipped.saturating_add(expiry.periods - 1);
            statistics.late = statistics.late.saturating_add(expiry.late);
            statistics.latest = statistics.latest.max(expiry.late);
            expired(&expiry);
        }
        self.compare();
        self.queue.take_notified().for_each(notify);
    }

    /// How well timers were served.
    #[must_use]
    pub const fn statistics(&self) -> Statistics {
        self.statistics
    }

    /// The comparator.
    pub const fn comparator(&self) -> &C {
        &self.comparator
    }

    /// The comparator.
    pub const fn comparator_mut(&mut self) -> &mut C {
        &mut self.comparator
    }

    /// Sets the comparator to the timer that is due first, if it isn't or if somebody else has
    /// changed it.
    fn compare(&mut self) {
        let count = self.queue.next().map(|due| self.scale.count(due));
        if count != self.comparator.compared() {
            self.comparator.compare(count);
        }
    }
}

/// What a procedure of `Timer.idl4` returns: 0, or an errno value.
#[must_use]
pub fn code(result: Result<(), TimerError>) -> i32 {
    result.map_or_else(TimerError::errno, |()| 0)
}
