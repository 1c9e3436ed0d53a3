//! The registers that are a thread's: which of them are known, and which were changed.
//!
//! A thread's registers are read and written from the first one up to some number, in the order of
//! `seL4_UserContext`. So a register costs what stands before it, too; the program counter, which
//! nearly every exit moves, is the first.

use sel4::UserContext;
use vmm::vcpu::Register;

use crate::processor::Processor;

/// The order of `seL4_UserContext`.
const ORDER: [Register; UserContext::COUNT] = {
    use Register::X;
    [
        Register::Pc,
        Register::SpEl0,
        Register::Pstate,
        X(0),
        X(1),
        X(2),
        X(3),
        X(4),
        X(5),
        X(6),
        X(7),
        X(8),
        X(16),
        X(17),
        X(18),
        X(29),
        X(30),
        X(9),
        X(10),
        X(11),
        X(12),
        X(13),
        X(14),
        X(15),
        X(19),
        X(20),
        X(21),
        X(22),
        X(23),
        X(24),
        X(25),
        X(26),
        X(27),
        X(28),
        Register::TpidrEl0,
        Register::TpidrroEl0,
    ]
};

/// The position of a register in [`ORDER`]; `None` if it isn't a thread's.
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

fn word(context: &mut UserContext, position: usize) -> &mut u64 {
    match ORDER[position] {
        Register::Pc => context.pc_mut(),
        Register::SpEl0 => context.sp_mut(),
        Register::Pstate => context.spsr_mut(),
        Register::X(number) => context.gpr_mut(number.into()),
        Register::TpidrEl0 => &mut context.inner_mut().tpidr_el0,
        _ => &mut context.inner_mut().tpidrro_el0,
    }
}

/// Registers of a thread that is stopped.
#[derive(Clone, Debug, Default)]
pub struct Context {
    words: UserContext,
    /// A bit for each register that is known.
    known: u64,
    /// A bit for each register that has to be written.
    changed: u64,
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
            *word(&mut self.words, at) = value;
            self.known |= 1 << at;
        }
    }

    /// The value of a register; `None` if it isn't a thread's.
    pub fn read(&mut self, register: Register, processor: &mut impl Processor) -> Option<u64> {
        let at = position(register)?;
        if self.known & (1 << at) == 0 {
            self.fetch(at + 1, processor);
        }
        Some(*word(&mut self.words, at))
    }

    /// Sets a register; false if it isn't a thread's.
    pub fn write(&mut self, register: Register, value: u64) -> bool {
        let Some(at) = position(register) else {
            return false;
        };
        *word(&mut self.words, at) = value;
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
        processor.write_context(&mut self.words, count, resume);
        self.changed = 0;
    }

    /// Reads the first `count` registers, except for those that are known already.
    fn fetch(&mut self, count: usize, processor: &mut impl Processor) {
        let mut fresh = processor.read_context(count);
        for at in 0..count {
            if self.known & (1 << at) == 0 {
                *word(&mut self.words, at) = *word(&mut fresh, at);
            }
        }
        self.known |= below(count);
    }
}

const fn below(count: usize) -> u64 {
    (1 << count) - 1
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn the_order_is_the_kernels() {
        for (at, register) in ORDER.into_iter().enumerate() {
            assert_eq!(position(register), Some(at));
        }
        // By address, as the kernel sees the structure.
        let mut context = UserContext::default();
        let start = core::ptr::from_ref(context.inner()).addr();
        for (at, register) in ORDER.into_iter().enumerate() {
            let place = core::ptr::from_ref(word(&mut context, at)).addr();
            assert_eq!(place - start, at * 8, "{register:?}");
        }
        assert_eq!(position(Register::SpEl1), None);
        assert_eq!(position(Register::X(31)), None);
    }
}
