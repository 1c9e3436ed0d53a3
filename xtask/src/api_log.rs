//! What an on-target test image prints: one line for each test, a sum, and the sentinel.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};

/// The result of one test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It passed.
    Passed,
    /// It failed, for this reason.
    Failed(String),
    /// It doesn't apply to this kernel, for this reason.
    Skipped(String),
}

/// One test of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The name, which the other kernel's log has as well.
    pub name: String,
    /// The result.
    pub verdict: Verdict,
}

/// The tests of one run, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiLog {
    /// All tests that printed a line.
    pub cases: Vec<Case>,
}

impl ApiLog {
    /// Reads a transcript.
    ///
    /// # Errors
    /// If the sum at its end is missing or isn't that of the lines: a test was lost.
    pub fn parse(lines: &[String]) -> Result<Self> {
        let cases: Vec<Case> = lines.iter().filter_map(|line| parse_case(line)).collect();
        let sum = lines
            .iter()
            .find_map(|line| line.strip_prefix("kernel-api: "))
            .context("the image didn't print `kernel-api: N passed, N failed`")?;
        let log = Self { cases };
        let (passed, failed) = (log.count(is_passed), log.count(is_failed));
        let expected = format!("{passed} passed, {failed} failed");
        if !sum.starts_with(&expected) {
            bail!("the image says `{sum}`, its lines say `{expected}`");
        }
        if log.cases.is_empty() {
            bail!("the image ran no test");
        }
        Ok(log)
    }

    /// The number of tests whose verdict fits.
    pub fn count(&self, fits: fn(&Verdict) -> bool) -> usize {
        self.cases.iter().filter(|case| fits(&case.verdict)).count()
    }

    /// The tests whose lines differ between two kernels, in the order of the names.
    pub fn differences(&self, other: &Self) -> Vec<Difference> {
        let lines = |log: &Self| -> BTreeMap<String, String> {
            let line = |case: &Case| (case.name.clone(), case.verdict.to_string());
            log.cases.iter().map(line).collect()
        };
        let (left, right) = (lines(self), lines(other));
        let mut names: Vec<_> = left.keys().chain(right.keys()).cloned().collect();
        names.sort();
        names.dedup();
        let difference = |name: String| {
            let absent = || "(no such test)".to_owned();
            let one = left.get(&name).cloned().unwrap_or_else(absent);
            let other = right.get(&name).cloned().unwrap_or_else(absent);
            (one != other).then_some(Difference { name, one, other })
        };
        names.into_iter().filter_map(difference).collect()
    }
}

/// A test with different lines on two kernels.
#[derive(Debug, PartialEq, Eq)]
pub struct Difference {
    /// The test.
    pub name: String,
    /// What the first kernel's log says.
    pub one: String,
    /// What the second kernel's log says.
    pub other: String,
}

/// The lines of the tests and their sum, as the image prints them.
impl std::fmt::Display for ApiLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for Case { name, verdict } in &self.cases {
            writeln!(f, "test {name} ... {verdict}")?;
        }
        let (passed, failed) = (self.count(is_passed), self.count(is_failed));
        writeln!(f, "kernel-api: {passed} passed, {failed} failed")
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Passed => write!(f, "ok"),
            Self::Failed(reason) => write!(f, "FAILED: {reason}"),
            Self::Skipped(reason) => write!(f, "skipped: {reason}"),
        }
    }
}

/// Whether a test passed.
pub fn is_passed(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Passed)
}

/// Whether a test failed.
pub fn is_failed(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Failed(_))
}

fn parse_case(line: &str) -> Option<Case> {
    let (name, result) = line.strip_prefix("test ")?.split_once(" ... ")?;
    let verdict = if result == "ok" {
        Verdict::Passed
    } else if let Some(reason) = result.strip_prefix("skipped: ") {
        Verdict::Skipped(reason.to_owned())
    } else {
        let reason = result.strip_prefix("FAILED: ").unwrap_or(result);
        Verdict::Failed(reason.to_owned())
    };
    Some(Case { name: name.to_owned(), verdict })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    const GOOD: &str = "booting\ntest a ... ok\n<<seL4: noise>>\ntest b ... FAILED: got 3\n\
                        test c ... skipped: no debug calls\nkernel-api: 1 passed, 1 failed\n";

    #[test]
    fn a_log_is_read() {
        let log = ApiLog::parse(&lines(GOOD)).unwrap();
        assert_eq!(log.cases.len(), 3);
        assert_eq!(log.count(is_passed), 1);
        assert!(
            matches!(&log.cases[2].verdict, Verdict::Skipped(reason) if reason == "no debug calls")
        );
        assert_eq!(log.cases[1].verdict, Verdict::Failed("got 3".to_owned()));
    }

    #[test]
    fn a_log_can_be_saved_and_read() {
        let log = ApiLog::parse(&lines(GOOD)).unwrap();
        assert_eq!(ApiLog::parse(&lines(&log.to_string())).unwrap(), log);
    }

    #[test]
    fn a_lost_test_is_noticed() {
        let error = |text: &str| ApiLog::parse(&lines(text)).unwrap_err().to_string();
        assert_eq!(
            error("test a ... ok\nkernel-api: 2 passed, 0 failed\n"),
            "the image says `2 passed, 0 failed`, its lines say `1 passed, 0 failed`"
        );
        assert!(error("test a ... ok\n").starts_with("the image didn't print"));
        assert_eq!(error("kernel-api: 0 passed, 0 failed"), "the image ran no test");
        // Neither ok nor a known form: never counted as passed.
        assert!(
            error("test a ... o\nkernel-api: 1 passed, 0 failed\n").contains("0 passed, 1 failed")
        );
    }

    #[test]
    fn differences_name_both_sides() {
        let one = ApiLog::parse(&lines(GOOD)).unwrap();
        let other =
            ApiLog::parse(&lines("test b ... ok\ntest a ... ok\nkernel-api: 2 passed, 0 failed\n"))
                .unwrap();
        assert!(one.differences(&one).is_empty());
        let found = one.differences(&other);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].name, "b");
        assert_eq!((found[0].one.as_str(), found[0].other.as_str()), ("FAILED: got 3", "ok"));
        assert_eq!(found[1].other, "(no such test)");
    }
}
