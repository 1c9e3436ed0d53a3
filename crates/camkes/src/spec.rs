//! `camkes spec`.

use camkes_assemble::Options;
use camkes_assemble::output::{capdl, json, summary};
use system_spec::model::System;

use crate::arguments::{Parts, Spec};
use crate::assemble::{self, Source, write_file};
use crate::{Outcome, check, print};

pub fn run(options: &Spec) -> Result<Outcome, String> {
    let parts = &options.parts;
    let mut source = assemble::read(parts, &[])?;
    let heap_size = parts.default_heap_size;
    let system = source.assemble(Options { monitor: true, heap_size });
    let exported = match &options.json {
        Some(_) => source.assemble(Options { monitor: false, heap_size }),
        None => None,
    };
    check::write_dependencies(&parts.input, &source.loaded)?;
    check::show(&source.loaded);
    let Some(system) = system else {
        return Ok(Outcome::Bad);
    };
    write_texts(parts, &source, &system)?;
    if let Some(path) = &options.output {
        write_file(path, &system_spec::flat::encode(&system))?;
    }
    if let (Some(path), Some(folder)) = (&options.json, &options.fill_dir) {
        let Some(system) = exported else {
            return Ok(Outcome::Bad);
        };
        let export = json::export(&system, &source.kernel().geometry).map_err(|errors| {
            format!("--json: the system can't be exported:\n  {}", errors.join("\n  "))
        })?;
        write_file(path, export.text.as_bytes())?;
        std::fs::create_dir_all(folder)
            .map_err(|error| format!("can't make {}: {error}", folder.display()))?;
        for (name, content) in &export.files {
            let bytes = system.contents.get(*content).map_or(&[][..], |it| it.bytes.as_slice());
            write_file(&folder.join(name), bytes)?;
        }
    }
    Ok(check::outcome(&source.loaded))
}

/// Writes what is for people, if it is wanted.
///
/// # Errors
///
/// When a file can't be written.
pub fn write_texts(parts: &Parts, source: &Source, system: &System) -> Result<(), String> {
    if let Some(path) = &parts.cdl {
        write_file(path, capdl::text(system).as_bytes())?;
    }
    if parts.summary {
        print(&summary::text(system, &source.kernel().geometry));
    }
    Ok(())
}
