//! Compositions: instances, connections, exports.

use chumsky::prelude::*;

use super::basic::{keyword, mark, name, path};
use super::recovery::{self, OUTSIDE_COMPOSITION};
use super::{Parse, Places, component, connector};
use crate::ast::{
    Component, Composition, CompositionItem, Connection, Export, Group, Instance, Path, Use,
};

/// What messages call a statement here.
pub(super) const STATEMENT: &str = "a composition statement";

/// `composition name { ... }`
pub(super) fn composition<'t>(places: Places<'t>) -> impl Parse<'t, Composition> {
    composition_with(places, component::in_place(places))
}

/// The same, with the parser of component types in place.
pub(super) fn composition_with<'t>(
    places: Places<'t>, in_place: impl Parse<'t, Component>,
) -> impl Parse<'t, Composition> {
    let instance = instance(places, in_place).boxed();
    let statement = choice((
        instance.clone().map(CompositionItem::Instance),
        connection(places).map(CompositionItem::Connection),
        group(places, instance).map(CompositionItem::Group),
        export(places).map(CompositionItem::Export),
    ))
    .labelled(STATEMENT);
    let head = keyword("composition")
        .ignore_then(name(places).or_not())
        .map_with(move |name, extra| (name, places.span(extra.span())));
    head.then(recovery::block(statement, OUTSIDE_COMPOSITION))
        .map(|((name, span), items)| Composition { name, items, span })
        .boxed()
}

fn instance<'t>(
    places: Places<'t>, in_place: impl Parse<'t, Component>,
) -> impl Parse<'t, Instance> {
    keyword("component")
        .ignore_then(choice((
            in_place.map(Use::Inline),
            path(places).labelled("a component type").map(Use::Named),
        )))
        .then(name(places))
        .then_ignore(mark(";"))
        .map_with(move |(ty, name), extra| Instance { ty, name, span: places.span(extra.span()) })
}

#[derive(Clone, Copy)]
enum Side {
    From,
    To,
}

fn connection<'t>(places: Places<'t>) -> impl Parse<'t, Connection> {
    let side = choice((keyword("from").to(Side::From), keyword("to").to(Side::To)));
    let ends = side
        .then(path(places))
        .separated_by(mark(","))
        .allow_trailing()
        .collect::<Vec<(Side, Path)>>()
        .delimited_by(mark("("), mark(")"));
    let connector = choice((
        connector::in_place(places).map(Use::Inline),
        path(places).labelled("a connector").map(Use::Named),
    ));
    keyword("connection")
        .ignore_then(connector)
        .then(name(places))
        .then(ends)
        .then_ignore(mark(";"))
        .map_with(move |((connector, name), ends), extra| {
            let (from, to): (Vec<_>, Vec<_>) =
                ends.into_iter().partition(|(side, _)| matches!(side, Side::From));
            Connection {
                connector,
                name,
                from: from.into_iter().map(|(_, path)| path).collect(),
                to: to.into_iter().map(|(_, path)| path).collect(),
                span: places.span(extra.span()),
            }
        })
        .boxed()
}

fn group<'t>(places: Places<'t>, instance: impl Parse<'t, Instance>) -> impl Parse<'t, Group> {
    let head = keyword("group")
        .ignore_then(name(places).or_not())
        .map_with(move |name, extra| (name, places.span(extra.span())));
    head.then(recovery::block(instance, OUTSIDE_COMPOSITION))
        .map(|((name, span), instances)| Group { name, instances, span })
        .boxed()
}

fn export<'t>(places: Places<'t>) -> impl Parse<'t, Export> {
    keyword("export")
        .ignore_then(path(places))
        .then_ignore(mark("->"))
        .then(path(places))
        .then_ignore(mark(";"))
        .map_with(move |(source, destination), extra| Export {
            source,
            destination,
            span: places.span(extra.span()),
        })
        .boxed()
}
