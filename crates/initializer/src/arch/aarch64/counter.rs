//! Time.

/// The physical counter, in nanoseconds.
#[cfg(all(target_os = "none", target_arch = "aarch64"))]
pub fn nanoseconds() -> u64 {
    let (count, hertz): (u64, u64);
    // SAFETY: reading the registers has no effect; the kernel lets user level read them.
    unsafe {
        core::arch::asm!(
            "isb",
            "mrs {}, cntpct_el0",
            "mrs {}, cntfrq_el0",
            out(reg) count,
            out(reg) hertz,
            options(nomem, nostack)
        );
    }
    let nanoseconds = u128::from(count) * 1_000_000_000 / u128::from(hertz.max(1));
    u64::try_from(nanoseconds).unwrap_or(u64::MAX)
}

#[cfg(not(all(target_os = "none", target_arch = "aarch64")))]
pub fn nanoseconds() -> u64 {
    0
}
