//! Brings the tokens of preprocessed text back to the text that the user wrote.
//!
//! Line markers give the line of a token. Its column is found by comparing the
//! line's tokens with those of the original line: what both begin and end with
//! is in place, and what differs between is a macro's expansion, which gets the
//! span of the macro's use.

use std::collections::HashMap;
use std::ops::Range;

use crate::lexer::{self, Token};
use crate::preprocess::Preprocessed;
use crate::source::{FileId, SourceMap, Span, offset};

/// The tokens of a preprocessed file, with the spans of the original text.
#[derive(Debug)]
pub(crate) struct Tokens<'s> {
    pub tokens: Vec<Token<'s>>,
    pub spans: Vec<Span>,
}

/// Splits preprocessed text into tokens and finds out where each is written.
pub(crate) fn map<'s>(
    input: &'s Preprocessed, main: FileId, sources: &mut SourceMap,
) -> Tokens<'s> {
    let lexed = lexer::tokens(&input.text);
    let mut originals = Originals::default();
    let mut spans = Vec::with_capacity(lexed.len());
    let mut expansions = Vec::new();
    for group in group_by_line(&lexed, input, main) {
        let tokens = &lexed[group.tokens];
        let line = originals.line(sources, group.file, group.line);
        let expanded = align(tokens, &line, group.file, &mut spans);
        if let (true, Some(first), Some(last)) = (expanded, tokens.first(), tokens.last()) {
            expansions.push((group.file, group.line, first.1.start..last.1.end));
        }
    }
    for (file, line, range) in expansions {
        sources.note_expansion(file, offset(line), &input.text[range]);
    }
    Tokens { tokens: lexed.into_iter().map(|(token, _)| token).collect(), spans }
}

/// Successive tokens that come from one line.
struct Group {
    file: FileId,
    line: usize,
    tokens: Range<usize>,
}

fn group_by_line(
    lexed: &[(Token<'_>, Range<usize>)], input: &Preprocessed, main: FileId,
) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut line = 0;
    let mut at = 0;
    for (index, (_, range)) in lexed.iter().enumerate() {
        line += input.text[at..range.start].matches('\n').count();
        at = range.start;
        let (file, original) = input.origins.get(line).copied().flatten().unwrap_or((main, 0));
        match groups.last_mut() {
            Some(last) if last.file == file && last.line == original => last.tokens.end = index + 1,
            _ => groups.push(Group { file, line: original, tokens: index..index + 1 }),
        }
    }
    groups
}

/// Appends the span of each of `tokens`. Returns whether a macro was expanded.
fn align(
    tokens: &[(Token<'_>, Range<usize>)], line: &Line, file: FileId, spans: &mut Vec<Span>,
) -> bool {
    let span = |range: &Range<u32>| Span { file, start: range.start, end: range.end };
    let matches = |a: &(Token<'_>, Range<usize>), b: &Hashed| hash(&a.0) == b.0;
    let original = &line.tokens;
    let prefix = tokens.iter().zip(original).take_while(|(a, b)| matches(a, b)).count();
    let suffix = tokens[prefix..]
        .iter()
        .rev()
        .zip(original[prefix..].iter().rev())
        .take_while(|(a, b)| matches(a, b))
        .count();
    let differing = &original[prefix..original.len() - suffix];
    let macro_use = match (differing.first(), differing.last()) {
        (Some((_, first)), Some((_, last))) => first.start..last.end,
        _ => line.whole.clone(),
    };
    for (_, range) in &original[..prefix] {
        spans.push(span(range));
    }
    for _ in prefix..tokens.len() - suffix {
        spans.push(span(&macro_use));
    }
    for (_, range) in &original[original.len() - suffix..] {
        spans.push(span(range));
    }
    prefix + suffix < tokens.len()
}

/// The original files' tokens by line, found when first asked for.
#[derive(Default)]
struct Originals {
    files: HashMap<FileId, HashMap<usize, Vec<Hashed>>>,
}

/// A token's hash and place.
type Hashed = (u64, Range<u32>);

#[derive(Default)]
struct Line {
    /// The tokens that begin on the line, each as its hash.
    tokens: Vec<Hashed>,
    /// The line without the blanks around it.
    whole: Range<u32>,
}

impl Originals {
    fn line(&mut self, sources: &SourceMap, file: FileId, line: usize) -> Line {
        let source = sources.file(file);
        let lines = self.files.entry(file).or_insert_with(|| {
            let mut lines: HashMap<usize, Vec<_>> = HashMap::new();
            for (token, range) in lexer::tokens(source.text()) {
                let at = offset(range.start)..offset(range.end);
                lines
                    .entry(source.line_of(at.start) as usize)
                    .or_default()
                    .push((hash(&token), at));
            }
            lines
        });
        let Some(range) = source.line_range(offset(line)) else {
            return Line::default();
        };
        let text = &source.text()[range.clone()];
        let start = range.start + (text.len() - text.trim_start().len());
        Line {
            tokens: lines.get(&line).cloned().unwrap_or_default(),
            whole: offset(start)..offset(start + text.trim().len()),
        }
    }
}

/// Tokens of different texts are compared by hash, so that no table has to
/// borrow from the source map. A collision would only move a caret.
fn hash(token: &Token<'_>) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    token.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn snippets(original: &str, preprocessed: &str) -> (Vec<String>, Option<String>) {
        let mut sources = SourceMap::default();
        let main = sources.add(Path::new("a"), || original.to_owned());
        let input = Preprocessed {
            text: preprocessed.to_owned(),
            origins: (0..preprocessed.split('\n').count()).map(|line| Some((main, line))).collect(),
            files: Vec::new(),
        };
        let mapped = map(&input, main, &mut sources);
        let texts = mapped.spans.iter().map(|span| sources.snippet(*span).to_owned()).collect();
        let expansion =
            mapped.spans.first().and_then(|span| sources.expansion(*span)).map(str::to_owned);
        (texts, expansion)
    }

    #[test]
    fn columns_survive_comments_and_blanks() {
        let (texts, expansion) = snippets("a /* x */   =  1;", "a = 1;");
        assert_eq!(texts, ["a", "=", "1", ";"]);
        assert_eq!(expansion, None);
    }

    #[test]
    fn an_expansion_has_the_span_of_the_macro() {
        let (texts, expansion) = snippets("x = BASE(1, 2) ;", "x = 1 << 2 ;");
        let macro_use = "BASE(1, 2)";
        assert_eq!(texts, ["x", "=", macro_use, macro_use, macro_use, ";"]);
        assert_eq!(expansion.as_deref(), Some("x = 1 << 2 ;"));
    }

    #[test]
    fn an_expansion_over_lines_marks_the_first() {
        let (texts, _) = snippets("  M(a,\n b)\n", "component a b;\n\n");
        assert_eq!(texts, ["M(a,"; 4]);
    }

    #[test]
    fn text_from_nowhere_marks_the_line() {
        let (texts, _) = snippets("\n", "a\n");
        assert_eq!(texts, [""]);
    }
}
