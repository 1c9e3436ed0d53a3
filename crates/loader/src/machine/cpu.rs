//! System registers and cache maintenance (Arm ARM DDI 0487).

use core::arch::asm;

/// Stops here for good.
pub fn park() -> ! {
    loop {
        // SAFETY: waiting for an event changes no state.
        unsafe { asm!("wfe", options(nomem, nostack)) }
    }
}

/// Bits of physical address that this CPU has (`ID_AA64MMFR0_EL1.PARange`).
pub fn physical_address_bits() -> u64 {
    let features: u64;
    // SAFETY: reads an identification register.
    unsafe { asm!("mrs {}, id_aa64mmfr0_el1", out(reg) features, options(nomem, nostack)) }
    match features & 0xf {
        0 => 32,
        1 => 36,
        2 => 40,
        3 => 42,
        4 => 44,
        5 => 48,
        _ => 52,
    }
}

/// Bytes of the smallest data cache line (`CTR_EL0.DminLine`).
pub fn cache_line() -> u64 {
    let cache_type: u64;
    // SAFETY: reads an identification register.
    unsafe { asm!("mrs {}, ctr_el0", out(reg) cache_type, options(nomem, nostack)) }
    4 << ((cache_type >> 16) & 0xf)
}

/// Bytes that `dc zva` zeroes, if it is allowed (`DCZID_EL0`).
pub fn zero_block() -> Option<u64> {
    let id: u64;
    // SAFETY: reads an identification register.
    unsafe { asm!("mrs {}, dczid_el0", out(reg) id, options(nomem, nostack)) }
    (id & (1 << 4) == 0).then_some(4 << (id & 0xf))
}

/// Turns the MMU and the caches on at EL2.
///
/// # Safety
///
/// `root` is the physical address of page tables that map the running code, its
/// stack and data where they are, and the tables lie in memory, not only in a
/// cache. The MMU is off.
pub unsafe fn enable_mmu(root: u64, mair: u64, tcr: u64) {
    // SAFETY: nothing that the compiler relies on moves, since the caller maps
    // it where it is. Stale translations and instructions are thrown away first.
    unsafe {
        asm!(
            "dsb sy",
            "msr mair_el2, {mair}",
            "msr tcr_el2, {tcr}",
            "msr ttbr0_el2, {root}",
            "isb",
            "tlbi alle2",
            "ic iallu",
            "dsb sy",
            "isb",
            "mrs {scratch}, sctlr_el2",
            "orr {scratch}, {scratch}, {bits}",
            "msr sctlr_el2, {scratch}",
            "isb",
            mair = in(reg) mair,
            tcr = in(reg) tcr,
            root = in(reg) root,
            scratch = out(reg) _,
            // M, C and I.
            bits = in(reg) 0x1005_u64,
            options(nostack),
        );
    }
}

/// Jumps into the kernel; never returns.
///
/// # Safety
///
/// The MMU is on, `entry` is the mapped first instruction of a kernel that
/// speaks the seL4 boot protocol, and `arguments` are what it expects in x0 to
/// x5.
pub unsafe fn enter_kernel(entry: u64, arguments: [u64; 6]) -> ! {
    let [x0, x1, x2, x3, x4, x5] = arguments;
    // SAFETY: the caller vouches for the entry. All memory operations complete
    // and stale instructions are dropped before the kernel's first one.
    unsafe {
        asm!(
            "dsb sy",
            "ic iallu",
            "dsb sy",
            "isb",
            "br {entry}",
            entry = in(reg) entry,
            in("x0") x0,
            in("x1") x1,
            in("x2") x2,
            in("x3") x3,
            in("x4") x4,
            in("x5") x5,
            options(noreturn, nostack),
        )
    }
}
