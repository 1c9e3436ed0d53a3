//! The Arm generic timer (Arm ARM D12) as user level sees it: the physical counter and the EL1
//! physical timer, which kernels export with `KernelArmExportPCNTUser` and
//! `KernelArmExportPTMRUser`.
//!
//! On other processors there is no such counter; the functions are there only so that programs can
//! be checked on the host.

#![no_std]
// System registers are read and written by assembly.
#![allow(unsafe_code)]

/// The EL1 physical timer's interrupt, a private one of each core (Arm BSA).
pub const INTERRUPT: u32 = 30;

/// CNTPCT_EL0: ticks since power-on.
#[must_use]
#[inline]
pub fn count() -> u64 {
    #[cfg(target_arch = "aarch64")]
    {
        let value;
        // SAFETY: reading the counter changes nothing. The barrier keeps it from being read early.
        unsafe {
            core::arch::asm!("isb", "mrs {}, cntpct_el0", out(reg) value,
                options(nomem, nostack, preserves_flags));
        }
        value
    }
    #[cfg(not(target_arch = "aarch64"))]
    0
}

/// CNTFRQ_EL0: ticks a second. Zero if the firmware forgot to say.
#[must_use]
pub fn frequency() -> u32 {
    #[cfg(target_arch = "aarch64")]
    {
        let value: u64;
        // SAFETY: reading the register changes nothing.
        unsafe {
            core::arch::asm!("mrs {}, cntfrq_el0", out(reg) value,
                options(nomem, nostack, preserves_flags));
        }
        // The upper half is reserved.
        u32::try_from(value & u64::from(u32::MAX)).unwrap_or_default()
    }
    #[cfg(not(target_arch = "aarch64"))]
    1
}

/// The value that the comparator interrupts at; `None` if it is off or masked. Whoever asks, it is the
/// same.
#[must_use]
pub fn compared() -> Option<u64> {
    #[cfg(target_arch = "aarch64")]
    {
        let (control, value): (u64, u64);
        // SAFETY: reading the registers changes nothing.
        unsafe {
            core::arch::asm!("mrs {}, cntp_ctl_el0", "mrs {}, cntp_cval_el0",
                out(reg) control, out(reg) value, options(nomem, nostack, preserves_flags));
        }
        // ENABLE without IMASK.
        (control & 0b11 == 1).then_some(value)
    }
    #[cfg(not(target_arch = "aarch64"))]
    None
}

/// The comparator, CNTP_CVAL_EL0 and CNTP_CTL_EL0. Its line is high as long as the counter has
/// reached the value, so its interrupt comes again after an acknowledgement unless the value was
/// changed before.
///
/// There is one for all of user level on a core, so only one program may use it: the one that has
/// the [interrupt](INTERRUPT).
#[derive(Debug)]
pub struct Comparator(());

impl Comparator {
    /// The comparator, switched off.
    #[must_use]
    pub fn new() -> Self {
        let mut comparator = Self(());
        comparator.compare(None);
        comparator
    }

    /// Interrupts as soon as the counter has reached `count`, and at once if it has. `None` switches
    /// the comparator off.
    pub fn compare(&mut self, count: Option<u64>) {
        let (control, value) = count.map_or((0, u64::MAX), |count| (1, count));
        set(control, value);
    }
}

impl Default for Comparator {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(target_arch = "aarch64")]
fn set(control: u64, value: u64) {
    // SAFETY: the timer changes no memory, and is user level's own.
    unsafe {
        core::arch::asm!("msr cntp_cval_el0, {}", "msr cntp_ctl_el0, {}", "isb",
            in(reg) value, in(reg) control, options(nomem, nostack, preserves_flags));
    }
}

#[cfg(not(target_arch = "aarch64"))]
fn set(_control: u64, _value: u64) {}
