//! From the resolved system to a picture of it.

mod facts;
mod words;

use camkes_graph::scene::{Link, LinkKind, Node, NodeKind, Port, Row, Scene};
use camkes_lang::Model;
use camkes_lang::ast::{EndType, InterfaceKind};
use camkes_lang::keys::{self, Names, Scope};
use camkes_lang::model::{
    Component, Connection, Connector, End, Instance, InstanceId, InterfaceType,
};

use words::{interface_hover, link_hover, node_hover, size};

/// Describes a system as boxes and links.
pub fn scene(model: &Model, title: &str) -> Scene {
    let mut builder = Builder::new(model);
    for id in model.instance_ids() {
        builder.add_node(id);
    }
    for connection in &model.connections {
        builder.add_links(connection);
    }
    let Builder { nodes, links, .. } = builder;
    Scene { title: title.to_owned(), nodes, links }
}

struct Builder<'m> {
    model: &'m Model,
    /// For each instance and interface: the connection.
    connected: Vec<Vec<Option<&'m Connection>>>,
    nodes: Vec<Node>,
    links: Vec<Link>,
    /// For each instance its box, and for each of its interfaces the row.
    boxes: Vec<Option<(usize, Vec<Option<usize>>)>>,
}

impl<'m> Builder<'m> {
    fn new(model: &'m Model) -> Self {
        let mut connected: Vec<Vec<Option<&Connection>>> = model
            .instance_ids()
            .map(|id| vec![None; model.component_of(id).interfaces.len()])
            .collect();
        for connection in &model.connections {
            for end in connection.from.iter().chain(&connection.to) {
                connected[end.instance.0][end.interface] = Some(connection);
            }
        }
        Self { model, connected, nodes: Vec::new(), links: Vec::new(), boxes: Vec::new() }
    }

    fn add_node(&mut self, id: InstanceId) {
        let (instance, component) = (&self.model[id], self.model.component_of(id));
        if is_shell(component) {
            self.boxes.push(None);
            return;
        }
        let mut rows = Vec::new();
        let mut row_of = vec![None; component.interfaces.len()];
        for (index, interface) in component.interfaces.iter().enumerate() {
            let connection = self.connected[id.0][index];
            let row = match connection {
                _ if interface.exported => continue,
                Some(connection) => match self.own_row(id, index, connection) {
                    Some(row) => row,
                    None => continue,
                },
                // What may be left open would fill the picture without saying anything; the
                // heading's hover text lists it.
                None if interface.optional || !needs_connection(interface.kind) => continue,
                None => Row {
                    name: interface.name.clone(),
                    detail: words::type_name(self.model, interface),
                    note: "not connected".to_owned(),
                    hover: interface_hover(self.model, interface),
                    unconnected: true,
                },
            };
            row_of[index] = Some(rows.len());
            rows.push(row);
        }
        let kind = if camkes_check::is_virtual_machine(component) {
            NodeKind::VirtualMachine
        } else if component.hardware {
            NodeKind::Hardware
        } else if component.control {
            NodeKind::Active
        } else {
            NodeKind::Server
        };
        self.boxes.push(Some((self.nodes.len(), row_of)));
        self.nodes.push(Node {
            name: instance.name.clone(),
            subtitle: component.name.clone(),
            kind,
            rows,
            facts: facts::facts(self.model, id),
            hover: node_hover(self.model, id, &self.connected[id.0]),
        });
    }

    /// The row of a connected interface. A connection from an instance to itself gets one row for
    /// both ends, in the place of the `from` end.
    fn own_row(&self, id: InstanceId, index: usize, connection: &Connection) -> Option<Row> {
        let component = self.model.component_of(id);
        let interface = &component.interfaces[index];
        let connector = &self.model[connection.connector];
        let ends = || connection.from.iter().chain(&connection.to);
        if ends().all(|end| end.instance == id) {
            if !connection.from.iter().any(|end| end.interface == index) {
                return None;
            }
            let to = connection.to.first().map(|end| &self.model.interface_of(end).name);
            return Some(Row {
                // Small and grey: it says nothing of how the system hangs together.
                detail: format!("{} ↻ {}", interface.name, to.map_or("", String::as_str)),
                hover: link_hover(self.model, connection),
                ..Row::default()
            });
        }
        Some(Row {
            name: interface.name.clone(),
            detail: words::type_name(self.model, interface),
            note: self.note(id, index, connection, connector),
            hover: interface_hover(self.model, interface),
            unconnected: false,
        })
    }

