//! From the image's entry to Rust at EL2 with the MMU off.
//!
//! Entered with the device tree's address in x0, or something else that nobody
//! looks at. ELF images start here, raw images after `head`.

use core::arch::global_asm;

use super::console::Console;
use super::cpu;

const STACK_SIZE: usize = 16 * 1024;

#[repr(C, align(16))]
struct Stack([u8; STACK_SIZE]);

static mut LOADER_STACK: Stack = Stack([0; STACK_SIZE]);

// Registers that are UNKNOWN after reset are written whole: SCTLR_EL2 gets its
// RES1 bits, HCR_EL2 only RW (EL1 is AArch64), CPTR_EL2 its RES1 bits (no
// traps), MDCR_EL2 all event counters for the guest. SCR_EL3 is
// NS | RES1 | SMD | HCE | RW: no firmware stays behind at EL3, so SMC must be
// undefined instead of a jump to nowhere.
global_asm!(
    r#"
    .section .text.start, "ax"
    .global _start
_start:
    msr     daifset, #15
    mov     x19, x0
    mrs     x20, CurrentEL
    lsr     x20, x20, #2
    msr     spsel, #1
    adrp    x1, {stack}
    add     x1, x1, :lo12:{stack}
    add     x21, x1, #{stack_size}
    mov     sp, x21
    adrp    x7, {description}
    add     x7, x7, :lo12:{description}
    mrs     x5, ctr_el0
    ubfx    x5, x5, #16, #4
    mov     x6, #4
    lsl     x6, x6, x5
    cmp     x20, #2
    b.eq    20f
    bl      30f
    cmp     x20, #2
    b.lo    40f

    // EL3: without firmware all cores may come here. One is enough.
    mrs     x1, mpidr_el1
    ldr     x2, =0xff00ffffff
    tst     x1, x2
    b.ne    90f
    mrs     x1, id_aa64pfr0_el1
    ubfx    x1, x1, #8, #4
    cbz     x1, 40f
    msr     cptr_el3, xzr
    bl      {prepare_el3}
    mov     x1, #0x5b1
    msr     scr_el3, x1
    mov     x1, #0x3c9
    msr     spsr_el3, x1
    adr     x1, 21f
    msr     elr_el3, x1
    isb
    eret

20: // EL2, maybe with the MMU on: what lies in the caches goes to memory first.
    mrs     x1, sctlr_el2
    mov     x2, #5
    tst     x1, x2
    b.eq    22f
    ldr     x3, [x7, #{kernel_start}]
    ldr     x4, [x7, #{user_end}]
    bl      31f
    bic     x1, x1, x2
    msr     sctlr_el2, x1
    isb
22: bl      30f

21: msr     spsel, #1
    mov     sp, x21
    mov     x1, #0x80000000
    msr     hcr_el2, x1
    ldr     x1, =0x30c50830
    msr     sctlr_el2, x1
    isb
    mov     x1, #0x33ff
    msr     cptr_el2, x1
    msr     hstr_el2, xzr
    msr     vttbr_el2, xzr
    msr     cntvoff_el2, xzr
    mov     x1, #3
    msr     cnthctl_el2, x1
    mrs     x1, midr_el1
    msr     vpidr_el2, x1
    mrs     x1, mpidr_el1
    msr     vmpidr_el2, x1
    msr     tpidr_el1, xzr
    mov     x2, xzr
    mrs     x1, id_aa64dfr0_el1
    ubfx    x1, x1, #8, #4
    sub     x1, x1, #1
    cmp     x1, #13
    b.hi    23f
    mrs     x2, pmcr_el0
    ubfx    x2, x2, #11, #5
23: msr     mdcr_el2, x2
    adr     x1, loader_vectors
    msr     vbar_el2, x1
    isb

40: mov     x0, x19
    mov     x1, x20
    b       {start}

    // Clean and drop the lines of the loader's own memory: stack and tables are
    // written with the MMU off, and read with it on.
30: ldr     x3, [x7, #{loader_start}]
    ldr     x4, [x7, #{loader_end}]
31: dc      civac, x3
    add     x3, x3, x6
    cmp     x3, x4
    b.lo    31b
    dsb     sy
    ret

90: wfe
    b       90b

    .ltorg
    .balign 2048
loader_vectors:
    .set    vector, 0
    .rept   16
    .balign 128
    mov     x0, #vector
    mrs     x1, esr_el2
    mrs     x2, elr_el2
    mrs     x3, far_el2
    b       {fault}
    .set    vector, vector + 1
    .endr
    "#,
    stack = sym LOADER_STACK,
    stack_size = const STACK_SIZE,
    description = sym super::DESCRIPTION,
    kernel_start = const core::mem::offset_of!(loader::Description, kernel.physical.start),
    loader_start = const core::mem::offset_of!(loader::Description, loader.start),
    loader_end = const core::mem::offset_of!(loader::Description, loader.end),
    user_end = const core::mem::offset_of!(loader::Description, user.physical.end),
    prepare_el3 = sym prepare_el3,
    start = sym super::start::start,
    fault = sym fault,
);

/// Gives what only EL3 owns to the kernel: all interrupts.
extern "C" fn prepare_el3() {
    super::gic::release_interrupts(&super::description().platform);
}

/// An exception in the loader itself.
extern "C" fn fault(vector: u64, esr: u64, elr: u64, far: u64) -> ! {
    Console::new(&super::description().platform).report(format_args!(
        "exception {vector} at {elr:#x}: syndrome {esr:#x}, address {far:#x}"
    ));
    cpu::park()
}
