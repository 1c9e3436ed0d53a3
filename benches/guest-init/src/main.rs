//! The first program of a Linux guest whose boot and idling are measured. It marks its start for the
//! plugin `tcg-count` and sleeps while the kernel ends what it put off at boot; then it sleeps
//! between two more marks, and powers off.

#![cfg_attr(target_os = "none", no_std, no_main)]
// A program in assembly, for an operating system that Rust isn't told of.
#![allow(unsafe_code)]

// Linux' system calls of arm64 by number (include/uapi/asm-generic/unistd.h): nanosleep, reboot.
#[cfg(target_os = "none")]
core::arch::global_asm!(
    r#"
    .global _start
_start:
    .inst 0xd280001f | (0xca01 << 5)
    adr x0, settling
    mov x1, #0
    mov x8, #101
    svc #0
    .inst 0xd280001f | (0xca02 << 5)
    adr x0, idling
    mov x1, #0
    mov x8, #101
    svc #0
    .inst 0xd280001f | (0xca05 << 5)
    ldr w0, =0xfee1dead
    ldr w1, =0x28121969
    ldr w2, =0x4321fedc
    mov x3, #0
    mov x8, #142
    svc #0
    b .
    .balign 8
settling:
    .quad 5, 0
idling:
    .quad 10, 0
"#
);

#[cfg(target_os = "none")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

#[cfg(not(target_os = "none"))]
fn main() {
    eprintln!("The program runs in a Linux guest: `cargo xtask bench guest` starts it.");
    std::process::exit(1);
}