    /// A size or a device's address, to the right of an interface.
    fn note(
        &self, id: InstanceId, index: usize, connection: &Connection, connector: &Connector,
    ) -> String {
        let (instance, component) = (&self.model[id], self.model.component_of(id));
        let name = &component.interfaces[index].name;
        let setting = |suffix: &str| instance.value(&format!("{name}_{suffix}"));
        if component.hardware {
            return facts::device_note(instance, name);
        }
        if let Some(bytes) = shared_bytes(instance, component, index, connection, connector) {
            return size(bytes);
        }
        match setting("attributes").and_then(|value| value.as_str()) {
            Some(text) if connector.to.hardware => text.to_owned(),
            _ => String::new(),
        }
    }

    fn port(&self, end: &End) -> Option<Port> {
        let (node, rows) = self.boxes[end.instance.0].as_ref()?;
        let row = rows[end.interface]?;
        Some(Port { node: *node, row })
    }

    fn add_links(&mut self, connection: &Connection) {
        let connector = &self.model[connection.connector];
        let kind = link_kind(connector);
        let hover = link_hover(self.model, connection);
        // Every `from` end leads to the first `to` end, and the first `from` end to the others:
        // all that belongs together is joined, and no more lines than ends are drawn.
        let (Some(first_from), Some(first_to)) = (connection.from.first(), connection.to.first())
        else {
            return;
        };
        let pairs = connection
            .from
            .iter()
            .map(|from| (from, first_to))
            .chain(connection.to[1..].iter().map(|to| (first_from, to)));
        for (from, to) in pairs {
            if from.instance == to.instance {
                continue;
            }
            if let (Some(from), Some(to)) = (self.port(from), self.port(to)) {
                self.links.push(Link {
                    from,
                    to,
                    kind,
                    name: connection.name.clone(),
                    hover: hover.clone(),
                });
            }
        }
    }
}

/// A hierarchical component that only wraps others: they are drawn, it is not.
fn is_shell(component: &Component) -> bool {
    component.composite
        && !component.control
        && component.interfaces.iter().all(|interface| interface.exported)
}

fn needs_connection(kind: InterfaceKind) -> bool {
    matches!(kind, InterfaceKind::Uses | InterfaceKind::Consumes | InterfaceKind::Dataport)
}

fn link_kind(connector: &Connector) -> LinkKind {
    if connector.from.hardware || connector.to.hardware {
        return LinkKind::Device;
    }
    if connector.name == "seL4VirtQueues" {
        return LinkKind::VirtQueue;
    }
    match connector.from.ty {
        EndType::Event => LinkKind::Event,
        EndType::Dataport => LinkKind::Memory,
        EndType::Procedure if has_shared_memory(connector) => LinkKind::CallWithMemory,
        EndType::Procedure => LinkKind::Call,
    }
}

/// Whether a connector reads `<interface>_shmem_size`, as its key says.
fn has_shared_memory(connector: &Connector) -> bool {
    let names = Names { interfaces: &["interface"], ..Names::default() };
    keys::lookup(Scope::Instance, "interface_shmem_size", names)
        .is_some_and(|(key, _)| key.connectors.contains(&connector.name))
}

/// Bytes that an interface shares with the other end, if it shares memory.
fn shared_bytes(
    instance: &Instance, component: &Component, index: usize, connection: &Connection,
    connector: &Connector,
) -> Option<u64> {
    const PAGE: u64 = 4096;
    let interface = &component.interfaces[index];
    let set = |suffix: &str| {
        let value = instance.value(&format!("{}_{suffix}", interface.name))?;
        value.as_u64()
    };
    let of_connection = || connection.settings.get("size").and_then(|s| s.value.as_u64());
    match &interface.ty {
        InterfaceType::Dataport { size, .. } => {
            of_connection().or_else(|| set("size")).or(*size).or(Some(PAGE))
        }
        // A server has as many buffers as clients: their sizes are written at the clients.
        InterfaceType::Procedure(_) if has_shared_memory(connector) => {
            let client = interface.kind == InterfaceKind::Uses;
            let default = if connector.name == "seL4VirtQueues" { 2 * PAGE } else { PAGE };
            client.then(|| set("shmem_size").unwrap_or(default))
        }
        _ => None,
    }
}
