//! The kernel's entry point, and the set-up of the core.
//!
//! The boot loader enters at EL2 with the MMU on. Its tables map the kernel image
//! at its link address, and it has zeroed what the image has in memory only. The
//! registers are those of seL4's boot protocol:
//!
//! | register | content                                                       |
//! |----------|---------------------------------------------------------------|
//! | X0, X1   | physical start and end (exclusive) of the root task's image   |
//! | X2       | physical minus virtual address of that image                  |
//! | X3       | virtual address of its entry point                            |
//! | X4, X5   | physical address and size of the device tree, zero if none    |
//!
//! The entry point takes the kernel stack and calls the symbol `kernel_boot` with
//! the same six values: `extern "C" fn kernel_boot(image_start: u64, image_end:
//! u64, pv_offset: u64, entry: u64, dtb: u64, dtb_size: u64) -> !`.

use core::fmt;

use super::{
    fpu, generic_timer, gic, kernel_tables, mmu,
    sysreg::{dsb, isb, read_sysreg, write_sysreg},
    tlb, vcpu, vectors,
};
use crate::platform::PA_BITS as PHYSICAL_ADDRESS_BITS;

/// SCTLR_EL2: RES1 bits, MMU, data and instruction caches, and stack alignment
/// checks on; little-endian, no alignment checks of other accesses.
const SCTLR: u64 = 0x30c5_0830 | SCTLR_M | SCTLR_C | SCTLR_SA | SCTLR_I;
const SCTLR_M: u64 = 1 << 0;
const SCTLR_C: u64 = 1 << 2;
const SCTLR_SA: u64 = 1 << 3;
const SCTLR_I: u64 = 1 << 12;
/// SCTLR_EL2.WXN: what is writable is never executable.
const SCTLR_WXN: u64 = 1 << 19;

/// TCR_EL2: 48-bit addresses, 4 KiB granule, walks in inner shareable write-back
/// memory; the output address size is added at run time.
const TCR: u64 = 1 << 31 | 1 << 23 | 3 << 12 | 1 << 10 | 1 << 8 | 16;
const TCR_PS_SHIFT: u32 = 16;

core::arch::global_asm!(
    r#"
.section .text.boot, "ax"
.global _start
_start:
    msr     daifset, #0xf
    mrs     x9, CurrentEL
    cmp     x9, #2 << 2
    b.ne    1f                      /* not EL2: nothing that follows would work */
    msr     spsel, #1
    ldr     x9, ={sctlr}
    msr     sctlr_el2, x9
    isb
    adrp    x9, kernel_stack_top
    add     x9, x9, :lo12:kernel_stack_top
    mov     sp, x9
    mov     x29, xzr
    mov     x30, xzr
    b       kernel_boot
1:  wfi
    b       1b
.ltorg
"#,
    sctlr = const SCTLR,
);

/// Why the kernel can't run on this core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BootError {
    /// The core's physical addresses are too small; its size in bits.
    PhysicalAddressSize(u32),
    /// The core has no 4 KiB translation granule.
    NoSmallGranule,
    /// The core has no SIMD and floating point unit.
    NoFpu,
}

impl fmt::Display for BootError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PhysicalAddressSize(bits) => write!(
                f,
                "the processor has {bits}-bit physical addresses, \
                 this kernel is built for {PHYSICAL_ADDRESS_BITS} bits"
            ),
            Self::NoSmallGranule => f.write_str("the processor has no 4 KiB pages"),
            Self::NoFpu => f.write_str("the processor has no floating point unit"),
        }
    }
}

/// Sets up the core and its interrupt controller, for native threads: the kernel's
/// own page tables, exception vectors, traps, FPU off, all interrupts disabled,
/// timers exported to user space, kernel tick stopped, no user address space.
///
/// After this the console works, also when the result is an error.
///
/// # Safety
///
/// Only once, first thing in `kernel_boot`.
pub unsafe fn init() -> Result<(), BootError> {
    // SAFETY: the caller's promise is the one that is asked for.
    unsafe { activate_kernel_tables() };
    vectors::install();
    check_features()?;
    vcpu::init();
    mmu::clear_user_vspace();
    tlb::invalidate_all();
    fpu::init();
    gic::init();
    generic_timer::stop();
    generic_timer::reset();
    generic_timer::export_to_user();
    Ok(())
}

fn check_features() -> Result<(), BootError> {
    let mmfr0 = read_sysreg!("id_aa64mmfr0_el1");
    let bits = physical_address_bits(mmfr0);
    if bits < PHYSICAL_ADDRESS_BITS {
        return Err(BootError::PhysicalAddressSize(bits));
    }
    if mmfr0 >> 28 & 0xf == 0xf {
        return Err(BootError::NoSmallGranule);
    }
    if !fpu::is_present() {
        return Err(BootError::NoFpu);
    }
    Ok(())
}

/// The size that ID_AA64MMFR0_EL1.PARange stands for.
fn physical_address_bits(mmfr0: u64) -> u32 {
    match mmfr0 & 0xf {
        0 => 32,
        1 => 36,
        2 => 40,
        3 => 42,
        4 => 44,
        5 => 48,
        _ => 52,
    }
}

/// Replaces the boot loader's page tables by the kernel's own.
///
/// # Safety
///
/// As for [`init`].
unsafe fn activate_kernel_tables() {
    // TCR_EL2.PS has the encoding of PARange, up to 48 bits.
    let address_size = (read_sysreg!("id_aa64mmfr0_el1") & 0xf).min(5);
    // SAFETY: once, before use, by the caller's promise. The new tables map the
    // kernel image, stack included, where it runs; MAIR and TCR keep the boot
    // loader's meaning, so that its tables work until TTBR0_EL2 changes. Text is
    // not writable in the new tables, so WXN takes nothing away.
    unsafe {
        let root = kernel_tables::build();
        dsb();
        write_sysreg!("mair_el2", kernel_tables::MAIR);
        write_sysreg!("tcr_el2", TCR | address_size << TCR_PS_SHIFT);
        isb();
        write_sysreg!("ttbr0_el2", root);
        isb();
        tlb::invalidate_el2();
        write_sysreg!("sctlr_el2", SCTLR | SCTLR_WXN);
        core::arch::asm!("ic iallu", "dsb sy", "isb", options(nostack, preserves_flags));
    }
}
