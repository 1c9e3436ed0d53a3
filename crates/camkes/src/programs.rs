//! `camkes programs`: which component types need a program, and which files say so.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use camkes_lang::Model;

use crate::arguments::Programs;
use crate::{Outcome, check, print};

/// Prints a line `program <type>` for each component type that has a program of its own in the
/// system, a line `instance <name> <type>` for each instance, and a line `file <path>` for each file
/// that was read. Connections that can't be made are errors.
///
/// # Errors
///
/// As for [`check::load`].
pub fn run(options: &Programs) -> Result<Outcome, String> {
    let mut loaded = check::load(&options.input)?;
    if let Some(model) = &loaded.model {
        loaded.diagnostics.extend(camkes_assemble::connectors::check(model));
    }
    if loaded.has_errors() {
        check::show(&loaded);
    }
    let mut text = String::new();
    if let Some(model) = &loaded.model {
        for name in types(model) {
            // Writing to a string can't fail.
            let _ = writeln!(text, "program {name}");
        }
        for id in model.instance_ids() {
            let _ = writeln!(text, "instance {} {}", model[id].name, model.component_of(id).name);
        }
    }
    for file in &loaded.dependencies {
        let _ = writeln!(text, "file {}", file.display());
    }
    print(&text);
    Ok(check::outcome(&loaded))
}

/// The types of all instances that run code, sorted.
fn types(model: &Model) -> BTreeSet<&str> {
    let run = model.instance_ids().filter(|id| camkes_assemble::needs_program(model, *id));
    run.map(|id| model.component_of(id).name.as_str()).collect()
}
