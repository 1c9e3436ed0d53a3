//! Makes tasks, lets them call, looks after the witness, and takes the tasks away again.
//!
//! It runs above all others, and waits for what may happen: a thread of the task faults, as it does
//! at the end of its script; a timer fires; the witness has looked at everything; or nobody can run
//! any more, since all threads of the task are blocked.

use core::sync::atomic::{AtomicU64, Ordering::SeqCst};

use kernel_api_tests::support::alarm::TIMER;
use kernel_api_tests::support::check::{Failure, holds};
use kernel_api_tests::support::env::{absolute, cap_at, retype_into};
use kernel_api_tests::support::machine::{counter, per_millisecond, set_timer};
use kernel_api_tests::support::message::info;
use kernel_api_tests::support::{Env, Outcome};
use sel4::init_thread::slot;
use sel4::{AbsoluteCPtr, CapRights, ObjectBlueprint, ObjectBlueprintArm, VmAttributes, Word, cap};

use crate::calls;
use crate::layout::THREADS;
use crate::random::Random;
use crate::script::{CALLS, Call};
use crate::statistics::Statistics;
use crate::task::{self, Given, MEMORY_BITS, Place, Task};
use crate::witness::{self, LARGE, Witness};

/// Times in a round that a thread of the task is started, at most.
const STARTS: u64 = 1000;
/// System calls of a round.
const ROUND_CALLS: u64 = 4000;
/// How long the witness may take until it has looked at everything. Threads of the task have the
/// same priority, and time slices of 5 ms.
const PATIENCE_MS: u64 = 2000;
/// Timer interrupts without an event before all threads are started again.
const QUIET_TICKS: u64 = 8;

/// Large pages that a task's memory can become.
const LARGE_PAGES: usize = 1 << (MEMORY_BITS - 21);

/// Badges of what the supervisor waits for.
const TIMER_BADGE: Word = 1;
const IDLE_BADGE: Word = 2;
const WITNESS_BADGE: Word = 4;
const FAULT_BADGE: Word = 1 << 32;

/// Where things are mapped: the neighbours of the task's memory, a part of that, scripts, and a
/// page of the witness.
const WINDOW: usize = 0x80_0000_0000;
const NEIGHBOURS: [usize; 2] = [WINDOW, WINDOW + LARGE];
const INSPECTED: usize = WINDOW + 2 * LARGE;
const SCRIPTS: usize = WINDOW + 3 * LARGE;
const WITNESS_PAGE: usize = SCRIPTS + LARGE / 2;

/// The supervisor.
pub struct Supervisor {
    place: Place,
    given: Given,
    witness: Witness,
    events: cap::Endpoint,
    timer: cap::IrqHandler,
    /// Lets a thread of low priority tell when nobody else can run.
    watch: cap::Notification,
    /// Slots for all of a task's memory, when it is gone.
    inspected: AbsoluteCPtr,
    awake_since: Option<u64>,
    random: Random,
    calls: [[Option<Call>; CALLS]; THREADS],
    /// What was counted.
    pub statistics: Statistics,
}

static NOTHING_RUNS: AtomicU64 = AtomicU64::new(0);

