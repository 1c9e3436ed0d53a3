//! Procedures and their methods.

use chumsky::prelude::*;

use super::basic::{include, keyword, mark, name};
use super::recovery::{self, OUTSIDE};
use super::types::{declaration, named};
use super::{Parse, Places};
use crate::ast::{Attribute, Direction, Include, Method, Parameter, Procedure};

/// What messages call a statement here.
pub(super) const STATEMENT: &str = "a method";

enum Statement {
    Include(Include),
    Method(Method),
    Attribute(Attribute),
}

/// `procedure Name { ... }`
pub(super) fn procedure<'t>(places: Places<'t>) -> impl Parse<'t, Procedure> {
    let attribute = keyword("attribute")
        .or_not()
        .ignore_then(declaration(places))
        .then_ignore(mark(";").or_not());
    // A method and an attribute both begin with a type and a name.
    let statement = choice((
        include(places, "include").map(Statement::Include),
        method(places).map(Statement::Method),
        attribute.map(Statement::Attribute),
    ))
    .labelled(STATEMENT)
    .boxed();
    let head = keyword("procedure")
        .ignore_then(name(places).or_not())
        .map_with(move |name, extra| (name, places.span(extra.span())));
    head.then(recovery::block(statement, OUTSIDE))
        .map(|((name, span), statements)| {
            let mut procedure = Procedure {
                name,
                includes: Vec::new(),
                methods: Vec::new(),
                attributes: Vec::new(),
                span,
            };
            for statement in statements {
                match statement {
                    Statement::Include(include) => procedure.includes.push(include),
                    Statement::Method(method) => procedure.methods.push(method),
                    Statement::Attribute(attribute) => procedure.attributes.push(attribute),
                }
            }
            procedure
        })
        .boxed()
}

fn method<'t>(places: Places<'t>) -> impl Parse<'t, Method> {
    let returns = choice((keyword("void").to(None), named(places).map(Some)));
    let parameters = choice((
        keyword("void").to(Vec::new()),
        parameter(places).separated_by(mark(",")).allow_trailing().collect(),
    ))
    .delimited_by(mark("("), mark(")"));
    returns
        .then(name(places))
        .then(parameters)
        .then_ignore(mark(";"))
        .map_with(move |((returns, name), parameters), extra| Method {
            name,
            returns,
            parameters,
            span: places.span(extra.span()),
        })
        .boxed()
}

fn parameter<'t>(places: Places<'t>) -> impl Parse<'t, Parameter> {
    let direction = choice((
        keyword("in").to(Direction::In),
        keyword("out").to(Direction::Out),
        keyword("inout").to(Direction::InOut),
        keyword("refin").to(Direction::RefIn),
    ));
    direction
        .or_not()
        .then(named(places))
        .then(name(places))
        .then(mark("[").then(mark("]")).or_not())
        .map(|(((direction, ty), name), array)| Parameter {
            direction: direction.unwrap_or(Direction::In),
            ty,
            name,
            array: array.is_some(),
        })
}
