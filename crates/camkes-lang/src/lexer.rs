//! Tokens.
//!
//! A string is everything between two quotes: there are no escapes, and it may
//! span lines. Comments, and lines that begin with `#`, are skipped.

use std::fmt;
use std::ops::Range;

use logos::{FilterResult, Logos};

/// A token of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Token<'s> {
    /// A reserved word.
    Keyword(&'s str),
    /// Any other word.
    Name(&'s str),
    /// A number.
    Number(&'s str),
    /// A string, without its quotes.
    String(&'s str),
    /// The file name of `import <...>`, without its brackets.
    Angled(&'s str),
    /// Punctuation.
    Mark(&'s str),
    /// What no token begins with, or a string or comment without an end.
    Unknown(&'s str),
}

impl fmt::Display for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::String(text) => write!(f, "\"{text}\""),
            Self::Angled(text) => write!(f, "<{text}>"),
            Self::Keyword(text)
            | Self::Name(text)
            | Self::Number(text)
            | Self::Mark(text)
            | Self::Unknown(text) => f.write_str(text),
        }
    }
}

/// The words that can't be names. `Buf` is reserved in the C tool's grammar as
/// well, but allowed wherever a name is.
const KEYWORDS: &[&str] = &[
    "Dataport",
    "Dataports",
    "Event",
    "Events",
    "False",
    "Procedure",
    "Procedures",
    "True",
    "assembly",
    "attribute",
    "binary_semaphore",
    "char",
    "component",
    "composition",
    "configuration",
    "connection",
    "connector",
    "consumes",
    "control",
    "dataport",
    "emits",
    "export",
    "false",
    "from",
    "group",
    "hardware",
    "has",
    "import",
    "in",
    "include",
    "inout",
    "int",
    "int64_t",
    "integer",
    "maybe",
    "mutex",
    "out",
    "procedure",
    "provides",
    "refin",
    "schedule",
    "semaphore",
    "signed",
    "string",
    "struct",
    "thread",
    "threads",
    "ticks",
    "to",
    "true",
    "uint64_t",
    "unsigned",
    "us",
    "uses",
    "void",
    "with",
];

#[derive(Logos, Clone, Copy, Debug, PartialEq, Eq)]
#[logos(skip r"[ \t\r\n\x0b\x0c]+")]
#[logos(skip(r"(//|#)[^\n]*", allow_greedy = true))]
#[logos(extras = Comments)]
enum Raw {
    #[regex(r"[A-Za-z_][A-Za-z0-9_]*")]
    Word,
    #[regex(r"0x[0-9a-fA-F]+|[0-9]+(\.[0-9]+)?")]
    Number,
    #[regex(r#""[^"]*""#)]
    String,
    #[regex(r"<-|->|\*\*|<<|>>|<=|>=|==|!=|&&|\|\||[{}()\[\];:,.=<>+\-*/%&|^!~?]")]
    Mark,
    // A quote or comment that never ends takes the rest of its line only, so
    // that what follows can still be looked at.
    #[regex(r#""[^"\n]*"#)]
    #[token("/*", block_comment)]
    Unfinished,
}

/// Whether an unfinished comment has been met: no later one ends either, and
/// looking again for each would take quadratic time.
#[derive(Clone, Copy, Debug, Default)]
struct Comments {
    unfinished: bool,
}

fn block_comment(lexer: &mut logos::Lexer<'_, Raw>) -> FilterResult<(), ()> {
    let rest = lexer.remainder();
    if !lexer.extras.unfinished
        && let Some(end) = rest.find("*/")
    {
        lexer.bump(end + 2);
        return FilterResult::Skip;
    }
    lexer.extras.unfinished = true;
    let line = rest.find('\n').unwrap_or(rest.len());
    lexer.bump(line);
    FilterResult::Emit(())
}

/// The tokens of a text, each with its byte range.
pub(crate) fn tokens(text: &str) -> Vec<(Token<'_>, Range<usize>)> {
    let mut lexer = Raw::lexer(text);
    let mut tokens: Vec<(Token<'_>, Range<usize>)> = Vec::new();
    while let Some(raw) = lexer.next() {
        let after_import = matches!(tokens.last(), Some((Token::Keyword("import" | "include"), _)));
        let token = match raw {
            Ok(Raw::Word) => word(lexer.slice()),
            Ok(Raw::Number) => Token::Number(lexer.slice()),
            Ok(Raw::String) => {
                let text = lexer.slice();
                Token::String(&text[1..text.len() - 1])
            }
            Ok(Raw::Mark) if after_import && lexer.slice().starts_with('<') => {
                angled(&mut lexer).unwrap_or(Token::Mark(lexer.slice()))
            }
            Ok(Raw::Mark) => Token::Mark(lexer.slice()),
            Ok(Raw::Unfinished) | Err(()) => Token::Unknown(lexer.slice()),
        };
        tokens.push((token, lexer.span()));
    }
    tokens
}

fn word(text: &str) -> Token<'_> {
    if KEYWORDS.binary_search(&text).is_ok() { Token::Keyword(text) } else { Token::Name(text) }
}

/// Extends a `<` to the `>` that ends the file name.
fn angled<'s>(lexer: &mut logos::Lexer<'s, Raw>) -> Option<Token<'s>> {
    let rest = lexer.remainder();
    let end = rest.find(['<', '>', ';', ',', '"', '{', '}', '\n'])?;
    if !rest[end..].starts_with('>') {
        return None;
    }
    lexer.bump(end + 1);
    let text = lexer.slice();
    Some(Token::Angled(&text[1..text.len() - 1]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lex(text: &str) -> Vec<Token<'_>> {
        tokens(text).into_iter().map(|(token, _)| token).collect()
    }

    #[test]
    fn keywords_are_sorted_for_the_search() {
        assert!(KEYWORDS.is_sorted());
    }

    #[test]
    fn angle_brackets_depend_on_the_word_before() {
        assert_eq!(
            lex("import <a/b.camkes>; x < 1 > 2 <- 1 << 3"),
            [
                Token::Keyword("import"),
                Token::Angled("a/b.camkes"),
                Token::Mark(";"),
                Token::Name("x"),
                Token::Mark("<"),
                Token::Number("1"),
                Token::Mark(">"),
                Token::Number("2"),
                Token::Mark("<-"),
                Token::Number("1"),
                Token::Mark("<<"),
                Token::Number("3"),
            ]
        );
    }

    #[test]
    fn strings_span_lines_and_have_no_escapes() {
        assert_eq!(
            lex("\"a\nb\" \"\\\" x"),
            [Token::String("a\nb"), Token::String("\\"), Token::Name("x")]
        );
    }

    #[test]
    fn comments_are_skipped_and_unfinished_ones_are_not() {
        assert_eq!(lex("/* a **/ b // c\n# d\n"), [Token::Name("b")]);
        assert_eq!(lex("/* a\nb"), [Token::Unknown("/* a"), Token::Name("b")]);
        assert_eq!(lex("\"a\nb"), [Token::Unknown("\"a"), Token::Name("b")]);
    }

    #[test]
    fn what_no_token_begins_with_is_kept() {
        assert_eq!(lex("a § b").len(), 3);
    }
}
