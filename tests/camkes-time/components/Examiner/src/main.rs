//! Looks whether the time server does what it says.

#![cfg_attr(target_os = "none", no_std, no_main)]

extern crate alloc;

mod counter;
mod own;

use alloc::vec::Vec;
use core::fmt::Debug;

use component::{Caller, println};
use counter::Origin;

component::include_interfaces!();

/// Timers of all clients together.
const TIMERS: usize = 1_000;
/// From the first question of a client to the first timer: enough to set all of them.
const HEAD_START: u64 = 2_000_000_000;

struct Report {
    position: u64,
    due: u64,
    late: u64,
    /// What the counter was at.
    seen: u64,
}

struct Examiner {
    interfaces: Interfaces,
    base: Option<u64>,
    reports: Vec<Report>,
    passed: u32,
    failed: u32,
}

impl Component for Examiner {
    fn new(interfaces: Interfaces) -> Self {
        Self { interfaces, base: None, reports: Vec::new(), passed: 0, failed: 0 }
    }

    fn reports_base(&mut self, _: Caller) -> u64 {
        let timer = self.interfaces.timer;
        *self.base.get_or_insert_with(|| timer.time().unwrap() + HEAD_START)
    }

    fn reports_expired(&mut self, _: Caller, position: u64, due: u64, late: u64, seen: u64) {
        self.reports.push(Report { position, due, late, seen });
        if self.reports.len() == TIMERS {
            self.interfaces.complete.post();
        }
    }

    fn run(&mut self) {
        let complete = self.interfaces.complete;
        self.wait(complete);
        self.all();
        self.clock();
        self.own();
        println!("{} passed, {} failed", self.passed, self.failed);
    }
}

impl Examiner {
    /// The timers of all clients.
    fn all(&mut self) {
        let mut reports = core::mem::take(&mut self.reports);
        reports.sort_by_key(|report| report.position);
        let each_once = (0..).zip(&reports).all(|(index, report)| report.position == index);
        self.same("each timer of each client expires once", each_once, true);
        // The server's clock may be wrong as well: what counts is the counter.
        let origin = Origin::of(&self.interfaces.timer);
        let errors: Vec<_> =
            reports.iter().map(|report| origin.error(report.due, report.seen)).collect();
        let early = errors.iter().filter(|error| error.is_none()).count();
        self.same("none is early, by the counter", early, 0);
        let noticed = |report: &Report| report.due + report.late;
        let ordered = reports.is_sorted_by_key(noticed);
        self.same("they expire in the order of their times", ordered, true);
        report("found by the server", reports.iter().map(|report| report.late));
        report("seen by the client, by the counter", errors.iter().flatten().copied());
        let doubt = origin.doubt();
        println!("time: the counter tells the server's time to {doubt} ns");
    }

    fn same<T: PartialEq + Debug>(&mut self, check: &str, found: T, expected: T) {
        if found == expected {
            self.passed += 1;
            println!("time: {check} ... ok");
        } else {
            self.failed += 1;
            println!("time: {check} ... FAILED: found {found:?}, expected {expected:?}");
        }
    }
}

/// Says how late timers were.
fn report(by: &str, late: impl Iterator<Item = u64> + Clone) {
    let (sum, count) = (late.clone().sum::<u64>(), late.clone().count());
    let average = sum / u64::try_from(count).unwrap_or(1).max(1);
    let most = late.max().unwrap_or_default();
    println!("time: {by}: {average} ns late on average, {most} ns at most");
}

component::main!(Examiner);
