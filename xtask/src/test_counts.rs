//! Reads the sums that test runners print.

/// The sums of one run.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Tests that passed.
    pub passed: usize,
    /// Tests that failed.
    pub failed: usize,
    /// Tests that were left out.
    pub skipped: usize,
}

/// The sum that cargo-nextest prints: `Summary [ 1.2s] 30 tests run: 29 passed, 1 failed, 2 skipped`.
pub fn of_nextest(output: &str) -> Option<Counts> {
    let line = output
        .lines()
        .rfind(|line| line.trim_start().starts_with("Summary [") && line.contains(" run:"))?;
    let (_, sums) = line.split_once(" run:")?;
    // `29 passed (1 slow, 2 leaky)`: what is in brackets is counted already.
    let mut plain = String::new();
    let mut depth = 0;
    for character in sums.chars() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ if depth == 0 => plain.push(character),
            _ => {}
        }
    }
    Some(add_up(Counts::default(), plain.split(',')))
}

/// The sums of all `test result:` lines that `cargo test` prints.
pub fn of_libtest(output: &str) -> Option<Counts> {
    let mut lines = output.lines().filter_map(|line| line.strip_prefix("test result: ")).peekable();
    lines.peek()?;
    let sums = lines.map(|line| line.split_once(". ").map_or("", |(_, sums)| sums));
    Some(sums.fold(Counts::default(), |counts, sums| add_up(counts, sums.split(';'))))
}

fn add_up<'a>(mut counts: Counts, sums: impl Iterator<Item = &'a str>) -> Counts {
    for sum in sums {
        let mut words = sum.split_whitespace();
        let Some(number) = words.next().and_then(|word| word.parse::<usize>().ok()) else {
            continue;
        };
        match words.collect::<Vec<_>>().as_slice() {
            ["passed"] => counts.passed += number,
            ["failed" | "timed", ..] => counts.failed += number,
            ["skipped" | "ignored"] => counts.skipped += number,
            _ => {}
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nextest_sums() {
        let output = "  PASS [ 0.1s] a\n     Summary [   0.480s] 36 tests run: 33 passed (1 slow), 2 failed, 1 timed out, 4 skipped\n FAIL\n";
        let counts = of_nextest(output).unwrap();
        assert_eq!((counts.passed, counts.failed, counts.skipped), (33, 3, 4));
        assert_eq!(of_nextest("error: could not compile"), None);
    }

    #[test]
    fn libtest_sums_are_added() {
        let output = "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.43s\n\
                      running 2 tests\n\
                      test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out\n";
        let counts = of_libtest(output).unwrap();
        assert_eq!((counts.passed, counts.failed, counts.skipped), (4, 1, 1));
        assert_eq!(of_libtest("nothing here"), None);
    }
}
