//! Random system calls.
//!
//! A root task that makes a task with random capabilities, lets its threads make random system
//! calls, and takes it away again, round after round. Meanwhile another task, which has nothing to
//! do with it, looks whether anything of its own changes. One line for each round says with which
//! seed it began: with that seed it can be had again.
#![cfg_attr(target_os = "none", no_std, no_main)]
// System calls are made in assembly, and memory is shared with other address spaces.
#![cfg_attr(target_os = "none", allow(unsafe_code))]
// A failure holds its text, since there is no heap, and is moved once.
#![allow(clippy::result_large_err)]

#[cfg(target_os = "none")]
mod agent;
#[cfg(target_os = "none")]
mod arguments;
#[cfg(target_os = "none")]
mod calls;
#[cfg(target_os = "none")]
mod layout;
#[cfg(target_os = "none")]
mod random;
#[cfg(target_os = "none")]
mod script;
#[cfg(target_os = "none")]
mod slots;
#[cfg(target_os = "none")]
mod statistics;
#[cfg(target_os = "none")]
mod supervisor;
#[cfg(target_os = "none")]
mod task;
#[cfg(target_os = "none")]
mod witness;

#[cfg(target_os = "none")]
mod target {
    use kernel_api_tests::support::{Env, Outcome, check, image, thread};
    use sel4::init_thread::suspend_self;
    use sel4_root_task::{Never, debug_println, root_task};

    use crate::supervisor::Supervisor;
    use crate::witness;

    /// What `cargo xtask` writes into the finished program, behind a mark to find it by.
    #[repr(C)]
    struct Parameters {
        mark: [u8; 16],
        seed: u64,
        rounds: u64,
    }

    #[used]
    static PARAMETERS: Parameters = Parameters { mark: *b"fuzz-parameters:", seed: 1, rounds: 4 };

    #[root_task(stack_size = 128 * 1024)]
    fn main(bootinfo: &sel4::BootInfoPtr) -> Never {
        image::set_bootinfo(bootinfo);
        // SAFETY: it is a static; the value may be another one than the compiler has seen.
        let Parameters { seed, rounds, .. } = unsafe { (&raw const PARAMETERS).read_volatile() };
        check::report("system-calls", run(seed, rounds));
        suspend_self()
    }

    fn run(first: u64, rounds: u64) -> Outcome {
        let (env, ()) = Env::first(|_| Ok(()))?;
        thread::Place::protect_all()?;
        let mut supervisor = Supervisor::new(env)?;
        for seed in first..first.saturating_add(rounds) {
            debug_println!("system-calls: seed {seed}");
            let before = [supervisor.statistics.calls, supervisor.statistics.succeeded];
            let passes = witness::passes();
            supervisor.round(seed)?;
            let [calls, succeeded] = before;
            debug_println!(
                "system-calls: seed {seed}: {} calls, {} invocations succeeded; the witness looked {} times",
                supervisor.statistics.calls - calls,
                supervisor.statistics.succeeded - succeeded,
                witness::passes() - passes
            );
            if seed % 64 == 0 || seed - first + 1 == rounds {
                supervisor.statistics.print();
            }
        }
        Ok(())
    }
}

#[cfg(not(target_os = "none"))]
fn main() {}
