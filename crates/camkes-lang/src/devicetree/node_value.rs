//! A node as a value: a dictionary of its own properties, each a list.
//!
//! `reg` is translated to the CPU's addresses through the `ranges` of the buses
//! above (Devicetree Specification 0.4, section 2.3.8). Three entries are added:
//! `this-node-path`, a string, and `this-address-cells` and `this-size-cells`, in
//! which `reg` is written. The C tool adds the properties of all nodes below, with
//! their paths as names; here a node below has to be asked for by itself.

use super::tree::{Property, Tree};
use crate::source::Span;
use crate::value::{Key, Value, ValueKind};

/// Addresses and sizes of at most this many cells fit a `u128`.
const MOST_CELLS: usize = 4;

/// The properties of a node, or why they can't be given.
pub(crate) fn node_value(tree: &Tree, index: usize, span: Span) -> Result<Value, String> {
    let node = tree.node(index);
    let buses = buses(tree, index)?;
    let integer = |value: i128| ValueKind::Integer(value);
    let mut entries = Vec::new();
    for (name, property) in &node.properties {
        let items = match property {
            Property::Words(words) if name == "reg" => translate(words, &buses)
                .map_err(|reason| format!("`reg` of `{}`: {reason}", node.path))?
                .into_iter()
                .map(|word| integer(word.into()))
                .collect(),
            Property::Words(words) => words.iter().map(|word| integer((*word).into())).collect(),
            Property::Bytes(bytes) => bytes.iter().map(|byte| integer((*byte).into())).collect(),
            Property::Strings(strings) => strings.iter().cloned().map(ValueKind::String).collect(),
            Property::Empty => Vec::new(),
        };
        entries.push((name.as_str(), list(items, span)));
    }
    let (address, size) = buses.first().map_or((2, 1), |bus| (bus.address, bus.size));
    entries.push(("this-address-cells", list(vec![integer(address as i128)], span)));
    entries.push(("this-size-cells", list(vec![integer(size as i128)], span)));
    entries.push(("this-node-path", ValueKind::String(node.path.clone())));
    let entries = entries
        .into_iter()
        .map(|(name, kind)| {
            let text = name.to_owned();
            (Key { text, span }, Value { kind, span })
        })
        .collect();
    Ok(Value { kind: ValueKind::Dict(entries), span })
}

fn list(items: Vec<ValueKind>, span: Span) -> ValueKind {
    ValueKind::List(items.into_iter().map(|kind| Value { kind, span }).collect())
}

/// A node above, as the bus that the nodes below are on.
struct Bus {
    /// `#address-cells`
    address: usize,
    /// `#size-cells`
    size: usize,
    translations: Vec<Translation>,
}

struct Translation {
    from: u128,
    to: u128,
    size: u128,
}

/// The buses above a node, the nearest first.
fn buses(tree: &Tree, index: usize) -> Result<Vec<Bus>, String> {
    let mut chain = Vec::new();
    let mut parent = tree.node(index).parent;
    while let Some(index) = parent {
        chain.push(index);
        parent = tree.node(index).parent;
    }
    let cells = |index: usize, name: &str, default: usize| -> Result<usize, String> {
        let node = tree.node(index);
        let cells = match node.words(name).and_then(|words| words.first()) {
            Some(cells) => usize::try_from(*cells).unwrap_or(usize::MAX),
            None => default,
        };
        if cells > MOST_CELLS {
            return Err(format!(
                "`{name}` of `{}` is {cells}, and the most is {MOST_CELLS}",
                node.path
            ));
        }
        Ok(cells)
    };
    let mut buses = Vec::new();
    for (level, index) in chain.iter().enumerate() {
        let address = cells(*index, "#address-cells", 2)?;
        let size = cells(*index, "#size-cells", 1)?;
        let mut translations = Vec::new();
        // The root has nothing above that it could translate to.
        if let (Some(ranges), Some(above)) =
            (tree.node(*index).words("ranges"), chain.get(level + 1))
        {
            let above = cells(*above, "#address-cells", 2)?;
            let step = address + above + size;
            if step > 0 {
                for range in ranges.chunks(step) {
                    let (from, rest) = split_number(range, address);
                    let (to, rest) = split_number(rest, above);
                    let (size, _) = split_number(rest, size);
                    translations.push(Translation { from, to, size });
                }
            }
        }
        buses.push(Bus { address, size, translations });
    }
    Ok(buses)
}

/// The number in the first cells, and the cells behind it.
fn split_number(cells: &[u32], count: usize) -> (u128, &[u32]) {
    let (number, rest) = cells.split_at(count.min(cells.len()));
    let number = number.iter().fold(0, |number, cell| number << 32 | u128::from(*cell));
    (number, rest)
}

fn push_number(cells: &mut Vec<u32>, number: u128, count: usize) -> Result<(), String> {
    if count < MOST_CELLS && number >> (32 * count) != 0 {
        return Err(format!("{number:#x} does not fit {count} cells"));
    }
    for cell in (0..count).rev() {
        let word = number >> (32 * cell) & u128::from(u32::MAX);
        cells.push(u32::try_from(word).unwrap_or(u32::MAX));
    }
    Ok(())
}

fn translate(reg: &[u32], buses: &[Bus]) -> Result<Vec<u32>, String> {
    let Some(bus) = buses.first().filter(|bus| bus.address + bus.size > 0) else {
        return Ok(reg.to_vec());
    };
    let mut out = Vec::with_capacity(reg.len());
    for region in reg.chunks(bus.address + bus.size) {
        let (mut address, rest) = split_number(region, bus.address);
        let (size, _) = split_number(rest, bus.size);
        for bus in buses {
            address = through(address, size, bus)?;
        }
        push_number(&mut out, address, bus.address)?;
        push_number(&mut out, size, bus.size)?;
    }
    Ok(out)
}

/// An address on a bus as an address on the bus above.
fn through(address: u128, size: u128, bus: &Bus) -> Result<u128, String> {
    for range in &bus.translations {
        let end = range.from.saturating_add(range.size);
        if address < range.from || address >= end {
            continue;
        }
        if address.saturating_add(size) > end {
            return Err(format!(
                "the region {address:#x}+{size:#x} leaves the bus's range {:#x}+{:#x}",
                range.from, range.size
            ));
        }
        return Ok(range.to.saturating_add(address - range.from));
    }
    Ok(address)
}
