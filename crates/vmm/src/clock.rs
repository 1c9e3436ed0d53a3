//! Time.
//!
//! It is counted in ticks of the system counter (Arm ARM D12.1, CNTPCT_EL0), which the guest's
//! virtual counter differs from by CNTVOFF_EL2. A timer is not a thread and not a callback: it is
//! a request to be woken at a counter value, after which the monitor asks everybody whose time has
//! come.

/// The counter.
pub trait Clock {
    /// Ticks since an arbitrary moment. Never goes back.
    fn now(&self) -> u64;

    /// Ticks a second; not zero, and never changes.
    fn frequency(&self) -> u64;
}

/// Somebody who wakes the monitor up.
pub trait Alarm {
    /// Wakes the monitor when the counter has reached `deadline`, or at once if it has. Replaces
    /// the request before; `None` only takes that back. An alarm may come early, never much later.
    fn wake_at(&mut self, deadline: Option<u64>);
}

impl<C: Clock + ?Sized> Clock for &C {
    fn now(&self) -> u64 {
        (**self).now()
    }

    fn frequency(&self) -> u64 {
        (**self).frequency()
    }
}

impl<C: Clock + ?Sized> Clock for alloc::rc::Rc<C> {
    fn now(&self) -> u64 {
        (**self).now()
    }

    fn frequency(&self) -> u64 {
        (**self).frequency()
    }
}

/// The number of whole nanoseconds in `ticks`, or the largest number if it is larger.
///
/// # Panics
/// The frequency is zero.
#[must_use]
pub fn nanoseconds(ticks: u64, frequency: u64) -> u64 {
    let exact = u128::from(ticks) * 1_000_000_000 / u128::from(frequency);
    u64::try_from(exact).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn nanoseconds_neither_overflow_nor_round_up() {
        assert_eq!(nanoseconds(62_500_000, 62_500_000), 1_000_000_000);
        assert_eq!(nanoseconds(1, 3), 333_333_333);
        assert_eq!(nanoseconds(u64::MAX, 1), u64::MAX);
        assert_eq!(nanoseconds(u64::MAX, 1_000_000_000), u64::MAX);
    }
}
