//! Connectors: one module each, behind one trait.
//!
//! To add one, write a module with a type that implements [`Connector`], and list it in
//! [`CONNECTORS`]. `docs/assembly.md` walks through an example.

mod device_tree;
mod hardware_interrupt;
mod hardware_mmio;
mod message_queue;
mod notification;
mod refused;
mod rpc;
mod shared_data;
mod silent;
mod virtqueues;

use camkes_lang::model::{Connection, End};
use camkes_lang::{Diagnostic, Model, Span, Value};

use crate::assembly::Assembly;

/// Makes the objects and capabilities of connections.
pub trait Connector: Sync {
    /// The names of the connectors, as `.camkes` files declare them.
    fn names(&self) -> &'static [&'static str];

    /// Makes what one connection needs, and notes in the plans of its ends where they find it.
    ///
    /// # Errors
    ///
    /// When the connection can't be made.
    fn connect<'a>(
        &self, assembly: &mut Assembly<'a>, connection: &'a Connection,
    ) -> Result<(), Diagnostic>;

    /// Whether the `to` end is only a place for settings, so that its component needs no program.
    fn to_end_is_passive(&self) -> bool {
        false
    }
}

/// All connectors.
pub static CONNECTORS: &[&dyn Connector] = &[
    &rpc::Rpc,
    &rpc::RpcWithBuffer,
    &rpc::RpcOverMemory,
    &notification::Notification,
    &shared_data::SharedData,
    &shared_data::DmaSharedData,
    &shared_data::MultiSharedData,
    &message_queue::MessageQueue,
    &virtqueues::VirtQueues,
    &hardware_mmio::HardwareMmio,
    &hardware_interrupt::HardwareInterrupt,
    &device_tree::DeviceTreeHardware,
    &device_tree::InitHardware,
    &silent::DeviceTreePassthrough,
    &silent::Initialisation,
    &refused::Refused,
];

/// The connector of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static dyn Connector> {
    CONNECTORS.iter().copied().find(|connector| connector.names().contains(&name))
}

/// The names of all connectors.
pub fn names() -> impl Iterator<Item = &'static str> {
    CONNECTORS.iter().flat_map(|connector| connector.names().iter().copied())
}

/// What of a system can't be made, because of its connectors: found before any program is there.
#[must_use]
pub fn check(model: &Model) -> Vec<Diagnostic> {
    let wrong = |connection: &Connection| {
        let declared = &model[connection.connector];
        match find(&declared.name) {
            None => Some(unknown(&declared.name, connection, declared.span)),
            Some(_) if refused::NAMES.contains(&declared.name.as_str()) => {
                Some(refused::why(&declared.name, connection))
            }
            Some(_) => None,
        }
    };
    model.connections.iter().filter_map(wrong).collect()
}

/// Makes all connections. What can't be made is reported, and the others are made.
pub(crate) fn connect_all(assembly: &mut Assembly<'_>) {
    let model = assembly.model;
    for connection in &model.connections {
        let declared = &model[connection.connector];
        let result = match find(&declared.name) {
            Some(connector) => connector.connect(assembly, connection),
            None => Err(unknown(&declared.name, connection, declared.span)),
        };
        assembly.diagnostics.extend(result.err());
    }
}

fn unknown(name: &str, connection: &Connection, declared: Span) -> Diagnostic {
    Diagnostic::error(
        "unknown-connector",
        format!("the tool doesn't know how to make connections of the connector `{name}`"),
    )
    .at(connection.span)
    .label(declared, "the connector is declared here")
    .suggest(name, names())
    .help(
        "a connector of your own is a Rust module in the tool, `crates/camkes-assemble/src/\
         connectors`: docs/assembly.md shows how one is added",
    )
}

/// The one end of a side.
pub(crate) fn only<'c>(
    connection: &'c Connection, ends: &'c [End], side: &str,
) -> Result<&'c End, Diagnostic> {
    match ends {
        [end] => Ok(end),
        _ => Err(Diagnostic::error(
            "wrong-end",
            format!(
                "connection `{}` has {} `{side}` ends, expected one",
                connection.name,
                ends.len()
            ),
        )
        .at(connection.span)),
    }
}

/// A setting that has to be a number from 0.
pub(crate) fn number(name: &str, value: &Value) -> Result<u64, Diagnostic> {
    value.as_u64().ok_or_else(|| {
        Diagnostic::error(
            "bad-value",
            format!("`{name}` is {value}, expected an integer from 0 to 2^64 - 1"),
        )
        .at(value.span)
    })
}
