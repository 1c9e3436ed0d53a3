//! The core itself: idling and halting.

/// Waits until an interrupt is pending, and returns.
///
/// The kernel runs with interrupts masked in PSTATE; WFI wakes up all the same,
/// and the caller then asks the GIC what is pending.
pub fn wait_for_interrupt() {
    // SAFETY: WFI changes no state. DSB first, so that memory accesses complete
    // before the core sleeps.
    unsafe { core::arch::asm!("dsb sy", "wfi", options(nostack, preserves_flags)) };
}

/// Stops the core for good, with all interrupts masked.
pub fn halt() -> ! {
    // SAFETY: masking interrupts only prevents control from being taken away.
    unsafe { core::arch::asm!("msr daifset, #0xf", options(nostack, preserves_flags)) };
    loop {
        wait_for_interrupt();
    }
}
