//! The physical counter and the EL1 physical timer, for the traits of `vmm`.

use generic_timer::Comparator;
use vmm::clock::{Alarm, Clock};

/// CNTPCT_EL0.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counter;

impl Clock for Counter {
    fn now(&self) -> u64 {
        generic_timer::count()
    }

    fn frequency(&self) -> u64 {
        generic_timer::frequency().max(1).into()
    }
}

/// CNTP, as an alarm: at the deadline its interrupt (PPI 30 by number) fires. The owner of the
/// interrupt calls [`silence`](Self::silence) before the acknowledgement, since the line stays high.
///
/// There is one such timer for all of user level, so only one owner may use it.
#[derive(Debug, Default)]
pub struct PhysicalTimer(Comparator);

impl PhysicalTimer {
    /// The timer, switched off.
    #[must_use]
    pub fn new() -> Self {
        Self(Comparator::new())
    }

    /// Switches the timer off.
    pub fn silence(&mut self) {
        self.0.compare(None);
    }
}

impl Alarm for PhysicalTimer {
    fn wake_at(&mut self, deadline: Option<u64>) {
        self.0.compare(deadline);
    }
}
