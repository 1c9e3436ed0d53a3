//! A server: each method is a function.

#![cfg_attr(target_os = "none", no_std, no_main)]

extern crate alloc;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use component::Caller;

component::include_interfaces!();

struct Calculator;

impl Component for Calculator {
    fn new(_: Interfaces) -> Self {
        Self
    }

    fn math_add(&mut self, _: Caller, a: i64, b: i64) -> i64 {
        a.wrapping_add(b)
    }

    fn math_divide(&mut self, _: Caller, dividend: i32, divisor: i32) -> (i32, i32) {
        let quotient = dividend.checked_div(divisor).unwrap_or(0);
        (quotient, dividend.checked_rem(divisor).unwrap_or(dividend))
    }

    fn math_twice(&mut self, _: Caller, value: u64) -> u64 {
        value.wrapping_mul(2)
    }

    fn math_is_between(&mut self, _: Caller, low: u8, value: i8, high: u8) -> bool {
        u8::try_from(value).is_ok_and(|value| low <= value && value <= high)
    }

    fn math_halve(&mut self, _: Caller, value: f64) -> f64 {
        value / 2.0
    }

    fn math_greet(&mut self, caller: Caller, name: &str) -> String {
        format!("Hello {name}, client {}", caller.number())
    }

    fn math_who(&mut self, caller: Caller) -> i32 {
        caller.number().try_into().unwrap_or(-1)
    }

    fn bulk_sort(&mut self, _: Caller, values: &[i32]) -> Vec<i32> {
        let mut sorted = values.to_vec();
        sorted.sort_unstable();
        sorted
    }

    fn bulk_sum(&mut self, _: Caller, values: &[u64]) -> u64 {
        values.iter().fold(0, |sum, value| sum.wrapping_add(*value))
    }
}

component::main!(Calculator);
