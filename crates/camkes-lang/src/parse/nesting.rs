//! Refuses input that is nested so deeply that the parser would need an
//! unbounded stack.

use super::Places;
use crate::diagnostics::Diagnostic;
use crate::lexer::Token;

/// Far more than anybody writes.
const LIMIT: usize = 64;

/// An error if brackets and `?` are nested more than [`LIMIT`] deep.
pub(super) fn check(tokens: &[Token<'_>], places: Places<'_>) -> Option<Diagnostic> {
    // For each open bracket, how many `?` came before it in its statement.
    let mut open: Vec<usize> = Vec::new();
    let mut questions = 0usize;
    for (index, token) in tokens.iter().enumerate() {
        match token {
            Token::Mark("{" | "(" | "[") => open.push(questions),
            Token::Mark("}" | ")" | "]") => questions = open.pop().unwrap_or(0),
            Token::Mark("?") => questions += 1,
            Token::Mark(";" | ",") => questions = open.last().copied().unwrap_or(0),
            _ => continue,
        }
        if open.len() + questions > LIMIT {
            return Some(
                Diagnostic::error(
                    "too-deep",
                    format!("brackets and `?` are nested more than {LIMIT} deep"),
                )
                .at(places.token(index)),
            );
        }
    }
    None
}
