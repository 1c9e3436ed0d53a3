//! A client that sets a hundred timers, and says how each of them expired.

#![cfg_attr(target_os = "none", no_std, no_main)]

extern crate alloc;

component::include_interfaces!();

const CLIENTS: u64 = 10;
const TIMERS: i32 = 100;
const SPACING: u64 = 1_000_000;

struct Client {
    interfaces: Interfaces,
    base: u64,
}

impl Client {
    /// The position of one of its timers among those of all clients, in which neighbours are of
    /// different clients and were not set one after the other.
    fn position(&self, timer: i32) -> u64 {
        // The time server numbers its clients from 1.
        let client = u64::from(self.interfaces.timer.client_number()) - 1;
        let number = client + CLIENTS * u64::from(timer.unsigned_abs());
        // 387 and 1000 have no common divisor.
        number * 387 % 1000
    }

    fn expired(&self, timer: i32, seen: u64) {
        let Interfaces { timer: server, reports, .. } = &self.interfaces;
        let (code, due, late, count) = server.expiry(timer).unwrap();
        let position = self.position(timer);
        let as_expected = code == 0 && count == 1 && due == self.base + position * SPACING;
        let position = if as_expected { position } else { u64::MAX };
        reports.expired(position, due, late, seen).unwrap();
    }
}

impl Component for Client {
    fn new(interfaces: Interfaces) -> Self {
        Self { interfaces, base: 0 }
    }

    fn run(&mut self) {
        self.base = self.interfaces.reports.base().unwrap();
        for timer in 0..TIMERS {
            let due = self.base + self.position(timer) * SPACING;
            let code = self.interfaces.timer.oneshot_absolute(timer, due).unwrap();
            assert_eq!(code, 0, "timer {timer}");
        }
    }

    fn timer_notified(&mut self) {
        for first in (0..TIMERS).step_by(32) {
            let mask = self.interfaces.timer.completed_from(first).unwrap();
            let seen = component::counter();
            let fired = (0..32).filter(|bit| mask & 1 << bit != 0);
            fired.for_each(|bit| self.expired(first + bit, seen));
        }
    }
}

component::main!(Client);
