//! Connectors.

use chumsky::prelude::*;

use super::basic::{keyword, mark, name};
use super::number::number;
use super::types::attribute;
use super::{Parse, Places};
use crate::ast::{Attribute, Connector, ConnectorEnd, EndType};

/// `connector Name { from ...; to ...; }`
pub(super) fn connector<'t>(places: Places<'t>) -> impl Parse<'t, Connector> {
    let head = keyword("connector")
        .ignore_then(name(places).or_not())
        .map_with(move |name, extra| (name, places.span(extra.span())));
    head.then(body(places))
        .map(|((name, span), (from, to, attributes))| Connector {
            name,
            from,
            to,
            attributes,
            span,
        })
        .boxed()
}

/// A connector that is written where a connection is declared.
pub(super) fn in_place<'t>(places: Places<'t>) -> impl Parse<'t, Connector> {
    body(places)
        .map_with(move |(from, to, attributes), extra| Connector {
            name: None,
            from,
            to,
            attributes,
            span: places.span(extra.span()),
        })
        .boxed()
}

fn body<'t>(places: Places<'t>) -> impl Parse<'t, (ConnectorEnd, ConnectorEnd, Vec<Attribute>)> {
    keyword("from")
        .ignore_then(end(places))
        .then_ignore(keyword("to"))
        .then(end(places))
        .then(attribute(places).repeated().collect())
        .delimited_by(mark("{"), mark("}"))
        .map(|((from, to), attributes)| (from, to, attributes))
}

fn end<'t>(places: Places<'t>) -> impl Parse<'t, ConnectorEnd> {
    let ty = choice((
        keyword("Procedure").to((EndType::Procedure, false)),
        keyword("Procedures").to((EndType::Procedure, true)),
        keyword("Event").to((EndType::Event, false)),
        keyword("Events").to((EndType::Event, true)),
        keyword("Dataport").to((EndType::Dataport, false)),
        keyword("Dataports").to((EndType::Dataport, true)),
    ));
    let threads = keyword("with")
        .ignore_then(number(places))
        .then_ignore(choice((keyword("thread"), keyword("threads"))))
        .validate(|value, extra, emitter| {
            let count = value.as_u64().and_then(|count| u32::try_from(count).ok());
            count.unwrap_or_else(|| {
                let text = format!("the number of threads is a whole number, not {value}");
                emitter.emit(Rich::custom(extra.span(), text));
                1
            })
        });
    keyword("hardware").or_not().then(ty).then(threads.or_not()).then_ignore(mark(";")).map(
        |((hardware, (ty, multiple)), threads)| ConnectorEnd {
            ty,
            multiple,
            hardware: hardware.is_some(),
            threads: threads.unwrap_or(1),
        },
    )
}
