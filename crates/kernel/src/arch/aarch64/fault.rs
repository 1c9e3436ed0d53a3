//! Where and why a thread's access failed.

use super::sysreg::{isb, read_sysreg, write_sysreg};

/// PAR_EL1.PA.
const PAR_ADDRESS_MASK: u64 = 0x0000_ffff_ffff_f000;

/// FAR_EL2: the virtual address of the last data or instruction abort.
pub fn address() -> u64 {
    read_sysreg!("far_el2")
}

/// Translates a virtual address of the active VCPU by the guest's own tables (AT
/// S1E1R), to the intermediate physical address of its page.
///
/// The result isn't checked: where the guest's tables have no translation (any more),
/// it is whatever PAR_EL1 has.
pub fn translate_stage1(vaddr: u64) -> u64 {
    let saved = read_sysreg!("par_el1");
    // SAFETY: reads the guest's tables, and writes PAR_EL1 only.
    unsafe { core::arch::asm!("at s1e1r, {}", in(reg) vaddr, options(nostack, preserves_flags)) };
    isb();
    let par = read_sysreg!("par_el1");
    // SAFETY: PAR_EL1 is the guest's; this puts it back.
    unsafe { write_sysreg!("par_el1", saved) };
    par & PAR_ADDRESS_MASK
}
