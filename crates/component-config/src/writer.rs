//! From a configuration to a blob. [`crate::read`] is the other direction.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use fdt::tree::{Node, Tree};

use crate::model::{
    Client, Console, Dataport, InstanceConfig, Interface, Irq, Kind, Lock, QueueRole, Region,
    Transport, Value,
};
use crate::value::tag;

/// Why a configuration can't be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("configuration of {instance}: {source}")]
pub struct WriteError {
    /// The instance.
    pub instance: String,
    /// What is wrong.
    pub source: Box<fdt::Error>,
}

/// Writes a configuration. The same one gives the same bytes.
///
/// # Errors
/// It doesn't fit a device tree blob.
pub fn write(config: &InstanceConfig) -> Result<Vec<u8>, WriteError> {
    let mut root = Node::default();
    root.set_text("instance", &config.name);
    root.set_text("component", &config.component);
    match config.console {
        Console::Ring(region) => {
            root.set_text("console", "ring");
            set_regions(&mut root, "console-ring", &[region]);
        }
        Console::Debug => root.set_text("console", "debug"),
        Console::None => root.set_text("console", "none"),
    }
    set_regions(&mut root, "heap", config.heap.as_slice());
    set_regions(&mut root, "stack", &[config.stack]);
    set_u64s(
        &mut root,
        "images",
        config
            .images
            .iter()
            .flat_map(|image| [image.source, image.target, image.file_size, image.memory_size]),
    );
    if let Some(dma) = config.dma {
        set_u64s(&mut root, "dma", [dma.region.address, dma.region.size, dma.physical]);
        set_flag(&mut root, "dma-cached", dma.cached);
    }
    set_flag(&mut root, "endpoint", config.endpoint);
    set_flag(&mut root, "notification", config.notification);
    root.set_cells("replies", &[config.replies.first, config.replies.count]);
    set_regions(&mut root, "archive", config.archive.as_slice());
    root.set("attributes", dict(&config.attributes));
    root.set("settings", dict(&config.settings));
    for (index, (name, lock)) in config.locks.iter().enumerate() {
        root.push(numbered("lock", index, lock_node(name, *lock)));
    }
    for (index, interface) in config.interfaces.iter().enumerate() {
        root.push(numbered("interface", index, interface_node(interface)));
    }
    if let Some(guest) = &config.guest {
        root.push(Node { name: "guest".into(), ..guest.node() });
    }
    let tree = Tree { root, ..Tree::default() };
    fdt::blob::write(&tree)
        .map_err(|source| WriteError { instance: config.name.clone(), source: Box::new(source) })
}

/// Names are those of the description nowhere: a node's name has 31 characters at most.
fn numbered(name: &str, index: usize, node: Node<'static>) -> Node<'static> {
    Node { name: format!("{name}@{index:x}").into(), ..node }
}

fn lock_node(name: &str, lock: Lock) -> Node<'static> {
    let mut node = Node::default();
    node.set_text("name", name);
    let (kind, value) = match lock {
        Lock::Mutex => ("mutex", 1),
        Lock::Semaphore { value } => ("semaphore", value),
        Lock::BinarySemaphore { free } => ("binary-semaphore", u32::from(free)),
    };
    node.set_text("kind", kind);
    node.set_u32("value", value);
    node
}

fn interface_node(interface: &Interface) -> Node<'static> {
    let mut node = Node::default();
    node.set_text("name", &interface.name);
    node.set_text("type", &interface.ty);
    node.set_text("connector", &interface.connector);
    node.set("properties", dict(&interface.properties));
    match &interface.kind {
        Kind::Unconnected => node.set_text("kind", "unconnected"),
        Kind::Uses(uses) => {
            node.set_text("kind", "uses");
            node.set_u32("endpoint", uses.endpoint);
            node.set_u32("client", uses.client);
            node.set_u32("transport", transport(uses.transport));
            set_regions(&mut node, "buffer", uses.buffer.as_slice());
            set_event(&mut node, uses.event);
        }
        Kind::Provides(provides) => {
            node.set_text("kind", "provides");
            node.set_u32("index", provides.index);
            let records: Vec<u32> = provides.clients.iter().flat_map(client_record).collect();
            node.set_cells("clients", &records);
            for (index, client) in provides.clients.iter().enumerate() {
                let mut child = Node::default();
                child.set_text("name", &client.name);
                child.set("properties", dict(&client.properties));
                node.push(numbered("client", index, child));
            }
        }
        Kind::Emits { notifications } => {
            node.set_text("kind", "emits");
            node.set_cells("notifications", notifications);
        }
        Kind::Consumes { bit, irqs } => {
            node.set_text("kind", "consumes");
            set_event(&mut node, Some(*bit));
            set_irqs(&mut node, irqs);
        }
        Kind::Dataport(dataport) => {
            node.set_text("kind", "dataport");
            node.push(numbered("memory", 0, memory_node(dataport)));
        }
        Kind::Device { bit, irqs, registers, path } => {
            node.set_text("kind", "device");
            node.set_text("path", path);
            set_event(&mut node, *bit);
            set_irqs(&mut node, irqs);
            for (index, dataport) in registers.iter().enumerate() {
                node.push(numbered("memory", index, memory_node(dataport)));
            }
        }
        Kind::VirtQueue { role, memory, id, length, notification, bit } => {
            node.set_text("kind", "virtqueue");
            let role = match role {
                QueueRole::Driver => "driver",
                QueueRole::Device => "device",
            };
            node.set_text("role", role);
            node.set_u32("id", *id);
            node.set_u32("length", *length);
            if let Some(notification) = notification {
                node.set_cells("notifications", &[*notification]);
            }
            set_event(&mut node, *bit);
            node.push(numbered("memory", 0, memory_node(memory)));
        }
    }
    node
}

