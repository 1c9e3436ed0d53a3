//! One-way queues of messages: memory that both ends see, and an event for the receiver.

use camkes_lang::Diagnostic;
use camkes_lang::model::{Connection, InterfaceType};
use system_spec::model::Rights;

use super::{Connector, number, only};
use crate::assembly::Assembly;
use crate::geometry::PAGE;
use crate::image::CACHED;
use crate::plan::{Consumed, Dataport, Emitted, Purpose};

/// Messages in a queue if the assembly doesn't say.
const LENGTH: u64 = 128;

/// `seL4MessageQueue`.
pub struct MessageQueue;

impl Connector for MessageQueue {
    fn names(&self) -> &'static [&'static str] {
        &["seL4MessageQueue"]
    }

    fn connect<'a>(
        &self, assembly: &mut Assembly<'a>, connection: &'a Connection,
    ) -> Result<(), Diagnostic> {
        let model = assembly.model;
        let from = only(connection, &connection.from, "from")?;
        let to = only(connection, &connection.to, "to")?;
        let interface = model.interface_of(from);
        let InterfaceType::Dataport { ty, size: Some(message) } = &interface.ty else {
            return Err(Diagnostic::error(
                "unknown-size",
                format!(
                    "the size of the messages of `{}` isn't known, expected a dataport `Buf(size)`",
                    model.end_name(from)
                ),
            )
            .at(from.span)
            .label(interface.span, "a type of a C header says nothing here"));
        };
        let length = match connection.settings.get("queue_size") {
            Some(setting) => {
                let length = number("queue_size", &setting.value)?;
                if !length.is_power_of_two() {
                    return Err(Diagnostic::error(
                        "bad-value",
                        format!("`queue_size` is {length}, expected a power of two"),
                    )
                    .at(setting.value.span));
                }
                length
            }
            None => LENGTH,
        };
        // Indices of both ends in a page of their own.
        let size = message.checked_mul(length).and_then(|bytes| bytes.checked_add(PAGE));
        let size = size.ok_or_else(|| {
            Diagnostic::error(
                "too-large",
                format!("{length} messages of {message} bytes (`{ty}`) are more than memory has"),
            )
            .at(connection.span)
        })?;
        let memory = assembly.shared_memory(&connection.name, size);
        let purpose = Purpose::Queue { message: *message, length };
        for end in [from, to] {
            let mapped = assembly.map(end, memory, (0, size), Rights::READ_WRITE, CACHED)?;
            let plan = assembly.plan(end)?;
            let id = match plan.setting(end.interface, "id") {
                Some(setting) => Some(number("id", &setting.value)?),
                None => None,
            };
            let interface = end.interface;
            let cached = true;
            plan.dataports.push(Dataport { interface, mapped, paddr: None, cached, purpose, id });
        }
        let bit = assembly.event(to)?;
        assembly.plan(to)?.consumed.push(Consumed { interface: to.interface, bit });
        let slot = assembly.signal(from, to, bit)?;
        assembly.plan(from)?.emitted.push(Emitted { interface: from.interface, slot });
        Ok(())
    }
}