impl Supervisor {
    /// Makes everything that outlives the tasks.
    pub fn new(env: Env) -> Outcome<Self> {
        let events = env.endpoint()?;
        let ntfn = env.notification()?;
        slot::TCB.cap().tcb_bind_notification(ntfn)?;
        let timer = irq_handler(env, TIMER)?;
        timer.irq_handler_ack()?;
        timer.irq_handler_set_notification(env.badged(ntfn, TIMER_BADGE)?)?;

        let (large, memory) = memory(env)?;
        let (rights, attributes) = (CapRights::all(), VmAttributes::DEFAULT);
        for (frame, at) in large.into_iter().zip(NEIGHBOURS) {
            env.map(frame, slot::VSPACE.cap(), at, rights, attributes)?;
            witness::fill(at);
        }
        // Page tables for the scripts.
        for address in task::window(SCRIPTS).step_by(4096) {
            let frame: cap::Granule = env.make()?;
            env.map(frame, slot::VSPACE.cap(), address, rights, attributes)?;
            frame.frame_unmap()?;
        }
        let (wake, watch) = (env.notification()?, env.notification()?);
        let done = env.badged(ntfn, WITNESS_BADGE)?;
        let witness = Witness::start(env, wake, done, NEIGHBOURS, WITNESS_PAGE)?;
        let idle = env.badged(ntfn, IDLE_BADGE)?;
        env.spawn(1, move || {
            loop {
                watch.wait();
                NOTHING_RUNS.fetch_add(1, SeqCst);
                idle.signal();
            }
        })?;
        let mut handlers = [events; THREADS];
        for (index, handler) in (0..).zip(&mut handlers) {
            *handler = env.badged(events, FAULT_BADGE + index)?;
        }
        let sgi = env.slot();
        slot::IRQ_CONTROL.cap().irq_control_issue_sgi_signal(5, 0, &sgi)?;
        let irqs = [irq_handler(env, 5)?, irq_handler(env, 100)?];
        let given = Given { handlers, irqs, sgi: cap_at(&sgi) };
        Ok(Self {
            place: Place::new(env, memory, SCRIPTS),
            given,
            witness,
            events,
            timer,
            watch,
            inspected: env.slots(LARGE_PAGES),
            awake_since: None,
            random: Random::new(0),
            calls: [[None; CALLS]; THREADS],
            statistics: Statistics::new(),
        })
    }

    /// One task, from its beginning to its end, that depends on the seed only.
    pub fn round(&mut self, seed: u64) -> Outcome {
        self.random = Random::new(seed);
        let mut task = self.place.task(self.given)?;
        let passes = witness::passes();
        for index in 0..THREADS {
            self.start(&mut task, index)?;
        }
        self.watch.signal();
        self.set_timer();
        let [starts, calls] =
            [self.statistics.starts + STARTS, self.statistics.calls + ROUND_CALLS];
        let mut quiet = 0;
        while self.statistics.starts < starts && self.statistics.calls < calls {
            let (_, badge) = self.events.recv(());
            if badge >= FAULT_BADGE {
                quiet = 0;
                let index = usize::try_from(badge - FAULT_BADGE).unwrap_or(0);
                // Some faults are answered: the thread goes on, with or without other registers.
                if self.random.chance(5) {
                    let answer = info(self.random.below(2), self.random.index(20));
                    sel4::with_ipc_buffer_mut(|ipc| sel4::reply(ipc, answer));
                } else {
                    self.start(&mut task, index)?;
                }
                continue;
            }
            if badge & TIMER_BADGE != 0 {
                quiet += 1;
                self.timer.irq_handler_ack()?;
                self.set_timer();
                self.wake_witness()?;
            }
            if badge & WITNESS_BADGE != 0 {
                self.awake_since = None;
                holds(!witness::has_failed(), "the witness found everything as it was")?;
            }
            if badge & IDLE_BADGE != 0 || quiet > QUIET_TICKS {
                quiet = 0;
                self.repair(&mut task)?;
                if badge & IDLE_BADGE != 0 {
                    self.watch.signal();
                }
            }
        }
        self.end(&mut task)?;
        holds(witness::passes() > passes, "the witness has run")
    }

    /// The task is stuck, or keeps the processor busy.
    fn repair(&mut self, task: &mut Task) -> Outcome {
        for index in 0..THREADS {
            if self.random.chance(50) {
                task.configure(index)?;
            }
            self.start(task, index)?;
        }
        if self.random.chance(40) {
            task.replenish()?;
        }
        if self.random.chance(10) {
            self.place.restock(task)?;
        }
        Ok(())
    }

