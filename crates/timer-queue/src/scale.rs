//! Ticks of a counter, and nanoseconds.
//!
//! Both conversions are exact but for one rounding at the end, so that errors don't add up: the
//! time of a tick doesn't depend on how often the clock was read before.

use core::num::NonZeroU32;

const NANOSECONDS_PER_SECOND: u64 = 1_000_000_000;

/// A counter's frequency, and its value at time zero.
///
/// The Arm generic timer's frequency is in the 32 bits of CNTFRQ_EL0 (Arm ARM D24.10.1), and its
/// counter takes at least 40 years to wrap (D12.1.2), so it is taken as never wrapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    frequency: NonZeroU32,
    origin: u64,
}

impl Scale {
    /// A scale on which `origin` is time zero.
    #[must_use]
    pub const fn new(frequency: NonZeroU32, origin: u64) -> Self {
        Self { frequency, origin }
    }

    /// Whole nanoseconds at a counter value: zero before the origin, and the largest number if
    /// there are more.
    #[must_use]
    pub fn nanoseconds(&self, count: u64) -> u64 {
        let frequency = u64::from(self.frequency.get());
        let ticks = count.saturating_sub(self.origin);
        // The rest is below 2^32, and 2^32 * 10^9 is below 2^64.
        let rest = ticks % frequency * NANOSECONDS_PER_SECOND / frequency;
        (ticks / frequency).saturating_mul(NANOSECONDS_PER_SECOND).saturating_add(rest)
    }

    /// The first counter value at which [`nanoseconds`](Self::nanoseconds) has reached `time`, or
    /// the largest one if the counter won't live to see it.
    #[must_use]
    pub fn count(&self, time: u64) -> u64 {
        let frequency = u64::from(self.frequency.get());
        let rest = time % NANOSECONDS_PER_SECOND * frequency;
        (time / NANOSECONDS_PER_SECOND)
            .saturating_mul(frequency)
            .saturating_add(rest.div_ceil(NANOSECONDS_PER_SECOND))
            .saturating_add(self.origin)
    }
}

#[cfg(test)]
mod test {
    use super::*;
    use proptest::prelude::*;

    fn scale(frequency: u32, origin: u64) -> Scale {
        Scale::new(NonZeroU32::new(frequency).unwrap(), origin)
    }

    #[test]
    fn known_values() {
        let qemu = scale(62_500_000, 0);
        assert_eq!((qemu.nanoseconds(1), qemu.count(16)), (16, 1));
        assert_eq!((qemu.nanoseconds(62_500_000), qemu.count(15)), (1_000_000_000, 1));
        let odd = scale(24_000_000, 100);
        assert_eq!((odd.nanoseconds(99), odd.nanoseconds(100), odd.count(0)), (0, 0, 100));
        // A tick of 41 2/3 ns.
        assert_eq!((odd.nanoseconds(101), odd.nanoseconds(103)), (41, 125));
        assert_eq!((odd.count(41), odd.count(42), odd.count(125)), (101, 102, 103));
    }

    #[test]
    fn the_ends_are_held() {
        assert_eq!(scale(1, 0).nanoseconds(u64::MAX), u64::MAX);
        assert_eq!(scale(u32::MAX, 0).count(u64::MAX), u64::MAX);
        assert_eq!(scale(1, u64::MAX).count(1), u64::MAX);
    }

    /// A week in steps of one period: at its end the clock is right to the nanosecond.
    #[test]
    fn steps_do_not_drift() {
        let clock = scale(19_200_000, 7);
        let mut time = 0;
        for _ in 0..604_800 {
            let count = clock.count(time + 1_000_000_000);
            time = clock.nanoseconds(count);
        }
        assert_eq!(time, 604_800 * 1_000_000_000);
    }

    proptest! {
        /// Against the same arithmetic in 128 bits.
        #[test]
        fn exact(frequency in 1_u32.., origin: u64, ticks: u64, time: u64) {
            let clock = scale(frequency, origin);
            let wide = u128::from(ticks.saturating_sub(origin)) * 1_000_000_000 / u128::from(frequency);
            prop_assert_eq!(clock.nanoseconds(ticks), u64::try_from(wide).unwrap_or(u64::MAX));
            let wide = (u128::from(time) * u128::from(frequency)).div_ceil(1_000_000_000);
            prop_assert_eq!(clock.count(time), u64::try_from(wide + u128::from(origin)).unwrap_or(u64::MAX));
        }

        /// Never early, never a tick late.
        #[test]
        fn first_count(frequency in 1_u32.., origin in 0..u64::MAX / 4, time in 0..u64::MAX / 4) {
            let clock = scale(frequency, origin);
            let count = clock.count(time);
            prop_assume!(count < u64::MAX);
            prop_assert!(clock.nanoseconds(count) >= time);
            prop_assert!(time == 0 || clock.nanoseconds(count - 1) < time);
        }
    }
}
