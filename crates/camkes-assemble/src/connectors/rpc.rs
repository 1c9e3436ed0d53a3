//! Calls: a capability to the server's endpoint, with a badge, for each client.
//!
//! The families differ in what else the two share: nothing, a buffer that handlers reach, or a
//! buffer that carries the arguments. Those whose declaration says `from_global_endpoint` have an
//! event from the server back to each client. Character output ([`camkes_check::is_one_way`])
//! always has a buffer and an event to the server, so that a client never waits for it.

use std::collections::BTreeSet;

use camkes_lang::model::{Connection, End, InterfaceType};
use camkes_lang::{Diagnostic, Value};
use component_config::badge;
use system_spec::model::{Cap, Rights};

use super::{Connector, number, only};
use crate::assembly::Assembly;
use crate::builder::{cap, index};
use crate::geometry::{PAGE, pages};
use crate::image::CACHED;
use crate::plan::{Client, Mapped, Served, Transport};

/// Bytes of a buffer if the assembly doesn't say.
const BUFFER: u64 = 4096;
/// Settings of a client that are the server's to know.
const CLIENT_SETTINGS: [&str; 6] = ["mac", "pins", "port", "ports", "partitions", "attributes"];

/// Arguments in messages, nothing shared.
pub struct Rpc;
/// Arguments in messages, and a buffer.
pub struct RpcWithBuffer;
/// Arguments in a buffer.
pub struct RpcOverMemory;

impl Connector for Rpc {
    fn names(&self) -> &'static [&'static str] {
        &[
            "seL4RPCCall",
            "seL4RPCCallNoType",
            "seL4RPCCallSignal",
            "seL4RPCNoThreads",
            "seL4TimeServer",
            "seL4GPIOServer",
        ]
    }

    fn connect<'a>(
        &self, assembly: &mut Assembly<'a>, connection: &'a Connection,
    ) -> Result<(), Diagnostic> {
        connect(assembly, connection, Transport::Message, false)
    }
}

impl Connector for RpcWithBuffer {
    fn names(&self) -> &'static [&'static str] {
        &[
            "seL4RPCDataport",
            "seL4RPCDataportNoThreads",
            "seL4RPCDataportSignal",
            "seL4SerialServer",
            "seL4Ethdriver",
            "seL4PicoServer",
            "seL4PicoServerSignal",
            "seL4UDPSend",
            "seL4UDPRecv",
            "seL4Sataserver",
        ]
    }

    fn connect<'a>(
        &self, assembly: &mut Assembly<'a>, connection: &'a Connection,
    ) -> Result<(), Diagnostic> {
        connect(assembly, connection, Transport::Message, true)
    }
}

impl Connector for RpcOverMemory {
    fn names(&self) -> &'static [&'static str] {
        &["seL4RPCOverMultiSharedData"]
    }

    fn connect<'a>(
        &self, assembly: &mut Assembly<'a>, connection: &'a Connection,
    ) -> Result<(), Diagnostic> {
        connect(assembly, connection, Transport::Memory, true)
    }
}

fn connect<'a>(
    assembly: &mut Assembly<'a>, connection: &'a Connection, transport: Transport, buffer: bool,
) -> Result<(), Diagnostic> {
    let model = assembly.model;
    let to = only(connection, &connection.to, "to")?;
    let signals = model[connection.connector].flag("from_global_endpoint");
    let one_way = match &model.interface_of(to).ty {
        InterfaceType::Procedure(id) => camkes_check::is_one_way(&model[*id]),
        _ => false,
    };
    let is_input = match &model.interface_of(to).ty {
        InterfaceType::Procedure(id) => model[*id].name == "GetChar",
        _ => false,
    };
    let states = is_input && model[connection.connector].name == "seL4SerialServer";
    let endpoint = assembly.endpoint(to)?;
    let provided = assembly.plan(to)?.provided_index(to.interface);
    let doorbell = if one_way { Some(assembly.event(to)?) } else { None };
    let numbers = numbers(assembly, &connection.from)?;
    for (position, (from, number)) in connection.from.iter().zip(numbers).enumerate() {
        let client = index(position);
        let name = model.end_name(from);
        if client >= badge::CLIENTS || provided >= badge::PROVIDED {
            return Err(Diagnostic::error(
                "too-many-clients",
                format!(
                    "`{}` has more than {} clients, which badges can't tell apart",
                    model.end_name(to),
                    badge::CLIENTS
                ),
            )
            .at(from.span));
        }
        let call = Cap { badge: badge::client(provided, client), ..cap(endpoint, Rights::CALL) };
        let slot = assembly.plan(from)?.cspace.add(call);
        let buffers = match buffer || one_way {
            true => Some(share(assembly, &name, from, to, states)?),
            false => None,
        };
        let event = if signals { Some(assembly.event(from)?) } else { None };
        let signal = event.map(|bit| assembly.signal(to, from, bit)).transpose()?;
        let doorbell_slot = doorbell.map(|bit| assembly.signal(from, to, bit)).transpose()?;
        let archive = archive(assembly, from, to)?;
        let plan = assembly.plan(from)?;
        let settings = CLIENT_SETTINGS
            .iter()
            .filter_map(|suffix| {
                Some(((*suffix).to_owned(), plan.setting(from.interface, suffix)?.value.clone()))
            })
            .collect();
        plan.clients.push(Client {
            interface: from.interface,
            endpoint: slot,
            number,
            transport,
            buffer: buffers.map(|(own, _)| own),
            event,
            doorbell: doorbell_slot,
            archive,
        });
        assembly.plan(to)?.served.push(Served {
            interface: to.interface,
            index: client,
            number,
            name,
            transport,
            buffer: buffers.map(|(_, server)| server),
            signal,
            doorbell,
            settings,
        });
    }
    Ok(())
}

