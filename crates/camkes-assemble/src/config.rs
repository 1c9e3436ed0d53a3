//! The configuration that a component reads at its start: what its plan says, in the form of
//! `component-config`.

use camkes_lang::ast::LockKind;
use camkes_lang::model::{InterfaceType, Origin};
use camkes_lang::{Diagnostic, Model, Value, ValueKind};
use component_config::model::{
    Client, Console, DataImage, Dataport, DmaPool, InstanceConfig, Interface, Irq, Kind, Lock,
    Provides, QueueRole, Region, SlotRange, Transport, Uses, Value as Written,
};

use crate::assembly::Assembly;
use crate::plan::{self, Mapped, Plan, Purpose};

/// The name of the interface that stands for the keys `mmios` and `irqs`, which belong to none.
const KEYS: &str = "mmios";

/// Writes an instance's configuration.
pub fn blob(assembly: &Assembly<'_>, plan: &Plan<'_>) -> Result<Vec<u8>, Diagnostic> {
    let config = instance(assembly, plan)?;
    component_config::write(&config).map_err(|error| {
        Diagnostic::error("bad-configuration", error.to_string()).at(plan.instance.name_span)
    })
}

fn instance(assembly: &Assembly<'_>, plan: &Plan<'_>) -> Result<InstanceConfig, Diagnostic> {
    let model = assembly.model;
    let own = &plan.own;
    let mut config = InstanceConfig::new(plan.name, &plan.component.name);
    config.console = match own.log {
        Some((ring, _)) => Console::Ring(region(&ring)),
        None if assembly.kernel.prints => Console::Debug,
        None => Console::None,
    };
    config.heap = own.heap.as_ref().map(region);
    config.stack = own.stack.as_ref().map(region).unwrap_or_default();
    config.images = own
        .data
        .iter()
        .map(|image| DataImage {
            source: image.source,
            target: image.target,
            file_size: image.file_size,
            memory_size: image.memory_size,
        })
        .collect();
    config.dma = own.dma.as_ref().map(|pool| DmaPool {
        region: region(&pool.mapped),
        physical: pool.paddr,
        cached: pool.cached,
    });
    config.endpoint = plan.endpoint.is_some();
    config.notification = plan.notification.is_some();
    config.replies = SlotRange { first: plan.replies.0, count: plan.replies.1 };
    config.archive = own.archive.as_ref().map(region);
    config.guest.clone_from(&plan.guest);
    for number in 0..plan.component.interfaces.len() {
        if !plan.component.interfaces[number].exported {
            config.interfaces.push(interface(model, plan, number)?);
        }
    }
    config.interfaces.extend(keys(plan)?);
    config.locks = locks(plan);
    for (name, setting) in &plan.instance.settings {
        // What the device tree says is long, and drivers are told it as registers and interrupts.
        if setting.origin == Origin::Query {
            continue;
        }
        let entry = (name.clone(), value(&setting.value));
        match plan.component.attribute(name) {
            Some(_) => config.attributes.push(entry),
            None => config.settings.push(entry),
        }
    }
    Ok(config)
}

fn interface(model: &Model, plan: &Plan<'_>, number: usize) -> Result<Interface, Diagnostic> {
    let declared = &plan.component.interfaces[number];
    let connector = model.connections.iter().find(|connection| {
        let mut ends = connection.from.iter().chain(&connection.to);
        ends.any(|end| end.instance == plan.model && end.interface == number)
    });
    let mut properties = Vec::new();
    let kind = kind(plan, number, &mut properties)?;
    Ok(Interface {
        name: declared.name.clone(),
        ty: match &declared.ty {
            InterfaceType::Procedure(id) => model[*id].name.clone(),
            InterfaceType::Event(name) => name.clone(),
            InterfaceType::Dataport { ty, .. } => ty.clone(),
        },
        connector: connector.map(|it| model[it.connector].name.clone()).unwrap_or_default(),
        kind,
        properties,
    })
}

/// How an interface is connected. What the kinds have no field for goes into `properties`.
fn kind(
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

fn device(plan: &Plan<'_>, number: Option<usize>, path: String) -> Result<Kind, Diagnostic> {
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

/// What the keys `mmios` and `irqs` give, as an interface.
fn keys(plan: &Plan<'_>) -> Result<Option<Interface>, Diagnostic> {
    let any = plan.registers.iter().any(|registers| registers.interface.is_none())
        || plan.interrupts.iter().any(|interrupt| interrupt.interface.is_none());
    if !any {
        return Ok(None);
    }
    Ok(Some(Interface {
        name: KEYS.to_owned(),
        ty: String::new(),
        connector: String::new(),
        kind: device(plan, None, String::new())?,
        properties: Vec::new(),
    }))
}

fn irqs(plan: &Plan<'_>, number: Option<usize>) -> Vec<Irq> {
    let own = plan.interrupts.iter().filter(|interrupt| interrupt.interface == number);
    own.map(|interrupt| Irq { number: interrupt.number, handler: interrupt.slot }).collect()
}

fn locks(plan: &Plan<'_>) -> Vec<(String, Lock)> {
    let lock = |lock: &camkes_lang::model::Lock| {
        let set = plan.instance.value(&format!("{}_value", lock.name)).and_then(Value::as_u64);
        let count = |otherwise| set.map_or(otherwise, |it| u32::try_from(it).unwrap_or(u32::MAX));
        let kind = match lock.kind {
            LockKind::Mutex => Lock::Mutex,
            LockKind::Semaphore => Lock::Semaphore { value: count(1) },
            LockKind::BinarySemaphore => Lock::BinarySemaphore { free: count(0) != 0 },
        };
        (lock.name.clone(), kind)
    };
    plan.component.locks.iter().map(lock).collect()
}

fn region(mapped: &Mapped) -> Region {
    Region { address: mapped.address, size: mapped.size }
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

fn value(given: &Value) -> Written {
    match &given.kind {
        ValueKind::Integer(number) => Written::Integer(*number),
        ValueKind::Float(number) => Written::Float(*number),
        ValueKind::String(text) => Written::String(text.clone()),
        ValueKind::List(items) => Written::List(items.iter().map(value).collect()),
        ValueKind::Dict(entries) => {
            let entry =
                |(key, item): &(camkes_lang::value::Key, Value)| (key.text.clone(), value(item));
            Written::Dict(entries.iter().map(entry).collect())
        }
    }
}
