//! Instruction counts of kernel operations.
//!
//! A root task that prints a line `bench NAME INSTRUCTIONS` for each operation. The numbers are
//! instructions only where the emulator counts one nanosecond for each (QEMU's
//! `-icount shift=0`); elsewhere they are nanoseconds.
#![cfg_attr(target_os = "none", no_std, no_main)]
// System calls are made directly, so that little but the kernel is measured.
#![cfg_attr(target_os = "none", allow(unsafe_code))]
// A failure holds its text, since there is no heap, and is moved once.
#![allow(clippy::result_large_err)]

#[cfg(target_os = "none")]
mod calls;
#[cfg(target_os = "none")]
mod guests;
#[cfg(target_os = "none")]
mod ipc;
#[cfg(target_os = "none")]
mod latency;
#[cfg(target_os = "none")]
mod measure;
#[cfg(target_os = "none")]
mod memory;

#[cfg(target_os = "none")]
mod target {
    use kernel_api_tests::support::{Env, Outcome, check, image, thread};
    use sel4::init_thread::{slot, suspend_self};
    use sel4_root_task::{Never, root_task};

    #[root_task]
    fn main(bootinfo: &sel4::BootInfoPtr) -> Never {
        image::set_bootinfo(bootinfo);
        check::report("kernel-bench", measure_all());
        suspend_self()
    }

    fn measure_all() -> Outcome {
        let (env, _) = Env::first(|_| Ok(()))?;
        slot::TCB.cap().tcb_set_priority(slot::TCB.cap(), thread::TEST)?;
        for measure in [
            crate::ipc::measure,
            crate::guests::measure,
            crate::memory::pages,
            crate::memory::small_objects,
            crate::memory::large_objects,
            crate::latency::measure,
        ] {
            measure(env)?;
            env.reset()?;
            thread::Place::reset(0);
        }
        Ok(())
    }
}

#[cfg(not(target_os = "none"))]
fn main() {}
