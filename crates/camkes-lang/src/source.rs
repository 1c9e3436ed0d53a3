//! Source files, positions in them, and where preprocessed text came from.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// A file of a [`SourceMap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub(crate) u32);

/// A range of bytes of one source file, as the user wrote it.
///
/// Text that a macro expands to has the span of the macro's use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file that the range is in.
    pub file: FileId,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte.
    pub end: u32,
}

impl Span {
    /// The span from the start of `self` to the end of `other`. If the two are
    /// in different files, which an `#include` inside a block can bring about,
    /// it is `self`.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        if self.file != other.file {
            return self;
        }
        Self { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// A place for people: line and column count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// The file's path as it was opened.
    pub path: PathBuf,
    /// Line number.
    pub line: u32,
    /// Column number.
    pub column: u32,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.path.display(), self.line, self.column)
    }
}

/// One source file.
#[derive(Clone, Debug)]
pub struct SourceFile {
    path: PathBuf,
    text: String,
    line_starts: Vec<u32>,
    /// What the preprocessor made of a line, where that differs: the expanded
    /// text by the line's number, counted from 0.
    expansions: BTreeMap<u32, String>,
}

impl SourceFile {
    fn new(path: PathBuf, text: String) -> Self {
        let line_starts = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| offset(at + 1)))
            .collect();
        Self { path, text, line_starts, expansions: BTreeMap::new() }
    }

    /// The path as it was opened.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The text as the user wrote it. Bytes that are no UTF-8 are replaced.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The number of the line, from 0, that the byte at `at` is on.
    #[must_use]
    pub fn line_of(&self, at: u32) -> u32 {
        offset(self.line_starts.partition_point(|start| *start <= at).max(1) - 1)
    }

    /// The byte range of a line, counted from 0, without its line break;
    /// nothing if the file has no such line.
    #[must_use]
    pub fn line_range(&self, line: u32) -> Option<std::ops::Range<usize>> {
        let start = *self.line_starts.get(line as usize)? as usize;
        let end = self
            .line_starts
            .get(line as usize + 1)
            .map_or(self.text.len(), |next| *next as usize - 1);
        let text = self.text[start..end].trim_end_matches('\r');
        Some(start..start + text.len())
    }
}

/// All source files of one run, in the order in which they were first read.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
    by_path: BTreeMap<PathBuf, FileId>,
}

impl SourceMap {
    /// Adds a file, or finds it if a file of that path is there already.
    pub fn add(&mut self, path: &Path, text: impl FnOnce() -> String) -> FileId {
        if let Some(id) = self.by_path.get(path) {
            return *id;
        }
        let id = FileId(offset(self.files.len()));
        self.files.push(SourceFile::new(path.to_path_buf(), text()));
        self.by_path.insert(path.to_path_buf(), id);
        id
    }

    /// The file of that identifier.
    ///
    /// # Panics
    ///
    /// When the identifier is another map's.
    #[must_use]
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.0 as usize]
    }

    /// Every file, in the order of first use.
    pub fn files(&self) -> impl Iterator<Item = &SourceFile> {
        self.files.iter()
    }

    /// Where a span begins.
    #[must_use]
    pub fn position(&self, span: Span) -> Position {
        let file = self.file(span.file);
        let line = file.line_of(span.start);
        let start = file.line_starts[line as usize] as usize;
        let before = file.text.get(start..span.start as usize).unwrap_or("");
        Position {
            path: file.path.clone(),
            line: line + 1,
            column: offset(before.chars().count()) + 1,
        }
    }

    /// The text of a span.
    #[must_use]
    pub fn snippet(&self, span: Span) -> &str {
        self.file(span.file).text.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// What the preprocessor made of the line that the span begins on, if that
    /// is something else than what is written there.
    #[must_use]
    pub fn expansion(&self, span: Span) -> Option<&str> {
        let file = self.file(span.file);
        file.expansions.get(&file.line_of(span.start)).map(String::as_str)
    }

    /// Notes what a line, counted from 0, expands to.
    pub(crate) fn note_expansion(&mut self, file: FileId, line: u32, text: &str) {
        self.files[file.0 as usize]
            .expansions
            .entry(line)
            .or_insert_with(|| text.trim().to_owned());
    }
}

/// Offsets into source text are 32 bits wide: [`crate::preprocess`] refuses
/// larger files, so this never saturates.
pub(crate) fn offset(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(text: &str) -> (SourceMap, FileId) {
        let mut map = SourceMap::default();
        let id = map.add(Path::new("a.camkes"), || text.to_owned());
        (map, id)
    }

    #[test]
    fn positions_count_characters_from_one() {
        let (map, file) = map("ab\nçd e\n");
        let span = Span { file, start: 6, end: 7 };
        assert_eq!(map.position(span).to_string(), "a.camkes:2:3");
        let end = Span { file, start: 9, end: 9 };
        assert_eq!(map.position(end).to_string(), "a.camkes:3:1");
    }

    #[test]
    fn lines_end_before_their_break() {
        let (map, file) = map("ab\r\nc");
        let file = map.file(file);
        assert_eq!(file.line_range(0), Some(0..2));
        assert_eq!(file.line_range(1), Some(4..5));
        assert_eq!(file.line_range(2), None);
    }

    #[test]
    fn a_path_is_added_once() {
        let (mut map, first) = map("x");
        let second = map.add(Path::new("a.camkes"), || unreachable!("read twice"));
        assert_eq!(first, second);
    }
}
