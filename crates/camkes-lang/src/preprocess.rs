//! The C preprocessor, which every file goes through once.

mod command;
mod markers;

use std::path::{Path, PathBuf};

use crate::diagnostics::Diagnostic;
use crate::options::{LoadOptions, Preprocessor};
use crate::source::{FileId, SourceMap, Span};

pub(crate) use command::Cpp;
use markers::Origin;

/// Larger files than this are refused; offsets must fit 32 bits.
const SIZE_LIMIT: u64 = 64 << 20;

/// A file after preprocessing.
#[derive(Debug)]
pub(crate) struct Preprocessed {
    /// The text, with line markers.
    pub text: String,
    /// Where each line of it comes from.
    pub origins: Vec<Option<Origin>>,
    /// The file itself and everything that it includes.
    pub files: Vec<PathBuf>,
}

/// Reads and preprocesses a file. What is wrong is added to `diagnostics`;
/// `import` is the statement that asks for the file.
pub(crate) fn preprocess(
    path: &Path, import: Option<Span>, options: &LoadOptions, cpp: &mut Cpp,
    sources: &mut SourceMap, diagnostics: &mut Vec<Diagnostic>,
) -> Option<Preprocessed> {
    let bytes = match read(path) {
        Ok(bytes) => bytes,
        Err(reason) => {
            let diagnostic = Diagnostic::error(
                "unreadable-file",
                format!("can't read `{}`: {reason}", path.display()),
            );
            diagnostics.push(match import {
                Some(span) => diagnostic.at(span),
                None => diagnostic,
            });
            return None;
        }
    };
    let original = String::from_utf8_lossy(&bytes).into_owned();
    let main = sources.add(path, || original.clone());
    if options.preprocessor == Preprocessor::Disabled {
        let lines = original.split('\n').count();
        return Some(Preprocessed {
            origins: (0..lines).map(|line| Some((main, line))).collect(),
            text: original,
            files: vec![path.to_path_buf()],
        });
    }
    match cpp.run(path, options) {
        Ok(text) => Some(with_origins(text, path, sources)),
        Err(error) => {
            diagnostics.extend(error.diagnose(path, main, sources));
            None
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let metadata = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if !metadata.is_file() {
        return Err("it is not a file".to_owned());
    }
    if metadata.len() > SIZE_LIMIT {
        return Err(format!("it has {} bytes, and the limit is {SIZE_LIMIT}", metadata.len()));
    }
    std::fs::read(path).map_err(|error| error.to_string())
}

/// Follows the line markers of preprocessed text.
fn with_origins(text: String, main: &Path, sources: &mut SourceMap) -> Preprocessed {
    let mut files = vec![main.to_path_buf()];
    let origins = markers::origins(&text, |name| {
        // The compiler's own pseudo files, such as `<built-in>`.
        if name.starts_with('<') {
            return None;
        }
        let path = PathBuf::from(name);
        if !files.contains(&path) {
            files.push(path.clone());
        }
        Some(sources.add(&path, || original_text(&path)))
    });
    Preprocessed { text, origins, files }
}

/// The text of an included file; empty if it has become unreadable, which
/// only costs excerpts in messages.
fn original_text(path: &Path) -> String {
    read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

/// The start of a line, counted from 1, for errors of the preprocessor.
fn line_span(sources: &SourceMap, file: FileId, line: usize, column: usize) -> Span {
    let text = sources.file(file);
    let line = u32::try_from(line.saturating_sub(1)).unwrap_or(u32::MAX);
    let range = text.line_range(line).unwrap_or(0..0);
    let start = (range.start + column.saturating_sub(1)).min(range.end);
    let start = (range.start..=start)
        .rev()
        .find(|at| text.text().is_char_boundary(*at))
        .unwrap_or(range.start);
    Span { file, start: crate::source::offset(start), end: crate::source::offset(range.end) }
}
