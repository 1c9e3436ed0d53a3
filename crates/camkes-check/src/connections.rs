//! Connections: the right number of ends, of the right kind and type, and nothing left open.

use camkes_lang::ast::{EndType, InterfaceKind};
use camkes_lang::model::{Connection, Connector, ConnectorEnd, End, Interface, InterfaceType};
use camkes_lang::{Diagnostic, Model};

use crate::context::{Context, Side};

pub(crate) fn check(context: &Context<'_>, incomplete: bool, found: &mut Vec<Diagnostic>) {
    for connection in &context.model.connections {
        let connector = context.connector(connection);
        count(connection, connector, &connection.from, Side::From, found);
        count(connection, connector, &connection.to, Side::To, found);
        for end in &connection.from {
            kind(context.model, connector, end, Side::From, found);
        }
        for end in &connection.to {
            kind(context.model, connector, end, Side::To, found);
        }
        if !connector.takes_any_type() && !incomplete {
            same_type(context.model, connection, connector, found);
        }
    }
    if !incomplete {
        unconnected(context, found);
    }
}

fn declared(connector: &Connector, side: Side) -> &ConnectorEnd {
    match side {
        Side::From => &connector.from,
        Side::To => &connector.to,
    }
}

fn count(
    connection: &Connection, connector: &Connector, ends: &[End], side: Side,
    found: &mut Vec<Diagnostic>,
) {
    let word = side.word();
    if ends.is_empty() {
        found.push(
            Diagnostic::error(
                "missing-end",
                format!("connection `{}` has no `{word}` end", connection.name),
            )
            .at(connection.span),
        );
    }
    let [first, second, ..] = ends else {
        return;
    };
    if declared(connector, side).multiple {
        return;
    }
    let mut diagnostic = Diagnostic::error(
        "too-many-ends",
        format!(
            "connection `{}` has {} `{word}` ends, but the connector `{}` takes only one",
            connection.name,
            ends.len(),
            connector.name
        ),
    )
    .at_with(second.span, format!("one `{word}` end too many"))
    .label(first.span, "the first one is here")
    .label(connector.span, "the connector is declared here");
    if connection.parts.len() > 1 {
        let parts: Vec<&str> = connection.parts.iter().map(|part| part.name.as_str()).collect();
        diagnostic = diagnostic.note(format!(
            "it is made of the connections {} because they share an interface",
            parts.join(", ")
        ));
    }
    found.push(diagnostic);
}

/// What an interface is called in messages.
fn describe(kind: InterfaceKind) -> &'static str {
    match kind {
        InterfaceKind::Uses => "a used procedure",
        InterfaceKind::Provides => "a provided procedure",
        InterfaceKind::Emits => "an emitted event",
        InterfaceKind::Consumes => "a consumed event",
        InterfaceKind::Dataport => "a dataport",
    }
}

fn kind(model: &Model, connector: &Connector, end: &End, side: Side, found: &mut Vec<Diagnostic>) {
    let declared = declared(connector, side);
    let expected = match (declared.ty, side) {
        (EndType::Procedure, Side::From) => InterfaceKind::Uses,
        (EndType::Procedure, Side::To) => InterfaceKind::Provides,
        (EndType::Event, Side::From) => InterfaceKind::Emits,
        (EndType::Event, Side::To) => InterfaceKind::Consumes,
        (EndType::Dataport, _) => InterfaceKind::Dataport,
    };
    let interface = model.interface_of(end);
    let name = model.end_name(end);
    let word = side.word();
    if interface.kind != expected {
        let mut diagnostic = Diagnostic::error(
            "wrong-end",
            format!(
                "`{name}` is {}, but the `{word}` end of `{}` takes {}",
                describe(interface.kind),
                connector.name,
                describe(expected)
            ),
        )
        .at_with(end.span, format!("expected {}", describe(expected)))
        .label(interface.span, "the interface is declared here");
        if opposite(interface.kind) == expected && interface.kind != InterfaceKind::Dataport {
            diagnostic = diagnostic.help("exchange `from` and `to`");
        }
        found.push(diagnostic);
    }
    let component = model.component_of(end.instance);
    if component.hardware != declared.hardware {
        let message = if declared.hardware {
            format!(
                "`{name}` belongs to software, but the `{word}` end of `{}` takes a hardware component",
                connector.name
            )
        } else {
            format!(
                "`{name}` belongs to a hardware component, but the `{word}` end of `{}` takes software",
                connector.name
            )
        };
        found.push(
            Diagnostic::error("wrong-end", message)
                .at(end.span)
                .label(component.span, format!("component `{}` is declared here", component.name)),
        );
    }
}

fn opposite(kind: InterfaceKind) -> InterfaceKind {
    match kind {
        InterfaceKind::Uses => InterfaceKind::Provides,
        InterfaceKind::Provides => InterfaceKind::Uses,
        InterfaceKind::Emits => InterfaceKind::Consumes,
        InterfaceKind::Consumes => InterfaceKind::Emits,
        InterfaceKind::Dataport => InterfaceKind::Dataport,
    }
}

/// The type's name as it is written.
pub(crate) fn type_name(model: &Model, interface: &Interface) -> String {
    match &interface.ty {
        InterfaceType::Procedure(id) => model[*id].name.clone(),
        InterfaceType::Event(name) => name.clone(),
        InterfaceType::Dataport { ty, size } => match size {
            Some(size) => format!("{ty}({size})"),
            None => ty.clone(),
        },
    }
}

fn same_type(
    model: &Model, connection: &Connection, connector: &Connector, found: &mut Vec<Diagnostic>,
) {
    let mut ends = connection.from.iter().chain(&connection.to);
    let Some(first) = ends.next() else {
        return;
    };
    let expected = model.interface_of(first);
    for end in ends {
        let interface = model.interface_of(end);
        if interface.ty == expected.ty {
            continue;
        }
        let (given, wanted) = (type_name(model, interface), type_name(model, expected));
        found.push(
            Diagnostic::error(
                "type-mismatch",
                format!(
                    "connection `{}` joins interfaces of different types: `{}` is `{wanted}`, `{}` is `{given}`",
                    connection.name,
                    model.end_name(first),
                    model.end_name(end)
                ),
            )
            .at_with(end.span, format!("this is `{given}`"))
            .label(first.span, format!("this is `{wanted}`"))
            .label(interface.span, "declared here")
            .label(expected.span, "declared here")
            .help(format!(
                "give both the same type, or use a connector with `disable_interface_type_checking` (`{}` has none)",
                connector.name
            )),
        );
        // One message for each connection: the rest follows from the first mistake.
        return;
    }
}

fn unconnected(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (id, instance, component) in context.instances() {
        if component.hardware {
            continue;
        }
        for (index, interface) in component.interfaces.iter().enumerate() {
            // Nobody has to listen to a server or an event: only what a component needs itself
            // must be there.
            let needed = matches!(
                interface.kind,
                InterfaceKind::Uses | InterfaceKind::Consumes | InterfaceKind::Dataport
            );
            if !needed
                || interface.optional
                || interface.exported
                || context.connection(id, index).is_some()
            {
                continue;
            }
            found.push(
                Diagnostic::error(
                    "unconnected",
                    format!(
                        "the interface `{}.{}` is not connected ({} of type `{}`)",
                        instance.name,
                        interface.name,
                        describe(interface.kind),
                        type_name(context.model, interface)
                    ),
                )
                .at_with(instance.name_span, "this instance")
                .label(interface.span, "the interface is declared here")
                .help(format!(
                    "connect it, or declare it `maybe` if `{}` can do without",
                    component.name
                )),
            );
        }
    }
}
