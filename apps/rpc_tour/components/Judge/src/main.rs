//! Gives the examiners their turns, and counts their verdicts.

#![cfg_attr(target_os = "none", no_std, no_main)]

extern crate alloc;

use alloc::vec::Vec;

use component::{Caller, Reply, SavedReply, println};

component::include_interfaces!();

struct Judge {
    examiners: i64,
    turn: u32,
    waiting: Vec<SavedReply<()>>,
    passed: usize,
    failed: usize,
}

impl Component for Judge {
    fn new(interfaces: Interfaces) -> Self {
        let examiners = interfaces.attributes.examiners;
        Self { examiners, turn: 1, waiting: Vec::new(), passed: 0, failed: 0 }
    }

    fn verdicts_begin(&mut self, caller: Caller, reply: Reply<'_, ()>) {
        match caller.number() == self.turn {
            true => reply.send(()),
            // It waits until the others are done, and the judge goes on.
            false => self.waiting.push(reply.save()),
        }
    }

    fn verdicts_report(&mut self, caller: Caller, name: &str, failure: &str) {
        let examiner = caller.name().split('.').next().unwrap_or_default();
        if failure.is_empty() {
            self.passed += 1;
            println!("tour {examiner}: {name} ... ok");
        } else {
            self.failed += 1;
            println!("tour {examiner}: {name} ... FAILED: {failure}");
        }
    }

    fn verdicts_end(&mut self, _: Caller) {
        self.turn += 1;
        let next = self.waiting.iter().position(|reply| reply.caller().number() == self.turn);
        if let Some(index) = next {
            self.waiting.swap_remove(index).send(());
        }
        if i64::from(self.turn) > self.examiners {
            println!("{} passed, {} failed", self.passed, self.failed);
        }
    }
}

component::main!(Judge);
