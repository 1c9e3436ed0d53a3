//! Tests of the kernel's API.
//!
//! A root task that runs one test after the other and prints a line for each. The lines hold
//! nothing that differs between kernels, so that two kernels can be compared line by line. See
//! `support::driver` for how a test runs, and `support::env` for what it has to work with.
#![cfg_attr(target_os = "none", no_std, no_main)]
// Threads are started on memory that is set up by hand, and faults are provoked on purpose.
#![cfg_attr(target_os = "none", allow(unsafe_code))]

#[cfg(target_os = "none")]
mod support;
#[cfg(target_os = "none")]
mod tests;

#[cfg(target_os = "none")]
mod target {
    use sel4_root_task::{Never, root_task};

    #[root_task]
    fn main(bootinfo: &sel4::BootInfoPtr) -> Never {
        crate::support::driver::start(bootinfo, crate::tests::ALL)
    }
}

#[cfg(not(target_os = "none"))]
fn main() {}
