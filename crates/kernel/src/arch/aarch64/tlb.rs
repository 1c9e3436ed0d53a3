//! TLB maintenance (Arm ARM D8.13, "TLB maintenance"), for one core.
//!
//! Removing TLB entries is always safe: it costs time only.

use super::{
    memory_map::PAGE_BITS,
    mmu::{self, UserVspace},
    sysreg::{dsb, isb},
};

/// Invalidates everything: EL2's entries and those of all user address spaces.
pub fn invalidate_all() {
    dsb();
    invalidate_el2();
    // SAFETY: see the module's comment.
    unsafe { core::arch::asm!("tlbi alle1", options(nostack, preserves_flags)) };
    dsb();
    isb();
}

/// Invalidates the entries of EL2.
pub(super) fn invalidate_el2() {
    // SAFETY: see the module's comment.
    unsafe { core::arch::asm!("tlbi alle2", options(nostack, preserves_flags)) };
    dsb();
    isb();
}

/// Invalidates all entries of the address space that is tagged with `vmid`.
pub fn invalidate_vmid(vmid: u8) {
    dsb();
    with_vmid(vmid, || {
        // SAFETY: see the module's comment.
        unsafe { core::arch::asm!("tlbi vmalls12e1", options(nostack, preserves_flags)) };
        dsb();
        isb();
    });
}

/// Invalidates the entries that translate the page at `ipa`, in the address space
/// that is tagged with `vmid`.
///
/// Entries that combine both stages can't be found by their intermediate physical
/// address, so all combined entries of the VMID go.
pub fn invalidate_ipa(ipa: u64, vmid: u8) {
    dsb();
    with_vmid(vmid, || {
        // SAFETY: see the module's comment.
        unsafe {
            core::arch::asm!(
                "tlbi ipas2e1, {}",
                "dsb sy",
                "tlbi vmalle1",
                in(reg) ipa >> PAGE_BITS,
                options(nostack, preserves_flags)
            );
        }
        dsb();
        isb();
    });
}

/// Runs `invalidate` with `vmid` current, as the TLBI instructions above need it.
fn with_vmid(vmid: u8, invalidate: impl FnOnce()) {
    let current = mmu::user_vspace();
    if current.vmid() == u16::from(vmid) {
        invalidate();
        return;
    }
    // SAFETY: the empty address space maps nothing; nothing runs in it meanwhile.
    unsafe { mmu::write_vttbr(UserVspace::empty(vmid.into())) };
    invalidate();
    // SAFETY: the address space that was current may be so again.
    unsafe { mmu::write_vttbr(current) };
}