    /// Counts what a thread has done, and gives it a new script.
    fn start(&mut self, task: &mut Task, index: usize) -> Outcome {
        let useless = !self.count(task, index);
        if useless && self.random.chance(50) {
            task.configure(index)?;
        }
        let script = task.threads[index].script;
        for number in 0..CALLS {
            let call = calls::next(&mut self.random, &task.slots);
            script.write(number, &call);
            self.calls[index][number] = Some(call);
        }
        self.statistics.starts += 1;
        // A thread that made no call may have got or lost a virtual processor.
        let guests = if useless { 50 } else { task::guests(index) };
        let guest = self.random.chance(guests);
        task.start(index, guest)
    }

    /// Counts what a thread has done. Gives whether that was anything.
    fn count(&mut self, task: &mut Task, index: usize) -> bool {
        let before = self.statistics.calls;
        let script = task.threads[index].script;
        for (number, call) in self.calls[index].iter_mut().enumerate() {
            let Some((call, result)) = call.take().zip(script.result(number)) else {
                continue;
            };
            if self.statistics.count(&call, result) {
                call.effects.into_iter().flatten().for_each(|effect| task.slots.apply(effect));
            }
        }
        self.statistics.calls > before
    }

    fn set_timer(&mut self) {
        let limit = per_millisecond() / 4;
        set_timer(Some(limit / 10 + self.random.below(limit)));
    }

    /// Wakes the witness, if it isn't awake.
    fn wake_witness(&mut self) -> Outcome {
        let now = counter();
        match self.awake_since {
            None => {
                self.awake_since = Some(now);
                self.witness.wake.signal();
                Ok(())
            }
            Some(since) if now - since < PATIENCE_MS * per_millisecond() => Ok(()),
            Some(_) => {
                Err(Failure::new(format_args!("the witness got no time for {PATIENCE_MS} ms")))
            }
        }
    }

    /// Takes the task away, while interrupts come, and looks at the memory that is left.
    fn end(&mut self, task: &mut Task) -> Outcome {
        for index in 0..THREADS {
            self.count(task, index);
        }
        set_timer(Some(self.random.below(per_millisecond() / 8)));
        self.place.clear()?;
        for irq in self.given.irqs {
            irq.irq_handler_clear()?;
            irq.irq_handler_ack()?;
        }
        // All of it is there again, and nothing of the task is left in it.
        let memory = self.place.memory;
        let first = self.inspected.path().bits();
        retype_into(memory, ObjectBlueprintArm::LargePage.into(), &self.inspected, LARGE_PAGES)?;
        let chosen = first + self.random.below(LARGE_PAGES as u64);
        let frame: cap::LargePage = sel4::Cap::from_bits(chosen);
        let (rights, attributes) = (CapRights::read_only(), VmAttributes::DEFAULT);
        frame.frame_map(slot::VSPACE.cap(), INSPECTED, rights, attributes)?;
        witness::is_zero(INSPECTED)?;
        Ok(absolute(memory).revoke()?)
    }
}

fn irq_handler(env: Env, irq: Word) -> Outcome<cap::IrqHandler> {
    let slot = env.slot();
    slot::IRQ_CONTROL.cap().irq_control_get(irq, &slot)?;
    Ok(cap_at(&slot))
}

/// The task's memory, and the large pages on both sides of it.
fn memory(env: Env) -> Outcome<([cap::LargePage; 2], cap::Untyped)> {
    let all: cap::Untyped =
        env.retype(env.memory(), ObjectBlueprint::Untyped { size_bits: MEMORY_BITS + 1 })?;
    let slots = env.slots(LARGE_PAGES);
    retype_into(all, ObjectBlueprintArm::LargePage.into(), &slots, LARGE_PAGES)?;
    let left: cap::LargePage = sel4::Cap::from_bits(slots.path().bits() + LARGE_PAGES as Word - 1);
    let memory: cap::Untyped =
        env.retype(all, ObjectBlueprint::Untyped { size_bits: MEMORY_BITS })?;
    // What follows is the next object of the memory that both were made of.
    let right: cap::LargePage = env.make()?;
    let ends = left.frame_get_address()? + LARGE;
    let begins = right.frame_get_address()?;
    holds(begins - ends == 1 << MEMORY_BITS, "the task's memory is between the witness's")?;
    Ok(([left, right], memory))
}
