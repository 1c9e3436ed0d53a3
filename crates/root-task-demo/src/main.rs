//! A root task that lists its bootinfo.
#![cfg_attr(target_os = "none", no_std, no_main)]
// The attribute on the main function defines symbols that the runtime links with.
#![cfg_attr(target_os = "none", allow(unsafe_code))]

#[cfg(target_os = "none")]
mod report;

#[cfg(target_os = "none")]
mod target {
    use sel4_root_task::{Never, debug_println, root_task};

    #[root_task]
    fn main(bootinfo: &sel4::BootInfoPtr) -> Never {
        crate::report::print(bootinfo);
        debug_println!("caravan: root task done");
        sel4::init_thread::suspend_self()
    }
}

#[cfg(not(target_os = "none"))]
fn main() {}
