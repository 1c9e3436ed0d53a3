//! Configurations: settings, references, queries.

use chumsky::prelude::*;

use super::basic::{keyword, mark, name, path};
use super::recovery::{self, OUTSIDE_COMPOSITION};
use super::value::{dictionary, lookup, value};
use super::{Parse, Places};
use crate::ast::{Configuration, Query, Reference, Setting, SettingValue};

/// What messages call a statement here.
pub(super) const STATEMENT: &str = "a setting";

/// `configuration name { ... }`
pub(super) fn configuration<'t>(places: Places<'t>) -> impl Parse<'t, Configuration> {
    let head = keyword("configuration")
        .ignore_then(name(places).or_not())
        .map_with(move |name, extra| (name, places.span(extra.span())));
    head.then(recovery::block(setting(places), OUTSIDE_COMPOSITION))
        .map(|((name, span), settings)| Configuration { name, settings, span })
        .boxed()
}

fn setting<'t>(places: Places<'t>) -> impl Parse<'t, Setting> {
    let assigned = mark("=").ignore_then(choice((
        query(places).map(SettingValue::Query),
        value(places).map(SettingValue::Value),
    )));
    let referred = mark("<-").ignore_then(reference(places)).map(SettingValue::Reference);
    name(places)
        .then_ignore(mark("."))
        .then(name(places))
        .then(choice((assigned, referred)))
        .then_ignore(mark(";"))
        .map_with(move |((target, attribute), value), extra| Setting {
            target,
            attribute,
            value,
            span: places.span(extra.span()),
        })
        .labelled(STATEMENT)
        .boxed()
}

fn reference<'t>(places: Places<'t>) -> impl Parse<'t, Reference> {
    path(places).then(lookup(places)).map_with(move |(path, lookup), extra| Reference {
        path,
        lookup,
        span: places.span(extra.span()),
    })
}

/// `dtb({...})`, `dtb([{...}, ...])`, `gpio({...})`, with keys after it or not.
fn query<'t>(places: Places<'t>) -> impl Parse<'t, Query> {
    let entry = dictionary(places, value(places)).boxed();
    let list = entry
        .clone()
        .separated_by(mark(","))
        .allow_trailing()
        .collect()
        .delimited_by(mark("["), mark("]"));
    name(places)
        .then(
            choice((list, entry.map(|entry| vec![entry])))
                .or_not()
                .delimited_by(mark("("), mark(")")),
        )
        .then(lookup(places))
        .map_with(move |((name, arguments), lookup), extra| Query {
            name,
            arguments: arguments.unwrap_or_default(),
            lookup,
            span: places.span(extra.span()),
        })
        .boxed()
}
