//! Assemblies and the domain schedule.

use chumsky::prelude::*;

use super::basic::{keyword, mark, name};
use super::component::reference;
use super::composition::composition;
use super::configuration::configuration;
use super::number::number;
use super::recovery::{self, OUTSIDE};
use super::{Parse, Places};
use crate::ast::{Assembly, AssemblyItem, Schedule, Slice, SliceUnit, Use};

/// What messages call a statement here.
pub(super) const STATEMENT: &str = "a composition, configuration or schedule";

/// `assembly name { ... }`
pub(super) fn assembly<'t>(places: Places<'t>) -> impl Parse<'t, Assembly> {
    let statement = choice((
        reference(places, "composition").map(|path| AssemblyItem::Composition(Use::Named(path))),
        composition(places).map(|inner| AssemblyItem::Composition(Use::Inline(inner))),
        reference(places, "configuration")
            .map(|path| AssemblyItem::Configuration(Use::Named(path))),
        configuration(places).map(|inner| AssemblyItem::Configuration(Use::Inline(inner))),
        schedule(places).map(AssemblyItem::Schedule),
    ))
    .labelled(STATEMENT)
    .boxed();
    let head = keyword("assembly")
        .ignore_then(name(places).or_not())
        .map_with(move |name, extra| (name, places.span(extra.span())));
    head.then(recovery::block(statement, OUTSIDE))
        .map(|((name, span), items)| Assembly { name, items, span })
        .boxed()
}

/// `schedule { [(domain, length), ...] }`
fn schedule<'t>(places: Places<'t>) -> impl Parse<'t, Schedule> {
    let unit =
        choice((keyword("ticks").to(SliceUnit::Ticks), keyword("us").to(SliceUnit::Microseconds)));
    let slice = number(places)
        .then_ignore(mark(","))
        .then(number(places))
        .then(unit.or_not())
        .delimited_by(mark("("), mark(")"))
        .map_with(move |((domain, length), unit), extra| Slice {
            domain,
            length,
            unit: unit.unwrap_or(SliceUnit::Ticks),
            span: places.span(extra.span()),
        });
    let slices =
        slice.separated_by(mark(",")).allow_trailing().collect().delimited_by(mark("["), mark("]"));
    keyword("schedule")
        .map_with(move |(), extra| places.span(extra.span()))
        .then(slices.delimited_by(mark("{"), mark("}")))
        .map(|(span, slices)| Schedule { slices, span })
        .boxed()
}
