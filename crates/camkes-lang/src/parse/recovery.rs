//! Going on after a mistake, so that one run finds several.

use chumsky::prelude::*;

use super::{Extra, Parse, basic::mark};
use crate::lexer::Token;

/// Words that begin a statement and are nowhere in the middle of one.
const STARTS: &[&str] = &[
    "assembly",
    "attribute",
    "component",
    "composition",
    "configuration",
    "connection",
    "connector",
    "consumes",
    "dataport",
    "emits",
    "export",
    "group",
    "has",
    "import",
    "maybe",
    "procedure",
    "provides",
    "schedule",
    "uses",
];

/// Words that can't be inside a block of interfaces, attributes or methods:
/// where one stands, a closing brace is missing.
pub(super) const OUTSIDE: &[&str] = &["assembly", "component", "connector", "import", "procedure"];

/// The same for a composition, which has instances.
pub(super) const OUTSIDE_COMPOSITION: &[&str] =
    &["assembly", "composition", "configuration", "connector", "import", "procedure"];

/// Any number of statements. One that doesn't parse is skipped; a word of
/// `outside` at its start ends the block instead.
pub(super) fn statements<'t, O: 't>(
    statement: impl Parse<'t, O>, outside: &'static [&'static str],
) -> impl Parse<'t, Vec<O>> {
    choice((mark(";").map(|()| None), statement.map(Some)))
        .recover_with(via_parser(skip(outside).map(|()| None)))
        .repeated()
        .collect::<Vec<Option<O>>>()
        .map(|found| found.into_iter().flatten().collect())
}

/// Statements in braces. A missing closing brace is reported and assumed.
pub(super) fn block<'t, O: 't>(
    statement: impl Parse<'t, O>, outside: &'static [&'static str],
) -> impl Parse<'t, Vec<O>> {
    mark("{")
        .ignore_then(statements(statement, outside))
        .then_ignore(mark("}").recover_with(via_parser(empty())))
}

/// Skips a statement, at least one token, up to its semicolon, the end of its
/// block, the start of the next one, or the brace that closes what it is in.
fn skip<'t>(outside: &'static [&'static str]) -> impl Parse<'t, ()> {
    custom::<_, &'t [Token<'t>], (), Extra<'t>>(move |input| {
        let start = input.cursor();
        let mut depth = 0usize;
        let mut last = None;
        while let Some(token) = input.peek() {
            match (last, token) {
                (None, Token::Keyword(word)) if outside.contains(&word) => break,
                (Some(before), Token::Keyword(word))
                    if depth == 0
                        && before != Token::Keyword("maybe")
                        && STARTS.binary_search(&word).is_ok() =>
                {
                    break;
                }
                (_, Token::Mark("}")) if depth == 0 => break,
                _ => {}
            }
            input.skip();
            last = Some(token);
            match token {
                Token::Mark("{") => depth += 1,
                Token::Mark("}") => {
                    depth -= 1;
                    if depth == 0 && !goes_on(input.peek()) {
                        break;
                    }
                }
                Token::Mark(";") if depth == 0 => break,
                // A string without an end has taken the rest of its line, and
                // with it, most likely, the semicolon.
                Token::Unknown(text) if depth == 0 && text.ends_with(';') => break,
                _ => {}
            }
        }
        if last.is_some() {
            Ok(())
        } else {
            Err(Rich::custom(input.span_since(&start), "nothing to skip"))
        }
    })
}

/// Whether a statement goes on after a closing brace, as `attribute {...} a;`.
fn goes_on(next: Option<Token<'_>>) -> bool {
    matches!(next, Some(Token::Name(_) | Token::Mark(";" | "," | "=" | "[" | ")" | "]")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_sorted_for_the_search() {
        assert!(STARTS.is_sorted());
    }
}
