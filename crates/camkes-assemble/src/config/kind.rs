//! How an instance's interfaces are connected.

use camkes_lang::Diagnostic;
use component_config::model::{
    Client, Dataport, Irq, Kind, Provides, QueueRole, Transport, Uses, Value as Written,
};

use super::{region, value};
use crate::plan::{self, Mapped, Plan, Purpose};

/// How an interface is connected. What the kinds have no field for goes into `properties`.
pub(super) fn kind(
    plan: &Plan<'_>, number: usize, properties: &mut Vec<(String, Written)>,
) -> Result<Kind, Diagnostic> {
    let mut add = |name: &str, value: Written| properties.push((name.to_owned(), value));
    if let Some(client) = plan.clients.iter().find(|client| client.interface == number) {
        if let Some(doorbell) = client.doorbell {
            add("doorbell", integer(doorbell));
        }
        if let Some(archive) = &client.archive {
            add("archive", place(archive));
        }
        return Ok(Kind::Uses(uses(plan, client)?));
    }
    if plan.component.interfaces[number].kind == camkes_lang::ast::InterfaceKind::Provides {
        let served = || plan.served.iter().filter(|served| served.interface == number);
        if let Some(doorbell) = served().find_map(|served| served.doorbell) {
            add("doorbell", integer(doorbell));
        }
        let clients: Result<Vec<Client>, Diagnostic> =
            served().map(|served| client(plan, served)).collect();
        let clients = clients?;
        return Ok(match clients.is_empty() {
            true => Kind::Unconnected,
            false => Kind::Provides(Provides { index: plan.provided_index(number), clients }),
        });
    }
    if let Some(node) = plan.nodes.iter().find(|node| node.interface == number) {
        let compatible = node.compatible.iter().cloned().map(Written::String).collect();
        add("compatible", Written::List(compatible));
        return device(plan, Some(number), node.path.clone());
    }
    if let Some(queue) = plan.queues.iter().find(|queue| queue.interface == number) {
        if let Some(peer) = &queue.peer {
            add("peer", Written::String(peer.clone()));
        }
        return virtqueue(plan, queue);
    }
    let mut ports = plan.dataports.iter().filter(|port| port.interface == number);
    let consumed = plan.consumed.iter().find(|event| event.interface == number);
    let emitted: Vec<u32> = plan
        .emitted
        .iter()
        .filter(|event| event.interface == number)
        .map(|event| event.slot)
        .collect();
    if let Some(port) = ports.next() {
        if let Purpose::Queue { message, length } = port.purpose {
            add("message_size", Written::Integer(message.into()));
            add("queue_size", Written::Integer(length.into()));
        }
        if let Some(event) = consumed {
            add("event", integer(event.bit));
        }
        if !emitted.is_empty() {
            add("notifications", Written::List(emitted.into_iter().map(integer).collect()));
        }
        if plan.guest.is_some()
            && let Some(setting) = plan.setting(number, crate::guest::shared::KEY)
        {
            add(crate::guest::shared::KEY, value(&setting.value));
        }
        // One memory for each client; the first is the dataport's own.
        let more: Vec<Written> = ports.map(|port| place(&port.mapped)).collect();
        if !more.is_empty() {
            add("more", Written::List(more));
        }
        return Ok(Kind::Dataport(dataport(plan, port)?));
    }
    if let Some(event) = consumed {
        return Ok(Kind::Consumes { bit: bit(event.bit), irqs: irqs(plan, Some(number)) });
    }
    Ok(match emitted.is_empty() {
        true => Kind::Unconnected,
        false => Kind::Emits { notifications: emitted },
    })
}

fn uses(plan: &Plan<'_>, client: &plan::Client) -> Result<Uses, Diagnostic> {
    Ok(Uses {
        endpoint: client.endpoint,
        client: narrow(plan, client.number)?,
        transport: transport(client.transport),
        buffer: client.buffer.as_ref().map(region),
        event: client.event.map(bit),
    })
}

fn client(plan: &Plan<'_>, served: &plan::Served) -> Result<Client, Diagnostic> {
    Ok(Client {
        number: narrow(plan, served.number)?,
        name: served.name.clone(),
        transport: transport(served.transport),
        buffer: served.buffer.as_ref().map(region),
        notification: served.signal,
        properties: served
            .settings
            .iter()
            .map(|(name, setting)| (name.clone(), value(setting)))
            .collect(),
    })
}

fn dataport(plan: &Plan<'_>, port: &plan::Dataport) -> Result<Dataport, Diagnostic> {
    Ok(Dataport {
        region: region(&port.mapped),
        readable: true,
        writable: port.mapped.writable,
        cached: port.cached,
        id: port.id.map(|id| narrow(plan, id)).transpose()?,
        physical: port.paddr,
        frames: Vec::new(),
    })
}

fn virtqueue(plan: &Plan<'_>, queue: &plan::Queue) -> Result<Kind, Diagnostic> {
    let Some(memory) = &queue.memory else {
        return Ok(Kind::Unconnected);
    };
    Ok(Kind::VirtQueue {
        role: if queue.driver { QueueRole::Driver } else { QueueRole::Device },
        memory: Dataport {
            region: region(memory),
            readable: true,
            writable: true,
            cached: true,
            ..Dataport::default()
        },
        id: narrow(plan, queue.id)?,
        length: narrow(plan, queue.length)?,
        notification: queue.signal,
        bit: Some(bit(queue.event)),
    })
}

pub(super) fn device(
    plan: &Plan<'_>, number: Option<usize>, path: String,
) -> Result<Kind, Diagnostic> {
    let registers = plan.registers.iter().filter(|registers| registers.interface == number);
    let interrupt = plan.interrupts.iter().find(|interrupt| interrupt.interface == number);
    Ok(Kind::Device {
        bit: interrupt.map(|interrupt| bit(interrupt.bit)),
        irqs: irqs(plan, number),
        registers: registers
            .map(|registers| Dataport {
                region: region(&registers.mapped),
                readable: true,
                writable: true,
                cached: registers.cached,
                physical: Some(registers.paddr),
                ..Dataport::default()
            })
            .collect(),
        path,
    })
}

fn irqs(plan: &Plan<'_>, number: Option<usize>) -> Vec<Irq> {
    let own = plan.interrupts.iter().filter(|interrupt| interrupt.interface == number);
    own.map(|interrupt| Irq { number: interrupt.number, handler: interrupt.slot }).collect()
}

/// An address range as a value.
fn place(mapped: &Mapped) -> Written {
    Written::Dict(vec![
        ("address".to_owned(), Written::Integer(mapped.address.into())),
        ("size".to_owned(), Written::Integer(mapped.size.into())),
    ])
}

fn integer(number: u32) -> Written {
    Written::Integer(number.into())
}

fn transport(transport: plan::Transport) -> Transport {
    match transport {
        plan::Transport::Message => Transport::Message,
        plan::Transport::Memory => Transport::SharedMemory,
    }
}

/// The number of an event, which is less than `badge::EVENTS`.
fn bit(number: u32) -> u8 {
    u8::try_from(number).unwrap_or(u8::MAX)
}

fn narrow(plan: &Plan<'_>, number: u64) -> Result<u32, Diagnostic> {
    u32::try_from(number).map_err(|_| {
        Diagnostic::error(
            "bad-value",
            format!("`{}`: {number} is too large, expected a number below 2^32", plan.name),
        )
        .at(plan.instance.name_span)
    })
}
