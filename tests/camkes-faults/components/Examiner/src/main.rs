//! Has its servers fault, and looks what their clients get.

#![cfg_attr(target_os = "none", no_std, no_main)]

extern crate alloc;

use alloc::string::String;
use core::fmt::Debug;

use component::{CallError, Caller, println};

component::include_interfaces!();

struct Examiner {
    interfaces: Interfaces,
    /// What became of the calls of the two witnesses.
    outcomes: [String; 2],
    passed: u32,
    failed: u32,
}

impl Component for Examiner {
    fn new(interfaces: Interfaces) -> Self {
        Self { interfaces, outcomes: Default::default(), passed: 0, failed: 0 }
    }

    fn testimony_tell(&mut self, caller: Caller, outcome: &str) {
        self.outcomes[caller.index()] = outcome.into();
        self.interfaces.told.post();
    }

    fn run(&mut self) {
        let Interfaces { steady, restarted, halted, told, .. } = self.interfaces;
        let lost = CallError::ServerRestarted;
        let gone = CallError::ServerGone;

        self.same("a server counts", (steady.count(), steady.count()), (Ok(1), Ok(2)));
        self.same("so does another", (restarted.count(), restarted.count()), (Ok(1), Ok(2)));
        self.same("a call that reads address 0", restarted.read_null(), Err(lost));
        self.wait(told);
        self.same("a call that waited meanwhile", self.outcomes[0].clone(), "Err(ServerRestarted)");
        self.same("after the restart it counts anew", restarted.count(), Ok(1));
        self.same("a call that panics", restarted.panic("as it was told"), Err(lost));
        self.same("a call that never returns", restarted.recurse(0), Err(lost));
        self.same("a call that jumps astray", restarted.jump_astray(), Err(lost));
        self.same("its state is forgotten each time", restarted.count(), Ok(1));
        self.same("too many restarts", restarted.read_null(), Err(gone));
        self.same("all calls after that", restarted.count(), Err(gone));

        self.same("a server that may not restart", halted.panic("for good"), Err(gone));
        self.wait(told);
        self.same("a call that waited for it", self.outcomes[1].clone(), "Err(ServerGone)");
        self.same("it is gone", halted.count(), Err(gone));
        self.same("the first server goes on", steady.count(), Ok(3));

        println!("{} passed, {} failed", self.passed, self.failed);
    }
}

impl Examiner {
    fn same<T: PartialEq<U> + Debug, U: Debug>(&mut self, check: &str, found: T, expected: U) {
        if found == expected {
            self.passed += 1;
            println!("fault: {check} ... ok");
        } else {
            self.failed += 1;
            println!("fault: {check} ... FAILED: found {found:?}, expected {expected:?}");
        }
    }
}

component::main!(Examiner);
