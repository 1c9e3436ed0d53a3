//! Random numbers: the same seed gives the same ones.

use sel4::Word;

/// xorshift64 (Marsaglia, "Xorshift RNGs").
pub struct Random(u64);

impl Random {
    /// Starts a sequence.
    pub fn new(seed: u64) -> Self {
        let mut random = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        // Seeds that differ little have like first numbers.
        (0..8).for_each(|_| _ = random.next());
        random
    }

    /// Any number.
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        // The low bits of xorshift are its weakest.
        (self.next() >> 16) % limit
    }

    /// An index below `limit`.
    pub fn index(&mut self, limit: usize) -> usize {
        usize::try_from(self.below(limit as u64)).unwrap_or(0)
    }

    /// True in `percent` of 100 cases.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of a few.
    pub fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.index(list.len())]
    }

    /// Mostly a small number, sometimes an extreme one.
    pub fn word(&mut self) -> Word {
        match self.below(8) {
            0..5 => self.below(64),
            5 => Word::MAX - self.below(4),
            6 => 1 << self.below(64),
            _ => self.next(),
        }
    }

    /// A number below `limit`, or now and then anything.
    pub fn mostly_below(&mut self, limit: u64) -> Word {
        if self.chance(96) { self.below(limit) } else { self.word() }
    }
}
