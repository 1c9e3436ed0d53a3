//! Counting.

use core::fmt::Display;
use core::hint::black_box;

use kernel_api_tests::support::{Outcome, machine};
use sel4_root_task::debug_println;

/// How often an operation is repeated between two looks at the counter.
const REPEAT: u64 = 200;
/// How many such rounds there are. Their median has no tick of the kernel's timer in it.
const ROUNDS: usize = 9;

/// Prints how many instructions one `operation` takes, without the loop around it.
pub fn operation(name: &str, mut operation: impl FnMut()) {
    let empty = median(|| round(|| _ = black_box(0)));
    let full = median(|| round(&mut operation));
    print(name, full.saturating_sub(empty), REPEAT);
}

/// Prints how many instructions one of `count` operations takes that `batch` does all of.
/// `prepare` comes before each batch and isn't counted.
pub fn batch(
    name: &str, count: u64, mut prepare: impl FnMut() -> Outcome,
    mut batch: impl FnMut() -> Outcome,
) -> Outcome {
    let mut rounds = [0; ROUNDS];
    for counts in &mut rounds {
        prepare()?;
        let start = machine::counter();
        batch()?;
        *counts = machine::counter() - start;
    }
    rounds.sort_unstable();
    print(name, rounds[ROUNDS / 2], count);
    Ok(())
}

fn round(mut operation: impl FnMut()) -> u64 {
    let start = machine::counter();
    for _ in 0..REPEAT {
        operation();
    }
    machine::counter() - start
}

fn median(mut round: impl FnMut() -> u64) -> u64 {
    // The first one only fills tables that grow with use.
    round();
    let mut rounds: [u64; ROUNDS] = core::array::from_fn(|_| round());
    rounds.sort_unstable();
    rounds[ROUNDS / 2]
}

/// Prints what `operations` took together, as one of them.
pub fn print(name: impl Display, counts: u64, operations: u64) {
    let picoseconds = counts * (1_000_000_000 / machine::per_millisecond());
    // Rounded to the nearest.
    let nanoseconds = (picoseconds / operations + 500) / 1000;
    debug_println!("bench {name} {nanoseconds}");
}
