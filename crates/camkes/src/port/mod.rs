//! `camkes port-check`: what of an existing camkes-vm application works here, and what needs work.

mod cmake;
mod files;
mod project;
mod report;
mod table;

use std::path::{Path, PathBuf};

use serde::Serialize;

pub use report::{json, text};
pub use table::Verdict;

/// One thing that was found in an application.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// What becomes of it.
    pub verdict: Verdict,
    /// The file, relative to the application's folder.
    pub path: PathBuf,
    /// Line number, from 1; 0 for the file as a whole.
    pub line: usize,
    /// What it is.
    pub what: String,
    /// What to do.
    pub how: String,
}

/// Looks through an application's folder.
///
/// # Errors
///
/// When the folder can't be read, or is no application: it has no `.camkes` file.
pub fn examine(folder: &Path) -> Result<Vec<Finding>, String> {
    let files = files::collect(folder)?;
    if !files.iter().any(|file| file.has_extension("camkes")) {
        return Err(format!(
            "{}: no .camkes file in this folder; expected the folder of one application, such as apps/Arm/vm_minimal",
            folder.display()
        ));
    }
    let mut findings = project::examine(&files);
    for file in &files {
        files::examine(file, &mut findings);
    }
    findings.sort();
    findings.dedup();
    Ok(findings)
}

#[cfg(test)]
mod tests;
