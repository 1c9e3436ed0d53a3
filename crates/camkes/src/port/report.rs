//! The report of `camkes port-check`, for people and for programs.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::json;

use super::{Finding, Verdict};

const VERDICTS: [Verdict; 4] =
    [Verdict::Port, Verdict::Change, Verdict::Unsupported, Verdict::Works];

/// The report as text, the work first.
pub fn text(folder: &Path, findings: &[Finding]) -> String {
    let mut out = String::new();
    // Writing to a string can't fail.
    let _ = writeln!(out, "{}: {}", folder.display(), summary(findings));
    for verdict in VERDICTS {
        let mut section = findings.iter().filter(|f| f.verdict == verdict).peekable();
        if section.peek().is_none() {
            continue;
        }
        let _ = writeln!(out, "\n{}:", verdict.heading());
        if verdict == Verdict::Works {
            works(&mut out, findings);
            continue;
        }
        for finding in section {
            let line = if finding.line == 0 { String::new() } else { format!(":{}", finding.line) };
            let _ = writeln!(out, "  {}{line}: {}", finding.path.display(), finding.what);
            let _ = writeln!(out, "      {}", finding.how);
        }
    }
    out
}

/// What works needs no explanation: one line for each file.
fn works(out: &mut String, findings: &[Finding]) {
    let mut files: Vec<(&Path, Vec<&str>)> = Vec::new();
    for finding in findings.iter().filter(|f| f.verdict == Verdict::Works) {
        match files.last_mut() {
            Some((path, what)) if *path == finding.path => {
                if !what.contains(&finding.what.as_str()) {
                    what.push(&finding.what);
                }
            }
            _ => files.push((&finding.path, vec![&finding.what])),
        }
    }
    for (path, what) in files {
        let _ = writeln!(out, "  {}: {}", path.display(), what.join("; "));
    }
}

fn summary(findings: &[Finding]) -> String {
    let count = |verdict| findings.iter().filter(|f| f.verdict == verdict).count();
    let (port, change, none) =
        (count(Verdict::Port), count(Verdict::Change), count(Verdict::Unsupported));
    if port + change + none == 0 {
        "everything works as it is".to_owned()
    } else {
        format!("{port} to port, {change} to change, {none} without a counterpart")
    }
}

/// The report as JSON, schema 1.
pub fn json(folder: &Path, findings: &[Finding]) -> String {
    let report = json!({
        "schema": 1,
        "folder": folder,
        "summary": summary(findings),
        "findings": findings,
    });
    let mut text = serde_json::to_string_pretty(&report).unwrap_or_default();
    text.push('\n');
    text
}
