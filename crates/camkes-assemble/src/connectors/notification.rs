//! Events: a capability to the receiver's notification, with the event's bit as badge.

use camkes_lang::Diagnostic;
use camkes_lang::model::Connection;

use super::Connector;
use crate::assembly::Assembly;
use crate::plan::{Consumed, Emitted};

/// Every emitter raises the event of every receiver.
pub struct Notification;

impl Connector for Notification {
    fn names(&self) -> &'static [&'static str] {
        &[
            "seL4Notification",
            "seL4NotificationBind",
            "seL4NotificationNative",
            "seL4NotificationQueue",
            "seL4GlobalAsynch",
            "seL4GlobalAsynchCallback",
        ]
    }

    fn connect<'a>(
        &self, assembly: &mut Assembly<'a>, connection: &'a Connection,
    ) -> Result<(), Diagnostic> {
        for to in &connection.to {
            let bit = assembly.event(to)?;
            assembly.plan(to)?.consumed.push(Consumed { interface: to.interface, bit });
            for from in &connection.from {
                let slot = assembly.signal(from, to, bit)?;
                assembly.plan(from)?.emitted.push(Emitted { interface: from.interface, slot });
            }
        }
        Ok(())
    }
}