/// Memory that client and server see, mapped into both.
fn share(
    assembly: &mut Assembly<'_>, name: &str, from: &End, to: &End, states: bool,
) -> Result<(Mapped, Mapped), Diagnostic> {
    let size = match assembly.plan(from)?.setting(from.interface, "shmem_size") {
        Some(setting) => number(&format!("{name}_shmem_size"), &setting.value)?.max(1),
        None => BUFFER,
    };
    // Behind the ring of a serial server's input, the client says what it is doing.
    let size = if states { pages(size) + PAGE } else { size };
    let memory = assembly.shared_memory(&format!("{name}.buffer"), size);
    let own = assembly.map(from, memory, (0, size), Rights::READ_WRITE, CACHED)?;
    let server = assembly.map(to, memory, (0, size), Rights::READ_WRITE, CACHED)?;
    Ok((own, server))
}

/// The server's files, for a client that reads them itself.
fn archive(
    assembly: &mut Assembly<'_>, from: &End, to: &End,
) -> Result<Option<Mapped>, Diagnostic> {
    let plan = assembly.plan(from)?;
    let setting = plan.setting(from.interface, "zero_copy");
    // Guests' images are large, and a VM component reads them again at each reset.
    let is_vm = camkes_check::is_virtual_machine(plan.component);
    let wanted = setting.map_or(is_vm, |setting| setting.value.as_bool().unwrap_or(false));
    if !wanted {
        return Ok(None);
    }
    let asked = setting.map(|setting| setting.span);
    let server = assembly.plan(to)?;
    let name = server.name;
    let Some(files) = server.own.archive else {
        let Some(span) = asked else {
            return Ok(None);
        };
        return Err(Diagnostic::error(
            "no-archive",
            format!("`{name}` has no files that could be read without copying"),
        )
        .at(span)
        .label(to.span, "the server"));
    };
    let mapped = assembly.map(from, files.memory, (0, files.size), Rights::READ, CACHED)?;
    Ok(Some(mapped))
}

/// The numbers that a server knows its clients by: those that are set, and for the others the next
/// free one from 1 on.
fn numbers(assembly: &mut Assembly<'_>, clients: &[End]) -> Result<Vec<u64>, Diagnostic> {
    let mut given = Vec::new();
    for client in clients {
        let plan = assembly.plan(client)?;
        let set = match plan.setting(client.interface, "attributes") {
            Some(setting) => Some(client_number(&setting.value)?),
            None => None,
        };
        given.push(set);
    }
    let taken: BTreeSet<u64> = given.iter().flatten().copied().collect();
    let mut free = (1..).filter(|number| !taken.contains(number));
    Ok(given.into_iter().map(|set| set.or_else(|| free.next()).unwrap_or(0)).collect())
}

/// A number, or a number as text.
fn client_number(value: &Value) -> Result<u64, Diagnostic> {
    let parsed = match value.as_str() {
        Some(text) => camkes_check::parse_number(text).and_then(|value| u64::try_from(value).ok()),
        None => value.as_u64(),
    };
    parsed.ok_or_else(|| {
        Diagnostic::error(
            "bad-value",
            format!("{value} is no number of a client, expected an integer from 0"),
        )
        .at(value.span)
    })
}
