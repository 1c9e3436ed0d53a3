//! From a resolved CAmkES description to the kernel objects of a running system.
//!
//! [`assemble`] takes the model that `camkes-lang` made, the components' programs, files and the
//! kernel's prefix, and gives a [`System`]: objects, capabilities, address spaces and what memory
//! holds at start. [`output`] writes it for the initializer, for people and for other
//! initializers. The same input gives the same bytes.
//!
//! | module | subject |
//! |---|---|
//! | [`builder`] | objects, memory, address spaces and capability spaces, whoever they are for |
//! | [`program`], [`image`] | ELF files, and a component's own memory |
//! | [`connectors`] | one module for each family of connectors, behind one trait |
//! | `guest` | what VM components have beyond that |
//! | [`assembly`], [`plan`] | the system and each instance while they are made |
//! | [`physical`] | memory whose physical address is chosen here |
//! | [`output`] | `.cdl` text, CapDL JSON, summary |

#![forbid(unsafe_code)]
// A mistake ends the work on a connection or an instance: the size of its message doesn't matter.
#![allow(clippy::result_large_err)]

pub mod assembly;
pub mod builder;
mod config;
pub mod connectors;
pub mod cpio;
pub mod geometry;
mod guest;
pub mod image;
mod instances;
pub mod kernel;
pub mod limits;
mod monitor_output;
pub mod output;
pub mod physical;
pub mod plan;
pub mod program;
mod settings;

use std::collections::BTreeMap;

use camkes_lang::{Diagnostic, Model};
use system_spec::model::System;

pub use assembly::Assembly;
pub use instances::needs_program;
pub use kernel::Kernel;
pub use program::File;

/// Everything that a system is made from.
#[derive(Debug)]
pub struct Input<'a> {
    /// The resolved description.
    pub model: &'a Model,
    /// The kernel and its board.
    pub kernel: &'a Kernel,
    /// The board's device tree, if there is one.
    pub device_tree: Option<&'a [u8]>,
    /// Programs, by component type.
    pub programs: BTreeMap<String, File>,
    /// Files of FileServers, as newc CPIO archives, by instance.
    pub archives: BTreeMap<String, Vec<u8>>,
    /// Choices.
    pub options: Options,
}

/// Choices.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether the initializer stays as a monitor, which components' faults and output go to.
    /// Without it, output goes to the kernel's debug console.
    pub monitor: bool,
    /// Bytes of heap of components that don't set `heap_size`.
    pub heap_size: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { monitor: true, heap_size: 1 << 20 }
    }
}

/// A system, and what was worth a word.
#[derive(Debug)]
pub struct Assembled {
    /// The system. None if there were errors.
    pub system: Option<System>,
    /// Errors, warnings and notes.
    pub diagnostics: Vec<Diagnostic>,
}

/// Makes the system. Never fails as a whole: what is wrong is in [`Assembled::diagnostics`].
#[must_use]
pub fn assemble(input: &Input<'_>) -> Assembled {
    let mut diagnostics = Vec::new();
    let tree = match input.device_tree.map(fdt::blob::read) {
        Some(Ok(tree)) => Some(tree),
        Some(Err(error)) => {
            let text = format!("the board's device tree can't be read: {error}");
            diagnostics.push(Diagnostic::error("bad-device-tree", text));
            None
        }
        None => None,
    };
    let mut assembly = Assembly::new(input, tree);
    assembly.diagnostics = diagnostics;
    limits::schedule(input.model, input.kernel, &mut assembly.diagnostics);
    instances::start_all(&mut assembly);
    if !assembly.diagnostics.iter().any(Diagnostic::is_error) {
        connectors::connect_all(&mut assembly);
        guest::make_all(&mut assembly);
        monitor_output::connect(&mut assembly);
    }
    let system = instances::finish_all(&mut assembly);
    let mut diagnostics = assembly.diagnostics;
    if diagnostics.iter().any(Diagnostic::is_error) {
        return Assembled { system: None, diagnostics };
    }
    let error = |text: String| Diagnostic::error("bad-layout", text);
    match system.finish() {
        Ok(system) => {
            let problems = system_spec::check::check(&system, input.kernel.geometry.for_check());
            diagnostics.extend(problems.into_iter().map(|problem| error(problem.to_string())));
            diagnostics.extend(limits::size(&system, input.kernel));
            let good = !diagnostics.iter().any(Diagnostic::is_error);
            Assembled { system: good.then_some(system), diagnostics }
        }
        Err(errors) => {
            diagnostics.extend(errors.into_iter().map(error));
            Assembled { system: None, diagnostics }
        }
    }
}

/// An address space has no room.
pub(crate) fn full(text: String) -> Diagnostic {
    Diagnostic::error("address-space-full", text)
}
