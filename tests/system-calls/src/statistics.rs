//! What was called, and how much of it succeeded.

use sel4::Word;
use sel4_abi::InvocationLabel as Label;
use sel4_root_task::{debug_print, debug_println};

use crate::script::Call;

/// Counts of calls.
pub struct Statistics {
    /// Calls that were made.
    pub calls: u64,
    /// Invocations whose results are known and say that they succeeded.
    pub succeeded: u64,
    /// Times that a thread of the task was started again.
    pub starts: u64,
    by_label: [(u64, u64); Label::COUNT],
}

impl Statistics {
    /// Nothing yet.
    pub const fn new() -> Self {
        Self { calls: 0, succeeded: 0, starts: 0, by_label: [(0, 0); Label::COUNT] }
    }

    /// Counts a call that was made, with the message information that came back. Gives whether it
    /// is known to have succeeded.
    pub fn count(&mut self, call: &Call, result: Word) -> bool {
        self.calls += 1;
        let label = usize::try_from(call.label).unwrap_or(usize::MAX);
        let Some((tried, succeeded)) = self.by_label.get_mut(label).filter(|_| call.counted) else {
            return false;
        };
        *tried += 1;
        let good = result >> 12 == 0;
        *succeeded += u64::from(good);
        self.succeeded += u64::from(good);
        good
    }

    /// Prints every method, with how often it was called and succeeded.
    pub fn print(&self) {
        debug_print!("system-calls: succeeded");
        for (number, (tried, succeeded)) in self.by_label.iter().enumerate().skip(1) {
            if let Some(label) = Label::from_word(number) {
                debug_print!(" {label:?} {succeeded}/{tried}");
            }
        }
        debug_println!();
    }
}
