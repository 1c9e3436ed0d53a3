//! What the user sees while something happens: one line per step on standard error.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// Prints one line of the form `topic: text`.
pub fn say(topic: &str, text: &str) {
    eprintln!("{topic:>9}: {text}");
}

/// A step that takes a while: announced, timed, and kept visibly alive on a terminal.
pub struct Step {
    topic: String,
    text: String,
    started: Instant,
    terminal: bool,
    shown: u64,
}

impl Step {
    /// Announces the step.
    pub fn start(topic: &str, text: impl Into<String>) -> Self {
        let text = text.into();
        let terminal = std::io::stderr().is_terminal();
        if terminal {
            eprint!("{topic:>9}: {text} ...");
        } else {
            eprintln!("{topic:>9}: {text} ...");
        }
        Self { topic: topic.to_owned(), text, started: Instant::now(), terminal, shown: 0 }
    }

    /// Shows the elapsed seconds on a terminal; call it often.
    pub fn tick(&mut self) {
        let seconds = self.started.elapsed().as_secs();
        if self.terminal && seconds > self.shown {
            self.shown = seconds;
            eprint!("\r{:>9}: {} ... {seconds} s", self.topic, self.text);
            // Nothing depends on this line: a closed standard error isn't a failure.
            let _ = std::io::stderr().flush();
        }
    }

    /// Ends the step with its result (`done`, `failed`) and the time that it took.
    pub fn finish(self, result: &str) {
        let line = format!(
            "{:>9}: {}: {result} ({})",
            self.topic,
            self.text,
            seconds(self.started.elapsed())
        );
        if self.terminal {
            eprintln!("\r\x1b[K{line}");
        } else {
            eprintln!("{line}");
        }
    }
}

/// A duration for people: `0.3 s`, `14 s`.
pub fn seconds(duration: Duration) -> String {
    if duration.as_secs() < 10 {
        format!("{:.1} s", duration.as_secs_f64())
    } else {
        format!("{} s", duration.as_secs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_short() {
        assert_eq!(seconds(Duration::from_millis(320)), "0.3 s");
        assert_eq!(seconds(Duration::from_millis(14_900)), "14 s");
    }
}
