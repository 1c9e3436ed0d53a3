//! What on-target tests and measurements of the kernel have in common: memory and slots that are
//! taken back, threads that run closures, address spaces, guests, and a driver for tests.
#![cfg_attr(target_os = "none", no_std)]
// Threads are started on memory that is set up by hand, and faults are provoked on purpose.
#![allow(unsafe_code)]
// A failure holds its text, since there is no heap, and is moved once.
#![allow(clippy::result_large_err)]

#[cfg(target_os = "none")]
pub mod support;
