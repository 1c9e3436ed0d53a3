//! A run: random accesses until its time is over.

use core::sync::atomic::{AtomicBool, Ordering};

use crate::{access, machine, serial};

/// Numbers that look random (Marsaglia, Xorshift RNGs).
pub struct Random(u64);

impl Random {
    /// The same seed gives the same numbers.
    pub const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next one.
    pub const fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// One below `limit`.
    pub const fn below(&mut self, limit: u64) -> u64 {
        (self.next() >> 16) % limit
    }

    /// A value for a register: often one with few bits, or with all of them.
    pub const fn value(&mut self) -> u64 {
        match self.below(6) {
            0 => 0,
            1 => u64::MAX,
            2 => 1 << self.below(64),
            3 => self.below(0x100),
            _ => self.next(),
        }
    }
}

/// Where registers are: a start, a size, and how often it is chosen.
const PLACES: [(u64, u64, u64); 8] = [
    // The distributor.
    (0x800_0000, 0x1000, 8),
    // The processor's interface, which is the hardware's.
    (0x801_0000, 0x1000, 2),
    // The first processor's redistributor; nothing, beside a GICv2.
    (machine::REDISTRIBUTOR, machine::REDISTRIBUTOR_SIZE, 4),
    (serial::BASE, 0x1000, 6),
    // The clock, and the power button's controller of pins.
    (0x901_0000, 0x20, 2),
    (0x903_0000, 0x424, 2),
    // Nothing: below the devices, between them, and above the memory.
    (0x700_0000, 0x100_0000, 1),
    (0x900_1000, 0x100_0000, 1),
];

/// An address of a register, mostly aligned.
fn address(random: &mut Random) -> u64 {
    let sum = PLACES.iter().map(|(_, _, weight)| weight).sum();
    let mut choice = random.below(sum);
    for (start, size, weight) in PLACES {
        if choice < weight {
            let offset = random.below(size);
            // The serial port's registers are at its beginning.
            let offset =
                if start == serial::BASE && random.below(4) != 0 { offset % 0x50 } else { offset };
            // Its own: the other processor may be waiting for its timer.
            let start =
                if start == machine::REDISTRIBUTOR { machine::redistributor() } else { start };
            return start + if random.below(8) == 0 { offset } else { offset & !3 };
        }
        choice -= weight;
    }
    0
}

/// The run is over. Other processors look at it.
static OVER: AtomicBool = AtomicBool::new(false);

/// Goes on until the counter has the value `end`, or somebody else has got there; returns how many
/// steps that were.
pub fn until(end: u64, random: &mut Random) -> u64 {
    let mut steps = 0;
    while machine::count() < end && !OVER.load(Ordering::Relaxed) {
        // Reading the counter costs as much as a step.
        for _ in 0..32 {
            match random.below(64) {
                0 => machine::random_call(random),
                1 => machine::random_register(random),
                2 => machine::random_wait(random),
                3 => machine::random_interrupts(random),
                _ => access::random(address(random), random),
            }
            steps += 1;
        }
    }
    OVER.store(true, Ordering::Relaxed);
    steps
}