/// Eight cells for each client: number, notification, transport, reserved, address, size.
fn client_record(client: &Client) -> [u32; 8] {
    let buffer = client.buffer.unwrap_or_default();
    let [address, address_low] = halves(buffer.address);
    let [size, size_low] = halves(buffer.size);
    let notification = client.notification.unwrap_or(0);
    let transport = transport(client.transport);
    [client.number, notification, transport, 0, address, address_low, size, size_low]
}

fn memory_node(dataport: &Dataport) -> Node<'static> {
    let mut node = Node::default();
    set_regions(&mut node, "region", &[dataport.region]);
    set_flag(&mut node, "readable", dataport.readable);
    set_flag(&mut node, "writable", dataport.writable);
    set_flag(&mut node, "cached", dataport.cached);
    if let Some(id) = dataport.id {
        node.set_u32("id", id);
    }
    if let Some(physical) = dataport.physical {
        set_u64s(&mut node, "physical", [physical]);
    }
    let frames: Vec<u32> =
        dataport.frames.iter().flat_map(|frame| [frame.slot, frame.size_bits.into()]).collect();
    node.set_cells("frames", &frames);
    node
}

fn transport(transport: Transport) -> u32 {
    match transport {
        Transport::Message => 0,
        Transport::SharedMemory => 1,
    }
}

fn set_event(node: &mut Node<'static>, bit: Option<u8>) {
    if let Some(bit) = bit {
        node.set_u32("event", bit.into());
    }
}

fn set_irqs(node: &mut Node<'static>, irqs: &[Irq]) {
    let cells: Vec<u32> = irqs.iter().flat_map(|irq| [irq.number, irq.handler]).collect();
    node.set_cells("irqs", &cells);
}

fn set_flag(node: &mut Node<'static>, name: &'static str, value: bool) {
    if value {
        node.set_flag(name);
    }
}

/// No region: no property.
fn set_regions(node: &mut Node<'static>, name: &'static str, regions: &[Region]) {
    set_u64s(node, name, regions.iter().flat_map(|region| [region.address, region.size]));
}

fn set_u64s(node: &mut Node<'static>, name: &'static str, values: impl IntoIterator<Item = u64>) {
    let cells: Vec<u32> = values.into_iter().flat_map(halves).collect();
    if !cells.is_empty() {
        node.set_cells(name, &cells);
    }
}

fn halves(value: u64) -> [u32; 2] {
    // The low half of what is left.
    #[allow(clippy::cast_possible_truncation)]
    [(value >> 32) as u32, value as u32]
}

/// The bytes of a dictionary.
fn dict(entries: &[(String, Value)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_dict(entries, &mut bytes);
    bytes
}

fn write_value(value: &Value, bytes: &mut Vec<u8>) {
    match value {
        Value::Integer(value) => {
            bytes.push(tag::INTEGER);
            bytes.extend(value.to_be_bytes());
        }
        Value::Float(value) => {
            bytes.push(tag::FLOAT);
            bytes.extend(value.to_be_bytes());
        }
        Value::String(text) => write_text(text, bytes),
        Value::List(values) => with_length(tag::LIST, bytes, |bytes| {
            values.iter().for_each(|value| write_value(value, bytes));
        }),
        Value::Dict(entries) => write_dict(entries, bytes),
    }
}

fn write_dict(entries: &[(String, Value)], bytes: &mut Vec<u8>) {
    with_length(tag::DICT, bytes, |bytes| {
        for (key, value) in entries {
            write_text(key, bytes);
            write_value(value, bytes);
        }
    });
}

fn write_text(text: &str, bytes: &mut Vec<u8>) {
    with_length(tag::STRING, bytes, |bytes| bytes.extend(text.as_bytes()));
}

/// Writes a tag, the length of what `content` writes, and that. What is longer than 4 GiB doesn't
/// fit the blob either, which is an error there.
fn with_length(tag: u8, bytes: &mut Vec<u8>, content: impl FnOnce(&mut Vec<u8>)) {
    bytes.push(tag);
    let place = bytes.len();
    bytes.extend([0; 4]);
    content(bytes);
    let length = u32::try_from(bytes.len() - place - 4).unwrap_or(u32::MAX);
    bytes[place..place + 4].copy_from_slice(&length.to_be_bytes());
}
