//! Damaged systems: whatever is missing or absurd, the checks answer with messages.
//!
//! The library's own fuzz targets look after the parser; here it is what comes behind it.

mod common;

use std::fs;
use std::path::Path;

/// Checks a changed text in the place of `file`, so that relative imports are found.
fn check(file: &Path, name: &str, text: &str) {
    let path = file.with_file_name(format!(".damaged-{name}-{}", std::process::id()));
    fs::write(&path, text).expect("the damaged system can be written");
    let loaded = common::load(&path);
    for diagnostic in &loaded.diagnostics {
        assert!(!diagnostic.render(&loaded.sources, false).is_empty());
    }
    fs::remove_file(&path).expect("the damaged system can be removed");
}

#[test]
fn missing_lines_never_panic() {
    for file in common::systems("good") {
        let text = fs::read_to_string(&file).expect("a system");
        let lines: Vec<&str> = text.lines().collect();
        for missing in (0..lines.len()).step_by(3) {
            let damaged: Vec<&str> = lines
                .iter()
                .enumerate()
                .filter(|(index, _)| *index != missing)
                .map(|(_, line)| *line)
                .collect();
            check(&file, "lines", &damaged.join("\n"));
        }
    }
}

/// Every number of every system is replaced by extreme ones.
#[test]
fn extreme_numbers_never_panic() {
    let extremes = ["0", "-1", "0x7fffffff", "0xffffffffffffffff", "0xfffffffffffff000"];
    let files = common::systems("good").into_iter().chain(common::systems("broken"));
    for (number, file) in files.enumerate() {
        let text = fs::read_to_string(&file).expect("a system");
        let extreme = extremes[number % extremes.len()];
        let mut damaged = String::new();
        let mut rest = text.as_str();
        while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
            let (before, from) = rest.split_at(at);
            damaged.push_str(before);
            let end = from.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(from.len());
            // Digits inside a name stay, or nothing would resolve.
            let in_name =
                before.chars().next_back().is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
            damaged.push_str(if in_name { &from[..end] } else { extreme });
            rest = &from[end..];
        }
        damaged.push_str(rest);
        check(&file, "numbers", &damaged);
    }
}
