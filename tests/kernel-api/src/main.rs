//! Tests of the kernel's API.
//!
//! A root task that runs one test after the other and prints a line for each. The lines hold
//! nothing that differs between kernels, so that two kernels can be compared line by line. See
//! `support::driver` for how a test runs, and `support::env` for what it has to work with.
#![cfg_attr(target_os = "none", no_std, no_main)]
// Faults are provoked on purpose, and registers read that only assembly reaches.
#![cfg_attr(target_os = "none", allow(unsafe_code))]
// A failure holds its text, since there is no heap, and is moved once.
#![allow(clippy::result_large_err)]

#[cfg(target_os = "none")]
mod tests;

#[cfg(target_os = "none")]
mod target {
    use kernel_api_tests::support::driver;
    use sel4_root_task::{Never, root_task};

    #[root_task]
    fn main(bootinfo: &sel4::BootInfoPtr) -> Never {
        driver::start(bootinfo, crate::tests::ALL)
    }
}

#[cfg(not(target_os = "none"))]
fn main() {}
