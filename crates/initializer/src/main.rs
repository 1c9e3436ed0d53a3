//! The root task that makes a system real, and then watches it.
#![cfg_attr(target_os = "none", no_std, no_main)]
// The attribute on the main function defines symbols that the runtime links with.
#![cfg_attr(target_os = "none", allow(unsafe_code))]

#[cfg(target_os = "none")]
mod target {
    use sel4_root_task::{Never, root_task};

    #[root_task]
    fn main(bootinfo: &sel4::BootInfoPtr) -> Never {
        initializer::run(bootinfo)
    }
}

#[cfg(not(target_os = "none"))]
fn main() {}
