//! Finds mistakes in a resolved CAmkES system, on the host, before anything boots.
//!
//! [`check`] takes the model that [`camkes_lang::load`] made and gives diagnostics. What the
//! published camkes-vm applications do is legal here: the GIC's virtual CPU interface that several
//! guests share, settings that nothing reads, sizes that are no powers of two.

mod calls;
mod connections;
mod context;
mod guest;
mod hardware;
mod images;
mod interrupts;
mod memory;
mod nodes;
mod number;
mod queues;
mod schedule;
mod settings;
mod value;

use camkes_lang::{Diagnostic, Model, Severity};

pub use calls::is_one_way;
pub use context::is_virtual_machine;
pub use guest::{GuestMemory, guest_memory};
pub use interrupts::{Interrupt, interrupts};
pub use memory::{Region, RegionKind, is_gic_virtual_cpu_interface, regions};
pub use nodes::node_paths;
pub use number::parse_number;

/// How strict to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Every warning is an error.
    pub strict: bool,
    /// The system could not be resolved as a whole: what seems to be missing may only be what an
    /// earlier error took away, so nothing is said about it.
    pub incomplete: bool,
    /// The files that the FileServer has, if that is known: guests' images must be among them.
    pub files: Option<Vec<String>>,
}

/// Finds what is wrong with a system. Diagnostics come check by check, each check in the order of
/// the source; the same model gives the same diagnostics.
#[must_use]
pub fn check(model: &Model, options: &Options) -> Vec<Diagnostic> {
    let context = context::Context::new(model);
    let mut found = Vec::new();
    connections::check(&context, options.incomplete, &mut found);
    settings::check(&context, options.incomplete, &mut found);
    hardware::check(&context, options.incomplete, &mut found);
    calls::check(&context, &mut found);
    memory::check(&context, &mut found);
    interrupts::check(&context, &mut found);
    schedule::check(&context, &mut found);
    queues::check(&context, &mut found);
    guest::check(&context, &mut found);
    if let Some(files) = &options.files {
        images::check(&context, files, &mut found);
    }
    if options.strict {
        promote_warnings(&mut found);
    }
    found
}

/// Makes every warning an error, as `--strict` asks for.
pub fn promote_warnings(diagnostics: &mut [Diagnostic]) {
    for diagnostic in diagnostics {
        if diagnostic.severity == Severity::Warning {
            diagnostic.severity = Severity::Error;
        }
    }
}
