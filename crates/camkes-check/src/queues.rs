//! Virtqueues: topologies, queue numbers, and the switch tables that use them.

use std::collections::BTreeMap;

use camkes_lang::model::{Connection, Instance, InstanceId, InterfaceType, Setting};
use camkes_lang::{Diagnostic, Model, Value};

use crate::context::{Context, list};

const CONNECTOR: &str = "seL4VirtQueues";

pub(crate) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let model = context.model;
    let mut queues: BTreeMap<InstanceId, Vec<Queue<'_>>> = BTreeMap::new();
    for connection in &model.connections {
        if context.connector(connection).name != CONNECTOR {
            continue;
        }
        topology(model, connection, found);
        for end in &connection.from {
            let interface = model.interface_of(end);
            let key = format!("{}_id", interface.name);
            if let Some(setting) = model[end.instance].settings.get(&key)
                && let Some(number) = setting.value.as_u64()
            {
                let driver = match &interface.ty {
                    InterfaceType::Procedure(id) => model[*id].name == "VirtQueueDrv",
                    _ => false,
                };
                queues.entry(end.instance).or_default().push(Queue {
                    interface: &interface.name,
                    number,
                    driver,
                    setting,
                });
            }
        }
    }
    for (owner, queues) in &mut queues {
        let instance = &model[*owner];
        duplicates(instance, queues, found);
        for key in ["vswitch_layout", "serial_layout", "socket_layout"] {
            for entry in list(instance, key) {
                layout(instance, key, entry, queues, found);
            }
        }
    }
    addresses(model, found);
}

/// An end of a virtqueue connection.
struct Queue<'m> {
    interface: &'m str,
    number: u64,
    driver: bool,
    setting: &'m Setting,
}

