//! The registers of a thread, in the order that seL4 keeps them.

use kernel_core::arch::registers;

/// The saved registers of a thread.
///
/// While the thread runs, SP_EL2 points to this, and exception entry stores the
/// registers through it; hence the alignment.
#[repr(C, align(16))]
#[derive(Clone, Copy, Debug)]
pub struct UserContext {
    /// In the order of [`kernel_core::arch::registers`].
    pub registers: [u64; registers::COUNT],
}

/// Leaves the kernel: loads the registers from `context` and returns to the
/// thread. The next exception saves into the same place.
///
/// # Safety
///
/// `context` must be 16-byte aligned, and valid for reads now and for writes by
/// the exception entry until the kernel has been entered again and left with
/// another context. Its SPSR must be of EL0, or of EL1 or EL0 while a VCPU is active. The stage 2
/// translation in VTTBR_EL2 must give access to nothing that Rust owns. Values
/// on the kernel stack are dropped without running destructors.
#[inline(always)]
pub unsafe fn restore_user_context(context: *const UserContext) -> ! {
    // SAFETY: the contract above; control never comes back here, since exception
    // entry starts over at the top of the kernel stack.
    unsafe {
        core::arch::asm!(
            "mov     sp, x0",
            "ldp     x21, x22, [sp, #31 * 8]",
            "ldr     x23, [sp, #33 * 8]",
            "ldp     x24, x25, [sp, #35 * 8]",
            "msr     sp_el0, x21",
            "msr     elr_el2, x22",
            "msr     spsr_el2, x23",
            "msr     tpidr_el0, x24",
            "msr     tpidrro_el0, x25",
            "ldp     x0,  x1,  [sp, #0 * 16]",
            "ldp     x2,  x3,  [sp, #1 * 16]",
            "ldp     x4,  x5,  [sp, #2 * 16]",
            "ldp     x6,  x7,  [sp, #3 * 16]",
            "ldp     x8,  x9,  [sp, #4 * 16]",
            "ldp     x10, x11, [sp, #5 * 16]",
            "ldp     x12, x13, [sp, #6 * 16]",
            "ldp     x14, x15, [sp, #7 * 16]",
            "ldp     x16, x17, [sp, #8 * 16]",
            "ldp     x18, x19, [sp, #9 * 16]",
            "ldp     x20, x21, [sp, #10 * 16]",
            "ldp     x22, x23, [sp, #11 * 16]",
            "ldp     x24, x25, [sp, #12 * 16]",
            "ldp     x26, x27, [sp, #13 * 16]",
            "ldp     x28, x29, [sp, #14 * 16]",
            "ldr     x30, [sp, #30 * 8]",
            "eret",
            // Keeps the core from speculating past the ERET.
            "dsb     nsh",
            "isb",
            in("x0") context,
            options(noreturn),
        )
    }
}
