//! The embedded kernel: seL4's application interface on AArch64, for
//! development, tests and teaching. It is not verified.
//!
//! The crate `kernel-core` has the algorithms. Here are the ways in and out,
//! and the hardware: this is where the unsafe code is.
#![cfg_attr(target_os = "none", no_std, no_main)]
#![allow(unsafe_code)] // Hardware, page tables and exception entry.

#[cfg(target_os = "none")]
mod arch;
#[cfg(target_os = "none")]
mod entry;
#[cfg(target_os = "none")]
mod machine;
#[cfg(target_os = "none")]
mod platform;

#[cfg(not(target_os = "none"))]
fn main() {}
