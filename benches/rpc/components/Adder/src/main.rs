//! A server that does next to nothing.
#![cfg_attr(target_os = "none", no_std, no_main)]

use component::Caller;

component::include_interfaces!();

struct Adder;

impl Component for Adder {
    fn new(_: Interfaces) -> Self {
        Self
    }

    fn add_add(&mut self, _: Caller, a: i32, b: i32) -> i32 {
        a.wrapping_add(b)
    }

    fn add_length(&mut self, _: Caller, text: &str) -> i32 {
        i32::try_from(text.len()).unwrap_or(i32::MAX)
    }

    fn add_fill(&mut self, caller: Caller, count: i32) -> i32 {
        static BYTES: [u8; 0x1_0000] = [0x5a; 0x1_0000];
        let count = usize::try_from(count).unwrap_or(0).min(BYTES.len());
        match caller.buffer().map(|buffer| buffer.write(0, &BYTES[..count])) {
            Some(Ok(())) => i32::try_from(count).unwrap_or(-1),
            _ => -1,
        }
    }
}

component::main!(Adder);
