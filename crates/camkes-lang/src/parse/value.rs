//! Values: numbers, strings, lists, dictionaries.

use chumsky::prelude::*;

use super::basic::{mark, string};
use super::number::number;
use super::{Parse, Places};
use crate::value::{Key, Value, ValueKind};

/// Any value.
pub(super) fn value<'t>(places: Places<'t>) -> impl Parse<'t, Value> {
    recursive(|value| {
        choice((
            text(places),
            dictionary(places, value.clone()),
            list(places, value),
            number(places),
        ))
        .labelled("a value")
        .boxed()
    })
}

/// A string.
fn text<'t>(places: Places<'t>) -> impl Parse<'t, Value> {
    string().map_with(move |text, extra| Value {
        kind: ValueKind::String(text),
        span: places.span(extra.span()),
    })
}

/// `{key: value, ...}`
pub(super) fn dictionary<'t>(
    places: Places<'t>, value: impl Parse<'t, Value>,
) -> impl Parse<'t, Value> {
    key(places)
        .then_ignore(mark(":"))
        .then(value)
        .separated_by(mark(","))
        .allow_trailing()
        .collect()
        .delimited_by(mark("{"), mark("}"))
        .map_with(move |entries, extra| Value {
            kind: ValueKind::Dict(entries),
            span: places.span(extra.span()),
        })
}

fn list<'t>(places: Places<'t>, value: impl Parse<'t, Value>) -> impl Parse<'t, Value> {
    value
        .separated_by(mark(","))
        .allow_trailing()
        .collect()
        .delimited_by(mark("["), mark("]"))
        .map_with(move |items, extra| Value {
            kind: ValueKind::List(items),
            span: places.span(extra.span()),
        })
}

fn key<'t>(places: Places<'t>) -> impl Parse<'t, Key> {
    index(places).map(|value| Key {
        span: value.span,
        text: match value.kind {
            ValueKind::String(text) => text,
            _ => value.to_string(),
        },
    })
}

/// A key, or what is between the brackets of a look-up.
fn index<'t>(places: Places<'t>) -> impl Parse<'t, Value> {
    choice((text(places), number(places))).labelled("a key")
}

/// `["key"][0]...`, perhaps nothing.
pub(super) fn lookup<'t>(places: Places<'t>) -> impl Parse<'t, Vec<Value>> {
    index(places).delimited_by(mark("["), mark("]")).repeated().collect()
}
