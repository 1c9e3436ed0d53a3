//! The counter that never stops: time since the machine was switched on.

/// Its value. Reading it takes no system call.
#[must_use]
#[inline]
pub fn counter() -> u64 {
    read(Register::Count)
}

/// How much it counts in a second.
#[must_use]
pub fn counter_frequency() -> u64 {
    read(Register::Frequency)
}

#[derive(Clone, Copy)]
enum Register {
    Count,
    Frequency,
}

#[cfg(target_arch = "aarch64")]
#[inline]
fn read(register: Register) -> u64 {
    let value;
    // SAFETY: both registers can be read at EL0, which the kernel allows in every configuration
    // that is taken; the barrier keeps the count from being read early.
    unsafe {
        match register {
            Register::Count => core::arch::asm!(
                "isb",
                "mrs {}, cntpct_el0",
                out(reg) value,
                options(nomem, nostack)
            ),
            Register::Frequency => core::arch::asm!(
                "mrs {}, cntfrq_el0",
                out(reg) value,
                options(nomem, nostack)
            ),
        }
    }
    value
}

/// On the host no time passes.
#[cfg(not(target_arch = "aarch64"))]
fn read(register: Register) -> u64 {
    match register {
        Register::Count => 0,
        Register::Frequency => 1_000_000_000,
    }
}
