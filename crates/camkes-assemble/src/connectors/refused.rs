//! Connectors that are known, and that nothing here can make: each with the reason.

use camkes_lang::Diagnostic;
use camkes_lang::model::Connection;

use super::Connector;
use crate::assembly::Assembly;

/// Their names.
pub(super) const NAMES: &[&str] =
    &["seL4DirectCall", "seL4RPCEvent", "seL4HardwareIOPort", "seL4IOAPICHardwareInterrupt"];

/// See above.
pub struct Refused;

impl Connector for Refused {
    fn names(&self) -> &'static [&'static str] {
        NAMES
    }

    fn connect<'a>(
        &self, assembly: &mut Assembly<'a>, connection: &'a Connection,
    ) -> Result<(), Diagnostic> {
        Err(why(&assembly.model[connection.connector].name, connection))
    }
}

/// Why nothing can make a connection of the connector `name`, which is one of [`NAMES`].
pub(super) fn why(name: &str, connection: &Connection) -> Diagnostic {
    let (reason, help) = match name {
        "seL4DirectCall" => (
            "it calls a function of another component in the same address space, and each \
             component has an address space of its own here",
            "use `seL4RPCCall`",
        ),
        "seL4RPCEvent" => (
            "it makes the emitter wait for the receiver, and events don't wait here",
            "use `seL4Notification`, or `seL4RPCCall` with a procedure if the emitter has to wait",
        ),
        "seL4HardwareIOPort" => (
            "I/O ports are a PC's, and this kernel is one for AArch64",
            "map the device's registers with `seL4HardwareMMIO`",
        ),
        _ => (
            "I/O APICs are a PC's, and this kernel is one for AArch64",
            "use `seL4HardwareInterrupt`",
        ),
    };
    let message = format!("connections of `{name}` can't be made: {reason}");
    Diagnostic::error("unsupported-connector", message).at(connection.span).help(help)
}
