//! The grammar: tokens to syntax tree.
//!
//! It takes what the C tool takes. In two points it takes more: the statements
//! of a block may come in any order, and empty statements are allowed.

mod assembly;
mod basic;
mod component;
mod composition;
mod configuration;
mod connector;
mod error;
mod nesting;
mod number;
mod procedure;
mod recovery;
mod types;
mod value;

use chumsky::prelude::*;

use crate::ast::Item;
use crate::diagnostics::Diagnostic;
use crate::lexer::Token;
use crate::source::Span;
use crate::tokens::Tokens;

/// What messages call a statement of the top level.
const DECLARATION: &str = "a declaration";

/// What a parser here reports.
type Extra<'t> = extra::Err<Rich<'t, Token<'t>>>;

/// A parser of tokens.
trait Parse<'t, O>: Parser<'t, &'t [Token<'t>], O, Extra<'t>> + Clone + 't {}

impl<'t, O, P> Parse<'t, O> for P where P: Parser<'t, &'t [Token<'t>], O, Extra<'t>> + Clone + 't {}

/// Where the tokens are written: chumsky counts tokens, messages need bytes.
#[derive(Clone, Copy, Debug)]
struct Places<'t> {
    spans: &'t [Span],
    /// The end of the file.
    end: Span,
}

impl Places<'_> {
    fn token(self, index: usize) -> Span {
        self.spans.get(index).copied().unwrap_or(self.end)
    }

    fn span(self, range: SimpleSpan) -> Span {
        let first = self.token(range.start);
        match range.end.checked_sub(1) {
            Some(last) if last > range.start => first.to(self.token(last)),
            _ => first,
        }
    }
}

/// Parses a file. Statements with errors are left out.
pub(crate) fn parse(input: &Tokens<'_>, end: Span) -> (Vec<Item>, Vec<Diagnostic>) {
    let places = Places { spans: &input.spans, end };
    if let Some(diagnostic) = nesting::check(&input.tokens, places) {
        return (Vec::new(), vec![diagnostic]);
    }
    let (items, errors) = file(places).parse(input.tokens.as_slice()).into_output_errors();
    let diagnostics =
        errors.iter().map(|error| error::diagnose(error, &input.tokens, places)).collect();
    (items.unwrap_or_default(), diagnostics)
}

fn file<'t>(places: Places<'t>) -> impl Parse<'t, Vec<Item>> {
    let item = choice((
        basic::include(places, "import").map(Item::Import),
        component::component(places).map(Item::Component),
        procedure::procedure(places).map(Item::Procedure),
        types::structure(places).map(Item::Struct),
        connector::connector(places).map(Item::Connector),
        composition::composition(places).map(Item::Composition),
        configuration::configuration(places).map(Item::Configuration),
        assembly::assembly(places).map(Item::Assembly),
    ))
    .labelled(DECLARATION);
    recovery::statements(item, &[]).then_ignore(end())
}

#[cfg(test)]
mod test;
