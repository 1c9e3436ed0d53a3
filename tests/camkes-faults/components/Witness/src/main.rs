//! Waits in a call that never gets an answer.

#![cfg_attr(target_os = "none", no_std, no_main)]

extern crate alloc;

use alloc::format;

component::include_interfaces!();

struct Witness(Interfaces);

impl Component for Witness {
    fn new(interfaces: Interfaces) -> Self {
        Self(interfaces)
    }

    fn run(&mut self) {
        let outcome = format!("{:?}", self.0.victim.wait());
        self.0.testimony.tell(&outcome).unwrap();
    }
}

component::main!(Witness);
