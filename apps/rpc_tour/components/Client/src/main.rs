//! A client: calls with every kind of parameter.

#![cfg_attr(target_os = "none", no_std, no_main)]

extern crate alloc;

use alloc::string::ToString;
use alloc::vec::Vec;

use component::CallError;
use exam::Exam;

component::include_interfaces!();

struct Client(Interfaces);

impl Component for Client {
    fn new(interfaces: Interfaces) -> Self {
        Self(interfaces)
    }

    fn run(&mut self) {
        let Interfaces { verdicts, first, second, bulk, .. } = &self.0;
        let exam = Exam(|check: &str, failure: &str| verdicts.report(check, failure).unwrap());
        verdicts.begin().unwrap();

        exam.same("numbers of 64 bits", first.add(i64::MAX - 1, 1), Ok(i64::MAX));
        exam.same("a result and an out parameter", first.divide(-7, 2), Ok((-3, -1)));
        exam.same("an inout parameter", first.twice(1 << 62), Ok(1 << 63));
        exam.same("small numbers", first.is_between(1, -1, b'a'), Ok(false));
        exam.same("fractions", first.halve(0.5), Ok(0.25));
        exam.same("text", first.greet("Zoë"), Ok("Hello Zoë, client 1".to_string()));
        exam.same("the client's number", first.who(), Ok(1));
        exam.same("another client's number", second.who(), Ok(42));
        let long = "x".repeat(2000);
        exam.same(
            "a text too long for a message",
            first.greet(&long),
            Err(CallError::ArgumentsTooLong),
        );

        let values: Vec<i32> = (0..1000).rev().collect();
        let sorted: Vec<i32> = (0..1000).collect();
        exam.same("an array in shared memory", bulk.sort(&values), Ok(sorted));
        exam.same(
            "an array by reference",
            bulk.sum(&[1, 2, u64::from(u32::MAX)]),
            Ok(0x1_0000_0002),
        );

        verdicts.end().unwrap();
    }
}

component::main!(Client);
