//! The time server: the timers of all clients are in one queue, and the comparator of the Arm
//! generic timer is set to the first of them. While no timer is set it is off.

#![cfg_attr(target_os = "none", no_std, no_main)]

extern crate alloc;

use alloc::vec::Vec;
use core::num::NonZeroU32;

use component::{Caller, Emitter, Provided};
use timer_queue::queue::{Config, TimerError};
use timer_queue::server::{self, Comparator};

component::include_interfaces!();

/// The board's timer.
struct GenericTimer(generic_timer::Comparator);

impl Comparator for GenericTimer {
    fn count(&self) -> u64 {
        generic_timer::count()
    }

    fn compare(&mut self, count: Option<u64>) {
        self.0.compare(count);
    }

    fn compared(&self) -> Option<u64> {
        generic_timer::compared()
    }
}

struct TimeServer {
    clients: Provided,
    everybody: Emitter,
    timers: server::TimeServer<GenericTimer>,
}

/// What the queue knows a client by.
fn badge(caller: Caller) -> u64 {
    caller.index() as u64
}

/// The result of a call, for the client.
fn code(caller: Caller, result: Result<(), TimerError>) -> i32 {
    if let Err(error) = &result {
        component::log::debug!("{}: {error}", caller.name());
    }
    server::code(result)
}

impl TimeServer {
    fn completed(&mut self, caller: Caller, first: i32) -> u32 {
        self.timers.completed_from(badge(caller), first).unwrap_or(0)
    }
}

impl Component for TimeServer {
    fn new(interfaces: Interfaces) -> Self {
        let Interfaces { the_timer, timer_notification, attributes, runtime, .. } = interfaces;
        let name = runtime.name();
        let set = attributes.timers_per_client;
        let set = set.unwrap_or_else(|| panic!("{name}.timers_per_client is not set"));
        let badges: Vec<u64> = the_timer.clients().map(badge).collect();
        // A number that is none for this is refused as too large.
        let timers_per_client = usize::try_from(set).unwrap_or(usize::MAX);
        let config = Config { badges: &badges, timers_per_client };
        let frequency = NonZeroU32::new(generic_timer::frequency());
        let frequency =
            frequency.expect("the firmware didn't set the timer's frequency, CNTFRQ_EL0");
        let comparator = GenericTimer(generic_timer::Comparator::new());
        let timers = server::TimeServer::new(comparator, frequency, config);
        let timers = timers.unwrap_or_else(|error| panic!("{name}: {error}"));
        Self { clients: the_timer, everybody: timer_notification, timers }
    }

    fn hwtimer_irq_handle(&mut self) {
        let Self { clients, everybody, timers } = self;
        let mut any = false;
        timers.interrupt(|badge| {
            let index = usize::try_from(badge).unwrap_or(usize::MAX);
            any |= clients.client(index).is_some_and(|client| client.notify());
        });
        if any {
            everybody.emit();
        }
    }

    fn the_timer_completed(&mut self, caller: Caller) -> u32 {
        self.completed(caller, 0)
    }

    fn the_timer_completed_from(&mut self, caller: Caller, first: i32) -> u32 {
        self.completed(caller, first)
    }

    fn the_timer_periodic(&mut self, caller: Caller, tid: i32, ns: u64) -> i32 {
        code(caller, self.timers.periodic(badge(caller), tid, ns))
    }

    fn the_timer_oneshot_absolute(&mut self, caller: Caller, tid: i32, ns: u64) -> i32 {
        code(caller, self.timers.oneshot_absolute(badge(caller), tid, ns))
    }

    fn the_timer_oneshot_relative(&mut self, caller: Caller, tid: i32, ns: u64) -> i32 {
        code(caller, self.timers.oneshot_relative(badge(caller), tid, ns))
    }

    fn the_timer_stop(&mut self, caller: Caller, tid: i32) -> i32 {
        code(caller, self.timers.stop(badge(caller), tid))
    }

    fn the_timer_expiry(&mut self, caller: Caller, tid: i32) -> (i32, u64, u64, u64) {
        match self.timers.expired(badge(caller), tid) {
            Ok(expired) => (0, expired.due, expired.late, expired.count),
            Err(error) => (error.errno(), 0, 0, 0),
        }
    }

    fn the_timer_time(&mut self, _: Caller) -> u64 {
        self.timers.time()
    }
}

component::main!(TimeServer);
