//! The registers that are a thread's: which of them are known, and which were changed.
//!
//! A thread's registers are read and written from the first one up to some number, in the order of
//! `seL4_UserContext`. So a register costs what stands before it, too; the program counter, which
//! nearly every exit moves, is the first.

use vmm::vcpu::Register;

use crate::processor::Processor;

/// Registers of a thread.
const COUNT: usize = sel4::UserContext::COUNT;

/// The positions of x0 to x30.
const GENERAL: [u8; 31] = [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 17, 18, 19, 20, 21, 22, 23, 12, 13, 14, 24, 25, 26, 27, 28, 29,
    30, 31, 32, 33, 15, 16,
];

/// The position of a register in `seL4_UserContext`; `None` if it isn't a thread's.
const fn position(register: Register) -> Option<usize> {
    Some(match register {
        Register::Pc => 0,
        Register::SpEl0 => 1,
        Register::Pstate => 2,
        Register::X(number) if (number as usize) < GENERAL.len() => {
            GENERAL[number as usize] as usize
        }
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
        processor.read_context(self.known, &mut self.words[..count]);
        self.known |= below(count);
    }
}

const fn below(count: usize) -> u64 {
    (1 << count) - 1
}

#[cfg(test)]
mod test;
