//! The serial port, where the kernel doesn't print.
//!
//! The runtime has taken the port from the untyped that has it, so nothing else could be made of
//! the memory before the port. It is given back at the beginning, and made again where it belongs
//! among the system's objects, if it is the monitor's.

use sel4::{BootInfoPtr, sel4_cfg_bool};
use sel4_root_task::console;

use crate::slots;

/// The physical address of the port, if it has to be mapped in order to print.
pub fn port() -> Option<u64> {
    if sel4_cfg_bool!(PRINTING) {
        return None;
    }
    console::uart_paddr().and_then(|paddr| u64::try_from(paddr).ok())
}

/// Gives the port back. Nothing is printed from then on.
pub fn release() {
    // An error means that there is nothing to give back.
    let _ = console::release();
}

/// After a failure: destroys all that was made, and takes the port again.
pub fn reopen(bootinfo: &BootInfoPtr) {
    if port().is_none() {
        return;
    }
    for untyped in bootinfo.untyped().range() {
        // One that can't be revoked may be another one than the port's.
        let _ = slots::path(untyped).revoke();
    }
    console::reopen(bootinfo);
}
