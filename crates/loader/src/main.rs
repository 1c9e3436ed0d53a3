//! Starts a kernel and its root task from one image.
//!
//! In order: `machine::head` (raw images only) moves the image to its place,
//! `machine::entry` brings the CPU to EL2 with a stack, and [`machine::start`]
//! checks, maps, zeroes and enters the kernel. Only the core that is entered
//! runs; others are left to the firmware.

#![cfg_attr(target_os = "none", no_std, no_main)]
// Boot code: system registers, page tables, device registers and the jump into
// the kernel. Everything that needs none of these is in the library.
#![allow(unsafe_code)]

#[cfg(target_os = "none")]
mod machine;

#[cfg(not(target_os = "none"))]
fn main() {
    eprintln!("The loader runs on the bare machine: build it for aarch64-unknown-none-softfloat.");
    std::process::exit(1);
}
