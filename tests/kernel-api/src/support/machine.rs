//! Registers that user level may read, and waiting.

use core::arch::asm;
use core::sync::atomic::{AtomicU64, Ordering};

use super::{Failure, Outcome};

/// A word of a message as an address.
///
/// # Panics
///
/// Never on machines where both have the same width, as all of seL4's have.
pub fn address(word: sel4::Word) -> usize {
    usize::try_from(word).expect("an address is as wide as a word")
}

/// The physical counter.
pub fn counter() -> u64 {
    let value;
    // SAFETY: reading the counter has no effect; the kernel exports it.
    unsafe { asm!("isb", "mrs {}, cntpct_el0", out(reg) value, options(nomem, nostack)) }
    value
}

/// Counts in a millisecond.
pub fn per_millisecond() -> u64 {
    let hertz: u64;
    // SAFETY: reading the register has no effect.
    unsafe { asm!("mrs {}, cntfrq_el0", out(reg) hertz, options(nomem, nostack)) }
    hertz / 1000
}

/// Lets the EL1 physical timer fire in `delay` counts, or never.
pub fn set_timer(delay: Option<u64>) {
    let (compare, control) = match delay {
        Some(delay) => (counter() + delay, 1u64),
        None => (u64::MAX, 0),
    };
    // SAFETY: the timer belongs to user level, and to one test at a time.
    unsafe {
        asm!("msr cntp_cval_el0, {}", "msr cntp_ctl_el0, {}", "isb",
            in(reg) compare, in(reg) control, options(nomem, nostack));
    }
}

/// Spins until the counter has gone on by this much.
pub fn spin(counts: u64) {
    let start = counter();
    while counter() - start < counts {
        core::hint::spin_loop();
    }
}

/// Spins until `cell` isn't `old` any more. Other threads of the same priority run meanwhile.
///
/// # Errors
///
/// If that takes more than a second.
#[track_caller]
pub fn changed(cell: &AtomicU64, old: u64) -> Outcome<u64> {
    let start = counter();
    while counter() - start < 1000 * per_millisecond() {
        let value = cell.load(Ordering::SeqCst);
        if value != old {
            return Ok(value);
        }
        core::hint::spin_loop();
    }
    Err(Failure::new(format_args!("another thread made no progress in a second")))
}

/// Loads values derived from `seed` into v0, v15 and v31, calls `f`, and adds up what is left of
/// them.
#[inline(never)]
pub fn around(seed: u64, f: impl Fn()) -> u64 {
    // The callee-saved halves are the compiler's, so all of it is done around one call that is
    // hidden from it: the values live in registers that the compiler saves for nobody.
    // SAFETY: loads registers that the block names.
    unsafe {
        asm!("fmov d8, {0}", "fmov d15, {1}", in(reg) seed, in(reg) seed + 1,
            out("v8") _, out("v15") _);
    }
    let (low, high): (u64, u64);
    f();
    // SAFETY: reads registers.
    unsafe { asm!("fmov {0}, d8", "fmov {1}, d15", out(reg) low, out(reg) high) };
    low + high
}
