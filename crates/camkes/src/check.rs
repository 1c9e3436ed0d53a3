//! `camkes check`.

use std::cmp::Reverse;
use std::io::IsTerminal as _;

use camkes_lang::{Diagnostic, Loaded, Severity};

use crate::arguments::{Check, Input};
use crate::{Outcome, json, print};

/// Reads a system and finds everything that is wrong with it.
///
/// # Errors
///
/// When a file or platform that the command line names doesn't exist, or the dependency rule can't
/// be written.
pub fn load(input: &Input) -> Result<Loaded, String> {
    let loaded = resolve(input)?;
    write_dependencies(input, &loaded)?;
    Ok(loaded)
}

/// Writes the rule for make or ninja, if one is wanted.
///
/// # Errors
///
/// When the file can't be written.
pub fn write_dependencies(input: &Input, loaded: &Loaded) -> Result<(), String> {
    let Some(depfile) = &input.depfile else {
        return Ok(());
    };
    let rule = loaded.dependency_rule(&depfile.with_extension(""));
    std::fs::write(depfile, rule)
        .map_err(|error| format!("--depfile: can't write {}: {error}", depfile.display()))
}

/// Like [`load`], without the dependency rule.
///
/// # Errors
///
/// When a file or platform that the command line names doesn't exist.
pub fn resolve(input: &Input) -> Result<Loaded, String> {
    let files = input.file_names()?;
    let mut loaded = camkes_lang::load(&input.load_options()?);
    let incomplete = loaded.has_errors();
    if input.strict {
        camkes_check::promote_warnings(&mut loaded.diagnostics);
    }
    if let Some(model) = &loaded.model {
        let options = camkes_check::Options { strict: input.strict, incomplete, files };
        loaded.diagnostics.extend(camkes_check::check(model, &options));
    }
    Ok(loaded)
}

pub fn run(options: &Check) -> Result<Outcome, String> {
    let loaded = load(&options.input)?;
    if options.json {
        print(&json::report(&options.input.file, &loaded));
    } else {
        show(&loaded);
    }
    Ok(outcome(&loaded))
}

/// Errors fail, warnings and notes don't.
pub fn outcome(loaded: &Loaded) -> Outcome {
    if loaded.has_errors() { Outcome::Bad } else { Outcome::Good }
}

/// Of each severity. One mistake in a macro can have thousands of consequences.
const MOST_SHOWN: usize = 50;

/// Shows warnings and errors. Notes are for those who ask `camkes check`, and not for each build.
pub fn show_problems(loaded: &Loaded) {
    let notes = |diagnostic: &&Diagnostic| diagnostic.severity != Severity::Note;
    let color = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    for diagnostic in loaded.diagnostics.iter().filter(notes).take(MOST_SHOWN) {
        eprintln!("{}", diagnostic.render(&loaded.sources, color));
    }
    eprintln!("{}", summary(loaded));
}

/// Shows the diagnostics on standard error, and a line that sums them up.
pub fn show(loaded: &Loaded) {
    let color = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    // The worst last: that is what one sees first in a terminal.
    let mut diagnostics: Vec<&Diagnostic> = loaded.diagnostics.iter().collect();
    diagnostics.sort_by_key(|diagnostic| Reverse(diagnostic.severity));
    for same in diagnostics.chunk_by(|a, b| a.severity == b.severity) {
        let (shown, left) = same.split_at(same.len().min(MOST_SHOWN));
        for diagnostic in shown {
            eprintln!("{}", diagnostic.render(&loaded.sources, color));
        }
        if let Some(first) = left.first() {
            eprintln!(
                "... and {}; `camkes check --json` lists all\n",
                several(left.len(), &format!("more {}", first.severity.name()))
            );
        }
    }
    eprintln!("{}", summary(loaded));
}

/// How many diagnostics of a severity there are.
pub fn count(diagnostics: &[Diagnostic], severity: Severity) -> usize {
    diagnostics.iter().filter(|d| d.severity == severity).count()
}

fn summary(loaded: &Loaded) -> String {
    let number =
        |severity: Severity| several(count(&loaded.diagnostics, severity), severity.name());
    let size = match &loaded.model {
        Some(model) => format!(
            "{}, {}: ",
            several(model.instances.len(), "instance"),
            several(model.connections.len(), "connection")
        ),
        None => String::new(),
    };
    format!(
        "{size}{}, {}, {}",
        number(Severity::Error),
        number(Severity::Warning),
        number(Severity::Note)
    )
}

/// `1 error`, `2 errors`.
fn several(number: usize, one: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {one}{plural}")
}
