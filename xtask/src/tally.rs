//! Counts what passed, failed and was skipped, and says so at the end.

use anyhow::Result;

use crate::progress::say;

/// The sums of a test run.
#[derive(Debug, Default)]
pub struct Tally {
    passed: usize,
    failures: Vec<String>,
    /// Failures that share a name with another one.
    more_failures: usize,
    skipped: usize,
    skips: Vec<String>,
}

impl Tally {
    /// Counts one check by its result; a failure is shown at once.
    pub fn check(&mut self, name: &str, result: Result<()>) {
        match result {
            Ok(()) => self.passed += 1,
            Err(error) => self.fail(name, &format!("{error:#}")),
        }
    }

    /// Counts one failure and shows it.
    pub fn fail(&mut self, name: &str, reason: &str) {
        eprintln!("{reason}");
        say("test", &format!("FAILED: {name}"));
        self.failures.push(name.to_owned());
    }

    /// Counts `count` failures of one test program, of which `reason` tells.
    pub fn fail_many(&mut self, count: usize, name: &str, reason: &str) {
        self.fail(name, reason);
        self.more_failures += count.saturating_sub(1);
    }

    /// Counts `count` tests that passed.
    pub fn pass(&mut self, count: usize) {
        self.passed += count;
    }

    /// Counts `count` tests that couldn't run, with their common reason.
    pub fn skip(&mut self, count: usize, name: &str, reason: &str) {
        if count > 0 {
            self.skipped += count;
            self.skips.push(format!("{name}: {reason}"));
        }
    }

    /// Prints what was skipped, what failed and the sums; returns whether nothing failed.
    pub fn finish(&self) -> bool {
        for line in &self.skips {
            say("test", &format!("skipped: {line}"));
        }
        for name in &self.failures {
            say("test", &format!("failed: {name}"));
        }
        println!("{}", self.closing_line());
        self.failures.is_empty()
    }

    fn closing_line(&self) -> String {
        format!(
            "{} passed, {} failed, {} skipped",
            self.passed,
            self.failures.len() + self.more_failures,
            self.skipped
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::anyhow;

    #[test]
    fn the_closing_line_has_all_sums() {
        let mut tally = Tally::default();
        tally.pass(10);
        tally.check("good", Ok(()));
        tally.check("bad", Err(anyhow!("reason")));
        tally.fail_many(2, "many", "reasons");
        tally.skip(2, "boards", "none is connected");
        tally.skip(0, "nothing", "no reason");
        assert_eq!(tally.closing_line(), "11 passed, 3 failed, 2 skipped");
        assert_eq!(tally.skips, ["boards: none is connected"]);
        assert!(!tally.finish());
    }
}
