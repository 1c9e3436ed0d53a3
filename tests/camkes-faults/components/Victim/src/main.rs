//! A server that does what no server should.

#![cfg_attr(target_os = "none", no_std, no_main)]
// It faults on purpose.
#![allow(unsafe_code)]

extern crate alloc;

use alloc::vec::Vec;
use core::hint::black_box;

use component::{Caller, Reply, SavedReply};

component::include_interfaces!();

#[derive(Default)]
struct Victim {
    count: i32,
    waiting: Vec<SavedReply<()>>,
}

impl Component for Victim {
    fn new(_: Interfaces) -> Self {
        Self::default()
    }

    fn misdeeds_count(&mut self, _: Caller) -> i32 {
        self.count += 1;
        self.count
    }

    fn misdeeds_read_null(&mut self, _: Caller) -> u32 {
        // SAFETY: nothing is mapped at address 0, so this never returns.
        unsafe { black_box(core::ptr::null::<u32>()).read_volatile() }
    }

    fn misdeeds_jump_astray(&mut self, _: Caller) {
        // SAFETY: nothing is mapped at this address, so this never returns.
        let astray: extern "C" fn() = unsafe { core::mem::transmute(0x10_0000_usize) };
        black_box(astray)();
    }

    fn misdeeds_panic(&mut self, _: Caller, reason: &str) {
        panic!("{reason}");
    }

    fn misdeeds_recurse(&mut self, _: Caller, depth: i32) -> i32 {
        recurse(depth)
    }

    fn others_wait(&mut self, _: Caller, reply: Reply<'_, ()>) {
        self.waiting.push(reply.save());
    }
}

/// Ends when the stack does.
fn recurse(depth: i32) -> i32 {
    if black_box(depth) < 0 {
        return depth;
    }
    let deeper = recurse(black_box(depth + 1));
    black_box([depth; 64]).iter().sum::<i32>().wrapping_add(deeper)
}

component::main!(Victim);
