//! Component types.

use chumsky::prelude::*;

use super::basic::{include, keyword, mark, name, path};
use super::composition::composition_with;
use super::configuration::configuration;
use super::recovery::{self, OUTSIDE};
use super::types::attribute;
use super::{Parse, Places, number};
use crate::ast::{
    Component, ComponentItem, Interface, InterfaceKind, Lock, LockKind, Name, Path, Use,
};
use crate::source::Span;
use crate::value::Value;

/// What messages call a statement here.
pub(super) const STATEMENT: &str = "a component statement";

/// `component Name { ... }`
pub(super) fn component<'t>(places: Places<'t>) -> impl Parse<'t, Component> {
    let head = keyword("component")
        .ignore_then(name(places).or_not())
        .map_with(move |name, extra| (name, places.span(extra.span())));
    head.then(body(places)).map(|((name, span), items)| Component { name, items, span }).boxed()
}

/// A component type that is written where an instance is declared.
pub(super) fn in_place<'t>(places: Places<'t>) -> impl Parse<'t, Component> {
    with_span(places, body(places)).boxed()
}

/// The braces of a component type and what is in them.
fn body<'t>(places: Places<'t>) -> impl Parse<'t, Vec<ComponentItem>> {
    recursive(move |body| {
        let inner = composition_with(places, with_span(places, body).boxed());
        recovery::block(statement(places, inner), OUTSIDE)
    })
    .boxed()
}

fn with_span<'t>(
    places: Places<'t>, body: impl Parse<'t, Vec<ComponentItem>>,
) -> impl Parse<'t, Component> {
    body.map_with(move |items, extra| Component {
        name: None,
        items,
        span: places.span(extra.span()),
    })
}

fn statement<'t>(
    places: Places<'t>, composition: impl Parse<'t, crate::ast::Composition>,
) -> impl Parse<'t, ComponentItem> {
    let control = keyword("control")
        .map_with(move |(), extra| ComponentItem::Control(places.span(extra.span())))
        .then_ignore(mark(";"));
    let hardware = keyword("hardware")
        .map_with(move |(), extra| ComponentItem::Hardware(places.span(extra.span())))
        .then_ignore(mark(";"));
    choice((
        control,
        hardware,
        include(places, "include").map(ComponentItem::Include),
        attribute(places).map(ComponentItem::Attribute),
        interface(places).map(ComponentItem::Interface),
        lock(places).map(ComponentItem::Lock),
        reference(places, "composition").map(|path| ComponentItem::Composition(Use::Named(path))),
        composition.map(|inner| ComponentItem::Composition(Use::Inline(inner))),
        reference(places, "configuration")
            .map(|path| ComponentItem::Configuration(Use::Named(path))),
        configuration(places).map(|inner| ComponentItem::Configuration(Use::Inline(inner))),
    ))
    .labelled(STATEMENT)
    .boxed()
}

/// `composition name;` or `configuration name;`
pub(super) fn reference<'t>(places: Places<'t>, word: &'static str) -> impl Parse<'t, Path> {
    keyword(word).ignore_then(path(places)).then_ignore(mark(";"))
}

fn interface<'t>(places: Places<'t>) -> impl Parse<'t, Interface> {
    let kind = choice((
        keyword("uses").to(InterfaceKind::Uses),
        keyword("provides").to(InterfaceKind::Provides),
        keyword("emits").to(InterfaceKind::Emits),
        keyword("consumes").to(InterfaceKind::Consumes),
    ));
    let size = number::number(places).delimited_by(mark("("), mark(")")).or_not();
    let dataport = keyword("dataport").to(InterfaceKind::Dataport).then(path(places)).then(size);
    let maybe = keyword("maybe").map_with(move |(), extra| places.span(extra.span())).or_not();
    maybe
        .then(choice((dataport, kind.then(path(places)).map(|head| (head, None)))))
        .then(name(places))
        .then_ignore(mark(";"))
        .validate(move |((maybe, ((kind, ty), size)), name), extra, emitter| {
            let mut report = |text: String| emitter.emit(Rich::custom(extra.span(), text));
            check_maybe(kind, maybe, &mut report);
            Interface {
                kind,
                optional: maybe.is_some(),
                size: size.and_then(|size| data_size(&ty, &size, &mut report)),
                ty,
                name,
                span: places.span(extra.span()),
            }
        })
        .boxed()
}

fn check_maybe(kind: InterfaceKind, maybe: Option<Span>, report: &mut impl FnMut(String)) {
    let word = match kind {
        InterfaceKind::Provides => "provides",
        InterfaceKind::Emits => "emits",
        _ => return,
    };
    if maybe.is_some() {
        report(format!(
            "`maybe {word}` is not allowed: `{word}` interfaces may always stay unconnected"
        ));
    }
}

fn data_size(ty: &Path, size: &Value, report: &mut impl FnMut(String)) -> Option<u64> {
    if ty.text() != "Buf" {
        report("only `dataport Buf` takes a size".to_owned());
        return None;
    }
    let bytes = size.as_u64().filter(|bytes| *bytes > 0);
    if bytes.is_none() {
        report(format!("a dataport's size is a positive number of bytes, not {size}"));
    }
    bytes
}

fn lock<'t>(places: Places<'t>) -> impl Parse<'t, Lock> {
    let kind = choice((
        keyword("mutex").to(LockKind::Mutex),
        keyword("semaphore").to(LockKind::Semaphore),
        keyword("binary_semaphore").to(LockKind::BinarySemaphore),
    ));
    keyword("has")
        .ignore_then(kind)
        .then(name(places))
        .then_ignore(mark(";"))
        .map(|(kind, name): (LockKind, Name)| Lock { kind, name })
        .boxed()
}
