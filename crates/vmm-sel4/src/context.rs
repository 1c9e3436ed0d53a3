//! The registers that are a thread's: which of them are known, and which were changed.
//!
//! A thread's registers are read and written from the first one up to some number, in the order of
//! `seL4_UserContext`. So a register costs what stands before it, too; the program counter, which
//! nearly every exit moves, is the first.

use vmm::vcpu::Register;

use crate::processor::Processor;

/// Registers of a thread.
const COUNT: usize = sel4::UserContext::COUNT;
/// As many as most exits need: a larger buffer would take longer to clear than to fill.
const FEW: usize = 8;

/// The position of a register in `seL4_UserContext`; `None` if it isn't a thread's.
const fn position(register: Register) -> Option<usize> {
    Some(match register {
        Register::Pc => 0,
        Register::SpEl0 => 1,
        Register::Pstate => 2,
        Register::X(number @ 0..=8) => number as usize + 3,
        Register::X(number @ 16..=18) => number as usize - 4,
        Register::X(number @ 29..=30) => number as usize - 14,
        Register::X(number @ 9..=15) => number as usize + 8,
        Register::X(number @ 19..=28) => number as usize + 5,
        Register::TpidrEl0 => 34,
        Register::TpidrroEl0 => 35,
        _ => return None,
    })
}

/// Registers of a thread that is stopped.
#[derive(Clone, Debug)]
pub struct Context {
    words: [u64; COUNT],
    /// A bit for each register that is known.
    known: u64,
    /// A bit for each register that has to be written.
    changed: u64,
}

impl Default for Context {
    fn default() -> Self {
        Self { words: [0; COUNT], known: 0, changed: 0 }
    }
}

impl Context {
    /// Nothing is known: the thread has run.
    pub fn forget(&mut self) {
        self.known = 0;
        self.changed = 0;
    }

    /// What the kernel said about a register.
    pub fn learn(&mut self, register: Register, value: u64) {
        if let Some(at) = position(register) {
            self.words[at] = value;
            self.known |= 1 << at;
        }
    }

    /// The value of a register; `None` if it isn't a thread's.
    pub fn read(&mut self, register: Register, processor: &mut impl Processor) -> Option<u64> {
        let at = position(register)?;
        if self.known & (1 << at) == 0 {
            self.fetch(at + 1, processor);
        }
        Some(self.words[at])
    }

    /// Sets a register; false if it isn't a thread's.
    pub fn write(&mut self, register: Register, value: u64) -> bool {
        let Some(at) = position(register) else {
            return false;
        };
        self.words[at] = value;
        self.known |= 1 << at;
        self.changed |= 1 << at;
        true
    }

    /// Whether [`store`](Self::store) has something to do.
    #[must_use]
    pub const fn is_changed(&self) -> bool {
        self.changed != 0
    }

    /// Writes what was changed, and lets the thread run with `resume`.
    pub fn store(&mut self, resume: bool, processor: &mut impl Processor) {
        let count = 64 - self.changed.leading_zeros() as usize;
        if count == 0 {
            if resume {
                processor.resume();
            }
            return;
        }
        if self.known & below(count) != below(count) {
            self.fetch(count, processor);
        }
        processor.write_context(&self.words[..count], resume);
        self.changed = 0;
    }

    /// Reads the first `count` registers, except for those that are known already.
    fn fetch(&mut self, count: usize, processor: &mut impl Processor) {
        if count <= FEW {
            self.fetch_through::<FEW>(count, processor);
        } else {
            self.fetch_through::<COUNT>(count, processor);
        }
    }

    fn fetch_through<const N: usize>(&mut self, count: usize, processor: &mut impl Processor) {
        let mut fresh = [0; N];
        processor.read_context(&mut fresh[..count]);
        for (at, (word, fresh)) in self.words.iter_mut().zip(fresh).take(count).enumerate() {
            if self.known & (1 << at) == 0 {
                *word = fresh;
            }
        }
        self.known |= below(count);
    }
}

const fn below(count: usize) -> u64 {
    (1 << count) - 1
}

#[cfg(test)]
mod test;
