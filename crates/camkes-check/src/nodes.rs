//! Device tree nodes as `dtb()` queries give them.

use camkes_lang::{Value, ValueKind};

/// What a driver gets from a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    pub path: String,
    /// Physical address and size in bytes.
    pub registers: Vec<(u64, u64)>,
    /// Shared peripheral interrupts, with the 32 added that the kernel counts them from. Private
    /// ones belong to a core and can't be given away.
    pub interrupts: Vec<u64>,
}

/// The nodes of a query's result; nothing for any other value.
pub(crate) fn nodes(value: &Value) -> Vec<Node> {
    value
        .get("query")
        .and_then(Value::as_list)
        .unwrap_or_default()
        .iter()
        .filter_map(node)
        .collect()
}

/// The paths of the nodes in a query's result, in order; nothing for any other value.
#[must_use]
pub fn node_paths(value: &Value) -> Vec<&str> {
    let nodes = value.get("query").and_then(Value::as_list);
    nodes.unwrap_or_default().iter().filter_map(path).collect()
}

fn path(node: &Value) -> Option<&str> {
    node.get("this_node_path")?.as_str()
}

fn node(value: &Value) -> Option<Node> {
    let path = path(value)?.to_owned();
    let cells = |name: &str, otherwise: u64| {
        let cell = value.get(name).map(|value| match &value.kind {
            ValueKind::List(items) => items.first().and_then(Value::as_u64),
            _ => value.as_u64(),
        });
        cell.flatten()
            .and_then(|count| usize::try_from(count).ok())
            .or(usize::try_from(otherwise).ok())
            .unwrap_or(1)
            .min(4)
    };
    let address_cells = cells("this_address_cells", 2);
    let size_cells = cells("this_size_cells", 1);
    let registers = numbers(value, "reg")
        .chunks_exact((address_cells + size_cells).max(1))
        .filter(|_| size_cells > 0)
        .map(|reg| (join(&reg[..address_cells]), join(&reg[address_cells..])))
        .filter(|(_, size)| *size > 0)
        .collect();
    Some(Node { path, registers, interrupts: node_interrupts(value) })
}

/// The GIC's three cells: type (0 for shared, 1 for private), number, flags. Extended interrupts
/// have the controller's phandle before them.
fn node_interrupts(value: &Value) -> Vec<u64> {
    let plain = numbers(value, "interrupts");
    let extended = numbers(value, "interrupts_extended");
    let plain = plain.chunks_exact(3).map(|cells| (cells[0], cells[1]));
    let extended = extended.chunks_exact(4).map(|cells| (cells[1], cells[2]));
    plain.chain(extended).filter(|(kind, _)| *kind == 0).map(|(_, number)| number + 32).collect()
}

fn numbers(value: &Value, key: &str) -> Vec<u64> {
    match value.get(key) {
        Some(Value { kind: ValueKind::List(items), .. }) => {
            items.iter().filter_map(Value::as_u64).collect()
        }
        Some(value) => value.as_u64().into_iter().collect(),
        None => Vec::new(),
    }
}

/// Cells of 32 bits, the most significant first.
fn join(cells: &[u64]) -> u64 {
    cells.iter().fold(0, |value: u64, cell| (value << 32) | (cell & 0xffff_ffff))
}
