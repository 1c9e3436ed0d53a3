//! The first page of a raw image: moves the image to its place if a boot loader
//! put it somewhere else, and goes on to `entry`.
//!
//! Runs with the MMU off, so the copy bypasses the caches. Lines that a boot
//! loader left behind in the destination are written back first; none appear
//! meanwhile, since the data accesses of a core whose MMU is off allocate none.

use core::arch::global_asm;

use loader::head::{ENTRY, HEAD_SIZE, HOME, LENGTH};

// x19: x0 at entry. x20: where the head is. x21: where it belongs. x22: bytes.
// x23: distance to the entry. x24: cache line.
global_asm!(
    r#"
    .section .head, "ax"
    .arch_extension fp
    .arch_extension simd
loader_head:
    b       1f
    .long   0
    .quad   0, 0, 0
    .quad   0, 0, 0
    .ascii  "ARM\x64"
    .long   0
    .quad   0, 0, 0
    // Fails to assemble if the packer's fields reached into the code.
    .org    loader_head + {entry} + 8

1:  msr     daifset, #15
    mov     x19, x0
    adr     x20, loader_head
    ldr     x21, [x20, #{home}]
    ldr     x22, [x20, #{length}]
    ldr     x23, [x20, #{entry}]
    mrs     x5, ctr_el0
    ubfx    x5, x5, #16, #4
    mov     x24, #4
    lsl     x24, x24, x5

    // The MMU goes off. Then no traps on the SIMD registers that the copy uses.
    mrs     x1, CurrentEL
    cmp     x1, #8
    b.eq    2f
    b.lo    3f
    msr     cptr_el3, xzr
    b       4f
3:  mov     x1, #(3 << 20)
    msr     cpacr_el1, x1
    b       4f
2:  mrs     x1, sctlr_el2
    mov     x4, #5
    tst     x1, x4
    b.eq    6f
    mov     x2, x20
    add     x3, x20, x22
5:  dc      civac, x2
    add     x2, x2, x24
    cmp     x2, x3
    b.lo    5b
    dsb     sy
    bic     x1, x1, x4
    msr     sctlr_el2, x1
    isb
6:  mov     x1, #0x80000000
    msr     hcr_el2, x1
    isb
    mov     x1, #0x33ff
    msr     cptr_el2, x1
4:  isb

    cmp     x20, x21
    b.eq    9f

    // Four lines at a time: the end is rounded up to whole units of 4 KiB, and
    // cleaning some bytes more does no harm.
    add     x2, x21, #{head_size}
    add     x3, x21, x22
13: dc      civac, x2
    add     x2, x2, x24
    dc      civac, x2
    add     x2, x2, x24
    dc      civac, x2
    add     x2, x2, x24
    dc      civac, x2
    add     x2, x2, x24
    cmp     x2, x3
    b.lo    13b
    dsb     sy

    cmp     x20, x21
    b.hi    7f

    // Upwards in memory, so from the end. This page lies below all of it.
    add     x2, x20, x22
    add     x3, x21, x22
    sub     x4, x22, #{head_size}
8:  ldp     q0, q1, [x2, #-32]
    ldp     q2, q3, [x2, #-64]
    ldp     q4, q5, [x2, #-96]
    ldp     q6, q7, [x2, #-128]!
    stp     q0, q1, [x3, #-32]
    stp     q2, q3, [x3, #-64]
    stp     q4, q5, [x3, #-96]
    stp     q6, q7, [x3, #-128]!
    subs    x4, x4, #128
    b.ne    8b
    b       9f

    // Downwards: this page may be overwritten, so go on in a copy behind the
    // image. The header's image_size keeps room for it.
7:  add     x1, x20, x22
    mov     x2, x20
    mov     x3, x1
    mov     x4, #{head_size}
10: ldp     q0, q1, [x2], #32
    stp     q0, q1, [x3], #32
    subs    x4, x4, #32
    b.ne    10b
    dsb     sy
    ic      iallu
    dsb     sy
    isb
    add     x1, x1, #(11f - loader_head)
    br      x1
11: add     x2, x20, #{head_size}
    add     x3, x21, #{head_size}
    sub     x4, x22, #{head_size}
12: ldp     q0, q1, [x2], #32
    ldp     q2, q3, [x2], #32
    ldp     q4, q5, [x2], #32
    ldp     q6, q7, [x2], #32
    stp     q0, q1, [x3], #32
    stp     q2, q3, [x3], #32
    stp     q4, q5, [x3], #32
    stp     q6, q7, [x3], #32
    subs    x4, x4, #128
    b.ne    12b

9:  dsb     sy
    ic      iallu
    dsb     sy
    isb
    mov     x0, x19
    add     x1, x21, x23
    br      x1
    .balign 16
    "#,
    home = const HOME,
    length = const LENGTH,
    entry = const ENTRY,
    head_size = const HEAD_SIZE,
);