fn duplicates(instance: &Instance, queues: &mut [Queue<'_>], found: &mut Vec<Diagnostic>) {
    queues.sort_by_key(|queue| queue.number);
    for pair in queues.windows(2) {
        if let [first, second] = pair
            && first.number == second.number
        {
            found.push(
                Diagnostic::error(
                    "duplicate-queue",
                    format!(
                        "`{0}.{1}_id` and `{0}.{2}_id` are both {3}",
                        instance.name, first.interface, second.interface, first.number
                    ),
                )
                .at(second.setting.span)
                .label(first.setting.span, "used here first"),
            );
        }
    }
}

/// Entries of a topology name the `from` ends of the same connection.
fn topology(model: &Model, connection: &Connection, found: &mut Vec<Diagnostic>) {
    let ends: Vec<String> = connection.from.iter().map(|end| model.end_name(end)).collect();
    for to in &connection.to {
        let instance = &model[to.instance];
        let key = format!("{}_topology", model.interface_of(to).name);
        for entry in list(instance, &key) {
            same_size(model, connection, entry, found);
            for side in ["drv", "dev"] {
                let Some(value) = entry.get(side) else {
                    continue;
                };
                let Some(name) = value.as_str() else {
                    continue;
                };
                if ends.iter().any(|end| end == name) {
                    continue;
                }
                found.push(
                    Diagnostic::error(
                        "unknown-end",
                        format!(
                            "`{}.{key}`: `{name}` is not an end of the connection `{}`",
                            instance.name, connection.name
                        ),
                    )
                    .at(value.span)
                    .label(connection.span, "the connection")
                    .suggest(name, ends.iter().map(String::as_str)),
                );
            }
        }
    }
}

/// The bytes that an end of a virtqueue connection has if none are set.
const DEFAULT_SIZE: u64 = 8192;

/// Both ends of a queue see the same memory.
fn same_size(model: &Model, connection: &Connection, entry: &Value, found: &mut Vec<Diagnostic>) {
    let size = |side: &str| {
        let name = entry.get(side)?.as_str()?;
        let end = connection.from.iter().find(|end| model.end_name(end) == name)?;
        let key = format!("{}_shmem_size", model.interface_of(end).name);
        let setting = model[end.instance].settings.get(&key);
        let bytes = setting.map_or(Some(DEFAULT_SIZE), |setting| setting.value.as_u64())?;
        Some((format!("{}.{key}", model[end.instance].name), bytes))
    };
    if let (Some((driver, sent)), Some((device, received))) = (size("drv"), size("dev"))
        && sent != received
    {
        found.push(
            Diagnostic::error(
                "queue-size",
                format!("both ends of a queue have the same memory, but `{driver}` is {sent} and `{device}` is {received}"),
            )
            .at(entry.span)
            .note(format!("an end that has no setting has {DEFAULT_SIZE} bytes")),
        );
    }
}

/// An entry of a switch's or console's table names two queues of the instance.
fn layout(
    instance: &Instance, key: &str, entry: &Value, queues: &[Queue<'_>],
    found: &mut Vec<Diagnostic>,
) {
    for (field, driver) in [("send_id", true), ("recv_id", false)] {
        let Some(value) = entry.get(field) else {
            continue;
        };
        let Some(number) = value.as_u64() else {
            continue;
        };
        let message = match queues.iter().find(|queue| queue.number == number) {
            Some(queue) if queue.driver == driver => continue,
            Some(queue) => format!(
                "`{}.{key}`: the queue {number} is `{}`, which {}",
                instance.name,
                queue.interface,
                if driver { "receives (a VirtQueueDev)" } else { "sends (a VirtQueueDrv)" }
            ),
            None => format!("`{}.{key}`: `{}` has no queue {number}", instance.name, instance.name),
        };
        let known: Vec<String> = queues
            .iter()
            .map(|queue| format!("{} is `{}`", queue.number, queue.interface))
            .collect();
        found.push(
            Diagnostic::error("unknown-queue", message)
                .at_with(value.span, format!("the `{field}`"))
                .note(format!("of its queues, {}", known.join(", "))),
        );
    }
}

/// Ethernet addresses are well-formed, and each belongs to one instance.
fn addresses(model: &Model, found: &mut Vec<Diagnostic>) {
    let mut owners: BTreeMap<[u8; 6], (&Instance, &Setting)> = BTreeMap::new();
    for instance in &model.instances {
        for entry in list(instance, "vswitch_layout") {
            if let Some(value) = entry.get("mac_addr") {
                let name = format!("{}.vswitch_layout", instance.name);
                ethernet(&name, value, found);
            }
        }
        let Some(setting) = instance.settings.get("vswitch_mac_address") else {
            continue;
        };
        if setting.value.as_str().is_none_or(str::is_empty) {
            continue;
        }
        let name = format!("{}.vswitch_mac_address", instance.name);
        let Some(address) = ethernet(&name, &setting.value, found) else {
            continue;
        };
        if let Some((other, first)) = owners.get(&address) {
            found.push(
                Diagnostic::warning(
                    "duplicate-address",
                    format!(
                        "`{}` and `{}` have the same Ethernet address",
                        other.name, instance.name
                    ),
                )
                .at(setting.span)
                .label(first.span, "used here first"),
            );
        }
        owners.entry(address).or_insert((instance, setting));
    }
}

fn ethernet(name: &str, value: &Value, found: &mut Vec<Diagnostic>) -> Option<[u8; 6]> {
    let text = value.as_str()?;
    let bytes: Option<Vec<u8>> = text
        .split(':')
        .map(|part| {
            let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
            digits.then(|| u8::from_str_radix(part, 16).ok()).flatten()
        })
        .collect();
    let Some(Ok(address)) = bytes.map(<[u8; 6]>::try_from) else {
        found.push(
            Diagnostic::error(
                "bad-address",
                format!("`{name}`: \"{text}\" is no Ethernet address; expected six bytes like 02:00:00:00:aa:01"),
            )
            .at(value.span),
        );
        return None;
    };
    if address[0] & 1 != 0 {
        found.push(
            Diagnostic::error(
                "bad-address",
                format!("`{name}`: \"{text}\" is a group address, which no interface can have"),
            )
            .at(value.span)
            .help("the first byte must be even; 02 is the usual choice"),
        );
    }
    Some(address)
}
