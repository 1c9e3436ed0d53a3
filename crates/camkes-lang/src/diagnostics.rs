//! Messages for the user: what is wrong, where, what was expected, what to do.

use std::fmt::Write as _;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};

use crate::source::{FileId, SourceMap, Span};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The system that is described can't be built.
    Error,
    /// Legal, but likely not what was meant.
    Warning,
    /// For information.
    Note,
}

impl Severity {
    /// The word that a message begins with.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// A marked piece of source text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// What is marked.
    pub span: Span,
    /// What to say about it; may be empty.
    pub text: String,
}

/// One message.
///
/// The message names the mistake and the offending value; the place is the
/// first line's prefix, so that the first line says it all.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// A short stable name of the kind of mistake, such as `unknown-instance`.
    pub code: &'static str,
    /// The mistake, in one line.
    pub message: String,
    /// Where it is; nothing for what has no place, such as a missing program.
    pub primary: Option<Label>,
    /// Other places that have to do with it.
    pub secondary: Vec<Label>,
    /// Further facts, each a paragraph.
    pub notes: Vec<String>,
    /// What to do, each a paragraph.
    pub help: Vec<String>,
}

impl Diagnostic {
    /// A message of that severity, without a place.
    pub fn new(severity: Severity, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity,
            code,
            message: message.into(),
            primary: None,
            secondary: Vec::new(),
            notes: Vec::new(),
            help: Vec::new(),
        }
    }

    /// An error.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message)
    }

    /// A warning.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message)
    }

    /// Says where it is.
    pub fn at(self, span: Span) -> Self {
        self.at_with(span, "")
    }

    /// Says where it is, with a text at the mark.
    pub fn at_with(mut self, span: Span, text: impl Into<String>) -> Self {
        self.primary = Some(Label { span, text: text.into() });
        self
    }

    /// Marks another place.
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.secondary.push(Label { span, text: text.into() });
        self
    }

    /// Adds a fact.
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// Adds advice.
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }

    /// Adds "did you mean" for the candidate nearest to `given`, if one is near.
    pub fn suggest<'a>(self, given: &str, candidates: impl IntoIterator<Item = &'a str>) -> Self {
        match nearest(given, candidates) {
            Some(name) => self.help(format!("did you mean `{name}`?")),
            None => self,
        }
    }

    /// True for errors.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// The first line: place, severity, mistake.
    #[must_use]
    pub fn summary(&self, sources: &SourceMap) -> String {
        let severity = self.severity.name();
        match &self.primary {
            Some(label) => format!(
                "{}: {severity}: {} [{}]",
                sources.position(label.span),
                self.message,
                self.code
            ),
            None => format!("{severity}: {} [{}]", self.message, self.code),
        }
    }

    /// The whole message, several lines, ending in a line break. `color` adds
    /// ANSI escapes to the source excerpt.
    #[must_use]
    pub fn render(&self, sources: &SourceMap, color: bool) -> String {
        let mut out = self.summary(sources);
        out.push('\n');
        if let Some(primary) = &self.primary {
            out.push_str(&self.excerpt(primary, sources, color));
            out.push('\n');
        }
        let expansion = self.primary.as_ref().and_then(|p| sources.expansion(p.span));
        if let Some(text) = expansion {
            let _ = writeln!(out, "  = note: this line expands to: {}", shorten(text, 400));
        }
        for note in &self.notes {
            let _ = writeln!(out, "  = note: {}", indent(note));
        }
        for help in &self.help {
            let _ = writeln!(out, "  = help: {}", indent(help));
        }
        out
    }

    fn excerpt(&self, primary: &Label, sources: &SourceMap, color: bool) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        let mut files = vec![primary.span.file];
        for label in &self.secondary {
            if !files.contains(&label.span.file) {
                files.push(label.span.file);
            }
        }
        let mut group = Group::with_level(level);
        for id in files {
            group = group.element(self.snippet(primary, id, sources));
        }
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        renderer.render(&[group]).to_string()
    }

    /// The labels in one file. Only the lines that they are on are given to the
    /// renderer, which looks at every byte of its source.
    fn snippet<'a>(
        &'a self, primary: &'a Label, id: FileId, sources: &'a SourceMap,
    ) -> Snippet<'a, Annotation<'a>> {
        let file = sources.file(id);
        let labels: Vec<(AnnotationKind, &Label)> =
            std::iter::once((AnnotationKind::Primary, primary))
                .chain(self.secondary.iter().map(|it| (AnnotationKind::Context, it)))
                .filter(|(_, label)| label.span.file == id)
                .collect();
        let lines = || labels.iter().map(|(_, label)| &label.span);
        let first = lines().map(|span| file.line_of(span.start)).min();
        let last = lines().map(|span| file.line_of(span.end)).max();
        let start = |line| file.line_range(line).map_or(0, |range| range.start);
        let end = |line| file.line_range(line).map_or(0, |range| range.end);
        let (first, from) = first.map_or((0, 0), |line| (line, start(line)));
        let to = last.map_or(0, end).max(from);
        let source = file.text().get(from..to).unwrap_or("");
        let place = |at: u32| (at as usize).clamp(from, to) - from;
        Snippet::source(source)
            .line_start(first as usize + 1)
            .path(file.path().to_string_lossy())
            .annotations(labels.into_iter().map(|(kind, label)| {
                kind.span(place(label.span.start)..place(label.span.end)).label(label.text.as_str())
            }))
    }
}

