//! Switching user address spaces: stage 2 of the EL1&0 translation regime.

use super::{
    memory_map::image_to_phys,
    sysreg::{dsb, isb, read_sysreg, write_sysreg},
};
use crate::platform::PA_BITS as PHYSICAL_ADDRESS_BITS;

/// VTCR_EL2: the stage 2 input size (T0SZ), the level that walks start at (SL0) and
/// the output size (PS) for the platform's physical addresses; 4 KiB granule, walks
/// in inner shareable write-back memory.
const VTCR: u64 = {
    let (start_level, output_size) = match PHYSICAL_ADDRESS_BITS {
        // Level 1, with two concatenated tables at the root.
        40 => (1, 2),
        // Level 0.
        44 => (2, 4),
        _ => panic!("stage 2 is laid out for 40 and 44 bits"),
    };
    1 << 31
        | output_size << 16
        | 3 << 12
        | 1 << 10
        | 1 << 8
        | start_level << 6
        | (64 - PHYSICAL_ADDRESS_BITS as u64)
};

const VMID_SHIFT: u32 = 48;

/// A root table without entries, of the size of two pages that 40-bit addresses
/// need.
#[repr(C, align(8192))]
struct EmptyRoot([u64; 1024]);

static EMPTY_ROOT: EmptyRoot = EmptyRoot([0; 1024]);

/// VTTBR_EL2, for code that switches the address space and back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserVspace(u64);

impl UserVspace {
    /// The VMID that tags this address space's TLB entries.
    pub const fn vmid(self) -> u16 {
        (self.0 >> VMID_SHIFT) as u16
    }

    /// The empty address space, with a VMID.
    pub(super) fn empty(vmid: u16) -> Self {
        let root = image_to_phys((&raw const EMPTY_ROOT).addr() as u64);
        Self(u64::from(vmid) << VMID_SHIFT | root)
    }
}

/// Sets the format of stage 2 tables, VTCR_EL2.
pub(super) fn init_stage2() {
    // SAFETY: EL2's own translation doesn't use stage 2.
    unsafe { write_sysreg!("vtcr_el2", VTCR) };
    isb();
}

/// Makes the address space with root table `root_paddr` current, its TLB entries
/// tagged with the VMID.
///
/// # Safety
///
/// `root_paddr` must be the root of a stage 2 table, aligned to its size, that maps
/// no memory that the kernel uses, and stays so while it is current. TLB entries
/// with this VMID must be of the same tables.
#[inline(always)]
pub unsafe fn set_user_vspace(root_paddr: u64, vmid: u8) {
    let vspace = UserVspace(u64::from(vmid) << VMID_SHIFT | root_paddr);
    // SAFETY: the caller's promise.
    unsafe { write_vttbr(vspace) };
}

/// Makes an address space without mappings current, with VMID 0, which no other has.
pub fn clear_user_vspace() {
    // SAFETY: the table has no entries, so it gives access to nothing.
    unsafe { write_vttbr(UserVspace::empty(0)) };
}

/// The current user address space.
pub fn user_vspace() -> UserVspace {
    UserVspace(read_sysreg!("vttbr_el2"))
}

/// # Safety
///
/// As for [`set_user_vspace`].
#[inline(always)]
pub(super) unsafe fn write_vttbr(vspace: UserVspace) {
    // The walker must see the table entries that were written before.
    dsb();
    // SAFETY: the caller's promise.
    unsafe { write_sysreg!("vttbr_el2", vspace.0) };
    isb();
}
