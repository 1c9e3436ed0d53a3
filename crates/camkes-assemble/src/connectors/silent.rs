//! Connectors that need no objects.

use camkes_lang::Diagnostic;
use camkes_lang::model::Connection;

use super::Connector;
use crate::assembly::Assembly;

/// `seL4VMDTBPassthrough`: both ends are the same VM, whose devices are part of its guest.
pub struct DeviceTreePassthrough;
/// Connectors that generate initialisation code in C.
pub struct Initialisation;

impl Connector for DeviceTreePassthrough {
    fn names(&self) -> &'static [&'static str] {
        &["seL4VMDTBPassthrough"]
    }

    fn connect<'a>(
        &self, assembly: &mut Assembly<'a>, connection: &'a Connection,
    ) -> Result<(), Diagnostic> {
        let instances = connection.from.iter().chain(&connection.to).map(|end| end.instance);
        let mut instances: Vec<_> = instances.collect();
        instances.dedup();
        if instances.len() > 1 {
            return Err(Diagnostic::error(
                "wrong-end",
                format!(
                    "connection `{}` joins different instances, expected two interfaces of the \
                     same VM",
                    connection.name
                ),
            )
            .at(connection.span));
        }
        connection.to.iter().try_for_each(|end| assembly.plan(end).map(|_| ()))
    }
}

impl Connector for Initialisation {
    fn names(&self) -> &'static [&'static str] {
        &["x86IOSpaceDMA", "DynamicUntypedAllocatorEnvironment"]
    }

    fn connect<'a>(&self, _: &mut Assembly<'a>, _: &'a Connection) -> Result<(), Diagnostic> {
        Ok(())
    }
}
