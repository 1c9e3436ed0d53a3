//! The EL2 exception vectors (Arm ARM D1.3, "Exception vectors").
//!
//! While a thread runs, SP_EL2 points to its [`UserContext`], and TPIDR_EL2
//! holds the top of the kernel stack. An exception from the thread stores its
//! registers, switches to the empty kernel stack, and jumps to a handler that
//! the kernel's glue defines as `#[unsafe(no_mangle)] extern "C" fn`. No handler
//! returns; they end in [`restore_user_context`]:
//!
//! - `handle_syscall(cptr: u64, message_info: u64, number: u64) -> !`, an SVC
//!   from EL0 or an HVC from a guest; the arguments are X0, X1 and X7.
//! - `handle_interrupt() -> !`, an IRQ while a thread ran.
//! - `handle_exception(esr: u64) -> !`, any other synchronous exception; `esr` is
//!   ESR_EL2, and [`super::fault`] has the address of an abort.
//!
//! The kernel itself runs with interrupts masked, so any exception taken from EL2
//! is a defect of the kernel: it is reported and the core stops. So does an SError,
//! which access to a device frame without a device can cause. The vectors for an
//! EL1 in AArch32 are never used, since HCR_EL2.RW says that it is not.
//!
//! [`UserContext`]: super::context::UserContext
//! [`restore_user_context`]: super::context::restore_user_context

use kernel_core::arch::registers;

use super::{
    context::UserContext,
    memory_map::image_layout,
    sysreg::{dsb, isb, write_sysreg},
};

// The assembly below and in `context` has these numbers in it.
const _: () = assert!(
    registers::SP == 31
        && registers::NEXT_IP == 32
        && registers::SPSR == 33
        && registers::FAULT_IP == 34
        && registers::TLS_BASE == 35
        && registers::TPIDRRO == 36
        && core::mem::align_of::<UserContext>() == 16
);

core::arch::global_asm!(
    r#"
.macro save_context
    stp     x0,  x1,  [sp, #0 * 16]
    stp     x2,  x3,  [sp, #1 * 16]
    stp     x4,  x5,  [sp, #2 * 16]
    stp     x6,  x7,  [sp, #3 * 16]
    stp     x8,  x9,  [sp, #4 * 16]
    stp     x10, x11, [sp, #5 * 16]
    stp     x12, x13, [sp, #6 * 16]
    stp     x14, x15, [sp, #7 * 16]
    stp     x16, x17, [sp, #8 * 16]
    stp     x18, x19, [sp, #9 * 16]
    stp     x20, x21, [sp, #10 * 16]
    stp     x22, x23, [sp, #11 * 16]
    stp     x24, x25, [sp, #12 * 16]
    stp     x26, x27, [sp, #13 * 16]
    stp     x28, x29, [sp, #14 * 16]
    mrs     x21, sp_el0
    mrs     x22, elr_el2
    mrs     x23, spsr_el2
    mrs     x24, tpidr_el0
    mrs     x25, tpidrro_el0
    stp     x30, x21, [sp, #30 * 8]
    stp     x22, x23, [sp, #32 * 8]
    stp     x24, x25, [sp, #35 * 8]
.endm

/* Ends frame pointer chains at the kernel's boundary, and takes the kernel stack. */
.macro enter_kernel_stack
    mrs     x19, tpidr_el2
    mov     sp, x19
    mov     x29, xzr
    mov     x30, xzr
.endm

.macro vector_to label
    .balign 0x80
    b       \label
.endm

/* An exception that must not happen. The stack pointer can't be trusted. */
.macro vector_fatal number
    .balign 0x80
    msr     tpidr_el2, x0
    mov     x0, sp
    msr     sp_el0, x0
    adrp    x0, kernel_fault_stack_top
    add     x0, x0, :lo12:kernel_fault_stack_top
    mov     sp, x0
    mov     x0, #\number
    b       kernel_fault_entry
.endm

.section .text.vectors, "ax"
.balign 0x800
.global exception_vectors
exception_vectors:
    vector_fatal 0x000
    vector_fatal 0x080
    vector_fatal 0x100
    vector_fatal 0x180
    vector_fatal 0x200
    vector_fatal 0x280
    vector_fatal 0x300
    vector_fatal 0x380
    vector_to    lower_el_sync
    vector_to    lower_el_irq
    vector_fatal 0x500
    vector_fatal 0x580
    vector_fatal 0x600
    vector_fatal 0x680
    vector_fatal 0x700
    vector_fatal 0x780

.balign 0x80
lower_el_sync:
    save_context
    mrs     x25, esr_el2
    lsr     x24, x25, #26
    cmp     x24, #0x15              /* EC: SVC from AArch64 */
    b.eq    1f
    cmp     x24, #0x16              /* EC: HVC from AArch64 */
    b.ne    2f
1:  sub     x22, x22, #4            /* FaultIP is the SVC or HVC itself */
    str     x22, [sp, #34 * 8]
    mov     x2, x7
    enter_kernel_stack
    b       handle_syscall
2:  str     x22, [sp, #34 * 8]
    mov     x0, x25
    enter_kernel_stack
    b       handle_exception

lower_el_irq:
    save_context
    str     x22, [sp, #34 * 8]
    enter_kernel_stack
    b       handle_interrupt

/* Stores a `Frame` (kernel_fault.rs) on the fault stack; x0 is the vector. */
kernel_fault_entry:
    sub     sp, sp, #36 * 8
    stp     x1,  x2,  [sp, #1 * 8]
    stp     x3,  x4,  [sp, #3 * 8]
    stp     x5,  x6,  [sp, #5 * 8]
    stp     x7,  x8,  [sp, #7 * 8]
    stp     x9,  x10, [sp, #9 * 8]
    stp     x11, x12, [sp, #11 * 8]
    stp     x13, x14, [sp, #13 * 8]
    stp     x15, x16, [sp, #15 * 8]
    stp     x17, x18, [sp, #17 * 8]
    stp     x19, x20, [sp, #19 * 8]
    stp     x21, x22, [sp, #21 * 8]
    stp     x23, x24, [sp, #23 * 8]
    stp     x25, x26, [sp, #25 * 8]
    stp     x27, x28, [sp, #27 * 8]
    stp     x29, x30, [sp, #29 * 8]
    mrs     x1, tpidr_el2
    mrs     x2, sp_el0
    mrs     x3, elr_el2
    mrs     x4, spsr_el2
    mrs     x5, esr_el2
    mrs     x6, far_el2
    str     x1, [sp]
    stp     x2, x3, [sp, #31 * 8]
    stp     x4, x5, [sp, #33 * 8]
    str     x6, [sp, #35 * 8]
    mov     x1, x0
    mov     x0, sp
    mov     x29, xzr
    mov     x30, xzr
    b       report_kernel_fault

/* Only exceptions taken from EL2 run on this. */
.section .bss.kernel_fault_stack, "aw", @nobits
.balign 16
    .zero   0x2000
kernel_fault_stack_top:
.previous
"#
);

/// Points VBAR_EL2 to the vectors and TPIDR_EL2 to the kernel stack.
pub fn install() {
    unsafe extern "C" {
        static exception_vectors: u8;
    }
    let vectors = (&raw const exception_vectors).addr() as u64;
    // SAFETY: the table is 2 KiB aligned, in kernel text, and laid out as the
    // architecture asks for; the stack top is the one that the linker script made.
    unsafe {
        write_sysreg!("tpidr_el2", image_layout().stack_top);
        dsb();
        write_sysreg!("vbar_el2", vectors);
    }
    isb();
}
