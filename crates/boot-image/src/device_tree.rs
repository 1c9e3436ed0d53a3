//! What the loader needs to know about the board, from its device tree.

use dtoolkit::fdt::{Fdt, FdtNode};
use dtoolkit::standard::NodeStandard;
use dtoolkit::{Node, Property};
use loader::Range;

use crate::{Error, Input};

/// Addresses of the devices that the loader uses, and the memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Board {
    /// The PL011 that `/chosen/stdout-path` names.
    pub uart: Option<u64>,
    /// Distributor and CPU interface of a GICv2.
    pub gic: Option<(u64, u64)>,
    /// All memory, including what the kernel does not manage.
    pub memory: Vec<Range>,
}

impl Board {
    /// Reads a flattened device tree.
    pub fn parse(file: &Input) -> Result<Self, Error> {
        let tree = Fdt::new(&file.bytes).map_err(|error| {
            Error::malformed(&file.name, format!("not a usable flattened device tree: {error}"))
        })?;
        let gics = ["arm,cortex-a15-gic", "arm,gic-400", "arm,cortex-a9-gic"];
        let mut board = Self { uart: uart(&tree), ..Self::default() };
        for node in tree.root().children() {
            let registers = registers(&node);
            if node.name_without_address() == "memory" {
                board.memory.extend(registers);
            } else if gics.iter().any(|gic| node.is_compatible(gic))
                && let [distributor, cpu, ..] = registers.as_slice()
            {
                board.gic = Some((distributor.start, cpu.start));
            }
        }
        Ok(board)
    }
}

/// The UART that messages go to, if it is a PL011.
fn uart(tree: &Fdt<'_>) -> Option<u64> {
    let chosen = tree.find_node("/chosen")?;
    let path = chosen.property("stdout-path")?;
    let path = path.value_as::<&str>().ok()?;
    let path = path.split(':').next()?;
    let node = if path.starts_with('/') {
        tree.find_node(path)?
    } else {
        let aliases = tree.find_node("/aliases")?;
        let alias = aliases.property(path)?;
        tree.find_node(alias.value_as::<&str>().ok()?)?
    };
    if !node.is_compatible("arm,pl011") {
        return None;
    }
    registers(&node).first().map(|range| range.start)
}

/// The ranges in a node's `reg`, as far as they are well-formed.
fn registers(node: &FdtNode<'_>) -> Vec<Range> {
    let Ok(Some(registers)) = node.reg() else {
        return Vec::new();
    };
    registers
        .filter_map(|register| {
            let start = register.address::<u64>().ok()?;
            let size = register.size::<u64>().ok()?;
            Some(Range::new(start, start.checked_add(size)?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support;

    fn input(bytes: Vec<u8>) -> Input {
        Input { name: "kernel.dtb".to_owned(), bytes }
    }

    #[test]
    fn finds_the_devices() {
        let board = Board::parse(&input(test_support::device_tree())).unwrap();
        let expected = Board {
            uart: Some(0x900_0000),
            gic: Some((0x800_0000, 0x801_0000)),
            memory: vec![Range::new(0x4000_0000, 0x8000_0000)],
        };
        assert_eq!(board, expected);
    }

    #[test]
    fn refuses_what_is_no_tree() {
        let error = Board::parse(&input(vec![0; 64])).unwrap_err().to_string();
        assert!(error.starts_with("kernel.dtb: not a usable flattened device tree: "), "{error}");
    }
}
