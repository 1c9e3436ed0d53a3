//! Runs the tests.
//!
//! The initial thread runs the tests, and another one, the driver, starts them and looks after
//! them. While a test runs, the driver has the lowest priority: it gets to run only when all
//! threads of the test are blocked. After a moment, in which an interrupt could still come, it
//! says that the test is stuck, takes everything back and goes on. A panic suspends the initial
//! thread, so it is found in the same way. Where a test keeps the processor busy, the alarm gives it
//! to the driver.

use core::sync::atomic::{AtomicUsize, Ordering};

use sel4::init_thread::{slot, suspend_self};
use sel4::{BootInfoPtr, CNodeCapData, Fault, Result, Word, cap, with_ipc_buffer};
use sel4_root_task::{Never, debug_println};

use super::alarm::{self, Alarm};
use super::thread::{Place, TEST};
use super::{Env, Failure, Outcome, image, machine};

/// A test.
pub struct Test {
    /// What it is about.
    pub name: &'static str,
    /// The test itself.
    pub run: fn(Env) -> Outcome,
}

/// A subject with its tests.
pub struct Group {
    /// The subject.
    pub name: &'static str,
    /// The tests.
    pub tests: &'static [Test],
}

/// A list of tests, named as their functions.
#[macro_export]
macro_rules! tests {
    ($group:literal: $($name:ident),* $(,)?) => {
        /// The tests of this file.
        pub const TESTS: $crate::support::driver::Group = $crate::support::driver::Group {
            name: $group,
            tests: &[$($crate::support::driver::Test { name: stringify!($name), run: $name }),*],
        };
    };
}

/// The driver's priority while it has something to do.
const HIGHEST: Word = 255;
/// The driver's priority while a test runs.
const LOWEST: Word = 1;
/// How long all threads of a test may be blocked.
const PATIENCE_MS: u64 = 300;

static PASSED: AtomicUsize = AtomicUsize::new(0);
static FAILED: AtomicUsize = AtomicUsize::new(0);
static STARTED: AtomicUsize = AtomicUsize::new(0);
static SKIPPED: AtomicUsize = AtomicUsize::new(0);

/// Starts the driver and gives it the initial thread.
pub fn start(bootinfo: &BootInfoPtr, groups: &'static [Group]) -> Never {
    image::set_bootinfo(bootinfo);
    if let Err(error) = start_driver(groups) {
        debug_println!("kernel-api: the driver can't be started: {error:?}");
    }
    suspend_self()
}

fn start_driver(groups: &'static [Group]) -> Result<()> {
    Place::protect_all()?;
    let (env, (driver, alarm)) = Env::first(|env| Ok((env.make()?, Alarm::new(env)?)))?;
    let driver: cap::Tcb = driver;
    let [runner, place, alarm_place] = core::array::from_fn(|_| Place::new());
    alarm.start(alarm_place, driver, HIGHEST)?;
    driver.tcb_configure(
        sel4::CPtr::from_bits(0),
        slot::CNODE.cap(),
        CNodeCapData::skip(0),
        slot::VSPACE.cap(),
        place.ipc_buffer() as Word,
        image::frame(place.ipc_buffer()),
    )?;
    driver.tcb_set_sched_params(slot::TCB.cap(), HIGHEST, HIGHEST)?;
    place.aim(driver, move || {
        for group in groups {
            for test in group.tests {
                let done =
                    alarm.set().and_then(|()| supervise(env, driver, runner, group.name, test));
                if let Err(error) = done.and_then(|()| env.reset()) {
                    debug_println!("kernel-api: can't clean up: {error:?}");
                    return;
                }
            }
        }
        let [passed, failed, skipped] =
            [&PASSED, &FAILED, &SKIPPED].map(|count| count.load(Ordering::SeqCst));
        debug_println!("kernel-api: {passed} passed, {failed} failed, {skipped} skipped");
        debug_println!("caravan: done");
    })?;
    driver.tcb_resume()
}

/// Runs one test to its end.
fn supervise(
    env: Env, driver: cap::Tcb, runner: Place, group: &'static str, test: &'static Test,
) -> Result<()> {
    let tcb = slot::TCB.cap();
    tcb.tcb_suspend()?;
    Place::reset(3);
    // A name before the result: if the kernel dies, the last line says where.
    debug_println!("begin {group}::{}", test.name);
    tcb.tcb_configure(
        env.unexpected.cptr(),
        slot::CNODE.cap(),
        CNodeCapData::skip(0),
        slot::VSPACE.cap(),
        runner.ipc_buffer() as Word,
        image::frame(runner.ipc_buffer()),
    )?;
    tcb.tcb_set_sched_params(driver, HIGHEST, TEST)?;
    tcb.tcb_set_flags(Word::MAX, 0)?;
    runner.aim(tcb, move || {
        report(group, test, (test.run)(env));
        // The driver goes on at once; this thread gets no further if that works.
        let _ = driver.tcb_set_priority(slot::TCB.cap(), HIGHEST);
    })?;
    tcb.tcb_resume()?;
    driver.tcb_set_priority(slot::TCB.cap(), LOWEST)?;
    let failure = watch(env);
    driver.tcb_set_priority(slot::TCB.cap(), HIGHEST)?;
    if let Some(failure) = failure {
        report(group, test, Err(failure));
    }
    tcb.tcb_suspend()
}

/// How many tests have a result.
fn results() -> usize {
    [&PASSED, &FAILED, &SKIPPED].iter().map(|count| count.load(Ordering::SeqCst)).sum()
}

/// Waits until the test that was started last has a result. Runs at the lowest priority, so it may
/// have one already.
fn watch(env: Env) -> Option<Failure> {
    let before = STARTED.fetch_add(1, Ordering::SeqCst);
    let step = machine::per_millisecond();
    let (mut idle, mut last) = (0, machine::counter());
    while results() == before {
        // Only the badge says whether there was something.
        let (info, badge) = env.reports.nb_recv(());
        if badge != 0 {
            let fault = with_ipc_buffer(|ipc| Fault::new(ipc, &info));
            return Some(Failure::new(format_args!("unexpected {}", name(&fault))));
        }
        if alarm::rang() {
            return Some(Failure::new(format_args!("stuck: it doesn't come to an end")));
        }
        let now = machine::counter();
        // A longer step means that another thread has run.
        idle += (now - last).min(step);
        last = now;
        if idle > PATIENCE_MS * step {
            return Some(Failure::new(format_args!("stuck: all its threads are blocked")));
        }
    }
    None
}

/// The fault's name, without addresses.
fn name(fault: &Fault) -> &'static str {
    match fault {
        Fault::CapFault(_) => "capability fault",
        Fault::UnknownSyscall(_) => "unknown system call",
        Fault::UserException(_) => "user exception",
        Fault::VmFault(_) => "memory fault",
        Fault::VCpuFault(_) => "virtual processor fault",
        Fault::VGicMaintenance(_) => "VGIC maintenance",
        Fault::VPpiEvent(_) => "virtual interrupt",
        Fault::NullFault(_) => "message",
    }
}

fn report(group: &str, test: &Test, outcome: Outcome) {
    let name = test.name;
    let count = match outcome {
        Ok(()) => {
            debug_println!("test {group}::{name} ... ok");
            &PASSED
        }
        Err(Failure::Failed(reason)) => {
            debug_println!("test {group}::{name} ... FAILED: {reason}");
            &FAILED
        }
        Err(Failure::Skipped(reason)) => {
            debug_println!("test {group}::{name} ... skipped: {reason}");
            &SKIPPED
        }
    };
    count.fetch_add(1, Ordering::SeqCst);
}
