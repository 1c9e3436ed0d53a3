//! The CAmkES language: parse, check, resolve.
//!
//! [`load`] takes the path of an assembly and gives the resolved [`Model`],
//! together with every mistake that was found on the way.
//!
//! ```no_run
//! use camkes_lang::{LoadOptions, load};
//!
//! let loaded = load(&LoadOptions {
//!     main: "vm_minimal.camkes".into(),
//!     import_paths: vec!["interfaces".into(), "components".into()],
//!     ..LoadOptions::default()
//! });
//! for diagnostic in &loaded.diagnostics {
//!     eprint!("{}", diagnostic.render(&loaded.sources, false));
//! }
//! if let Some(model) = &loaded.model {
//!     for instance in &model.instances {
//!         println!("{} is a {}", instance.name, model[instance.component].name);
//!     }
//! }
//! ```
//!
//! The way there: [`load`] reads each file once, through the C
//! preprocessor; its tokens are brought back to the text that the user wrote;
//! a grammar makes [`ast`] items of them; the resolver looks up names, flattens
//! the hierarchy, asks queries and merges connections.

pub mod ast;
pub mod ctypes;
mod devicetree;
pub mod diagnostics;
mod imports;
pub mod keys;
mod lexer;
pub mod model;
pub mod options;
mod parse;
mod preprocess;
mod query;
mod resolve;
pub mod source;
mod tokens;
pub mod value;

use std::path::{Path, PathBuf};

pub use diagnostics::{Diagnostic, Severity};
pub use model::Model;
pub use options::{DeviceTreeSource, LoadOptions, Preprocessor};
pub use source::{SourceMap, Span};
pub use value::{Value, ValueKind};

/// What [`load`] gives.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The system. Nothing if it could not be resolved; with errors among the
    /// diagnostics, it is what could be made of the rest.
    pub model: Option<Model>,
    /// What was found, in the order of the source.
    pub diagnostics: Vec<Diagnostic>,
    /// The files, to show diagnostics with.
    pub sources: SourceMap,
    /// Every file that the result depends on, sorted, each once.
    pub dependencies: Vec<PathBuf>,
}

impl Loaded {
    /// Whether an error was found.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// A Makefile rule that says what `target` depends on, in the form of a
    /// compiler's `-MD`.
    #[must_use]
    pub fn dependency_rule(&self, target: &Path) -> String {
        let mut rule = format!("{}:", make_name(target));
        for file in &self.dependencies {
            rule.push_str(" \\\n  ");
            rule.push_str(&make_name(file));
        }
        rule.push('\n');
        rule
    }
}

/// Reads an assembly and everything that it imports, and resolves it.
///
/// Never fails as a whole: what is wrong is in [`Loaded::diagnostics`].
#[must_use]
pub fn load(options: &LoadOptions) -> Loaded {
    let mut loaded = Loaded::default();
    let program = imports::read(options, &mut loaded.sources, &mut loaded.diagnostics);
    let mut queries = query::Queries::new(options);
    loaded.model = resolve::resolve(&program.items, &mut queries, &mut loaded.diagnostics);
    let mut files = program.files;
    files.append(&mut queries.files.into_iter().collect());
    loaded.dependencies = files.into_iter().collect();
    sort(&mut loaded.diagnostics);
    loaded
}

/// A path as `make` reads it.
fn make_name(path: &Path) -> String {
    path.to_string_lossy().replace('$', "$$").replace('#', "\\#").replace(' ', "\\ ")
}

/// By place, so that messages come in the order in which a file is read; those
/// without a place first.
fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by_key(|diagnostic| diagnostic.primary.as_ref().map(|label| label.span));
    // A macro that is used twice on a line makes the same mistake twice.
    diagnostics.dedup();
}

/// Parses one file and nothing that it imports.
#[must_use]
pub fn parse_file(options: &LoadOptions) -> (Vec<ast::Item>, Loaded) {
    let mut loaded = Loaded::default();
    let program = imports::read_one(options, &mut loaded.sources, &mut loaded.diagnostics);
    loaded.dependencies = program.files.into_iter().collect();
    (program.items, loaded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_rule_escapes_names() {
        let loaded =
            Loaded { dependencies: vec!["a b.camkes".into(), "c$#.h".into()], ..Loaded::default() };
        assert_eq!(
            loaded.dependency_rule(Path::new("x.json")),
            "x.json: \\\n  a\\ b.camkes \\\n  c$$\\#.h\n"
        );
    }
}
