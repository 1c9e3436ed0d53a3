//! The Generic Timer (Arm ARM D12): the kernel's tick on the EL2 physical timer
//! (CNTHP), and what user space may use of the rest.

use super::sysreg::{isb, read_sysreg, write_sysreg};
use crate::platform::{TIMER_FREQUENCY as TIMER_HZ, TIMER_TICK_MS};

/// Counter ticks per kernel tick.
const RELOAD: u64 = TIMER_HZ / 1000 * TIMER_TICK_MS;
/// CNTx_CTL.ENABLE.
const CTL_ENABLE: u64 = 1 << 0;
/// CNTKCTL_EL1: EL0PCTEN and EL0PTEN, EL0 may use CNTPCT and CNTP.
const CNTKCTL_NATIVE: u64 = 1 << 0 | 1 << 9;
/// CNTHCTL_EL2: EL1PCTEN and EL1PCEN, the same for EL1 and, again, EL0.
const CNTHCTL: u64 = 1 << 0 | 1 << 1;

/// The frequency that firmware put into CNTFRQ_EL0, if it did and if it isn't the
/// platform's.
pub fn unexpected_frequency() -> Option<u64> {
    let frequency = read_sysreg!("cntfrq_el0");
    (frequency != 0 && frequency != TIMER_HZ).then_some(frequency)
}

/// Starts the tick. The period goes on while the tick is stopped: a whole new one
/// would never end for threads that others interrupt more often than that.
pub fn start() {
    // SAFETY: the EL2 timer raises an interrupt and has no other effect; interrupts
    // are masked in the kernel.
    unsafe { write_sysreg!("cnthp_ctl_el2", CTL_ENABLE) };
    isb();
}

/// Stops the tick. An interrupt that is pending goes away.
pub fn stop() {
    // SAFETY: as for `start`.
    unsafe { write_sysreg!("cnthp_ctl_el2", 0) };
    isb();
}

/// Ends the current tick, and starts the next period. To be called before the
/// interrupt is ended at the GIC, which would see the level and raise it again.
pub fn reset() {
    // SAFETY: as for `start`.
    unsafe { write_sysreg!("cnthp_tval_el2", RELOAD) };
    isb();
}

/// Gives native threads and guests the physical counter and the EL1 physical timer.
pub(super) fn export_to_user() {
    restore_native_access();
    // SAFETY: access control of lower exception levels only.
    unsafe { write_sysreg!("cnthctl_el2", CNTHCTL) };
}

/// CNTKCTL_EL1 for native threads, after a guest had its own.
pub(super) fn restore_native_access() {
    // SAFETY: access control of EL0 only.
    unsafe { write_sysreg!("cntkctl_el1", CNTKCTL_NATIVE) };
}
