//! Types, attributes and structs.

use chumsky::prelude::*;

use super::basic::{keyword, mark, name, path};
use super::recovery::{self, OUTSIDE};
use super::value::value;
use super::{Parse, Places};
use crate::ast::{Attribute, Name, Path, Struct, Type};

/// The types that are words, brought to one form.
fn word<'t>(places: Places<'t>) -> impl Parse<'t, Path> {
    let int = choice((keyword("int"), keyword("integer"))).boxed();
    choice((
        keyword("signed").ignore_then(choice((
            keyword("char").to("signed char"),
            int.clone().or_not().to("int"),
        ))),
        keyword("unsigned").ignore_then(choice((
            keyword("char").to("unsigned char"),
            int.clone().or_not().to("unsigned int"),
        ))),
        int.to("int"),
        keyword("char").to("char"),
        keyword("string").to("string"),
        keyword("uint64_t").to("uint64_t"),
        keyword("int64_t").to("int64_t"),
    ))
    .map_with(move |text: &str, extra| {
        let span = places.span(extra.span());
        Path { parts: vec![Name { text: text.to_owned(), span }], span }
    })
}

/// A type that has a name.
pub(super) fn named<'t>(places: Places<'t>) -> impl Parse<'t, Type> {
    choice((
        word(places).map(Type::Named),
        keyword("struct").ignore_then(name(places)).map(Type::CStruct),
        path(places).map(Type::Named),
    ))
    .labelled("a type")
    .boxed()
}

/// `type name`, `type name[]`, with or without `= default`.
pub(super) fn declaration<'t>(places: Places<'t>) -> impl Parse<'t, Attribute> {
    recursive(|declaration| {
        let inline = recovery::block(declaration.then_ignore(mark(";")), OUTSIDE)
            .map_with(move |fields, extra| {
                Type::Struct(Struct { name: None, fields, span: places.span(extra.span()) })
            })
            .boxed();
        choice((named(places), inline))
            .then(name(places))
            .then(mark("[").then(mark("]")).or_not())
            .then(mark("=").ignore_then(value(places)).or_not())
            .map_with(move |(((ty, name), array), default), extra| Attribute {
                ty,
                name,
                array: array.is_some(),
                default,
                span: places.span(extra.span()),
            })
    })
}

/// `attribute ...;`
pub(super) fn attribute<'t>(places: Places<'t>) -> impl Parse<'t, Attribute> {
    keyword("attribute").ignore_then(declaration(places)).then_ignore(mark(";")).boxed()
}

/// `struct name { ... }`
pub(super) fn structure<'t>(places: Places<'t>) -> impl Parse<'t, Struct> {
    let head = keyword("struct")
        .ignore_then(name(places))
        .map_with(move |name, extra| (name, places.span(extra.span())));
    head.then(recovery::block(declaration(places).then_ignore(mark(";")), OUTSIDE))
        .map(|((name, span), fields)| Struct { name: Some(name), fields, span })
        .boxed()
}
