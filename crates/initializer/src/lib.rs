//! The root task that makes a system real, and then watches it.
//!
//! The image's packer attaches the system's description to this program. [`run`] makes its
//! objects of the memory that the kernel hands out, fills memory, hands out capabilities and
//! configures threads. Then it moves to a capability space of its own that holds nothing but the
//! watched threads and where their faults arrive, starts the threads, and stays as the monitor:
//! it prints components' output, reports faults, and restarts or halts who faulted.

#![no_std]
// The description and the work memory, the windows onto new frames and the rings of output are
// reached by address.
#![allow(unsafe_code)]

mod arch;
mod attached;
mod console;
mod failure;
mod handover;
mod make;
mod measure;
mod monitor;
mod size;
mod slots;
mod work;

use sel4::BootInfoPtr;
use sel4_root_task::{Never, debug_println};
use system_spec::flat::Spec;

use failure::Failure;
use monitor::Monitor;

/// The line that says that nothing was started.
const FAILED: &str = "initializer: the system was not started";

/// Makes the attached system and watches it.
pub fn run(bootinfo: &BootInfoPtr) -> Never {
    let attached = match attached::take() {
        Ok(attached) => attached,
        Err(problem) => stop(format_args!("{problem}")),
    };
    let mut steps = measure::Steps::start();
    let spec = match Spec::parse(attached.spec) {
        Ok(spec) => spec,
        Err(error) => stop(format_args!("the system's description: {error}")),
    };
    steps.end("read the description");
    match start(bootinfo, &spec, attached.work) {
        Ok(monitor) => monitor.watch(),
        Err(failure) => {
            console::reopen(bootinfo);
            stop(format_args!("{failure}"))
        }
    }
}

fn start<'a>(
    bootinfo: &BootInfoPtr, spec: &Spec<'a>, work: &'static mut [u8],
) -> Result<Monitor<'a>, Failure<'a>> {
    let mut work = work::Work::new(spec, work)?;
    let mut steps = measure::Steps::start();
    measure::clear_memory(bootinfo);
    steps.end("clear memory");
    console::release();
    let made = make::system(bootinfo, spec, &mut work)?;
    handover::hand_over(bootinfo, spec, work, made)
}

fn stop(reason: core::fmt::Arguments<'_>) -> ! {
    debug_println!("initializer: {reason}");
    debug_println!("{FAILED}");
    sel4::init_thread::suspend_self()
}
