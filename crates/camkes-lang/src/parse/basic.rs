//! Names, strings, punctuation.

use chumsky::prelude::*;

use super::{Parse, Places};
use crate::ast::{Include, Name, Path};
use crate::lexer::Token;

pub(super) fn keyword<'t>(word: &'static str) -> impl Parse<'t, ()> {
    just(Token::Keyword(word)).ignored()
}

pub(super) fn mark<'t>(text: &'static str) -> impl Parse<'t, ()> {
    just(Token::Mark(text)).ignored()
}

pub(super) fn name<'t>(places: Places<'t>) -> impl Parse<'t, Name> {
    select! { Token::Name(text) => text }.labelled("a name").map_with(move |text: &str, extra| {
        Name { text: text.to_owned(), span: places.span(extra.span()) }
    })
}

pub(super) fn path<'t>(places: Places<'t>) -> impl Parse<'t, Path> {
    name(places)
        .separated_by(mark("."))
        .at_least(1)
        .collect()
        .map_with(move |parts, extra| Path { parts, span: places.span(extra.span()) })
}

/// Strings after each other are one.
pub(super) fn string<'t>() -> impl Parse<'t, String> {
    select! { Token::String(text) => text }
        .labelled("a string")
        .repeated()
        .at_least(1)
        .collect::<Vec<&str>>()
        .map(|parts| parts.concat())
}

/// `import` or `include`.
pub(super) fn include<'t>(places: Places<'t>, word: &'static str) -> impl Parse<'t, Include> {
    let angled = select! { Token::Angled(text) => text.to_owned() }.labelled("a file name");
    keyword(word)
        .ignore_then(choice((angled.map(|file| (file, true)), string().map(|file| (file, false)))))
        .then_ignore(mark(";"))
        .map_with(move |(file, angled), extra| Include {
            file,
            angled,
            span: places.span(extra.span()),
        })
}
