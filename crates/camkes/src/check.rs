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
    let files = input.file_names()?;
    let mut loaded = camkes_lang::load(&input.load_options()?);
    if let Some(depfile) = &input.depfile {
        let rule = loaded.dependency_rule(&depfile.with_extension(""));
        std::fs::write(depfile, rule)
            .map_err(|error| format!("--depfile: can't write {}: {error}", depfile.display()))?;
    }
    let incomplete = loaded.has_errors();
    if input.strict {
        camkes_check::promote_warnings(&mut loaded.diagnostics);
    }
    if let Some(model) = &loaded.model {
        let options = camkes_check::Options {
            strict: input.strict,
            incomplete,
            files,
        };
        loaded
            .diagnostics
            .extend(camkes_check::check(model, &options));
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
    if loaded.has_errors() {
        Outcome::Bad
    } else {
        Outcome::Good
    }
}

/// Shows all diagnostics on standard error, and a line that sums them up.
pub fn show(loaded: &Loaded) {
    let color = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    // The worst last: that is what one sees first in a terminal.
    let mut diagnostics: Vec<&Diagnostic> = loaded.diagnostics.iter().collect();
    diagnostics.sort_by_key(|diagnostic| Reverse(diagnostic.severity));
    for diagnostic in diagnostics {
        eprintln!("{}", diagnostic.render(&loaded.sources, color));
    }
    eprintln!("{}", summary(loaded));
}

/// How many diagnostics of a severity there are.
pub fn count(diagnostics: &[Diagnostic], severity: Severity) -> usize {
    diagnostics
        .iter()
        .filter(|d| d.severity == severity)
        .count()
}

fn summary(loaded: &Loaded) -> String {
    let number = |severity, one: &str| match count(&loaded.diagnostics, severity) {
        1 => format!("1 {one}"),
        n => format!("{n} {one}s"),
    };
    let size = match &loaded.model {
        Some(model) => format!(
            "{} instances, {} connections: ",
            model.instances.len(),
            model.connections.len()
        ),
        None => String::new(),
    };
    format!(
        "{size}{}, {}, {}",
        number(Severity::Error, "error"),
        number(Severity::Warning, "warning"),
        number(Severity::Note, "note")
    )
}
