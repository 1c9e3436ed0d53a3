//! A root task that boots a Linux guest.
//!
//! It makes with its own hands what a system's specification describes: the guest's address space,
//! its threads, the endpoint of their faults, the timer and the serial port of the monitor. The
//! guest's kernel and initial RAM disk are part of the program (see `build.rs`).
//!
//! It is there to try the monitor's library with nothing else around: what works here and not in
//! a component is the component's.
#![cfg_attr(target_os = "none", no_std, no_main)]
// The entry point is unmangled, and memory is mapped by hand.
#![cfg_attr(target_os = "none", allow(unsafe_code))]

#[cfg(target_os = "none")]
extern crate alloc;

#[cfg(target_os = "none")]
mod guest;
#[cfg(target_os = "none")]
mod load;
#[cfg(target_os = "none")]
mod objects;
#[cfg(target_os = "none")]
mod serial;
#[cfg(target_os = "none")]
mod slots;

#[cfg(target_os = "none")]
mod target {
    use sel4_root_task::{Never, debug_println, root_task};

    #[root_task(stack_size = 0x1_0000, heap_size = 0x20_0000)]
    fn main(bootinfo: &sel4::BootInfoPtr) -> Never {
        crate::guest::run(bootinfo);
        debug_println!("caravan: done");
        sel4::init_thread::suspend_self()
    }
}

#[cfg(not(target_os = "none"))]
fn main() {}
