//! What the guest is doing, for the person who asks at the terminal.

use alloc::vec::Vec;

use component::{Runtime, counter, heap_used};
use serial_client::{Report, State};
use vmm::counts::Counts;
use vmm_sel4::cpu::{Cpu, Run};

/// A report of a guest with these processors, which was started when the counter was at `start`.
pub fn of<P>(cpus: &[Cpu<P>], start: u64) -> Report {
    let now = counter();
    let mut sum = Counts::default();
    let mut state = State::Stopped;
    let mut running = 0;
    for cpu in cpus {
        sum.add(&cpu.counts);
        match cpu.run {
            Run::Off => continue,
            Run::Running => state = State::Running,
            Run::Waiting(waiting) => {
                sum.idle = sum.idle.saturating_add(now.saturating_sub(waiting.since));
                if state == State::Stopped {
                    state = State::Idle;
                }
            }
        }
        running += 1;
    }
    let exits = [
        ("accesses", sum.accesses),
        ("fetches", sum.fetches),
        ("system registers", sum.registers),
        ("calls", sum.calls),
        ("waits", sum.waits),
        ("timers", sum.timers),
        ("ends of interrupts", sum.ends),
        ("others", sum.others),
    ];
    let heap = Runtime::new().config().heap();
    let used = u64::try_from(heap_used()).unwrap_or(0);
    Report {
        state,
        exits: exits.into_iter().map(|(name, count)| (name.into(), count)).collect::<Vec<_>>(),
        interrupts: Some(sum.interrupts),
        time: Some((sum.idle, now.saturating_sub(start).saturating_mul(running))),
        memory: heap.map(|heap| (used, heap.size)),
    }
}
