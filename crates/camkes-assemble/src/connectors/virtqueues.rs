//! Virtqueues: for each pair of ends in the topology, memory that both see and an event to each.

use std::collections::BTreeSet;

use camkes_lang::model::{Connection, End};
use camkes_lang::{Diagnostic, Value};
use system_spec::model::Rights;

use super::{Connector, number, only};
use crate::assembly::Assembly;
use crate::image::CACHED;
use crate::plan::{Queue, interface_setting};

/// Bytes of a queue and its buffers if the assembly doesn't say.
const SIZE: u64 = 8192;
/// Descriptors of a queue if the assembly doesn't say.
const LENGTH: u64 = 256;

/// `seL4VirtQueues`.
pub struct VirtQueues;

impl Connector for VirtQueues {
    fn names(&self) -> &'static [&'static str] {
        &["seL4VirtQueues"]
    }

    fn to_end_is_passive(&self) -> bool {
        true
    }

    fn connect<'a>(
        &self, assembly: &mut Assembly<'a>, connection: &'a Connection,
    ) -> Result<(), Diagnostic> {
        let model = assembly.model;
        let to = only(connection, &connection.to, "to")?;
        let length = match connection.settings.get("queue_length") {
            Some(setting) => {
                let length = number("queue_length", &setting.value)?;
                if !length.is_power_of_two() {
                    return Err(Diagnostic::error(
                        "bad-value",
                        format!("`queue_length` is {length}, expected a power of two"),
                    )
                    .at(setting.value.span));
                }
                length
            }
            None => LENGTH,
        };
        for end in &connection.from {
            let event = assembly.event(end)?;
            let id = identifier(assembly, end)?;
            assembly.plan(end)?.queues.push(Queue {
                interface: end.interface,
                id,
                driver: false,
                length,
                memory: None,
                signal: None,
                event,
                peer: None,
            });
        }
        let instance = &model[to.instance];
        let component = model.component_of(to.instance);
        let topology = interface_setting(instance, component, to.interface, "topology");
        let pairs = topology.and_then(|setting| setting.value.as_list()).unwrap_or_default();
        let mut used = BTreeSet::new();
        for pair in pairs {
            let driver = named(assembly, connection, pair, "drv")?;
            let device = named(assembly, connection, pair, "dev")?;
            for end in [driver, device] {
                if !used.insert((end.instance, end.interface)) {
                    return Err(Diagnostic::error(
                        "duplicate-end",
                        format!("`{}` is in two queues, expected one", model.end_name(end)),
                    )
                    .at(pair.span));
                }
            }
            join(assembly, driver, device)?;
        }
        Ok(())
    }
}

/// The end that an entry of the topology names.
fn named<'c>(
    assembly: &Assembly<'_>, connection: &'c Connection, pair: &Value, side: &str,
) -> Result<&'c End, Diagnostic> {
    let name = pair.get(side).and_then(Value::as_str).unwrap_or_default();
    let found = connection.from.iter().find(|end| assembly.model.end_name(end) == name);
    found.ok_or_else(|| {
        Diagnostic::error(
            "unknown-end",
            format!("`{name}` is no end of the connection `{}`", connection.name),
        )
        .at(pair.span)
    })
}

/// The number that is set, or the next free one of the instance.
fn identifier(assembly: &mut Assembly<'_>, end: &End) -> Result<u64, Diagnostic> {
    let plan = assembly.plan(end)?;
    if let Some(setting) = plan.setting(end.interface, "id") {
        return number("id", &setting.value);
    }
    let mut taken: BTreeSet<u64> = plan.queues.iter().map(|queue| queue.id).collect();
    for interface in 0..plan.component.interfaces.len() {
        let set = plan.setting(interface, "id").and_then(|setting| setting.value.as_u64());
        taken.extend(set);
    }
    Ok((0..).find(|id| !taken.contains(id)).unwrap_or(0))
}

fn join(assembly: &mut Assembly<'_>, driver: &End, device: &End) -> Result<(), Diagnostic> {
    let (size, other) = (size(assembly, driver)?, size(assembly, device)?);
    if size != other {
        let model = assembly.model;
        return Err(Diagnostic::error(
            "queue-size",
            format!(
                "both ends of a queue have the same memory, but `{}` has {size} bytes and `{}` \
                 {other}",
                model.end_name(driver),
                model.end_name(device)
            ),
        )
        .at(device.span));
    }
    let name = assembly.model.end_name(driver);
    let memory = assembly.shared_memory(&format!("{name}.queue"), size);
    for (end, peer) in [(driver, device), (device, driver)] {
        let mapped = assembly.map(end, memory, (0, size), Rights::READ_WRITE, CACHED)?;
        let bit = queue(assembly, peer)?.event;
        let signal = assembly.signal(end, peer, bit)?;
        let peer_name = assembly.model.end_name(peer);
        let queue = queue(assembly, end)?;
        queue.driver = end == driver;
        queue.memory = Some(mapped);
        queue.signal = Some(signal);
        queue.peer = Some(peer_name);
    }
    Ok(())
}

fn queue<'p>(assembly: &'p mut Assembly<'_>, end: &End) -> Result<&'p mut Queue, Diagnostic> {
    let name = assembly.model.end_name(end);
    let plan = assembly.plan(end)?;
    let queue = plan.queues.iter_mut().find(|queue| queue.interface == end.interface);
    queue.ok_or_else(|| {
        Diagnostic::error("unknown-end", format!("`{name}` is no end of a queue")).at(end.span)
    })
}

fn size(assembly: &mut Assembly<'_>, end: &End) -> Result<u64, Diagnostic> {
    let name = assembly.model.end_name(end);
    match assembly.plan(end)?.setting(end.interface, "shmem_size") {
        Some(setting) => Ok(number(&format!("{name}_shmem_size"), &setting.value)?.max(1)),
        None => Ok(SIZE),
    }
}
