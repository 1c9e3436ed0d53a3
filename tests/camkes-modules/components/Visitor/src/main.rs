//! A component that rings at a guest. The guest says hello, with a 0, and is then rung at a hundred
//! times; each answer has to be one more than the ring's number.

#![cfg_attr(target_os = "none", no_std, no_main)]

extern crate alloc;

component::include_interfaces!();

/// Offsets in the page.
const NUMBER: usize = 0;
const ANSWER: usize = 8;
const RINGS: u32 = 100;

struct Visitor {
    interfaces: Interfaces,
    number: u32,
}

impl Component for Visitor {
    fn new(interfaces: Interfaces) -> Self {
        Self { interfaces, number: 0 }
    }

    fn run(&mut self) {}

    fn answer_handle(&mut self) {
        let Interfaces { page, ring, .. } = &self.interfaces;
        match page.load_acquire::<u32>(ANSWER).unwrap() {
            0 => self.number = 0,
            answer if answer == self.number + 1 => (),
            answer => panic!("the answer to {} was {answer}", self.number),
        }
        // The last ring has the number 0.
        self.number = if self.number < RINGS { self.number + 1 } else { 0 };
        page.store_release(NUMBER, self.number).unwrap();
        ring.emit();
    }
}

component::main!(Visitor);
