//! What the parser reports, in the user's words.

use chumsky::error::{Rich, RichPattern, RichReason};

use super::{Places, assembly, component, composition, configuration, procedure};
use crate::diagnostics::{Diagnostic, nearest};
use crate::lexer::Token;
use crate::source::Span;

/// So many alternatives fit on a line.
const SHOWN: usize = 6;

pub(super) fn diagnose(
    error: &Rich<'_, Token<'_>>, tokens: &[Token<'_>], places: Places<'_>,
) -> Diagnostic {
    let at = places.span(*error.span());
    match error.reason() {
        RichReason::Custom(text) => Diagnostic::error("syntax", text.as_str()).at(at),
        RichReason::ExpectedFound { expected, found } => unexpected(
            &Expected::new(expected),
            found.as_deref().copied(),
            error.span().start,
            at,
            tokens,
            places,
        ),
    }
}

fn unexpected(
    expected: &Expected, found: Option<Token<'_>>, index: usize, at: Span, tokens: &[Token<'_>],
    places: Places<'_>,
) -> Diagnostic {
    let before = index.checked_sub(1).and_then(|before| tokens.get(before));
    if let Some(Token::Unknown(text)) = found {
        return unknown(text, at);
    }
    let found_text = match found {
        Some(token) => shown(token),
        None => "the end of the file".to_owned(),
    };
    // A missing semicolon is where the statement should end, not where the
    // next one begins. At the start of a statement nothing is missing.
    if let (true, Some(before)) = (expected.has(";"), before)
        && !matches!(before, Token::Mark(";" | "{" | "}"))
        && !spans_lines(before)
        && !matches!(found, Some(Token::Mark(_)))
    {
        return Diagnostic::error("syntax", format!("expected `;` after {}", shown(*before)))
            .at_with(places.token(index - 1), "expected `;` after this")
            .note(format!("found {found_text} instead"));
    }
    let mut diagnostic =
        Diagnostic::error("syntax", format!("expected {}, found {found_text}", expected.text()))
            .at(at);
    if before.is_some_and(spans_lines) {
        diagnostic = diagnostic
            .label(places.token(index - 1), "this string spans lines")
            .help("strings may span lines; perhaps this one lacks its closing quote");
    }
    match found {
        None if expected.has("}") => {
            diagnostic = diagnostic.help("a closing brace `}` is missing");
        }
        Some(Token::Keyword(word)) if expected.has("a name") => {
            diagnostic =
                diagnostic.help(format!("`{word}` is a word of the language and can't be a name"));
        }
        Some(Token::Name(word)) => {
            if let Some(near) = nearest(word, expected.words()) {
                diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
            }
        }
        _ => {}
    }
    diagnostic
}

fn spans_lines(token: &Token<'_>) -> bool {
    matches!(token, Token::String(text) if text.contains('\n'))
}

/// A token in a message, which is one line.
fn shown(token: Token<'_>) -> String {
    match token {
        Token::String(text) if text.len() > 40 || text.contains('\n') => "a string".to_owned(),
        _ => format!("`{token}`"),
    }
}

fn unknown(text: &str, at: Span) -> Diagnostic {
    if text.starts_with('"') {
        Diagnostic::error("syntax", "this string has no closing quote").at(at)
    } else if text.starts_with("/*") {
        Diagnostic::error("syntax", "this comment has no closing `*/`").at(at)
    } else {
        Diagnostic::error("syntax", format!("`{}` has no meaning in CAmkES", text.escape_debug()))
            .at(at)
    }
}

/// The words that a kind of statement begins with, by its label.
fn words_of(label: &str) -> Option<&'static [&'static str]> {
    Some(match label {
        super::DECLARATION => &[
            "import",
            "component",
            "procedure",
            "struct",
            "connector",
            "composition",
            "configuration",
            "assembly",
        ],
        component::STATEMENT => &[
            "control",
            "hardware",
            "include",
            "attribute",
            "maybe",
            "uses",
            "provides",
            "emits",
            "consumes",
            "dataport",
            "has",
            "composition",
            "configuration",
        ],
        composition::STATEMENT => &["component", "connection", "export"],
        assembly::STATEMENT => &["composition", "configuration", "schedule"],
        configuration::STATEMENT | procedure::STATEMENT => &[],
        _ => return None,
    })
}

/// What may stand between two numbers.
const OPERATORS: &[&str] = &[
    "!=", "%", "&", "&&", "*", "**", "+", "-", "/", "<", "<<", "<=", "==", ">", ">=", ">>", "?",
    "^", "|", "||",
];

/// What would have been right, sorted, each once.
struct Expected {
    tokens: Vec<String>,
    labels: Vec<String>,
}

impl Expected {
    fn new(patterns: &[RichPattern<'_, Token<'_>>]) -> Self {
        let mut tokens = Vec::new();
        let mut labels = Vec::new();
        for pattern in patterns {
            match pattern {
                RichPattern::Token(token) => tokens.push(token.to_string()),
                RichPattern::Label(label) => labels.push(label.to_string()),
                RichPattern::EndOfInput => labels.push("the end of the file".to_owned()),
                _ => {}
            }
        }
        if labels.iter().any(|label| words_of(label).is_some()) {
            // Empty statements are allowed, but nobody wants advice to write one.
            tokens.retain(|token| token != ";");
        }
        if tokens.iter().any(|token| token == "&&") {
            // Behind a number: nobody wants to read all of them.
            tokens.retain(|token| !OPERATORS.contains(&token.as_str()));
            labels.push("an operator".to_owned());
        }
        tokens.sort();
        tokens.dedup();
        labels.sort();
        labels.dedup();
        Self { tokens, labels }
    }

    fn has(&self, what: &str) -> bool {
        self.tokens.iter().chain(&self.labels).any(|one| one == what)
    }

    /// The words of the language among it.
    fn words(&self) -> impl Iterator<Item = &str> {
        let hidden = self.labels.iter().filter_map(|label| words_of(label));
        self.tokens
            .iter()
            .map(String::as_str)
            .filter(|token| token.starts_with(|c: char| c.is_ascii_alphabetic()))
            .chain(hidden.flatten().copied())
    }

    fn text(&self) -> String {
        let mut all: Vec<String> = self.labels.clone();
        all.extend(self.tokens.iter().map(|token| format!("`{token}`")));
        if all.len() > SHOWN {
            all.truncate(SHOWN);
            all.push("...".to_owned());
        }
        match all.as_slice() {
            [] => "something else".to_owned(),
            [one] => one.clone(),
            [first @ .., last] => format!("{} or {last}", first.join(", ")),
        }
    }
}
