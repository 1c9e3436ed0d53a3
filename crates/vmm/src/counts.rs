//! How often a guest stops, and why: what somebody looks at who asks where the time goes.

use core::fmt;

use crate::clock;
use crate::syndrome::Exit;

/// Counts of one processor, or of a whole guest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Loads and stores that met the second stage of translation.
    pub accesses: u64,
    /// Instructions that could not be fetched.
    pub fetches: u64,
    /// System registers.
    pub registers: u64,
    /// Calls by HVC and SMC.
    pub calls: u64,
    /// WFI and WFE.
    pub waits: u64,
    /// Other exceptions.
    pub others: u64,
    /// Events of timers.
    pub timers: u64,
    /// Interrupts that the guest ended.
    pub ends: u64,
    /// Interrupts that the guest was given.
    pub interrupts: u64,
    /// Ticks of the counter that the guest was idle.
    pub idle: u64,
}

impl Counts {
    /// Counts an exit.
    pub fn exit(&mut self, exit: &Exit) {
        let count = match exit {
            Exit::DataAbort(_) => &mut self.accesses,
            Exit::InstructionAbort(_) => &mut self.fetches,
            Exit::SystemRegister(_) => &mut self.registers,
            Exit::Hvc(_) | Exit::Smc(_) => &mut self.calls,
            Exit::Wait(_) => &mut self.waits,
            Exit::Other(_) => &mut self.others,
        };
        *count = count.saturating_add(1);
    }

    /// Adds another processor's.
    pub fn add(&mut self, other: &Self) {
        for (sum, more) in [
            (&mut self.accesses, other.accesses),
            (&mut self.fetches, other.fetches),
            (&mut self.registers, other.registers),
            (&mut self.calls, other.calls),
            (&mut self.waits, other.waits),
            (&mut self.others, other.others),
            (&mut self.timers, other.timers),
            (&mut self.ends, other.ends),
            (&mut self.interrupts, other.interrupts),
            (&mut self.idle, other.idle),
        ] {
            *sum = sum.saturating_add(more);
        }
    }

    /// One line for people. `frequency` is the counter's, in ticks a second.
    pub fn summary(&self, frequency: u64) -> impl fmt::Display {
        Summary(*self, frequency)
    }
}

struct Summary(Counts, u64);

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(counts, frequency) = self;
        let milliseconds = clock::nanoseconds(counts.idle, (*frequency).max(1)) / 1_000_000;
        write!(
            f,
            "exits: {} accesses, {} system registers, {} calls, {} waits, {} timers, {} ends of \
             interrupts, {} others; {} interrupts; idle for {}.{:03} s",
            counts.accesses,
            counts.registers,
            counts.calls,
            counts.waits,
            counts.timers,
            counts.ends,
            counts.others.saturating_add(counts.fetches),
            counts.interrupts,
            milliseconds / 1000,
            milliseconds % 1000,
        )
    }
}

#[cfg(test)]
mod test {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn exits_are_counted_by_kind() {
        let mut counts = Counts { interrupts: 9, idle: 93_750_000, ..Counts::default() };
        for syndrome in [
            0x9382_0007_u64,
            0x9382_0007,
            0x8200_0007,
            0x6230_0001,
            0x5a00_0000,
            0x5e00_0000,
            0x07e0_0000,
            0x1fe0_0000,
        ] {
            counts.exit(&Exit::decode(syndrome));
        }
        let mut sum = counts;
        sum.add(&counts);
        assert_eq!((sum.accesses, sum.fetches, sum.calls, sum.idle), (4, 2, 4, 187_500_000));
        assert_eq!(
            counts.summary(62_500_000).to_string(),
            "exits: 2 accesses, 1 system registers, 2 calls, 1 waits, 0 timers, 0 ends of \
             interrupts, 2 others; 9 interrupts; idle for 1.500 s"
        );
        assert!(counts.summary(0).to_string().contains("idle for 93750000.000 s"));
    }

    #[test]
    fn counts_stop_at_their_end() {
        let mut counts = Counts { accesses: u64::MAX, ..Counts::default() };
        counts.exit(&Exit::decode(0x9382_0007));
        counts.add(&counts.clone());
        assert_eq!(counts.accesses, u64::MAX);
    }
}