fn indent(text: &str) -> String {
    text.replace('\n', "\n          ")
}

fn shorten(text: &str, limit: usize) -> String {
    let mut short: String = text.chars().take(limit).collect();
    if short.len() < text.len() {
        short.push_str(" ...");
    }
    short
}

/// How many mistakes of one run get a suggestion among the names of instances: there may be
/// thousands of both, and comparing all with all takes minutes.
pub const MOST_SUGGESTIONS: usize = 200;

/// The candidate with the smallest edit distance to `given`, if it is small
/// against the name's length. Of equally near ones, the first in the alphabet,
/// so that a message doesn't depend on the order of a map.
#[must_use]
pub fn nearest<'a>(given: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = given.chars().count();
    let limit = (length / 3).max(1).min(length.saturating_sub(1));
    candidates
        .into_iter()
        .map(|name| (distance(given, name), name))
        .filter(|(distance, name)| *distance <= limit && *name != given)
        .min()
        .map(|(_, name)| name)
}

/// Edit distance where a change of case costs nothing but breaks ties.
fn distance(a: &str, b: &str) -> usize {
    if a.eq_ignore_ascii_case(b) {
        return 0;
    }
    strsim::damerau_levenshtein(&a.to_ascii_lowercase(), &b.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_message_names_place_mistake_and_remedy() {
        let mut sources = SourceMap::default();
        let file =
            sources.add(Path::new("app.camkes"), || "component FileServr fserv;\n".to_owned());
        let span = Span { file, start: 10, end: 19 };
        let text = Diagnostic::error("unknown-component", "unknown component `FileServr`")
            .at_with(span, "no such component")
            .suggest("FileServr", ["VM", "FileServer"])
            .render(&sources, false);
        let mut lines = text.lines();
        assert_eq!(
            lines.next(),
            Some("app.camkes:1:11: error: unknown component `FileServr` [unknown-component]")
        );
        assert!(text.contains("^^^^^^^^^ no such component"), "{text}");
        assert!(text.ends_with("  = help: did you mean `FileServer`?\n"), "{text}");
    }

    #[test]
    fn far_names_are_not_suggested() {
        assert_eq!(nearest("vm0", ["serial", "fserv"]), None);
        assert_eq!(nearest("Vm0", ["vm1", "vm0"]), Some("vm0"));
        assert_eq!(nearest("abc", ["abd", "abb"]), Some("abb"));
    }
}
