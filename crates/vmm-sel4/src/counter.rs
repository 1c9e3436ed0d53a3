//! The physical counter and the EL1 physical timer (Arm ARM D12), which kernels export to user
//! level with `KernelArmExportPCNTUser` and `KernelArmExportPTMRUser`.

// System registers are read and written by assembly.
#![allow(unsafe_code)]

use vmm::clock::{Alarm, Clock};

/// CNTPCT_EL0.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counter;

#[cfg(target_arch = "aarch64")]
impl Clock for Counter {
    fn now(&self) -> u64 {
        let value;
        // SAFETY: reading the counter changes nothing. The barrier keeps it from being read early.
        unsafe {
            core::arch::asm!("isb", "mrs {}, cntpct_el0", out(reg) value,
                options(nomem, nostack, preserves_flags));
        }
        value
    }

    fn frequency(&self) -> u64 {
        let value: u64;
        // SAFETY: reading the register changes nothing.
        unsafe {
            core::arch::asm!("mrs {}, cntfrq_el0", out(reg) value,
                options(nomem, nostack, preserves_flags));
        }
        value.max(1)
    }
}

/// Elsewhere there is no such counter: only so that the crate can be checked on the host.
#[cfg(not(target_arch = "aarch64"))]
impl Clock for Counter {
    fn now(&self) -> u64 {
        0
    }

    fn frequency(&self) -> u64 {
        1
    }
}

/// CNTP, as an alarm: at the deadline its interrupt (PPI 30 by number) fires. The owner of the
/// interrupt calls [`silence`](Self::silence) before the acknowledgement, since the line stays high.
///
/// There is one such timer for all of user level, so only one owner may use it.
#[derive(Debug, Default)]
pub struct PhysicalTimer(());

impl PhysicalTimer {
    /// The timer, switched off.
    #[must_use]
    pub fn new() -> Self {
        let timer = Self(());
        timer.silence();
        timer
    }

    /// Switches the timer off.
    pub fn silence(&self) {
        set(0, u64::MAX);
    }
}

impl Alarm for PhysicalTimer {
    fn wake_at(&mut self, deadline: Option<u64>) {
        match deadline {
            Some(deadline) => set(1, deadline),
            None => set(0, u64::MAX),
        }
    }
}

/// CNTP_CTL_EL0 and CNTP_CVAL_EL0.
#[cfg(target_arch = "aarch64")]
fn set(control: u64, compare: u64) {
    // SAFETY: the timer changes no memory, and is user level's own.
    unsafe {
        core::arch::asm!("msr cntp_cval_el0, {}", "msr cntp_ctl_el0, {}", "isb",
            in(reg) compare, in(reg) control, options(nomem, nostack, preserves_flags));
    }
}

#[cfg(not(target_arch = "aarch64"))]
fn set(_control: u64, _compare: u64) {}
